import CanonicalEncoding

extension Tokenizer {
    /// The tokenizer in a Hugging Face `tokenizer.json`. Every part that would change what comes out and is not
    /// implemented is refused by name. `truncation` and `padding` say how its writer last used it, not what it is, and
    /// are not looked at: whoever encodes decides about them.
    /// - Parameter configuration: the `tokenizer_config.json` beside it, if there is one: which tokens open and
    ///   close a text stands only there.
    package init(tokenizerJSON: [UInt8], configuration: [UInt8]? = nil) throws(TokenizerError) {
        let root = try Self.parse(tokenizerJSON, "tokenizer.json")
        let settings = try configuration.map { bytes throws(TokenizerError) in try Self.parse(bytes, "tokenizer_config.json") }
        try self.init(
            try Self.reading { try TokenizerJSONReader(root: root).parts(configuration: settings) }, place: "$.added_tokens")
    }

    static func parse(_ bytes: [UInt8], _ name: String) throws(TokenizerError) -> JSONField {
        // A vocabulary of 256 Ki tokens with as many merges, each an array of two, has about two million values.
        let limits = JSONLimits(maxBytes: 64 << 20, maxDepth: 24, maxValues: 8 << 20)
        do {
            return JSONField(try StrictJSON.parse(bytes, limits: limits), path: "$")
        } catch {
            throw TokenizerError(.badJSON, "\(error)", at: name)
        }
    }

    /// Turns the errors of fields into a tokenizer's.
    static func reading<Value>(_ body: () throws -> Value) throws(TokenizerError) -> Value {
        do {
            return try body()
        } catch let error as TokenizerError {
            throw error
        } catch let error as JSONFieldError {
            throw TokenizerError(.badJSON, error.message, at: error.path)
        } catch {
            throw TokenizerError(.badJSON, "\(error)", at: "$")
        }
    }
}

/// Reads the members of a `tokenizer.json` that decide what comes out.
private struct TokenizerJSONReader {
    let root: JSONField

    func parts(configuration: JSONField?) throws -> Tokenizer.Parts {
        let model = try root.field("model")
        let decoder = try TokenDecoder(try root.present("decoder"))
        let reader = try ModelJSONReader(model)
        let (vocabulary, addedTokens) = try vocabulary(reader, decoder)
        let (preTokenizer, endsInBytes) = try PreTokenizer.read(
            try root.present("pre_tokenizer"), modelTakesBytes: reader.takesBytes)
        var parts = Tokenizer.Parts(
            vocabulary: vocabulary, preTokenizer: preTokenizer, model: try reader.model(vocabulary, inBytes: endsInBytes),
            decoder: decoder, addedTokens: addedTokens)
        parts.front = .normalizer(try root.present("normalizer").map { try TextNormalizer($0) })
        if let processor = try root.present("post_processor") {
            let template = try TokenTemplate(processor, vocabulary)
            (parts.prefix, parts.suffix) = (template.prefix, template.suffix)
        }
        if let configuration {
            parts.beginOfText = try TokenizerConfiguration(configuration).token("bos_token", in: vocabulary)
            parts.endOfText = try TokenizerConfiguration(configuration).token("eos_token", in: vocabulary)
            // Without a template of its own, a file goes by these flags, as transformers does.
            if parts.prefix.isEmpty, parts.suffix.isEmpty {
                if try configuration.flag("add_bos_token", default: false), let id = parts.beginOfText { parts.prefix = [id] }
                if try configuration.flag("add_eos_token", default: false), let id = parts.endOfText { parts.suffix = [id] }
            }
        }
        return parts
    }

    /// The model's vocabulary with the added tokens in their places. As the reference does, a token that the model has
    /// keeps the model's id, and the others are numbered on from the size of the model, whatever ids are written beside them.
    private func vocabulary(_ model: ModelJSONReader, _ decoder: TokenDecoder) throws -> (Vocabulary, [AddedToken]) {
        var entries = model.tokens
        let place = model.field.path + ".vocab"
        var added = try addedTokens()
        var kinds: [[UInt8]: Vocabulary.Kind] = [:]
        for token in added { kinds[token.text] = token.isSpecial ? .special : .userDefined }
        var ids: [[UInt8]: Int32] = [:]
        for entry in entries where entry.isFindable && kinds[entry.text] != nil { ids[entry.text] = entry.id }
        for index in added.indices {
            if let id = ids[added[index].text] {
                added[index].id = id
            } else {
                added[index].id = Int32(truncatingIfNeeded: entries.count)
                entries.append(ModelJSONReader.Entry(id: added[index].id, text: added[index].text, isOfModel: false))
            }
        }
        entries.sort { $0.id < $1.id }

        var vocabulary = Vocabulary(minimumCapacity: entries.count)
        for entry in entries {
            guard Int(entry.id) >= vocabulary.count else {
                throw TokenizerError(
                    .inconsistent, "the id \(entry.id) of \(Vocabulary.quoted(entry.text)) is used twice", at: place)
            }
            guard Int(entry.id) < Vocabulary.maximumCount else {
                throw TokenizerError(.tooLarge, "the id \(entry.id) is over the limit", at: place)
            }
            while vocabulary.count < Int(entry.id) { try vocabulary.append([], kind: .unused, place: place) }
            let kind = kinds[entry.text] ?? .normal
            try vocabulary.append(
                entry.text, kind: kind, value: decoder.value(of: entry.text, kind: kind), isFindable: entry.isFindable,
                isOfModel: entry.isOfModel, place: place)
        }
        return (vocabulary, added)
    }

    private func addedTokens() throws -> [AddedToken] {
        guard let field = try root.present("added_tokens") else { return [] }
        var tokens: [AddedToken] = []
        var known: Set<AddedToken> = []
        for entry in try field.array() {
            try entry.allow(only: ["id", "content", "single_word", "lstrip", "rstrip", "normalized", "special"])
            let token = try AddedToken(entry, id: -1)
            // The reference passes these over.
            if !token.text.isEmpty, known.insert(token).inserted { tokens.append(token) }
        }
        guard Set(tokens.map(\.text)).count == tokens.count else {
            throw TokenizerError(.inconsistent, "an added token stands twice", at: field.path)
        }
        return tokens
    }
}

extension AddedToken {
    /// The members that a `tokenizer.json` and a `tokenizer_config.json` describe an added token with.
    init(_ entry: JSONField, id: Int32) throws {
        self.init(
            id: id, text: Array(try entry.field("content").string(maxBytes: AddedTokens.maximumBytes).utf8),
            isSpecial: try entry.flag("special", default: false), isNormalized: try entry.flag("normalized", default: false),
            stripsLeft: try entry.flag("lstrip", default: false), stripsRight: try entry.flag("rstrip", default: false),
            isSingleWord: try entry.flag("single_word", default: false))
    }
}
