import WeightFormats

extension Tokenizer {
    /// The tokenizer in a GGUF file's metadata (ggml's `docs/gguf.md`, "Tokenizer"), as llama.cpp runs it:
    /// `tokenizer.ggml.model` is `gpt2` (byte-level BPE, cut up as `tokenizer.ggml.pre` says), `llama` (SentencePiece
    /// BPE by scores), `t5` (unigram) or `bert` (WordPiece).
    package init(gguf: GGUFFile) throws(TokenizerError) {
        let reader = GGUFTokenizerReader(metadata: gguf.metadata)
        try self.init(try reader.parts(), place: reader.key("tokens"))
    }
}

/// Reads `tokenizer.ggml.*`.
struct GGUFTokenizerReader {
    let metadata: [String: GGUFValue]

    func parts() throws(TokenizerError) -> Tokenizer.Parts {
        let model = try string("model")
        switch Array(model.utf8) {
        case Array("gpt2".utf8): return try bytePairs()
        case Array("llama".utf8): return try scoredPairs()
        case Array("t5".utf8): return try unigram()
        case Array("bert".utf8): return try wordPiece()
        default:
            throw TokenizerError(
                .unsupported, "\(Vocabulary.quoted(model.utf8)) is not read, only gpt2, llama, t5 and bert", at: key("model"))
        }
    }

    // MARK: The kinds of model

    private func bytePairs() throws(TokenizerError) -> Tokenizer.Parts {
        if try bool("add_space_prefix") == true {
            throw TokenizerError(
                .unsupported, "a space before every text is not supported", at: key("add_space_prefix"))
        }
        // A file without the key was converted before there was one, and nothing says how its text is to be cut.
        let pre = try GGUFPreTokenizer.named(try string("pre"), place: key("pre"))
        let vocabulary = try vocabulary { text, kind in
            kind == .normal || kind == .byte ? ByteAlphabet.bytes(spelledBy: text) ?? text : text
        }
        var model = BytePairModel(alphabet: BytePairModel.bytes(vocabulary), merges: try merges(vocabulary))
        model.ignoresMerges = pre.ignoresMerges
        var parts = Tokenizer.Parts(
            vocabulary: vocabulary, preTokenizer: PreTokenizer(steps: try pre.steps(place: key("pre"))), model: .bytePairs(model),
            decoder: TokenDecoder(source: .values))
        parts.beginOfText = try id("bos_token_id", in: vocabulary)
        parts.endOfText = try id("eos_token_id", in: vocabulary)
        return try finished(parts, addsBegin: pre.addsBegin && parts.beginOfText != nil, addsEnd: false)
    }

    private func scoredPairs() throws(TokenizerError) -> Tokenizer.Parts {
        let vocabulary = try vocabulary { text, kind in kind == .normal ? EscapedSpace.unescaped(text) : text }
        let unknown = try id("unknown_token_id", in: vocabulary) ?? present(0, vocabulary)
        let bytes = (UInt8.min...UInt8.max).map { byte in
            vocabulary.id(of: ByteToken.spelling(of: byte)) ?? vocabulary.id(of: [byte]) ?? unknown ?? -1
        }
        let addsSpace = try bool("add_space_prefix") ?? true
        var parts = Tokenizer.Parts(
            vocabulary: vocabulary, front: .escapedSpaces(prefix: addsSpace),
            model: .scoredPairs(
                ScoredPairModel(scores: try scores(vocabulary.count), fallback: UnknownTokens(unknown: unknown, bytes: bytes))),
            decoder: TokenDecoder(
                source: .values, steps: addsSpace ? [.strip(content: [0x20], start: 1, stop: 0)] : []))
        parts.beginOfText = try id("bos_token_id", in: vocabulary) ?? present(1, vocabulary)
        parts.endOfText = try id("eos_token_id", in: vocabulary) ?? present(2, vocabulary)
        return try finished(parts, addsBegin: true, addsEnd: false)
    }

