import AuditCrypto
import CanonicalEncoding
import LogBuilding
import MerkleLog
import Testing

struct MerkleTreeTests {
    static let hasher = TreeHasher.standard

    /// The tree of the Certificate Transparency reference implementation's tests.
    static let leaves = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"]
        .compactMap { Hex.decode($0) }
    static let roots = [
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
        "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
        "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
        "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
        "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
    ]
    static let reference = MerkleTree(leafHashes: leaves.map(hasher.leaf))

    @Test func referenceRoots() throws {
        var tree = MerkleTree()
        #expect(tree.root.hex == Self.roots[0])
        for (index, leaf) in Self.leaves.enumerated() {
            tree.append(Self.hasher.leaf(leaf))
            #expect(tree.root.hex == Self.roots[index + 1])
        }
        for size in 0...8 { #expect(try Self.reference.root(size: Int64(size)).hex == Self.roots[size]) }
        for size in [-1, 9] as [Int64] { #expect(throws: MerkleError.self) { try Self.reference.root(size: size) } }
    }

    @Test(arguments: [
        (0, 8, ["96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7", "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e", "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4"]),
        (5, 8, ["bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b", "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0", "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7"]),
        (2, 3, ["fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"]),
        (1, 5, ["6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d", "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e", "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b"]),
        (0, 1, []),
    ] as [(Int64, Int64, [String])])
    func referenceInclusion(_ index: Int64, _ size: Int64, _ hashes: [String]) throws {
        #expect(try Self.reference.inclusionProof(index: index, size: size).hashes.map(\.hex) == hashes)
    }

    @Test(arguments: [
        (1, 8, ["96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7", "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e", "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4"]),
        (6, 8, ["0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a", "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0", "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7"]),
        (2, 5, ["5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e", "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b"]),
        (8, 8, []), (0, 8, []), (0, 0, []),
    ] as [(Int64, Int64, [String])])
    func referenceConsistency(_ old: Int64, _ new: Int64, _ hashes: [String]) throws {
        let proof = try Self.reference.consistencyProof(oldSize: old, newSize: new)
        #expect(proof.hashes.map(\.hex) == hashes)
        try proof.verify(oldRoot: Self.reference.root(size: old), newRoot: Self.reference.root(size: new))
    }

    // MARK: Every size to 130

    static let largest: Int64 = 130
    static let hashes = (0..<largest).map { hasher.leaf(Array("leaf \($0)".utf8)) }
    static let tree = MerkleTree(leafHashes: hashes)

    /// RFC 6962 section 2.1, word for word.
    static func definition(_ leaves: ArraySlice<MerkleHash>) -> MerkleHash {
        guard leaves.count > 1, let first = leaves.indices.first else { return leaves.first ?? hasher.empty }
        var split = 1
        while split * 2 < leaves.count { split *= 2 }
        return hasher.node(definition(leaves[..<(first + split)]), definition(leaves[(first + split)...]))
    }

    @Test func rootsAreAsDefined() throws {
        var range = CompactRange()
        for size in 0...Self.largest {
            let root = Self.definition(Self.hashes[..<Int(size)])
            #expect(try Self.tree.root(size: size) == root)
            #expect(range.root(hasher: Self.hasher) == root)
            let resumed = try #require(CompactRange(size: range.size, hashes: range.hashes))
            #expect(resumed == range)
            if size < Self.largest { range.append(Self.hashes[Int(size)], hasher: Self.hasher) }
        }
        #expect(CompactRange(size: 3, hashes: [Self.hashes[0]]) == nil)
        #expect(CompactRange(size: -1, hashes: []) == nil)
    }

    @Test func everyInclusionProof() throws {
        for size in 1...Self.largest {
            let root = try Self.tree.root(size: size)
            for index in 0..<size {
                let proof = try Self.tree.inclusionProof(index: index, size: size), leaf = Self.hashes[Int(index)]
                try proof.verify(leafHash: leaf, root: root)
                // Another leaf, another root, another place.
                #expect(Self.code { try proof.verify(leafHash: Self.hasher.leaf([0]), root: root) } == .rootMismatch)
                #expect(Self.code { try proof.verify(leafHash: leaf, root: Self.hasher.empty) } == .rootMismatch)
                for other in [index - 1, index + 1] {
                    #expect(throws: MerkleError.self) {
                        try InclusionProof(index: other, size: size, hashes: proof.hashes).verify(leafHash: leaf, root: root)
                    }
                }
                for changed in Self.mutations(proof.hashes) {
                    #expect(throws: MerkleError.self) {
                        try InclusionProof(index: index, size: size, hashes: changed).verify(leafHash: leaf, root: root)
                    }
                }
            }
        }
    }

