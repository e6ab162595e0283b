/// Sequences of tokens by what they begin with, so that it is computed once.
enum PrefixTree {
    struct Entry {
        /// The sequence's place among all.
        let number: Int
        let tokens: ArraySlice<Int32>
    }

    /// Tokens that several sequences have in common, from `start` on.
    struct Node {
        let start: Int
        let run: ArraySlice<Int32>
        /// All that pass through it.
        let entries: [Entry]

        /// What follows it.
        var children: [Node] {
            entries.count < 2 ? [] : PrefixTree.nodes(entries.filter { $0.tokens.count > start + run.count }[...], from: start + run.count)
        }
    }

    /// Shorter common runs are computed for each sequence: a pass of their own would cost more.
    private static let shortest = 8

    /// In lexicographic order, where those with a common beginning are neighbours.
    static func sorted(_ sequences: [(number: Int, tokens: ArraySlice<Int32>)]) -> [Entry] {
        sequences.map { Entry(number: $0.number, tokens: $0.tokens) }.sorted { a, b in
            a.tokens.elementsEqual(b.tokens) ? a.number < b.number : a.tokens.lexicographicallyPrecedes(b.tokens)
        }
    }

    static func roots(_ entries: [Entry]) -> [Node] { nodes(entries[...], from: 0) }

    private static func common(_ entries: ArraySlice<Entry>, from start: Int) -> Int {
        guard let first = entries.first, let last = entries.last else { return 0 }
        return first.tokens.dropFirst(start).countShared(with: last.tokens.dropFirst(start))
    }

    /// - Parameter entries: sorted, equal before `start`.
    private static func nodes(_ entries: ArraySlice<Entry>, from start: Int) -> [Node] {
        guard let first = entries.first else { return [] }
        let shared = common(entries, from: start)
        if entries.count == 1 || shared >= shortest {
            return [Node(start: start, run: first.tokens.dropFirst(start).prefix(shared), entries: Array(entries))]
        }
        // Too little in common: by the token that tells them apart, each group from `start` on.
        var nodes: [Node] = []
        var rest = entries
        while let head = rest.first {
            let key = head.tokens.dropFirst(start + shared).first
            let group = rest.prefix { $0.tokens.dropFirst(start + shared).first == key }
            let own = common(group, from: start)
            nodes.append(Node(start: start, run: head.tokens.dropFirst(start).prefix(own), entries: Array(group)))
            rest = rest.dropFirst(group.count)
        }
        return nodes
    }
}

extension ArraySlice<Int32> {
    /// How many tokens both begin with.
    func countShared(with other: ArraySlice<Int32>) -> Int {
        var count = 0
        for (one, two) in zip(self, other) {
            guard one == two else { break }
            count += 1
        }
        return count
    }
}
