/// Makes tokens of text and text of tokens, as the program that the tokenizer was made for: the `tokenizers` library
/// for a `tokenizer.json`, `sentencepiece` for a `tokenizer.model`, llama.cpp for a GGUF file.
///
/// Text may be any bytes. A byte-level tokenizer gives them all back, but for bytes that its vocabulary has no token
/// for, which are left out (`unencodableBytes`); others normalize, and know the unknown.
package struct Tokenizer: Sendable {
    /// A token of the vocabulary.
    package struct Token: Sendable, Hashable {
        package let id: Int32
        /// As the file spells it, with `Ġ` or `▁` for a space and so on; UTF-8 unless the file says otherwise.
        package let spelling: [UInt8]
        /// The bytes of text that it stands for, by itself.
        package let bytes: [UInt8]
        /// Whether it is a mark such as `<|im_end|>`, not text.
        package let isSpecial: Bool
    }

    /// Ids run from 0 to below this, though some may be unused.
    package var vocabularySize: Int { vocabulary.count }
    /// The token that the file declares to start every text.
    package let beginOfText: Int32?
    /// The token that the file declares to end a text, or a reply.
    package let endOfText: Int32?
    /// Every token that ends a reply: `endOfText`, and special tokens that are known by their names to do so.
    /// In ascending order.
    package let endOfTurn: [Int32]
    /// Bytes that no token stands for. Text that has them (control characters, mostly) loses them in encoding,
    /// as it does in the reference implementations.
    package let unencodableBytes: [UInt8]

    private let vocabulary: Vocabulary
    private let front: TextFront
    private let preTokenizer: PreTokenizer
    private let model: TokenModel
    private let decoder: TokenDecoder
    /// What added tokens are decoded to, where that is not their spelling.
    private let decodings: [Int32: [UInt8]]
    /// Found in the text as it is, and then in what is left of it once normalized.
    private let added: [AddedTokens]
    private let prefix: [Int32]
    private let suffix: [Int32]

    /// What the readers of the file formats put together.
    struct Parts {
        var vocabulary: Vocabulary
        var front = TextFront.normalizer(nil)
        var preTokenizer = PreTokenizer(steps: [])
        var model: TokenModel
        var decoder: TokenDecoder
        var addedTokens: [AddedToken] = []
        var addedTokenOrder = AddedTokens.Order.leftmost
        var beginOfText: Int32?
        var endOfText: Int32?
        /// Further tokens that the file declares to end a reply.
        var endOfTurn: [Int32] = []
        var prefix: [Int32] = []
        var suffix: [Int32] = []
    }

    init(_ parts: Parts, place: String) throws(TokenizerError) {
        vocabulary = parts.vocabulary
        front = parts.front
        preTokenizer = parts.preTokenizer
        model = parts.model
        decoder = parts.decoder
        if case .bytePairs(let pairs) = parts.model { unencodableBytes = pairs.unencodableBytes } else { unencodableBytes = [] }
        beginOfText = parts.beginOfText
        endOfText = parts.endOfText
        prefix = parts.prefix
        suffix = parts.suffix
        var normalized: [AddedToken] = []
        var decodings: [Int32: [UInt8]] = [:]
        for token in parts.addedTokens where token.isNormalized {
            var text = token.text
            if case .normalizer(.some(let normalizer)) = parts.front {
                var origin = TextNormalizer.Origin(isFirst: true)
                text = normalizer.normalize(text, &origin)
                guard text.count <= AddedTokens.maximumBytes else {
                    throw TokenizerError(.tooLarge, "token \(token.id) has over \(AddedTokens.maximumBytes) bytes, normalized", at: place)
                }
                if text != token.text { decodings[token.id] = text }
            }
            normalized.append(
                AddedToken(
                    id: token.id, text: text, isSpecial: token.isSpecial, isNormalized: true, stripsLeft: token.stripsLeft,
                    stripsRight: token.stripsRight, isSingleWord: token.isSingleWord))
        }
        self.decodings = decodings
        added = [
            try AddedTokens(parts.addedTokens.filter { !$0.isNormalized }, order: parts.addedTokenOrder, place: place),
            try AddedTokens(normalized, place: place),
        ]
        let known = parts.addedTokens.filter { $0.isSpecial && Self.turnEnds.contains($0.text) }
        var ends = Set(known.map(\.id) + parts.endOfTurn + [parts.endOfText].compactMap { $0 })
        // In gpt-oss' Harmony a reply is several messages, each closed by `<|end|>`, and ends with one of these two.
        let names = Set(known.map(\.text))
        if names.isSuperset(of: [Array("<|return|>".utf8), Array("<|call|>".utf8)]) {
            for token in known where token.text == Array("<|end|>".utf8) { ends.remove(token.id) }
        }
        endOfTurn = ends.sorted()
    }

    /// The names of tokens that end a reply or a document in published models.
    static let turnEnds: Set<[UInt8]> = Set(
        [
            "<|im_end|>", "<|endoftext|>", "<|eot_id|>", "<|eom_id|>", "<|end_of_text|>", "<|end|>", "<|endofturn|>",
            "<end_of_turn>", "</s>", "<EOT>", "<eos>", "<|return|>", "<|call|>", "<end_of_utterance>", "[EOS]", "[EOT]",
            "<\u{ff5c}end\u{2581}of\u{2581}sentence\u{ff5c}>",
        ].map { Array($0.utf8) })

    /// The tokens of `text`.
    /// - Parameters:
    ///   - parseSpecial: whether special tokens written out in the text count as such, or as plain text. Text
    ///     from outside that is put inside a rendered chat template needs `false` if it may not forge a turn.
    ///   - addSpecial: whether the tokens that the file declares to open and close a text are added.
    package func encode(_ text: String, parseSpecial: Bool = true, addSpecial: Bool = false) -> [Int32] {
        var text = text
        return text.withUTF8 { encode(UnsafeRawBufferPointer($0), parseSpecial: parseSpecial, addSpecial: addSpecial) }
    }

    /// The tokens of any bytes; those that are not UTF-8 count as characters that are neither letter, number nor space.
    package func encode(_ bytes: [UInt8], parseSpecial: Bool = true, addSpecial: Bool = false) -> [Int32] {
        bytes.withUnsafeBytes { encode($0, parseSpecial: parseSpecial, addSpecial: addSpecial) }
    }

    private func encode(_ text: UnsafeRawBufferPointer, parseSpecial: Bool, addSpecial: Bool) -> [Int32] {
        var tokens = addSpecial ? prefix : []
        tokens.reserveCapacity(text.count / 3)
        var workspace = TokenModel.Workspace()
        var followsToken = true
        added[0].split(text, 0..<text.count, parseSpecial: parseSpecial) { part in
            switch part {
            case .token(let id):
                tokens.append(id)
                followsToken = true
            case .text(let range):
                let place = TextFront.Place(isFirst: range.lowerBound == 0, followsToken: followsToken)
                followsToken = false
                let (normalized, isFirst) = front.normalize(text, range, place)
                guard let normalized else {
                    return encode(text, range, isFirst, parseSpecial, into: &tokens, &workspace)
                }
                normalized.withUnsafeBytes { encode($0, 0..<$0.count, isFirst, parseSpecial, into: &tokens, &workspace) }
            }
        }
        if addSpecial { tokens += suffix }
        return tokens
    }

    /// Normalized text.
    private func encode(
        _ text: UnsafeRawBufferPointer, _ range: Range<Int>, _ isFirst: Bool, _ parseSpecial: Bool, into tokens: inout [Int32],
        _ workspace: inout TokenModel.Workspace
    ) {
        added[1].split(text, range, parseSpecial: parseSpecial) { part in
            switch part {
            case .token(let id): tokens.append(id)
            case .text(let part):
                preTokenizer.split(text, part, isFirst: isFirst && part.lowerBound == range.lowerBound) { text, piece in
                    model.encode(text, piece, vocabulary, into: &tokens, &workspace)
                }
            }
        }
    }

    /// The bytes that `tokens` stand for; not necessarily UTF-8 where they end within a character. Numbers that
    /// are no token's stand for nothing.
    /// - Parameter skipSpecial: whether special tokens are left out.
    package func decode(_ tokens: [Int32], skipSpecial: Bool = false) -> [UInt8] {
        var stream = decodingStream
        var bytes: [UInt8] = []
        for token in tokens where isDecoded(token, skipSpecial: skipSpecial) { append(token, to: &stream, &bytes) }
        return bytes + stream.finish()
    }

    var decodingStream: DecodingStream { DecodingStream(decoder) }

    func isDecoded(_ token: Int32, skipSpecial: Bool) -> Bool {
        vocabulary.contains(token) && !(skipSpecial && vocabulary.kind(token) == .special)
    }

    func append(_ token: Int32, to stream: inout DecodingStream, _ output: inout [UInt8]) {
        stream.append(token, vocabulary, instead: decodings.isEmpty ? nil : decodings[token], to: &output)
    }

    /// The token with this id, or nil if there is none.
    package func token(_ id: Int32) -> Token? {
        guard vocabulary.contains(id) else { return nil }
        return Token(
            id: id, spelling: Array(vocabulary.text(id)), bytes: Array(vocabulary.value(id)),
            isSpecial: vocabulary.kind(id) == .special)
    }

    /// The id of the token that the file spells so, or nil. Compared by bytes.
    package func id(ofSpelling spelling: String) -> Int32? { vocabulary.id(of: Array(spelling.utf8)) }
}
