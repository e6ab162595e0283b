/// What makes tokens of a piece of text.
enum TokenModel: Sendable {
    case bytePairs(BytePairModel)
    case scoredPairs(ScoredPairModel)
    case unigram(UnigramModel)
    case wordPiece(WordPieceModel)
    /// Whole pieces only; the id is that of all others.
    case words(unknown: Int32?)

    /// Working memory, kept from piece to piece.
    struct Workspace {
        var pairs = BytePairMerges.Workspace()
        var scored = ScoredPairModel.Workspace()
        var unigram = UnigramModel.Workspace()
    }

    /// Appends the tokens of `text[range]`.
    @inline(__always)
    func encode(
        _ text: UnsafeRawBufferPointer, _ range: Range<Int>, _ vocabulary: Vocabulary, into tokens: inout [Int32],
        _ workspace: inout Workspace
    ) {
        switch self {
        case .bytePairs(let model): model.encode(text, range, vocabulary, into: &tokens, &workspace.pairs)
        case .scoredPairs(let model): model.encode(text, range, vocabulary, into: &tokens, &workspace.scored)
        case .unigram(let model): model.encode(text, range, vocabulary, into: &tokens, &workspace.unigram)
        case .wordPiece(let model): model.encode(text, range, into: &tokens)
        case .words(let unknown):
            if let id = vocabulary.modelID(of: UnsafeRawBufferPointer(rebasing: text[range])) ?? unknown { tokens.append(id) }
        }
    }
}

/// Appends unknown tokens, and bytes in their stead.
struct UnknownTokens: Sendable {
    /// Nil if what is unknown is left out.
    var unknown: Int32?
    /// The tokens for bytes, −1 where there is none; nil if none are to stand in.
    var bytes: [Int32]?

    /// Appends the bytes of `text[range]` as tokens, if each has one.
    @inline(__always)
    func appendBytes(_ text: UnsafeRawBufferPointer, _ range: Range<Int>, into tokens: inout [Int32]) -> Bool {
        guard let bytes, range.allSatisfy({ bytes[Int(text[$0])] >= 0 }) else { return false }
        for position in range { tokens.append(bytes[Int(text[position])]) }
        return true
    }
}
