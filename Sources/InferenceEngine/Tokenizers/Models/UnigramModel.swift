/// A unigram language model (Kudo 2018): of all ways to cut a piece into tokens, the one whose scores have the largest
/// sum, by the reference implementations' one-pass Viterbi search.
struct UnigramModel: Sendable {
    /// How the reference sums scores: rounding decides between sums that are nearly the same.
    enum Precision: Sendable {
        /// In 64 bits: the `tokenizers` library and llama.cpp.
        case double
        /// Kept in 32 bits: SentencePiece.
        case single
    }

    private static let unknownPenalty = 10.0

    private let trie: PieceTrie
    /// By id.
    private let scores: [Double]
    private let unknownScore: Double
    private let precision: Precision
    let unknown: Int32
    let fallback: UnknownTokens
    /// Whether what is unknown is looked up as a whole before bytes stand in for it, as the `tokenizers` library does.
    private let looksUpUnknown: Bool
    /// Added to the score of user-defined tokens, for each byte: SentencePiece always prefers them.
    private let userDefined: Set<Int32>
    private let bonus: Double

    /// - Parameters:
    ///   - trie: the tokens that text may be cut into.
    ///   - scores: by id.
    ///   - range: the least score of the ordinary tokens, and the largest.
    init(
        trie: PieceTrie, scores: [Double], range: (least: Double, most: Double), unknown: Int32, bytes: [Int32]?,
        precision: Precision, looksUpUnknown: Bool, userDefined: Set<Int32> = []
    ) {
        self.trie = trie
        self.scores = scores
        self.unknown = unknown
        self.precision = precision
        self.looksUpUnknown = looksUpUnknown
        self.userDefined = userDefined
        bonus = range.most
        unknownScore = precision == .single
            ? Double(Float(range.least) - Float(Self.unknownPenalty)) : range.least - Self.unknownPenalty
        fallback = UnknownTokens(unknown: unknown, bytes: bytes)
    }

    struct Workspace {
        fileprivate var best: [Node] = []
        fileprivate var path: [(id: Int32, range: Range<Int>)] = []
    }

    fileprivate struct Node {
        var score: Double
        /// Where the last token of the best way here starts; −1 if there is none.
        var start: Int
        var id: Int32
    }

    func encode(
        _ text: UnsafeRawBufferPointer, _ range: Range<Int>, _ vocabulary: Vocabulary, into tokens: inout [Int32],
        _ workspace: inout Workspace
    ) {
        guard !range.isEmpty else { return }
        search(text, range, &workspace)
        workspace.path.removeAll(keepingCapacity: true)
        var end = range.count
        while end > 0 {
            let node = workspace.best[end]
            // Neighbouring unknowns are one.
            if node.id == unknown, let last = workspace.path.last, last.id == unknown {
                workspace.path[workspace.path.count - 1].range = range.lowerBound + node.start..<last.range.upperBound
            } else {
                workspace.path.append((node.id, range.lowerBound + node.start..<range.lowerBound + end))
            }
            end = node.start
        }
        for (id, part) in workspace.path.reversed() {
            guard id == unknown else {
                tokens.append(id)
                continue
            }
            if looksUpUnknown, let whole = vocabulary.modelID(of: UnsafeRawBufferPointer(rebasing: text[part])) {
                tokens.append(whole)
            } else if !fallback.appendBytes(text, part, into: &tokens) {
                tokens.append(id)
            }
        }
    }

    private func search(_ text: UnsafeRawBufferPointer, _ range: Range<Int>, _ workspace: inout Workspace) {
        workspace.best.removeAll(keepingCapacity: true)
        workspace.best.append(contentsOf: repeatElement(Node(score: 0, start: -1, id: unknown), count: range.count + 1))
        let isSingle = precision == .single
        workspace.best.withUnsafeMutableBufferPointer { best in
            @inline(__always)
            func offer(_ score: Double, _ id: Int32, _ start: Int, _ end: Int) {
                let score = isSingle ? Double(Float(score)) : score
                guard best[end].start < 0 || score > best[end].score else { return }
                best[end] = Node(score: score, start: start, id: id)
            }
            var start = 0
            while start < range.count {
                let base = best[start].score
                let position = range.lowerBound + start
                let length = Characters.length(text, position, range.upperBound)
                var hasSingle = false
                var node: Int32 = 0
                var place = position
                while place < range.upperBound {
                    node = trie.next(node, text[place])
                    if node < 0 { break }
                    place += 1
                    let id = trie.id(node)
                    if id < 0 { continue }
                    var score = scores[Int(id)]
                    if !userDefined.isEmpty, userDefined.contains(id) { score = Double(Float(place - position) * Float(bonus)) - 0.1 }
                    offer(score + base, id, start, place - range.lowerBound)
                    if place - position == length { hasSingle = true }
                }
                if !hasSingle {
                    let score = isSingle ? Double(Float(unknownScore) + Float(base)) : unknownScore + base
                    offer(score, unknown, start, start + length)
                }
                start += length
            }
        }
    }
}
