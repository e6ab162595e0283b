import AuditCrypto
import MerkleLog

/// That the tree of `oldSize` leaves is the beginning of the tree of `newSize` (RFC 6962 section 2.1.2): nothing in it
/// was changed, removed or reordered.
package struct ConsistencyProof: Hashable, Sendable {
    package let oldSize: Int64
    package let newSize: Int64
    /// The old tree's last complete subtree (unless it is the whole old tree), then the siblings on its way up.
    package let hashes: [MerkleHash]

    package init(oldSize: Int64, newSize: Int64, hashes: [MerkleHash]) {
        (self.oldSize, self.newSize, self.hashes) = (oldSize, newSize, hashes)
    }

    /// Throws `outOfRange`, `wrongProofLength` (both before anything is hashed) or `rootMismatch`. The empty tree is
    /// the beginning of every tree.
    package func verify(oldRoot: MerkleHash, newRoot: MerkleHash, hasher: TreeHasher = .standard) throws(MerkleError) {
        let way = try Way(oldSize, newSize)
        let count = way.map { $0.siblings.count + ($0.startsAtOldRoot ? 0 : 1) } ?? 0
        guard hashes.count == count else {
            throw MerkleError(.wrongProofLength, "the consistency proof from \(oldSize) to \(newSize) has \(count) "
                + "hashes; this has \(hashes.count)")
        }
        // What both trees have in common on the way up stands to its left; to its right is only the new tree.
        var (old, new) = oldSize == 0 ? (hasher.empty, newRoot) : (newRoot, newRoot)
        if let way {
            old = way.startsAtOldRoot ? oldRoot : hashes[0]
            new = old
            for (sibling, other) in zip(way.siblings, hashes.suffix(way.siblings.count)) {
                if sibling.isLeft { old = hasher.node(other, old) }
                new = sibling.isLeft ? hasher.node(other, new) : hasher.node(new, other)
            }
        }
        guard old == oldRoot, new == newRoot, newSize > 0 || newRoot == hasher.empty else {
            throw MerkleError(.rootMismatch, "the tree of \(oldSize) with root \(oldRoot.base64) is not the beginning of "
                + "the tree of \(newSize) with root \(newRoot.base64): the log was rewritten, or a checkpoint or the "
                + "proof was changed")
        }
    }

    /// From the old tree's last complete subtree to the new root; nil where there is nothing to prove.
    package struct Way {
        package let level: Int
        package let index: Int64
        package let startsAtOldRoot: Bool
        package let siblings: [Sibling]

        package init?(_ oldSize: Int64, _ newSize: Int64) throws(MerkleError) {
            guard oldSize >= 0, oldSize <= newSize else {
                throw MerkleError(.outOfRange, "a tree of \(newSize) has no earlier tree of \(oldSize)")
            }
            guard oldSize > 0, oldSize < newSize else { return nil }
            level = oldSize.trailingZeroBitCount
            index = (oldSize - 1) >> Int64(level)
            startsAtOldRoot = index == 0
            siblings = Sibling.way(from: index, level: level, treeSize: newSize)
        }
    }
}
