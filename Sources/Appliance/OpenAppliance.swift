import AuditCrypto
import CanonicalEncoding
import Clearance
import CommandSupport
import ContentStore
import EvaluationSuites
import Ledger
import LedgerSQLite
import LocalAPI
import Foundation
import MerkleLog
import SealedMedia
import TPM

/// An appliance whose keys are open: all that the commands work with. What it owns changes through the ledger's
/// and the desk's actors and the store's transactions; the rest is fixed while it is open.
final class OpenAppliance: Sendable {
    /// Its public keys, as labs are given them.
    let identity: ApplianceKeys
    let keys: WorkingKeys
    let epochs: EpochKeeper
    let backups: BackupKeeper
    /// The first epoch's key, and the one that closes the present epoch, as the sealed keys have them.
    private let knownEpochs: [NoteVerifierKey]
    let labs: [Ed25519PublicKey]
    let ledger: Ledger
    let reader: LedgerReader
    /// Who is trusted to cosign, and where what they cosigned is kept.
    let witnesses: [CosignerKey]
    private let cosignedFolder: String
    let damage: DamageRecord
    let desk: RequestDesk
    let home: ApplianceHome
    /// The counter that the ledger was bound to when this was opened.
    let bound: BoundCounter?
    /// The ledger's anchor in the machine's TPM, if it has one.
    let anchor: TPMAnchor?
    let submissions: SubmissionStore
    let runs: RunStore
    let verdicts: VerdictStore
    let pending: PendingVerdicts
    let workbench: Workbench
    let library: SuiteLibrary
    let pickups = LogPickups()
    let packs: PackShelf

    /// - Parameter isNew: whether its ledger is still empty. Otherwise it must be the one that these keys belong to.
    init(
        home: ApplianceHome, secrets: ApplianceSecrets, programs: AppliancePrograms, isNew: Bool = false,
        clock: @escaping @Sendable () -> Int64
    ) throws {
        keys = secrets.working
        identity = try ApplianceKeys(json: Files.read(home.identity))
        guard identity.verdictKey == keys.verdict.publicKey, identity.recipient == keys.media.recipient.text else {
            throw LocalFailure(
                code: "appliance.identity", message: "\(home.identity) is not the public file of these keys.",
                advice: "Restore the appliance's folder from a backup.")
        }
        epochs = EpochKeeper(home: home)
        backups = BackupKeeper(home: home)
        knownEpochs = try secrets.ledger.knownEpochs()
        labs = try PublicKeys.read(Files.read(home.labs))
        ledger = try Self.ledger(home, secrets.ledger, clock)
        reader = LedgerReader(ledger.storage)
        damage = DamageRecord(ledger)
        let documents = DocumentFolder(
            path: home.documents, authorities: try PublicKeys.read(Files.read(home.authorities)), labs: labs)
        let snapshot = StandingSnapshot.read(home.standing, under: keys.store)
        let reading = try Standing.read(ledger.storage, origin: secrets.ledger.origin, documents: documents, from: snapshot)
        let standing = reading.standing
        guard isNew || standing.keys != nil else {
            throw LedgerError(
                .cutShort, "The ledger's database has no entries, or others than this appliance's: it was put in the place of the "
                    + "right one. Keep it as evidence and restore from a backup.")
        }
        if let first = try ledger.storage.entries(0..<1).first { try Self.checkTrusted(home, LedgerEntry(encoded: first)) }
        if let keys = standing.keys {
            _ = try secrets.ledger.following(keys)
            try keys.verifyClosings(checkpoint: ledger.storage.checkpoint, root: reader.root)
        }
        if reading.next - (snapshot?.size ?? 0) >= programs.snapshotInterval {
            try StandingSnapshot(size: reading.next, root: reader.root(size: reading.next), previous: reading.previous, of: standing)
                .write(home.standing, under: keys.store)
        }
        desk = RequestDesk(ledger: ledger, documents: documents, standing: standing)
        bound = try BoundCounter.find(home, keys, standing.bound?.binding)
        anchor = bound.map { [desk] in TPMAnchor($0.counter, desk) }
        self.home = home
        let trusted = Files.exists(home.witnesses) ? try Files.read(home.witnesses) : []
        witnesses = try CosignerKey.list(text: String(decoding: trusted, as: UTF8.self))
        cosignedFolder = home.cosigned
        let database = try StoreDatabase(folder: home.store)
        submissions = SubmissionStore(database, key: keys.store)
        runs = RunStore(database, key: keys.store)
        verdicts = VerdictStore(database)
        pending = PendingVerdicts(folder: home.evidence)
        workbench = Workbench(programs: programs)
        packs = PackShelf(folder: home.packs, backups: backups)
        library = try programs.suites.map { try SuiteLibrary(directory: $0) } ?? SuiteLibrary.besideProgram()
    }