    private func unigram() throws(TokenizerError) -> Tokenizer.Parts {
        let kinds = try types()
        let vocabulary = try vocabulary { text, kind in kind == .normal ? EscapedSpace.unescaped(text) : text }
        guard let unknown = try id("unknown_token_id", in: vocabulary) ?? present(2, vocabulary) else { throw missing("unknown_token_id") }
        let scores = try scores(vocabulary.count)
        var trie = PieceTrie()
        var symbols = PieceTrie()
        var hasSymbols = false
        var userDefined: Set<Int32> = []
        var range = (least: Float.greatestFiniteMagnitude, most: -Float.greatestFiniteMagnitude)
        for index in 0..<vocabulary.count {
            let id = Int32(truncatingIfNeeded: index)
            let type = kinds?[index] ?? 1
            let text = vocabulary.text(id)
            if type == 1 { range = (min(range.least, scores[index]), max(range.most, scores[index])) }
            guard type == 1 || type == 4 || type == 5, !text.isEmpty else { continue }
            try trie.insert(text, id: id, place: key("tokens"))
            if type == 4 {
                try symbols.insert(text, id: id, place: key("tokens"))
                userDefined.insert(id)
                hasSymbols = true
            }
        }
        var normalizer = GGUFUnigramNormalizer()
        normalizer.map = try characterMap()
        normalizer.addsSpacePrefix = try bool("add_space_prefix") ?? false
        normalizer.removesExtraSpaces = try bool("remove_extra_whitespaces") ?? false
        if hasSymbols { normalizer.symbols = symbols }
        var parts = Tokenizer.Parts(
            vocabulary: vocabulary, front: .unigram(normalizer),
            model: .unigram(
                UnigramModel(
                    trie: trie, scores: scores.enumerated().map { userDefined.contains(Int32(truncatingIfNeeded: $0.offset)) ? 0 : Double($0.element) },
                    range: (Double(range.least), Double(range.most)), unknown: unknown, bytes: nil, precision: .double,
                    looksUpUnknown: false)),
            decoder: TokenDecoder(
                source: .values, steps: normalizer.addsSpacePrefix ? [.strip(content: [0x20], start: 1, stop: 0)] : []))
        parts.beginOfText = try id("bos_token_id", in: vocabulary)
        parts.endOfText = try id("eos_token_id", in: vocabulary) ?? present(1, vocabulary)
        return try finished(parts, addsBegin: false, addsEnd: true)
    }

    private func wordPiece() throws(TokenizerError) -> Tokenizer.Parts {
        let vocabulary = try vocabulary { text, kind in kind == .normal ? EscapedSpace.unescaped(text) : text }
        guard let unknown = try id("unknown_token_id", in: vocabulary) ?? present(100, vocabulary) else { throw missing("unknown_token_id") }
        var trie = PieceTrie()
        for index in 0..<vocabulary.count {
            let id = Int32(truncatingIfNeeded: index)
            if !vocabulary.text(id).isEmpty { try trie.insert(vocabulary.text(id), id: id, place: key("tokens")) }
        }
        var words = BertWords()
        if let lowercases = metadata[Self.key("normalizer.lowercase")]?.bool { (words.lowercases, words.stripsAccents) = (lowercases, lowercases) }
        if let strips = metadata[Self.key("normalizer.strip_accents")]?.bool { words.stripsAccents = strips }
        var parts = Tokenizer.Parts(
            vocabulary: vocabulary, front: .words(words),
            preTokenizer: PreTokenizer(steps: [.whitespaceSplit]),
            model: .wordPiece(WordPieceModel(trie: trie, prefix: [], unknown: unknown, maximumCharacters: .max)),
            decoder: TokenDecoder(source: .values))
        parts.beginOfText = try id("bos_token_id", in: vocabulary) ?? present(101, vocabulary)
        parts.endOfText = try id("eos_token_id", in: vocabulary)
        let separator = try id("seperator_token_id", in: vocabulary) ?? present(102, vocabulary)
        parts = try finished(parts, addsBegin: false, addsEnd: false)
        parts.prefix = [parts.beginOfText].compactMap { $0 }
        parts.suffix = [separator].compactMap { $0 }
        return parts
    }

