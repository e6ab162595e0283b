import AuditCrypto
import MerkleLog

/// The right edge of a growing tree: the roots of its complete subtrees, largest first. It gives the root after every
/// leaf in memory that grows with the logarithm of the size.
package struct CompactRange: Hashable, Sendable {
    package private(set) var size: Int64 = 0
    package private(set) var hashes: [MerkleHash] = []

    /// A hash of a complete subtree, which never changes again.
    package struct Node: Hashable, Sendable {
        package let level: Int
        package let index: Int64
        package let hash: MerkleHash
    }

    package init() {}

    /// Takes up where an earlier range stopped; nil unless there is one hash for each bit set in `size`.
    package init?(size: Int64, hashes: [MerkleHash]) {
        guard size >= 0, hashes.count == size.nonzeroBitCount else { return nil }
        self.size = size
        self.hashes = hashes
    }

    /// Adds a leaf, or the root of a complete subtree of 2^level leaves, where the size is a multiple of that many.
    ///
    /// - Parameter completing: is shown the subtrees that it completes, its own first.
    package mutating func append<Failure>(
        _ root: MerkleHash, level: Int = 0, hasher: TreeHasher, completing: (Node) throws(Failure) -> Void
    ) throws(Failure) {
        precondition(size.trailingZeroBitCount >= level, "a subtree stands at a multiple of its size")
        try completing(Node(level: level, index: size >> Int64(level), hash: root))
        var hash = root
        for above in level..<level + (~(size >> Int64(level))).trailingZeroBitCount {
            hash = hasher.node(hashes.removeLast(), hash)
            try completing(Node(level: above + 1, index: size >> Int64(above + 1), hash: hash))
        }
        hashes.append(hash)
        size += 1 << Int64(level)
    }

    /// Adds a leaf.
    package mutating func append(_ leaf: MerkleHash, hasher: TreeHasher) { append(leaf, hasher: hasher) { _ in } }

    package func root(hasher: TreeHasher) -> MerkleHash {
        guard var root = hashes.last else { return hasher.empty }
        for left in hashes.dropLast().reversed() { root = hasher.node(left, root) }
        return root
    }
}

/// A whole tree in memory: about 64 bytes a leaf.
package struct MerkleTree: Sendable {
    package let hasher: TreeHasher
    private var edge = CompactRange()
    /// The hashes of complete subtrees, one flat row of 32-byte hashes a level.
    private var rows: [[UInt8]] = []

    package init(hasher: TreeHasher = .standard) { self.hasher = hasher }

    package init(leafHashes: some Sequence<MerkleHash>, hasher: TreeHasher = .standard) {
        self.init(hasher: hasher)
        for leaf in leafHashes { append(leaf) }
    }

    package var size: Int64 { edge.size }
    package var root: MerkleHash { edge.root(hasher: hasher) }

    package mutating func append(_ leafHash: MerkleHash) {
        edge.append(leafHash, hasher: hasher) { node in
            if rows.count == node.level { rows.append([]) }
            rows[node.level] += node.hash.bytes
        }
    }

    /// Throws `outOfRange` for a subtree that is not complete in this tree.
    package func node(level: Int, index: Int64) throws(MerkleError) -> MerkleHash {
        guard rows.indices.contains(level), index >= 0, index < Int64(rows[level].count / 32),
            let hash = MerkleHash(bytes: Array(rows[level][Int(index) * 32..<Int(index) * 32 + 32]))
        else { throw MerkleError(.outOfRange, "a tree of \(size) leaves has no subtree \(index) at level \(level)") }
        return hash
    }

    /// The root that the tree had at an earlier size.
    package func root(size: Int64) throws(MerkleError) -> MerkleHash {
        guard (0...self.size).contains(size) else {
            throw MerkleError(.outOfRange, "a tree of \(self.size) leaves has never had \(size)")
        }
        return try hasher.root(size: size, node: node)
    }

    package func inclusionProof(index: Int64, size: Int64) throws(MerkleError) -> InclusionProof {
        try InclusionProof(index: index, size: size, hasher: hasher, node: node)
    }

    package func consistencyProof(oldSize: Int64, newSize: Int64) throws(MerkleError) -> ConsistencyProof {
        try ConsistencyProof(oldSize: oldSize, newSize: newSize, hasher: hasher, node: node)
    }
}
