import LedgerVerification
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

/// Where the ledger lies. A commit returns when it is durable; reads see whole commits only.
package protocol LedgerStorage: LedgerSource {
    /// The edge as stored; a fresh storage has an empty tree.
    func edge() throws -> LedgerEdge
    /// Blocks until they are durable, so it is called on a thread that may wait.
    func commit(_ batch: LedgerBatch) throws
}
