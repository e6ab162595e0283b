import AuditCrypto
import AuditSigning
import BulkCrypto
import CanonicalEncoding
import Ledger
import LogBuilding
import MerkleLog

/// What is known of the ledger from outside of it: every entry that was found, and every one that was acknowledged.
struct KnownLedger {
    /// The leaf hashes of the entries found, in order.
    private(set) var leaves: [MerkleHash] = []
    private(set) var groups: Int64 = 0
    private(set) var acknowledged: Int64 = 0
    /// Of those acknowledged.
    private(set) var found: Int64 = 0
    private var tree = CompactRange()
    private var time: Int64 = 0
    private var unseen: [Acknowledgement] = []

    struct Acknowledgement {
        let sequence: Int64
        let leaf: MerkleHash
    }

    mutating func acknowledge(_ some: [Acknowledgement]) {
        acknowledged += Int64(some.count)
        unseen += some
    }

    /// Reads what was added since the last time, and holds the whole tree against the checkpoint that signs it, and what
    /// was acknowledged against what is there.
    mutating func update(from crash: CrashLedger) async throws {
        let ledger = try crash.open()
        let size = await ledger.size
        guard size >= tree.size else { throw CrashError("the ledger has \(size) entries, and had \(tree.size)") }
        var open: (member: Int64, of: Int64)?
        try ledger.storage.scan(tree.size..<Int64.max) { stored in
            let bytes = Array(stored.bytes)
            let entry = try LedgerEntry(encoded: bytes)
            guard entry.sequence == tree.size, stored.sequence == tree.size, entry.previous == leaves.last ?? .zero, entry.time >= time else {
                throw CrashError("entry \(tree.size) does not follow the one before")
            }
            let member = try JSONField(.object(entry.details)).field("member").integer(), of = try JSONField(.object(entry.details)).field("of").integer()
            guard open.map({ $0.member + 1 == member && $0.of == of }) ?? (member == 0) else {
                throw CrashError("entry \(tree.size): its group is not whole")
            }
            open = member + 1 == of ? nil : (member, of)
            if open == nil { groups += 1 }
            let leaf = TreeHasher.bulk.leaf(bytes)
            guard leaf.withUnsafeBytes({ $0.elementsEqual(stored.leaf) }) else { throw CrashError("entry \(tree.size): its stored hash is wrong") }
            tree.append(leaf, hasher: .bulk)
            leaves.append(leaf)
            time = entry.time
        }
        guard open == nil else { throw CrashError("the last group of \(tree.size) entries is not whole") }
        guard tree.size == size else { throw CrashError("\(tree.size - size) entries stand after the checkpoint") }
        if size > 0 {
            let checkpoint = try await Checkpoint.verified(note: SignedNote(note: ledger.checkpoint), by: crash.signer.verifierKey)
            guard checkpoint.size == size, checkpoint.rootHash == tree.root(hasher: .bulk) else {
                throw CrashError("the checkpoint does not sign the \(size) entries that are there")
            }
        }
        for one in unseen where one.sequence >= size || leaves[Int(one.sequence)] != one.leaf {
            throw CrashError("entry \(one.sequence) was acknowledged, and \(one.sequence >= size ? "is lost" : "is another now")")
        }
        found += Int64(unseen.count)
        unseen = []
    }

    /// Reads the whole ledger again, as `assay ledger verify` does, and each entry against the hash that is known of it.
    func verifyAll(_ crash: CrashLedger) throws {
        let storage = try crash.open().storage
        guard !leaves.isEmpty else { return }
        let report = try crash.verifier.verify(storage)
        guard report.entries == Int64(leaves.count) else { throw CrashError("\(report.entries) entries verify, and \(leaves.count) are known") }
        try storage.scan(0..<report.entries) { stored in
            guard leaves[Int(stored.sequence)].withUnsafeBytes({ $0.elementsEqual(stored.leaf) }) else {
                throw CrashError("entry \(stored.sequence) is another now")
            }
        }
    }
}
