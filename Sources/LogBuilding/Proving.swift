import AuditCrypto
import MerkleLog

/// Reads the hash of the complete subtree over leaves `index << level ..< (index + 1) << level`.
package typealias NodeReader<Failure: Error> = (_ level: Int, _ index: Int64) throws(Failure) -> MerkleHash

extension TreeHasher {
    /// MTH(D[start:end]), where `start` is a multiple of the largest power of two that fits the range, as it is for every
    /// range in RFC 6962's recursion. The range must not be empty.
    func root<Failure>(_ start: Int64, _ end: Int64, _ node: NodeReader<Failure>) throws(Failure) -> MerkleHash {
        let level = 63 - (end - start).leadingZeroBitCount
        let left = try node(level, start >> Int64(level)), middle = start + (1 << Int64(level))
        return middle == end ? left : self.node(left, try root(middle, end, node))
    }

    /// The root over a row of hashes of complete subtrees, as many as a power of two.
    package func root(overRow row: [MerkleHash]) -> MerkleHash {
        precondition(row.count.nonzeroBitCount == 1, "a complete tree has a power of two of leaves")
        var hashes = row
        var count = hashes.count
        while count > 1 {
            for index in 0..<count / 2 { hashes[index] = node(hashes[2 * index], hashes[2 * index + 1]) }
            count /= 2
        }
        return hashes[0]
    }

    /// The root of the tree of the first `size` leaves.
    package func root<Failure>(size: Int64, node: NodeReader<Failure>) throws(Failure) -> MerkleHash {
        size > 0 ? try root(0, size, node) : empty
    }
}

extension InclusionProof {
    /// Makes the proof from the hashes of complete subtrees.
    package init(index: Int64, size: Int64, hasher: TreeHasher, node: NodeReader<MerkleError>) throws(MerkleError) {
        var hashes: [MerkleHash] = []
        for sibling in try Self.siblings(index: index, size: size) {
            hashes.append(try sibling.hash(treeSize: size, hasher: hasher, node: node))
        }
        self.init(index: index, size: size, hashes: hashes)
    }
}

extension ConsistencyProof {
    /// Makes the proof from the hashes of complete subtrees.
    package init(oldSize: Int64, newSize: Int64, hasher: TreeHasher, node: NodeReader<MerkleError>) throws(MerkleError) {
        var hashes: [MerkleHash] = []
        if let way = try Way(oldSize, newSize) {
            if !way.startsAtOldRoot { hashes.append(try node(way.level, way.index)) }
            for sibling in way.siblings {
                hashes.append(try sibling.hash(treeSize: newSize, hasher: hasher, node: node))
            }
        }
        self.init(oldSize: oldSize, newSize: newSize, hashes: hashes)
    }
}

extension Sibling {
    fileprivate func hash(treeSize: Int64, hasher: TreeHasher, node: NodeReader<MerkleError>) throws(MerkleError) -> MerkleHash {
        let start = index << Int64(level)
        return try hasher.root(start, start + min(1 << Int64(level), treeSize - start), node)
    }
}
