import AuditCrypto
import CanonicalEncoding
import LogBuilding
import MerkleLog

/// Proofs and tiles out of a stored ledger. Storage keeps the leaf hashes and the roots of full tiles; what
/// lies between is at most 255 hashes away.
package struct LedgerReader: Sendable {
    private let storage: any LedgerSource
    private let hasher: TreeHasher

    package init(_ storage: any LedgerSource, hasher: TreeHasher) {
        self.storage = storage
        self.hasher = hasher
    }

    /// The entry and a C2SP tlog-proof that it is in the tree of `checkpoint`, a signed note of `size` entries.
    package func proof(_ index: Int64, size: Int64, checkpoint: String) throws -> (entry: [UInt8], proof: TLogProof) {
        guard (0..<size).contains(index), let entry = try storage.entries(index..<index + 1).first else {
            throw LedgerError(.noSuchEntry, "There is no entry \(index); the ledger has \(size), counted from 0.")
        }
        let inclusion = try InclusionProof(index: index, size: size, hasher: hasher, node: node)
        return (entry, TLogProof(index: index, hashes: inclusion.hashes, checkpoint: checkpoint))
    }

    /// That the tree of `oldSize` is the beginning of the tree of `newSize`.
    package func consistency(from oldSize: Int64, to newSize: Int64) throws -> ConsistencyProof {
        try ConsistencyProof(oldSize: oldSize, newSize: newSize, hasher: hasher, node: node)
    }

    /// The root that the tree had at an earlier size.
    package func root(size: Int64) throws -> MerkleHash { try hasher.root(size: size, node: node) }

    /// The content of one file of the tiled log (C2SP tlog-tiles).
    package func data(of tile: Tile) throws -> [UInt8] {
        switch tile.kind {
        case .hashes: return try tile.hashData(node: node)
        case .entries:
            let first = tile.index * Int64(Tile.fullWidth)
            let entries = try storage.entries(first..<first + Int64(tile.width))
            guard entries.count == tile.width else {
                throw LedgerError(.missingEntry, entry: first + Int64(entries.count), "it is missing from the database.")
            }
            return try Tile.entryData(entries)
        }
    }

    /// The root of a complete subtree, computed from the nearest stored level below.
    private func node(level: Int, index: Int64) throws(MerkleError) -> MerkleHash {
        let below = level % 8
        let first = index << Int64(below)
        let hashes: [MerkleHash]
        do {
            hashes = try storage.hashes(level: level - below, first..<first + 1 << Int64(below))
        } catch {
            throw MerkleError(.outOfRange, "the ledger's hashes cannot be read: \(error)")
        }
        guard hashes.count == 1 << below else {
            throw MerkleError(.outOfRange, "the ledger has no subtree \(index) at level \(level)")
        }
        return hasher.root(overRow: hashes)
    }
}
