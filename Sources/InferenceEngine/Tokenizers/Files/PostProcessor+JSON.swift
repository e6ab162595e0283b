import CanonicalEncoding

/// What a post-processor puts before and after a single text.
struct TokenTemplate {
    var prefix: [Int32] = []
    var suffix: [Int32] = []

    init() {}

    init(_ processor: JSONField, _ vocabulary: Vocabulary) throws {
        for part in try processor.parts("processors") {
            switch try part.type() {
            // Changes offsets only.
            case "ByteLevel": break
            case "TemplateProcessing": try add(try Self(template: part, vocabulary))
            case "BertProcessing", "RobertaProcessing":
                try add(Self(prefix: Self.pair(part.field("cls"), vocabulary), suffix: Self.pair(part.field("sep"), vocabulary)))
            case let other: throw part.unsupported("the post-processor \(other)")
            }
        }
    }

    private init(prefix: [Int32], suffix: [Int32]) { (self.prefix, self.suffix) = (prefix, suffix) }

    /// Around what is there.
    private mutating func add(_ outer: TokenTemplate) throws {
        prefix = outer.prefix + prefix
        suffix += outer.suffix
    }

    private init(template: JSONField, _ vocabulary: Vocabulary) throws {
        var isAfter = false
        for piece in try template.field("single").array(maxCount: 64) {
            if try piece.optional("Sequence") != nil {
                guard !isAfter else { throw piece.unsupported("a template with the text twice") }
                isAfter = true
                continue
            }
            let name = try piece.field("SpecialToken").field("id").string(maxBytes: AddedTokens.maximumBytes)
            for field in try template.field("special_tokens").field(name).field("ids").array(maxCount: 64) {
                let id = try Self.token(field, vocabulary)
                if isAfter { suffix.append(id) } else { prefix.append(id) }
            }
        }
        guard isAfter else { throw template.unsupported("a template without the text") }
    }

    /// A token's spelling and id.
    private static func pair(_ field: JSONField, _ vocabulary: Vocabulary) throws -> [Int32] {
        let pair = try field.array(maxCount: 2)
        guard pair.count == 2 else { throw field.failure("a token and its number were expected") }
        return [try token(pair[1], vocabulary)]
    }

    private static func token(_ field: JSONField, _ vocabulary: Vocabulary) throws -> Int32 {
        let id = Int32(truncatingIfNeeded: try field.integer(in: 0...Int64(Int32.max)))
        guard vocabulary.contains(id) else {
            throw TokenizerError(.inconsistent, "\(id) is no token of the vocabulary", at: field.path)
        }
        return id
    }
}
