/// Cuts text into the pieces that are encoded separately, in steps: each step cuts the pieces of the one before.
struct PreTokenizer: Sendable, Hashable {
    enum Step: Sendable, Hashable {
        /// GPT-2's expression, matches isolated:
        /// `'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+`
        case gpt2
        case expression(Expression, SplitBehavior, inverted: Bool)
        case string([UInt8], SplitBehavior, inverted: Bool)
        /// Numbers (`\p{N}`), each or each run of them a piece of its own.
        case digits(individual: Bool)
        case punctuation(SplitBehavior)
        /// At white space, which goes, and around each punctuation character.
        case bert
        /// `\w+|[^\w\s]+`
        case whitespace
        /// At white space, which goes.
        case whitespaceSplit
        /// A character that goes.
        case delimiter(Unicode.Scalar)
        /// So many characters a piece.
        case fixedLength(Int)
        /// A space before each piece that has none.
        case prefixSpace
        /// Spaces become another character, and one is put before.
        case metaspace(Metaspace)
        /// Each byte becomes a character of `ByteAlphabet`.
        case byteAlphabet
    }

    struct Metaspace: Sendable, Hashable {
        enum Prepend: String, Sendable, Hashable { case first, never, always }

        let replacement: [UInt8]
        let prepend: Prepend
        /// Whether the text is cut before each replacement.
        let splits: Bool
    }

    let steps: [Step]

    /// Calls `body` with each piece of `text[range]`, in order: a text and a range in it. None is empty.
    /// - Parameter isFirst: whether the text starts where the whole input does.
    func split(
        _ text: UnsafeRawBufferPointer, _ range: Range<Int>, isFirst: Bool = true,
        _ body: (UnsafeRawBufferPointer, Range<Int>) -> Void
    ) {
        split(text, range, isFirst, from: 0, body)
    }

    private func split(
        _ text: UnsafeRawBufferPointer, _ range: Range<Int>, _ isFirst: Bool, from index: Int,
        _ body: (UnsafeRawBufferPointer, Range<Int>) -> Void
    ) {
        guard !range.isEmpty else { return }
        guard index < steps.count else { return body(text, range) }
        func next(_ piece: Range<Int>) {
            if piece.isEmpty { return }
            if index + 1 == steps.count {
                body(text, piece)
            } else {
                split(text, piece, isFirst && piece.lowerBound == range.lowerBound, from: index + 1, body)
            }
        }
        switch steps[index] {
        case .gpt2: GPT2Scanner.forEachPiece(text, range, next)
        case .expression(let expression, .isolated, _):
            var matcher = ExpressionMatcher(expression, text, range)
            var position = range.lowerBound
            matcher.forEachMatch { match in
                next(position..<match.lowerBound)
                next(match)
                position = match.upperBound
            }
            next(position..<range.upperBound)
        case .expression(let expression, let behavior, let inverted):
            var matcher = ExpressionMatcher(expression, text, range)
            var segments = Segments(range, inverted: inverted)
            matcher.forEachMatch { segments.add($0) }
            for piece in behavior.pieces(segments.finished()) { next(piece) }
        case .string(let string, let behavior, let inverted):
            var segments = Segments(range, inverted: inverted)
            ByteSearch.forEachMatch(of: string, text, range) { segments.add($0) }
            for piece in behavior.pieces(segments.finished()) { next(piece) }
        case .digits(let individual):
            split(text, range, individual ? .isolated : .contiguous, next) { PieceCharacters.isNumeric($0) }
        case .punctuation(let behavior): split(text, range, behavior, next) { PieceCharacters.isPunctuation($0) }
        case .bert:
            split(text, range, .removed, { piece in
                split(text, piece, .isolated, next) { PieceCharacters.isPunctuation($0) }
            }) { CharacterTraits.of($0).isWhitespace }
        case .whitespace:
            PieceCharacters.forEachWord(text, range, next)
        case .whitespaceSplit: split(text, range, .removed, next) { CharacterTraits.of($0).isWhitespace }
        case .delimiter(let delimiter): split(text, range, .removed, next) { $0 == delimiter }
        case .fixedLength(let count):
            var start = range.lowerBound
            while start < range.upperBound {
                var stop = start
                for _ in 0..<count where stop < range.upperBound { stop += Characters.length(text, stop, range.upperBound) }
                next(start..<stop)
                start = stop
            }
        case .prefixSpace:
            if text[range.lowerBound] == 0x20 { return split(text, range, isFirst, from: index + 1, body) }
            hand([0x20] + text[range], isFirst, to: index + 1, body)
        case .metaspace(let metaspace): self.metaspace(metaspace, text, range, isFirst, index, body)
        case .byteAlphabet:
            var spelled: [UInt8] = []
            spelled.reserveCapacity(range.count * 2)
            for byte in text[range] { spelled += ByteAlphabet.spellings[Int(byte)] }
            hand(spelled, isFirst, to: index + 1, body)
        }
    }