    /// With what all kinds have.
    private func finished(_ parts: Tokenizer.Parts, addsBegin: Bool, addsEnd: Bool) throws(TokenizerError) -> Tokenizer.Parts {
        var parts = parts
        parts.addedTokens = addedTokens(parts.vocabulary)
        parts.addedTokenOrder = .longest
        for name in ["eot_token_id", "eom_token_id"] {
            if let id = try id(name, in: parts.vocabulary) { parts.endOfTurn.append(id) }
        }
        if try bool("add_bos_token") ?? addsBegin { parts.prefix = [try declared(parts.beginOfText, "bos_token_id")] }
        if try bool("add_eos_token") ?? addsEnd { parts.suffix = [try declared(parts.endOfText, "eos_token_id")] }
        return parts
    }

    // MARK: Keys

    static func key(_ name: String) -> String { "tokenizer.ggml." + name }
    func key(_ name: String) -> String { Self.key(name) }

    func string(_ name: String) throws(TokenizerError) -> String {
        guard let value = metadata[key(name)] else { throw missing(name) }
        guard let string = value.string else { throw TokenizerError(.badValue, "must be a string", at: key(name)) }
        return string
    }

    func bool(_ name: String) throws(TokenizerError) -> Bool? {
        guard let value = metadata[key(name)] else { return nil }
        guard let bool = value.bool else { throw TokenizerError(.badValue, "must be a boolean", at: key(name)) }
        return bool
    }

    func id(_ name: String, in vocabulary: Vocabulary) throws(TokenizerError) -> Int32? {
        guard let value = metadata[key(name)] else { return nil }
        guard let integer = value.integer, let id = Int32(exactly: integer), vocabulary.contains(id) else {
            throw TokenizerError(.badValue, "must be the number of a token, below \(vocabulary.count)", at: key(name))
        }
        return id
    }

    /// llama.cpp's default for a token that the file does not name, if there is such a token.
    private func present(_ id: Int32, _ vocabulary: Vocabulary) -> Int32? { vocabulary.contains(id) ? id : nil }

    func declared(_ id: Int32?, _ name: String) throws(TokenizerError) -> Int32 {
        guard let id else { throw missing(name) }
        return id
    }

    // MARK: Arrays

    private func types() throws(TokenizerError) -> [Int64]? {
        guard let value = metadata[key("token_type")] else { return nil }
        let count = try strings("tokens").count
        guard let types = value.array?.integers, types.count == count else {
            throw TokenizerError(.badValue, "must be an array of \(count) integers", at: key("token_type"))
        }
        return types
    }

    /// - Parameter value: what a token stands for, given its spelling.
    private func vocabulary(_ value: ([UInt8], Vocabulary.Kind) -> [UInt8]) throws(TokenizerError) -> Vocabulary {
        let tokens = try strings("tokens")
        let types = try types()
        guard tokens.count <= Vocabulary.maximumCount else {
            throw TokenizerError(.tooLarge, "more than \(Vocabulary.maximumCount) tokens", at: key("tokens"))
        }
        let isByteLevel = try string("model").utf8.elementsEqual("gpt2".utf8)
        var vocabulary = Vocabulary(minimumCapacity: tokens.count)
        for index in 0..<tokens.count {
            let text = Array(tokens.stringBytes(index))
            var kind = try kind(types?[index] ?? 1, text)
            var stands = value(text, kind)
            if kind == .byte, !isByteLevel {
                if let byte = ByteToken.byte(spelledBy: text) { stands = [byte] } else { kind = .normal }
            }
            // llama.cpp may make such a token of text all the same; it stands for nothing.
            if kind == .unused, !isByteLevel { (kind, stands) = (.normal, []) }
            // An empty token can never be found.
            try vocabulary.append(text, kind: kind, value: stands, isFindable: !text.isEmpty, place: key("tokens") + "[\(index)]")
        }
        return vocabulary
    }

