import AuditCrypto
import AuditSigning
import Foundation
import Ledger
import LedgerSQLite
import LogBuilding

/// The ledger that is written by one process after another, in a folder with its keys.
struct CrashLedger: Sendable {
    let folder: String
    let signer: NoteSigner
    let person: Ed25519PrivateKey
    static let namespace = "assay-request@v1"

    /// Makes the keys, or reads them.
    init(folder: String) throws {
        self.folder = folder
        let file = URL(filePath: folder + "/keys")
        if !FileManager.default.fileExists(atPath: file.path) { try Data(SecureRandom.bytes(64)).write(to: file, options: .atomic) }
        let seeds = [UInt8](try Data(contentsOf: file))
        signer = try NoteSigner(name: "assay.test/crash", key: Ed25519PrivateKey(seed: Array(seeds.prefix(32))))
        person = try Ed25519PrivateKey(seed: Array(seeds.dropFirst(32)))
    }

    /// As the appliance opens its own, but for a log that is copied into the database more often: kills hit that too.
    func open() throws -> Ledger {
        let storage = try SQLiteLedgerStorage(path: folder + "/ledger.sqlite", checkpointingAfter: 100)
        return try Ledger(storage: storage, signer: signer, clock: { Int64(Date().timeIntervalSince1970) })
    }

    var verifier: LedgerVerifier {
        let key = SSHPublicKey(person.publicKey)
        return LedgerVerifier(key: signer.verifierKey) { name, _ in name == "alice" ? [key] : [] }
    }
}
