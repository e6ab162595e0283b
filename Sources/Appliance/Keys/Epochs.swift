import AuditCrypto
import AuditSigning
import CanonicalEncoding
import Clearance
import CommandSupport
import Ledger
import LocalAPI
import SealedMedia

/// Begins epochs of the ledger: one at a time, in steps of which each leaves keys and ledger usable together.
actor EpochKeeper {
    /// How old an epoch may be before the next unlocking begins another, in seconds: so that each working day has its own.
    static let length: Int64 = 20 * 3600

    private let home: ApplianceHome
    private var isBusy = false

    init(home: ApplianceHome) { self.home = home }

    /// Does something with keys and ledger while they stay in one epoch. It waits for one that is being begun, a second or so.
    func whileNoneBegins<Value: Sendable>(_ body: @Sendable () async throws -> Value) async throws -> Value {
        while isBusy { try await Task.sleep(for: .milliseconds(50)) }
        isBusy = true
        defer { isBusy = false }
        return try await body()
    }

    /// - Parameter passphrase: the one of the appliance's keys. A wrong one throws `notAuthentic`.
    /// - Returns: the entry that begins the epoch. When this returns, the key that closed the one before is erased.
    func begin(_ reason: LedgerKeys.Reason, passphrase: [UInt8], on desk: RequestDesk) async throws -> LedgerKeys.Epoch {
        guard !isBusy else {
            throw LocalFailure(code: "keys.busy", message: "Another epoch is being begun, or keys and ledger are being copied.", advice: "Try again in a moment.")
        }
        isBusy = true
        defer { isBusy = false }
        let file = KeyFile(path: home.keys)
        var secrets = try file.read(passphrase: passphrase)
        let keys = try await desk.keys()
        secrets.ledger = try secrets.ledger.following(keys).prepared(for: reason)
        guard let next = secrets.ledger.next else { preconditionFailure("prepared keys are there") }
        try file.write(secrets, passphrase: passphrase)
        let advanced = secrets.ledger.advanced()
        let draft = EntryDraft(
            .epochBegun,
            details: try keys.details(
                next: secrets.ledger.signer(of: next.epoch).verifierKey, ledgerKey: advanced.signer().verifierKey, reason))
        try await desk.closeEpoch(draft, cosigner: secrets.ledger.signer(of: secrets.ledger.epoch), next: advanced.signer())
        secrets.ledger = advanced
        try file.write(secrets, passphrase: passphrase)
        if reason != .scheduled {
            let name = try ApplianceKeys(json: Files.read(home.identity)).name
            try Files.write(secrets.publicKeys(name: name).canonicalBytes(), to: home.identity)
        }
        return try await desk.keys().current
    }
}

extension RequestDesk {
    /// The keys of the ledger, as it names them.
    func keys() throws -> LedgerKeys {
        guard let keys = standing.keys else {
            throw LocalFailure(code: "ledger.no-keys", message: "The ledger's first entry names no keys.", advice: "Restore the appliance's folder from a backup.")
        }
        return keys
    }

    func closeEpoch(_ draft: EntryDraft, cosigner: NoteSigner, next: NoteSigner) async throws {
        let entry = try await ledger.closeEpoch(draft, cosigners: [cosigner], next: next)
        try standing.apply(entry, request: nil, documents: documents, isReplay: false)
    }
}

extension OpenAppliance {
    /// A person begins an epoch; with a new key of the ledger unless the reason is `scheduled`, and then it takes two.
    ///
    /// - Parameter attachment: the passphrase of the keys, in base64. It is used and forgotten.
    func rotate(_ authorized: AuthorizedRequest, attachment: String) async throws -> JSONValue {
        let scope = JSONField(.object(authorized.request.scope), path: "$.scope")
        try scope.allow(only: ["reason"])
        guard let reason = LedgerKeys.Reason(rawValue: try scope.field("reason").string(maxBytes: 32)) else {
            throw try scope.field("reason").failure("scheduled, rotated or compromised was expected")
        }
        if reason != .scheduled { try await desk.requireConsent(authorized, to: .ledgerKey, desk.roster().approvals) }
        guard let passphrase = Base64.decode(attachment), !passphrase.isEmpty else {
            throw LocalFailure(
                code: "request.malformed", message: "The passphrase of the appliance's keys is missing.", advice: "Use assay ledger rotate.")
        }
        let entry = try await record(authorized, details: ["reason": .string(reason.rawValue)])
        let epoch: LedgerKeys.Epoch
        do { epoch = try await epochs.begin(reason, passphrase: passphrase, on: desk) } catch let error as CryptoError where error.code == .notAuthentic {
            throw LocalFailure(
                code: "unlock.wrong-passphrase", message: "The passphrase does not open the appliance's keys.", advice: "Try again.")
        }
        return [
            "entry": .integer(entry.sequence), "epoch": .integer(epoch.number), "begins": .integer(epoch.start),
            "vkey": .string(epoch.ledgerKey.text),
        ]
    }
}
