import LogBuilding
import MerkleLog

/// What the next entry hangs on.
package struct LedgerEdge: Sendable, Hashable {
    /// The tree so far.
    package var tree: CompactRange
    /// The last entry's leaf hash; all zeros before the first.
    package var previous: MerkleHash
    /// The last entry's time; 0 before the first.
    package var time: Int64
    /// The signed checkpoint of `tree`; empty before the first.
    package var checkpoint: String

    package init(tree: CompactRange, previous: MerkleHash, time: Int64, checkpoint: String) {
        self.tree = tree
        self.previous = previous
        self.time = time
        self.checkpoint = checkpoint
    }
}

/// Entries and the checkpoint over them, which become durable together or not at all.
package struct LedgerBatch: Sendable {
    package struct Row: Sendable {
        package let sequence: Int64
        /// The leaf's bytes.
        package let bytes: [UInt8]
        package let leaf: MerkleHash
        /// The bytes of the request that a person signed.
        package let request: [UInt8]?
    }

    package let rows: [Row]
    /// The roots of the full tiles that these rows complete: at levels 8, 16, 24 ...
    package let tileRoots: [CompactRange.Node]
    /// The edge after the rows.
    package let edge: LedgerEdge
}

/// An entry as stored, for as long as it is looked at: the bytes are the storage's own.
package struct StoredEntry {
    package let sequence: Int64
    package let bytes: UnsafeRawBufferPointer
    /// What was stored as the leaf's hash.
    package let leaf: UnsafeRawBufferPointer
    /// The request that a person signed; nil where nobody asked.
    package let request: UnsafeRawBufferPointer?

    package init(
        sequence: Int64, bytes: UnsafeRawBufferPointer, leaf: UnsafeRawBufferPointer, request: UnsafeRawBufferPointer?
    ) {
        self.sequence = sequence
        self.bytes = bytes
        self.leaf = leaf
        self.request = request
    }
}

/// Where the ledger lies. A commit returns when it is durable; reads see whole commits only.
package protocol LedgerStorage: Sendable {
    /// The edge as stored; a fresh storage has an empty tree.
    func edge() throws -> LedgerEdge
    func commit(_ batch: LedgerBatch) async throws
    /// The bytes of the entries of `range`, in order; fewer where the storage ends before.
    func entries(_ range: Range<Int64>) throws -> [[UInt8]]
    /// Shows the entries of `range` in order, in memory that does not grow with their number.
    func scan(_ range: Range<Int64>, _ body: (StoredEntry) throws -> Void) throws
    /// The hashes of complete subtrees at a level that is a multiple of 8, in order.
    func hashes(level: Int, _ range: Range<Int64>) throws -> [MerkleHash]
    /// The checkpoint that was signed at `size`.
    func checkpoint(size: Int64) throws -> String?
}

/// Why the ledger could not be read, written or believed.
package struct LedgerError: Error, Sendable, Hashable, CustomStringConvertible {
    package enum Code: String, Sendable {
        case missingEntry = "ledger.missing-entry"
        case malformedEntry = "ledger.malformed-entry"
        case brokenChain = "ledger.broken-chain"
        case wrongSequence = "ledger.wrong-sequence"
        case timeWentBack = "ledger.time-went-back"
        case unknownAction = "ledger.unknown-action"
        case wrongHash = "ledger.wrong-hash"
        case wrongRoot = "ledger.wrong-root"
        case badCheckpoint = "ledger.bad-checkpoint"
        case badSignature = "ledger.bad-signature"
        case cutShort = "ledger.cut-short"
        case rewritten = "ledger.rewritten"
        case badEpoch = "ledger.bad-epoch"
        case storage = "ledger.storage"
        case noSuchEntry = "ledger.no-such-entry"
    }

    package let code: Code
    /// The entry that is wrong, where it is one.
    package let entry: Int64?
    package let message: String

    package init(_ code: Code, entry: Int64? = nil, _ message: String) {
        self.code = code
        self.entry = entry
        self.message = message
    }

    package var description: String { entry.map { "Entry \($0): \(message)" } ?? message }
}