    @Test func everyConsistencyProof() throws {
        for new in 0...Self.largest {
            let newRoot = try Self.tree.root(size: new)
            for old in 0...new {
                let proof = try Self.tree.consistencyProof(oldSize: old, newSize: new), oldRoot = try Self.tree.root(size: old)
                try proof.verify(oldRoot: oldRoot, newRoot: newRoot)
                let wrong = Self.hasher.leaf([0])
                #expect(Self.code { try proof.verify(oldRoot: wrong, newRoot: newRoot) } == .rootMismatch)
                if old > 0 || new == 0 { #expect(Self.code { try proof.verify(oldRoot: oldRoot, newRoot: wrong) } == .rootMismatch) }
                for changed in Self.mutations(proof.hashes) {
                    #expect(throws: MerkleError.self) {
                        try ConsistencyProof(oldSize: old, newSize: new, hashes: changed).verify(oldRoot: oldRoot, newRoot: newRoot)
                    }
                }
            }
        }
    }

    /// Each hash changed, each left out, each repeated, one more at either end, and the order reversed.
    static func mutations(_ hashes: [MerkleHash]) -> [[MerkleHash]] {
        let wrong = hasher.leaf([1])
        var mutations = [hashes + [wrong], [wrong] + hashes]
        for position in hashes.indices {
            var changed = hashes
            changed[position] = wrong
            mutations.append(changed)
            changed.remove(at: position)
            mutations.append(changed)
            changed.insert(contentsOf: [hashes[position], hashes[position]], at: position)
            mutations.append(changed)
        }
        if hashes.count > 1 { mutations.append(hashes.reversed()) }
        return mutations
    }

    /// A log that changes, removes, reorders or inserts an entry of the past cannot prove consistency.
    @Test func rewrittenLogsAreFound() throws {
        let old: Int64 = 57, oldRoot = try Self.tree.root(size: old)
        var histories = [Self.hashes, Self.hashes, Self.hashes, Self.hashes]
        histories[0][20] = Self.hasher.leaf([0])
        histories[1].remove(at: 20)
        histories[2].swapAt(20, 21)
        histories[3].insert(Self.hasher.leaf([0]), at: 20)
        for history in histories {
            let forged = MerkleTree(leafHashes: history), new = forged.size
            let proof = try forged.consistencyProof(oldSize: old, newSize: new)
            #expect(Self.code { try proof.verify(oldRoot: oldRoot, newRoot: forged.root) } == .rootMismatch)
        }
    }

    @Test(arguments: [(0, 0), (1, 1), (-1, 1), (0, -1), (2, 1), (.max, .max), (.min, .max), (5, .min)] as [(Int64, Int64)])
    func refusesOutOfRange(_ index: Int64, _ size: Int64) {
        let proof = InclusionProof(index: index, size: size, hashes: [])
        #expect(Self.code { try proof.verify(leafHash: Self.hashes[0], root: Self.hashes[0]) } == .outOfRange)
        #expect(Self.code { try Self.tree.inclusionProof(index: index, size: size) } == .outOfRange)
    }

    @Test(arguments: [(1, 0), (-1, 1), (-2, -1), (.max, 1), (.min, .max)] as [(Int64, Int64)])
    func refusesConsistencyOutOfRange(_ old: Int64, _ new: Int64) {
        let proof = ConsistencyProof(oldSize: old, newSize: new, hashes: [])
        #expect(Self.code { try proof.verify(oldRoot: Self.hashes[0], newRoot: Self.hashes[0]) } == .outOfRange)
    }

    static let hugeSizes: [Int64] = [0x7fff_ffff_ffff_ffff, 0x7fff_ffff_ffff_fffe, 0x4000_0000_0000_0001, 0x4000_0000_0000_0000, 0x3fff_ffff_ffff_ffff]

    /// The largest sizes that can be written down are worked with, not trapped on.
    @Test(arguments: hugeSizes)
    func hugeTrees(_ size: Int64) throws {
        let hash = Self.hashes[0]
        for index in [0, 1, size / 2, size / 3, size - 2, size - 1] {
            let proof = try InclusionProof(index: index, size: size, hasher: Self.hasher) { _, _ in hash }
            #expect(proof.hashes.count <= 63)
            #expect(Self.code { try proof.verify(leafHash: hash, root: hash) } == .rootMismatch)
            #expect(Self.code { try InclusionProof(index: index, size: size, hashes: proof.hashes + [hash]).verify(leafHash: hash, root: hash) } == .wrongProofLength)
            let consistency = try ConsistencyProof(oldSize: index, newSize: size, hasher: Self.hasher) { _, _ in hash }
            let mismatch = Self.code { try consistency.verify(oldRoot: Self.hasher.leaf([9]), newRoot: hash) }
            #expect(mismatch == .rootMismatch)
        }
    }

    static func code(_ body: () throws -> some Any) -> MerkleErrorCode? {
        do { _ = try body() } catch { return (error as? MerkleError)?.code }
        return nil
    }
}