    /// The ledger of these keys: in the next epoch, where its last checkpoint is signed for that already.
    static func ledger(_ home: ApplianceHome, _ secrets: LedgerSecrets, _ clock: @escaping @Sendable () -> Int64) throws -> Ledger {
        let storage = try SQLiteLedgerStorage(path: home.ledger)
        if secrets.next != nil, let next = try? Ledger(storage: storage, signer: secrets.advanced().signer(), clock: clock) { return next }
        return try Ledger(storage: storage, signer: secrets.signer(), clock: clock)
    }

    /// The ledger as it is now, and its verifier with the people of the rosters, each as of the entries under it.
    var verifiable: (ledger: LedgerSnapshot, verifier: LedgerVerifier) {
        get async {
            // First: then the rosters are at least those that it names.
            let snapshot = ledger.snapshot(), rosters = await desk.standing.rosters
            return (snapshot, LedgerVerifier(key: snapshot.key, knownEpochs: knownEpochs) { Standing.keys(of: $0, at: $1, in: rosters) })
        }
    }

    /// The files that say whom the appliance trusts, by name and digest. The ledger's first entry names them: nobody adds an
    /// authority, a lab or a witness by changing a file.
    static func trusted(_ home: ApplianceHome) throws -> [LedgerEntry.Subject] {
        try [("authorities", home.authorities), ("labs", home.labs), ("witnesses", home.witnesses)].map { name, path in
            .init(name: name, sha256: .of(Files.exists(path) ? try Files.read(path) : []))
        }
    }

    private static func checkTrusted(_ home: ApplianceHome, _ first: LedgerEntry) throws {
        for subject in try trusted(home) where !first.subjects.contains(subject) {
            throw LocalFailure(
                code: "appliance.trust", message: "The file of the \(subject.name) that the appliance trusts is not the one it began with.",
                advice: "Somebody changed it. Restore the appliance's folder from a backup.")
        }
    }

    func currentIdentity() async throws -> ApplianceKeys {
        try ApplianceKeys(
            name: identity.name, recipient: identity.recipient, ledgerKey: await desk.keys().current.ledgerKey,
            verdictKey: identity.verdictKey)
    }

    /// The checkpoints that witnesses cosigned.
    var cosigned: CosignedCheckpoints {
        get async throws { CosignedCheckpoints(folder: cosignedFolder, ledger: try await desk.keys(), witnesses: witnesses) }
    }
}

/// The programs and files beside the appliance, and how it works with its own.
package struct AppliancePrograms: Sendable {
    /// `assay-engine`, the confined worker.
    package let engine: String
    /// The folder of the evaluation suites; nil for those beside the program.
    package let suites: String?
    /// How many entries a ledger has grown by when what follows from them is kept (`StandingSnapshot`).
    package let snapshotInterval: Int64

    package init(engine: String, suites: String?, snapshotInterval: Int64 = 50_000) {
        self.engine = engine
        self.suites = suites
        self.snapshotInterval = snapshotInterval
    }
}

/// Public keys, one PEM block after another.
enum PublicKeys {
    static func read(_ bytes: [UInt8]) throws -> [Ed25519PublicKey] {
        let end = "-----END PUBLIC KEY-----\n"
        var rest = String(decoding: bytes, as: UTF8.self)[...]
        var keys: [Ed25519PublicKey] = []
        while let range = rest.range(of: end) {
            keys.append(try Ed25519PublicKey(pem: String(rest[..<range.upperBound])))
            rest = rest[range.upperBound...]
        }
        guard rest.isEmpty, !keys.isEmpty else {
            throw LocalFailure(
                code: "keys.malformed", message: "The keys are not PEM public keys, one after another.",
                advice: "Give each lab's and authority's public file as keygen wrote it.")
        }
        return keys
    }
}
