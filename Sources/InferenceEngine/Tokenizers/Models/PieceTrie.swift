/// Byte strings by their prefixes.
struct PieceTrie: Sendable {
    /// With more, a vocabulary is no text's.
    static let maximumNodes = 1 << 23

    private var edges = PairTable(minimumCapacity: 1 << 10)
    /// The node after each first byte, −1 for none.
    private var roots = [Int32](repeating: -1, count: 256)
    /// For each node the id of the string that ends there, or −1. The root is 0.
    private var ids: [Int32] = [-1]

    /// - Throws: `tooLarge`.
    mutating func insert(_ string: some Collection<UInt8>, id: Int32, place: @autoclosure () -> String) throws(TokenizerError) {
        var node: Int32 = 0
        for byte in string {
            var next = self.next(node, byte)
            if next < 0 {
                guard ids.count < Self.maximumNodes else {
                    throw TokenizerError(.tooLarge, "the tokens have more than \(Self.maximumNodes) different beginnings", at: place())
                }
                next = Int32(truncatingIfNeeded: ids.count)
                ids.append(-1)
                if node == 0 { roots[Int(byte)] = next } else { edges.insert(UInt64(next), for: UInt64(node) << 8 | UInt64(byte)) }
            }
            node = next
        }
        ids[Int(node)] = id
    }

    /// The node that `byte` leads to, or −1.
    @inline(__always)
    func next(_ node: Int32, _ byte: UInt8) -> Int32 {
        if node == 0 { return roots[Int(byte)] }
        return edges[UInt64(node) << 8 | UInt64(byte)].map { Int32(truncatingIfNeeded: $0) } ?? -1
    }

    /// The id of the string that ends at the node, or −1.
    @inline(__always)
    func id(_ node: Int32) -> Int32 { ids[Int(node)] }

    /// The node after `string`, or −1.
    func node(after string: some Collection<UInt8>) -> Int32 {
        var node: Int32 = 0
        for byte in string {
            node = next(node, byte)
            if node < 0 { return -1 }
        }
        return node
    }

    /// How far `text[position..<end]` follows the trie, whether or not a string ends there.
    func depth(_ text: UnsafeRawBufferPointer, _ position: Int, _ end: Int) -> Int {
        var node: Int32 = 0
        var place = position
        while place < end {
            node = next(node, text[place])
            if node < 0 { break }
            place += 1
        }
        return place - position
    }

    /// The longest string at `position`: its id and length.
    @inline(__always)
    func longest(_ text: UnsafeRawBufferPointer, _ position: Int, _ end: Int, from start: Int32 = 0) -> (id: Int32, length: Int)? {
        var node = start
        var best: (Int32, Int)?
        var place = position
        while place < end {
            node = next(node, text[place])
            if node < 0 { break }
            place += 1
            if ids[Int(node)] >= 0 { best = (ids[Int(node)], place - position) }
        }
        return best
    }
}