    private func hand(
        _ text: [UInt8], _ isFirst: Bool, to index: Int, _ body: (UnsafeRawBufferPointer, Range<Int>) -> Void
    ) {
        text.withUnsafeBytes { split($0, 0..<$0.count, isFirst, from: index, body) }
    }

    private func metaspace(
        _ metaspace: Metaspace, _ text: UnsafeRawBufferPointer, _ range: Range<Int>, _ isFirst: Bool, _ index: Int,
        _ body: (UnsafeRawBufferPointer, Range<Int>) -> Void
    ) {
        var replaced: [UInt8] = []
        replaced.reserveCapacity(range.count + range.count / 2 + 3)
        let startsWithIt = text[range.lowerBound] == 0x20 || text[range].starts(with: metaspace.replacement)
        if !startsWithIt, metaspace.prepend == .always || metaspace.prepend == .first && isFirst {
            replaced += metaspace.replacement
        }
        for byte in text[range] {
            if byte == 0x20 { replaced += metaspace.replacement } else { replaced.append(byte) }
        }
        guard metaspace.splits else { return hand(replaced, isFirst, to: index + 1, body) }
        replaced.withUnsafeBytes { text in
            let range = 0..<text.count
            var segments = Segments(range, inverted: false)
            ByteSearch.forEachMatch(of: metaspace.replacement, text, range) { segments.add($0) }
            for piece in SplitBehavior.mergedWithNext.pieces(segments.finished()) {
                split(text, piece, isFirst && piece.lowerBound == 0, from: index + 1, body)
            }
        }
    }

    private func split(
        _ text: UnsafeRawBufferPointer, _ range: Range<Int>, _ behavior: SplitBehavior, _ next: (Range<Int>) -> Void,
        where isMatch: (Unicode.Scalar) -> Bool
    ) {
        var segments = Segments(range, inverted: false)
        var position = range.lowerBound
        while position < range.upperBound {
            let (scalar, length) = Characters.at(text, position, range.upperBound)
            if isMatch(scalar) { segments.add(position..<position + length) }
            position += length
        }
        for piece in behavior.pieces(segments.finished()) { next(piece) }
    }

    /// The matches in a range and what lies between them.
    private struct Segments {
        private var segments: [SplitBehavior.Segment] = []
        private var position: Int
        private let end: Int
        private let inverted: Bool

        init(_ range: Range<Int>, inverted: Bool) {
            position = range.lowerBound
            end = range.upperBound
            self.inverted = inverted
        }

        mutating func add(_ match: Range<Int>) {
            if position < match.lowerBound { segments.append(.init(range: position..<match.lowerBound, isMatch: inverted)) }
            segments.append(.init(range: match, isMatch: !inverted))
            position = match.upperBound
        }

        mutating func finished() -> [SplitBehavior.Segment] {
            if position < end { segments.append(.init(range: position..<end, isMatch: inverted)) }
            return segments
        }
    }
}