    /// `llama_token_type`: normal, unknown, control, user-defined, unused, byte.
    private func kind(_ type: Int64, _ text: [UInt8]) throws(TokenizerError) -> Vocabulary.Kind {
        switch type {
        // What is known to end a turn is a mark, whatever the file says.
        case 1: return Tokenizer.turnEnds.contains(text) ? .special : .normal
        case 6: return .byte
        case 2, 3: return .special
        case 4: return .userDefined
        case 5: return .unused
        default: throw TokenizerError(.badValue, "\(type) is no token type (1 to 6)", at: key("token_type"))
        }
    }

    private func scores(_ count: Int) throws(TokenizerError) -> [Float] {
        guard let value = metadata[key("scores")] else { return [Float](repeating: 0, count: count) }
        guard let scores = value.array?.doubles ?? value.array?.integers?.map({ Double($0) }), scores.count == count,
            scores.allSatisfy({ !$0.isNaN })
        else {
            throw TokenizerError(.badValue, "must be an array of \(count) numbers", at: key("scores"))
        }
        return scores.map { Float($0) }
    }

    private func characterMap() throws(TokenizerError) -> CharacterMap? {
        guard let value = metadata[key("precompiled_charsmap")] else { return nil }
        guard let array = value.array, array.count <= CharacterMap.maximumBytes, let integers = array.integers else {
            throw TokenizerError(.badValue, "must be an array of at most \(CharacterMap.maximumBytes) bytes", at: key("precompiled_charsmap"))
        }
        return try CharacterMap(integers.map { UInt8(truncatingIfNeeded: $0) }, place: key("precompiled_charsmap"))
    }

    private func merges(_ vocabulary: Vocabulary) throws(TokenizerError) -> BytePairMerges {
        let lines = try strings("merges")
        var merges = BytePairMerges(minimumCapacity: lines.count)
        for index in 0..<lines.count {
            let place = key("merges") + "[\(index)]"
            let (left, right) = try MergeLine.split(lines.stringBytes(index), place: place)
            try merges.append(left, right, in: vocabulary, place: place)
        }
        return merges
    }

    private func addedTokens(_ vocabulary: Vocabulary) -> [AddedToken] {
        var tokens: [AddedToken] = []
        // llama.cpp knows by the model's name what the format has no place for.
        let name = metadata["general.name"]?.string?.lowercased() ?? ""
        let isPhi3 = name.contains("phi-3") || name.contains("phi3")
        let plain = ["<unk>", "<s>", "<|endoftext|>"].map { Array($0.utf8) }
        for (index, kind) in vocabulary.kinds.enumerated() where kind == .special || kind == .userDefined {
            let id = Int32(truncatingIfNeeded: index)
            guard !vocabulary.text(id).isEmpty else { continue }
            var token = AddedToken(id: id, text: Array(vocabulary.text(id)), isSpecial: kind == .special)
            token.stripsRight = isPhi3 && token.isSpecial && !plain.contains(token.text)
            tokens.append(token)
        }
        return tokens
    }

    private func strings(_ name: String) throws(TokenizerError) -> GGUFArray {
        guard let value = metadata[key(name)] else { throw missing(name) }
        guard let array = value.array, array.elementType == .string else {
            throw TokenizerError(.badValue, "must be an array of strings", at: key(name))
        }
        return array
    }

    private func missing(_ name: String) -> TokenizerError {
        TokenizerError(.missing, "the file has no such key; convert the model again with its tokenizer", at: key(name))
    }
}
