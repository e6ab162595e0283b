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

/// An appliance whose keys are open: all that the commands work with. What it owns changes through the ledger's
/// and the desk's actors and the store's transactions; the rest is fixed while it is open.
final class OpenAppliance: Sendable {
    /// Its public keys, as labs are given them.
    let identity: ApplianceKeys
    let keys: ApplianceSecrets
    let labs: [Ed25519PublicKey]
    let ledger: Ledger
    let reader: LedgerReader
    let cosigned: CosignedCheckpoints
    let damage: DamageRecord
    let desk: RequestDesk
    let submissions: SubmissionStore
    let runs: RunStore
    let verdicts: VerdictStore
    let pending = PendingVerdicts()
    let workbench: Workbench
    let library: SuiteLibrary

    init(home: ApplianceHome, keys: ApplianceSecrets, programs: AppliancePrograms, clock: @escaping @Sendable () -> Int64) throws {
        self.keys = keys
        identity = try ApplianceKeys(json: Files.read(home.identity))
        guard identity.verdictKey == keys.verdict.publicKey, identity.recipient == keys.media.recipient.text else {
            throw LocalFailure(
                code: "appliance.identity", message: "\(home.identity) is not the public file of these keys.",
                advice: "Restore the appliance's folder from a backup.")
        }
        labs = try PublicKeys.read(Files.read(home.labs))
        ledger = try Self.ledger(home, keys, clock)
        reader = LedgerReader(ledger.storage)
        damage = DamageRecord(ledger)
        let documents = DocumentFolder(
            path: home.documents, authorities: try PublicKeys.read(Files.read(home.authorities)), labs: labs)
        desk = RequestDesk(ledger: ledger, documents: documents, standing: try .read(ledger, documents: documents))
        let witnesses = Files.exists(home.witnesses) ? try Files.read(home.witnesses) : []
        cosigned = CosignedCheckpoints(
            folder: home.cosigned, ledger: ledger.verifierKey,
            witnesses: try CosignerKey.list(text: String(decoding: witnesses, as: UTF8.self)))
        let database = try StoreDatabase(folder: home.store)
        submissions = SubmissionStore(database, key: keys.store)
        runs = RunStore(database, key: keys.store)
        verdicts = VerdictStore(database)
        workbench = Workbench(programs: programs)
        library = try programs.suites.map { try SuiteLibrary(directory: $0) } ?? SuiteLibrary.besideProgram()
    }

    static func ledger(_ home: ApplianceHome, _ keys: ApplianceSecrets, _ clock: @escaping @Sendable () -> Int64) throws -> Ledger {
        try Ledger(storage: SQLiteLedgerStorage(path: home.ledger), signer: keys.ledgerSigner(), clock: clock)
    }

    /// The ledger's verifier with the people of the rosters, each as of the entries under it.
    var ledgerVerifier: LedgerVerifier {
        get async {
            let rosters = await desk.standing.rosters
            return LedgerVerifier(key: ledger.verifierKey) { Standing.keys(of: $0, at: $1, in: rosters) }
        }
    }
}

/// The programs and files beside the appliance.
package struct AppliancePrograms: Sendable {
    /// `assay-engine`, the confined worker.
    package let engine: String
    /// The folder of the evaluation suites; nil for those beside the program.
    package let suites: String?

    package init(engine: String, suites: String?) {
        self.engine = engine
        self.suites = suites
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
