/// How the tokens' spellings are put together to a text: a chain of steps, each of which takes a list of strings and
/// gives one, in the terms of the `tokenizers` library.
struct TokenDecoder: Sendable, Hashable {
    enum Step: Sendable, Hashable {
        /// Everything is one string.
        case fuse
        /// Strings that `ByteAlphabet` can spell are the bytes that they spell.
        case byteAlphabet
        /// Runs of byte tokens (`<0xE4>`) are their text, or a replacement character for each if that is no UTF-8.
        case byteFallback
        case replaceString([UInt8], with: [UInt8])
        case replaceExpression(Expression, with: [UInt8])
        /// Up to so many of a character are taken off the start and the end.
        case strip(content: [UInt8], start: Int, stop: Int)
        /// A character becomes a space, or nothing in the first string.
        case metaspace(replacement: [UInt8], dropsFirst: Bool)
        /// Words are set apart by spaces, unless they start with a prefix.
        case wordPiece(prefix: [UInt8], cleansUp: Bool)
        /// A suffix becomes a space, or nothing in the last string.
        case suffix([UInt8])
        /// Repeated strings are one; padding goes; a delimiter becomes a space.
        case ctc(pad: [UInt8], delimiter: [UInt8], cleansUp: Bool)
        /// Spaces between the strings: what is done without a decoder.
        case join
    }

    /// Where the strings come from.
    enum Source: Sendable, Hashable {
        /// The spellings.
        case spellings
        /// The bytes that the tokens stand for, as one string.
        case values
        /// SentencePiece's own rules.
        case sentencePieces(SentencePieceDecoding)
    }

    var source = Source.spellings
    var steps: [Step] = []

    /// How many times longer the steps can make a text.
    var growth: Int {
        steps.reduce(1) { growth, step in
            switch step {
            case .replaceString(let string, let content): min(1 << 30, growth * max(1, (content.count + string.count - 1) / string.count))
            case .replaceExpression(_, let content): min(1 << 30, growth * (1 + content.count))
            case .byteFallback: min(1 << 30, 3 * growth)
            default: growth
            }
        }
    }
}

/// How `sentencepiece` puts pieces together.
struct SentencePieceDecoding: Sendable, Hashable {
    /// Whether the space that normalization put before the text goes.
    var dropsFirstSpace: Bool
    /// Whether all spaces at the start do.
    var dropsFirstSpaces: Bool
    /// What stands for an unknown piece.
    var unknownSurface: [UInt8]
    var unknown: Int32
    /// How many pieces the model has; tokens beyond them are written as they are.
    var pieceCount: Int
    /// Applied to the whole text in the end.
    var denormalizer: SentencePieceNormalizer?
}
