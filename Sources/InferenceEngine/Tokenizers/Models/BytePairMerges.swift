/// The merges of a byte-pair encoding, applied in order of rank, the leftmost first among equals: n log n in the
/// length of a piece, whatever its bytes.
struct BytePairMerges: Sendable {
    /// Ranks share a heap entry's 64 bits with positions.
    static let maximumCount = 1 << 24

    /// By pair of ids, left in the upper half: rank in the upper half, resulting id in the lower.
    private var merges: PairTable

    init(minimumCapacity: Int = 0) { merges = PairTable(minimumCapacity: min(minimumCapacity, Self.maximumCount)) }

    /// Appends the merge with the next rank.
    /// - Parameter prefix: what tokens within a word start with, left out where two are joined.
    mutating func append(
        _ left: [UInt8], _ right: [UInt8], prefix: [UInt8] = [], in vocabulary: Vocabulary, place: @autoclosure () -> String
    ) throws(TokenizerError) {
        guard let first = vocabulary.modelID(of: left), let second = vocabulary.modelID(of: right),
            right.count >= prefix.count, let merged = vocabulary.modelID(of: left + right.dropFirst(prefix.count))
        else {
            throw TokenizerError(
                .inconsistent,
                "the merge of \(Vocabulary.quoted(left)) and \(Vocabulary.quoted(right)) uses or makes a token "
                    + "that is not in the vocabulary", at: place())
        }
        guard merges.count < Self.maximumCount else {
            throw TokenizerError(.tooLarge, "more than \(Self.maximumCount) merges", at: place())
        }
        let value = UInt64(merges.count) << 32 | UInt64(UInt32(bitPattern: merged))
        guard merges.insert(value, for: Self.pair(first, second)) == nil else {
            throw TokenizerError(
                .inconsistent, "the merge of \(Vocabulary.quoted(left)) and \(Vocabulary.quoted(right)) stands twice",
                at: place())
        }
    }

    /// Working memory, kept from piece to piece.
    struct Workspace {
        fileprivate var ids: [Int32] = []
        fileprivate var ranks: [UInt64] = []
        fileprivate var symbols: [Symbol] = []
        fileprivate var heap = MinimumHeap<UInt64>()
        /// A piece in the vocabulary's spelling.
        var spelling: [UInt8] = []

        mutating func removeAll() { ids.removeAll(keepingCapacity: true) }
        @inline(__always)
        mutating func append(_ id: Int32) { ids.append(id) }
    }

    fileprivate struct Symbol {
        /// −1 once merged into the symbol to its left.
        var id: Int32
        var previous: Int
        /// The count of symbols if this is the last.
        var next: Int
    }

    /// Merges the symbols in the workspace and appends what comes of them.
    func merge(_ workspace: inout Workspace, into tokens: inout [Int32]) {
        switch workspace.ids.count {
        case 0: return
        case 1: tokens.append(workspace.ids[0])
        case 2...40: mergeFew(&workspace.ids, &workspace.ranks, into: &tokens)
        default: mergeMany(&workspace, into: &tokens)
        }
    }

    /// The pairs are looked through each time for the best: quicker than a heap where there are few.
    private func mergeFew(_ ids: inout [Int32], _ ranks: inout [UInt64], into tokens: inout [Int32]) {
        ranks.removeAll(keepingCapacity: true)
        for index in 1..<ids.count { ranks.append(merges[Self.pair(ids[index - 1], ids[index])] ?? .max) }
        var count = ids.count
        while count > 1 {
            var best = UInt64.max
            var place = 0
            // No two pairs have one rank, unless they are equal: then the first stays.
            for index in 0..<count - 1 where ranks[index] < best {
                best = ranks[index]
                place = index
            }
            if best == .max { break }
            ids[place] = Int32(truncatingIfNeeded: best)
            count -= 1
            var index = place + 1
            while index < count {
                ids[index] = ids[index + 1]
                ranks[index - 1] = ranks[index]
                index += 1
            }
            if place > 0 { ranks[place - 1] = merges[Self.pair(ids[place - 1], ids[place])] ?? .max }
            if place + 1 < count { ranks[place] = merges[Self.pair(ids[place], ids[place + 1])] ?? .max }
        }
        tokens.append(contentsOf: ids[0..<count])
    }

    private func mergeMany(_ workspace: inout Workspace, into tokens: inout [Int32]) {
        let count = workspace.ids.count
        workspace.symbols.removeAll(keepingCapacity: true)
        for (index, id) in workspace.ids.enumerated() {
            workspace.symbols.append(Symbol(id: id, previous: index - 1, next: index + 1))
        }
        workspace.heap.removeAll()
        for index in 0..<count - 1 { push(index, &workspace) }
        while let candidate = workspace.heap.popMinimum() { apply(candidate, count, &workspace) }
        var index = 0
        while index < count {
            tokens.append(workspace.symbols[index].id)
            index = workspace.symbols[index].next
        }
    }

    /// Queues the merge of symbol `index` with the next, if there is one. Rank above position: 24 and 40 bits.
    @inline(__always)
    private func push(_ index: Int, _ workspace: inout Workspace) {
        let symbol = workspace.symbols[index]
        guard symbol.next < workspace.symbols.count,
            let merge = merges[Self.pair(symbol.id, workspace.symbols[symbol.next].id)]
        else { return }
        workspace.heap.push((merge >> 32) << 40 | UInt64(index))
    }

    @inline(__always)
    private func apply(_ candidate: UInt64, _ count: Int, _ workspace: inout Workspace) {
        let index = Int(candidate & ((1 << 40) - 1))
        let symbol = workspace.symbols[index]
        // Either symbol may have been merged since: then the pair that is there now has another rank, or none.
        guard symbol.id >= 0, symbol.next < count else { return }
        let right = workspace.symbols[symbol.next]
        guard let merge = merges[Self.pair(symbol.id, right.id)], merge >> 32 == candidate >> 40 else { return }
        workspace.symbols[index].id = Int32(truncatingIfNeeded: merge)
        workspace.symbols[index].next = right.next
        workspace.symbols[symbol.next].id = -1
        if right.next < count { workspace.symbols[right.next].previous = index }
        push(index, &workspace)
        if symbol.previous >= 0 { push(symbol.previous, &workspace) }
    }

    @inline(__always)
    private static func pair(_ left: Int32, _ right: Int32) -> UInt64 {
        UInt64(UInt32(bitPattern: left)) << 32 | UInt64(UInt32(bitPattern: right))
    }
}

/// A binary heap, the least on top.
struct MinimumHeap<Item: Comparable> {
    private var items: [Item] = []

    mutating func removeAll() { items.removeAll(keepingCapacity: true) }

    mutating func push(_ item: Item) {
        items.append(item)
        var child = items.count - 1
        while child > 0 {
            let parent = (child - 1) / 2
            if items[parent] <= item { break }
            items[child] = items[parent]
            child = parent
        }
        items[child] = item
    }

    mutating func popMinimum() -> Item? {
        guard let minimum = items.first, let last = items.popLast() else { return nil }
        let count = items.count
        guard count > 0 else { return minimum }
        var parent = 0
        while true {
            var child = 2 * parent + 1
            if child >= count { break }
            if child + 1 < count, items[child + 1] < items[child] { child += 1 }
            if last <= items[child] { break }
            items[parent] = items[child]
            parent = child
        }
        items[parent] = last
        return minimum
    }
}
