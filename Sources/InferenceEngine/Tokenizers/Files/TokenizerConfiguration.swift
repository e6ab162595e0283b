import CanonicalEncoding

/// A `tokenizer_config.json`.
struct TokenizerConfiguration {
    let root: JSONField

    init(_ root: JSONField) { self.root = root }

    /// A token that it names: a string, or an object with its `content`.
    func token(_ name: String, in vocabulary: Vocabulary) throws -> Int32? {
        guard let field = try root.present(name) else { return nil }
        let text = field.value.string == nil ? try field.field("content") : field
        let spelling = Array(try text.string(maxBytes: AddedTokens.maximumBytes).utf8)
        if spelling.isEmpty { return nil }
        guard let id = vocabulary.id(of: spelling) else {
            throw TokenizerError(
                .inconsistent, "\(Vocabulary.quoted(spelling)) is not in the vocabulary",
                at: "tokenizer_config.json, " + text.path)
        }
        return id
    }

    /// `added_tokens_decoder`: added tokens by their numbers.
    func addedTokens() throws -> [AddedToken] {
        guard let field = try root.present("added_tokens_decoder") else { return [] }
        var tokens: [AddedToken] = []
        for (key, value) in try field.object().members {
            let entry = JSONField(value, path: field.path + "." + String(key.prefix(16)))
            guard let id = Int32(key), id >= 0 else { throw entry.failure("its key is no token number") }
            tokens.append(try AddedToken(entry, id: id))
        }
        return tokens.sorted { $0.id < $1.id }
    }
}
