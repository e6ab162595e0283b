import AuditCrypto
import AuditSigning
import CanonicalEncoding
import FaultyFiles
import Foundation
import Ledger
import LedgerSQLite
import LogBuilding
import MerkleLog
import Testing

/// Groups of entries that say which group they belong to, so that half of one would be noticed.
struct Workload: Sendable {
    let signer: NoteSigner
    private let person = Ed25519PrivateKey.generate()
    private static let sizes = [1, 3, 1, 7, 2, 1, 40, 1, 5, 2]
    static let groups = sizes.count

    init() throws { signer = try NoteSigner(name: "assay.test/ledger", key: .generate()) }

    /// A log that is copied into the database every few commits, so that this is tried as well.
    func open(_ folder: String) throws -> Ledger {
        try Ledger(storage: SQLiteLedgerStorage(path: folder + "/ledger.sqlite", checkpointingAfter: 24), signer: signer, clock: { 1_000 })
    }

    func drafts(_ group: Int) -> [EntryDraft] {
        let count = Self.sizes[group % Self.sizes.count]
        return (0..<count).map { member in
            let details: JSONObject = [
                "group": .integer(Int64(group)), "member": .integer(Int64(member)), "of": .integer(Int64(count)),
            ]
            guard group.isMultiple(of: 3), member == 0 else { return EntryDraft(.unlocked, details: details) }
            let request = Array(#"{"action":"inspect.tensors","person":"alice","purpose":"\#(group)"}"#.utf8)
            let signature = SSHSignature(signing: request, namespace: "assay-request@v1", with: person)
            return EntryDraft(.inspectTensors, by: "alice", details: details, request: .init(bytes: request, sshsig: signature.armored))
        }
    }

    /// Opens the ledger in a folder and holds it against what was acknowledged: it verifies, all of that is there byte for
    /// byte, no group is there in part, and it goes on.
    ///
    /// - Returns: the groups that are there.
    @discardableResult
    func check(_ folder: String, acknowledged: [LedgerEntry], _ comment: @autoclosure () -> Comment) async throws -> Set<Int64> {
        let ledger = try open(folder)
        let size = await ledger.size
        let key = SSHPublicKey(person.publicKey)
        let verifier = LedgerVerifier(key: signer.verifierKey) { name, _ in name == "alice" ? [key] : [] }
        if size > 0 {
            let report = try verifier.verify(ledger.storage, threads: 1)
            #expect(report.entries == size, comment())
        }
        let stored = try ledger.storage.entries(0..<size + 1)
        #expect(stored.count == Int(size), comment())
        for entry in acknowledged {
            let found = entry.sequence < size ? stored[Int(entry.sequence)] : []
            try #expect(found == entry.encoded(), comment())
        }
        var members: [Int64: Int64] = [:], sizes: [Int64: Int64] = [:]
        for bytes in stored {
            let details = try LedgerEntry(encoded: bytes).details
            guard let group = details["group"]?.integer else { continue }
            members[group, default: 0] += 1
            sizes[group] = details["of"]?.integer
        }
        #expect(members == sizes, comment())
        let next = try await ledger.append(EntryDraft(.unlocked))
        #expect(next.sequence == size, comment())
        #expect(try verifier.verify(ledger.storage, threads: 1).entries == size + 1, comment())
        return Set(members.keys)
    }
}
