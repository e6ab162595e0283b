/// SentencePiece's byte-pair encoding: of the neighbours that together are a piece, the pair with the highest score is
/// joined first, the leftmost among equals.
struct ScoredPairModel: Sendable {
    /// By id.
    let scores: [Float]
    let fallback: UnknownTokens
    /// User-defined pieces, which are taken whole before anything is joined; nil if there are none.
    var frozen: PieceTrie?
    /// Pieces that are cut up again once they have been joined.
    var unused: Set<Int32> = []

    struct Workspace {
        fileprivate var symbols: [Symbol] = []
        fileprivate var heap = MinimumHeap<Candidate>()
        /// What unused pieces were joined from: the length of the left part, by the piece.
        fileprivate var parts: [Int32: Int] = [:]
    }

    fileprivate struct Symbol {
        let start: Int
        /// 0 once joined to the one on its left.
        var length: Int
        /// −1 for none.
        var previous: Int
        var next: Int
        let isFrozen: Bool
    }

    fileprivate struct Candidate: Comparable {
        let score: Float
        let left: Int
        let right: Int
        let length: Int

        static func < (one: Candidate, other: Candidate) -> Bool {
            one.score > other.score || one.score == other.score && one.left < other.left
        }
        static func <= (one: Candidate, other: Candidate) -> Bool { !(other < one) }
    }

    func encode(
        _ text: UnsafeRawBufferPointer, _ range: Range<Int>, _ vocabulary: Vocabulary, into tokens: inout [Int32],
        _ workspace: inout Workspace
    ) {
        guard !range.isEmpty else { return }
        workspace.symbols.removeAll(keepingCapacity: true)
        workspace.heap.removeAll()
        workspace.parts.removeAll()
        var position = range.lowerBound
        while position < range.upperBound {
            var length = Characters.length(text, position, range.upperBound)
            var isFrozen = false
            if let frozen, let (_, longest) = frozen.longest(text, position, range.upperBound) { (length, isFrozen) = (longest, true) }
            let index = workspace.symbols.count
            position += length
            workspace.symbols.append(
                Symbol(
                    start: position - length, length: length, previous: index - 1, next: position < range.upperBound ? index + 1 : -1,
                    isFrozen: isFrozen))
        }
        for index in workspace.symbols.indices.dropFirst() { consider(index - 1, index, text, vocabulary, &workspace) }
        while let best = workspace.heap.popMinimum() {
            let left = workspace.symbols[best.left], right = workspace.symbols[best.right]
            // Either may have been joined to another since.
            guard left.length > 0, right.length > 0, left.length + right.length == best.length else { continue }
            workspace.symbols[best.left].length = best.length
            workspace.symbols[best.left].next = right.next
            if right.next >= 0 { workspace.symbols[right.next].previous = best.left }
            workspace.symbols[best.right].length = 0
            consider(left.previous, best.left, text, vocabulary, &workspace)
            consider(best.left, right.next, text, vocabulary, &workspace)
        }
        var writer = Writer(model: self, text: text, vocabulary: vocabulary)
        var index = 0
        while index >= 0 {
            let symbol = workspace.symbols[index]
            writer.write(symbol.start..<symbol.start + symbol.length, workspace.parts, into: &tokens)
            index = symbol.next
        }
    }

    @inline(__always)
    private func consider(
        _ left: Int, _ right: Int, _ text: UnsafeRawBufferPointer, _ vocabulary: Vocabulary, _ workspace: inout Workspace
    ) {
        guard left >= 0, right >= 0 else { return }
        let (one, two) = (workspace.symbols[left], workspace.symbols[right])
        let length = one.length + two.length
        guard !one.isFrozen, !two.isFrozen, length <= vocabulary.longest,
            let id = vocabulary.modelID(of: UnsafeRawBufferPointer(rebasing: text[one.start..<one.start + length]))
        else { return }
        workspace.heap.push(Candidate(score: scores[Int(id)], left: left, right: right, length: length))
        if unused.contains(id) { workspace.parts[id] = one.length }
    }

    /// Writes what the symbols have become.
    private struct Writer {
        let model: ScoredPairModel
        let text: UnsafeRawBufferPointer
        let vocabulary: Vocabulary
        private var followsUnknown = false

        init(model: ScoredPairModel, text: UnsafeRawBufferPointer, vocabulary: Vocabulary) {
            (self.model, self.text, self.vocabulary) = (model, text, vocabulary)
        }

        mutating func write(_ part: Range<Int>, _ parts: [Int32: Int], into tokens: inout [Int32]) {
            // Unused pieces fall apart, their parts too; a stack, since they may be many.
            var rest = [part]
            while let part = rest.popLast() {
                guard let id = vocabulary.modelID(of: UnsafeRawBufferPointer(rebasing: text[part])) else {
                    unknown(part, into: &tokens)
                    continue
                }
                if model.unused.contains(id), let length = parts[id] {
                    rest.append(part.lowerBound + length..<part.upperBound)
                    rest.append(part.lowerBound..<part.lowerBound + length)
                } else {
                    tokens.append(id)
                    followsUnknown = false
                }
            }
        }

        private mutating func unknown(_ part: Range<Int>, into tokens: inout [Int32]) {
            if model.fallback.appendBytes(text, part, into: &tokens) {
                followsUnknown = false
            } else if let id = model.fallback.unknown {
                if !followsUnknown { tokens.append(id) }
                followsUnknown = true
            }
        }
    }
}
