import AuditCrypto
import CanonicalEncoding
import Clearance
import Ledger
import LocalAPI
import MerkleLog

/// Where people's requests are taken in, consented to, metered and put on the ledger. It holds what the ledger says of
/// clearance, and changes it with each entry that it writes.
actor RequestDesk {
    let ledger: Ledger
    let documents: DocumentFolder
    /// Public, as everything of the appliance's home; what is `current` is asked of the ledger.
    var standing: Standing
    var sessions = SessionBook()
    private var nonces = NonceRegistry()

    init(ledger: Ledger, documents: DocumentFolder, standing: Standing) {
        self.ledger = ledger
        self.documents = documents
        self.standing = standing
    }

    func roster() throws -> Roster {
        guard let roster = standing.roster else {
            throw LocalFailure(
                code: "clearance.no-roster", message: "The ledger names no roster.", advice: "Restore the appliance's folder from a backup.")
        }
        return roster
    }

    func moment() async throws -> AuthorizedRequest.Standing {
        let now = await ledger.time
        return AuthorizedRequest.Standing(roster: try roster(), suspended: standing.suspended, now: now)
    }

    // MARK: Taking in

    /// What a person signs into the next request: a fresh nonce and the latest checkpoint.
    func challenge(_ name: String) async throws -> JSONValue {
        try await settle()
        guard try roster().person(named: name) != nil else {
            throw LocalFailure(
                code: ClearanceErrorCode.unknownPerson.rawValue, message: "The roster knows nobody by that name.",
                advice: "assay status lists the people.")
        }
        let reference = try await checkpoint()
        let now = await ledger.time
        return [
            "nonce": .string(nonces.issue(to: name, now: now, with: reference)),
            "checkpoint": [
                "origin": .string(reference.origin), "size": .integer(reference.size), "root": .string(reference.root.hex),
            ],
        ]
    }

    func checkpoint() async throws -> Request.CheckpointReference {
        let checkpoint = try await Checkpoint(text: SignedNote(note: ledger.checkpoint).text)
        return .init(origin: checkpoint.origin, size: checkpoint.size, root: checkpoint.rootHash)
    }

    /// Takes in a signed request. A refusal is on the ledger before it is answered.
    nonisolated func authorize(_ bytes: [UInt8], signature: String) async throws -> AuthorizedRequest {
        // Requests' signatures are verified side by side; only what must be in order is.
        let signed = Result { try SignedRequest(encoded: bytes, signature: signature) }
        do {
            return try await authorize(signed.get())
        } catch {
            try await refuse(.of(bytes), error)
            throw error
        }
    }

    private func authorize(_ signed: SignedRequest) async throws -> AuthorizedRequest {
        let (standing, keys, storage) = (try await moment(), try keys(), ledger.storage)
        return try AuthorizedRequest(signed, standing: standing, nonces: &nonces) { try Self.isIssued($0, keys, storage) }
    }

    /// Records that what was asked for is refused. The digest stands for the request: what a stranger wrote is not quoted
    /// in the ledger.
    func refuse(_ digest: SHA256Digest, _ error: any Error, by person: String = EntryDraft.appliance) async throws {
        _ = try await ledger.append(
            EntryDraft(
                .requestRefused, by: person, subjects: [.init(name: "request", sha256: digest)],
                details: ["code": .string(FailureReply.failure(for: error).code)]))
    }

    /// Whether the ledger signed this very checkpoint.
    private static func isIssued(
        _ reference: Request.CheckpointReference, _ keys: LedgerKeys, _ storage: any LedgerStorage
    ) throws -> Bool {
        guard let note = try storage.checkpoint(size: reference.size) else { return false }
        let checkpoint = try Checkpoint.verified(note: SignedNote(note: note), by: keys.ledgerKey(size: reference.size))
        return ExactString(checkpoint.origin) == ExactString(reference.origin) && checkpoint.rootHash == reference.root
    }

    // MARK: Recording

    /// Puts a person's request on the ledger, and takes its consequence in. Nothing that was asked for is done or shown
    /// before this returns.
    @discardableResult
    func record(
        _ authorized: AuthorizedRequest, as other: LedgerAction? = nil, subjects: [LedgerEntry.Subject] = [], details: JSONObject = [:]
    ) async throws -> LedgerEntry {
        guard let action = other ?? LedgerAction(rawValue: authorized.request.action.rawValue) else {
            throw LocalFailure(code: "ledger.unknown-action", message: "The ledger has no word for \(authorized.request.action.rawValue).")
        }
        var details = details
        var request: EntryDraft.Request?
        switch authorized.grant {
        case .signed(_, let signature): request = .init(bytes: authorized.bytes, sshsig: signature)
        case .session(let entry): details["session"] = .integer(entry)
        }
        if let consent = authorized.consent { details["approvals"] = .array(consent.entries.map { .integer($0) }) }
        return try await append(
            EntryDraft(action, by: authorized.person.name, subjects: subjects, details: details, request: request))
    }

    func append(_ draft: EntryDraft) async throws -> LedgerEntry {
        let entry = try await ledger.append(draft)
        try standing.apply(entry, request: draft.request?.bytes, documents: documents, isReplay: false)
        return entry
    }

    /// Records what time has brought: requests that nobody approved in time, sessions that expired or fell idle.
    func settle() async throws {
        let now = await ledger.time
        for id in standing.waiting.expired(at: now) {
            standing.waiting.remove(id)
            _ = try await append(EntryDraft(.requestExpired, details: ["request": .string(id)]))
        }
        let overdue = sessions.overdue(at: now)
        for entry in overdue.expired {
            sessions.end(entry)
            _ = try await append(EntryDraft(.sessionExpired, details: ["session": .integer(entry)]))
        }
        for entry in overdue.idle {
            sessions.lock(entry)
            _ = try await append(EntryDraft(.sessionLocked, details: ["session": .integer(entry)]))
        }
    }
}
