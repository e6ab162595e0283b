import CanonicalEncoding

extension TextNormalizer {
    /// Reads a `tokenizer.json`'s normalizer.
    init(_ field: JSONField) throws {
        let parts = try field.parts("normalizers")
        if parts.count == 1 { self = try Self.single(parts[0]) } else { self = .sequence(try parts.map { try Self.single($0) }) }
        guard growth <= Self.maximumGrowth else {
            throw TokenizerError(.tooLarge, "its steps can make a text more than \(Self.maximumGrowth) times longer", at: field.path)
        }
    }

    private static func single(_ field: JSONField) throws -> TextNormalizer {
        switch try field.type() {
        case "NFC": return .form(.nfc)
        case "NFD": return .form(.nfd)
        case "NFKC": return .form(.nfkc)
        case "NFKD": return .form(.nfkd)
        case "Lowercase": return .lowercase
        case "Strip": return .strip(left: try field.flag("strip_left", default: true), right: try field.flag("strip_right", default: true))
        case "StripAccents": return .stripAccents
        case "Nmt": return .nmt
        case "ByteLevel": return .byteAlphabet
        case "Prepend": return .prepend(try field.bytes("prepend"))
        case "Replace":
            let content = try field.bytes("content")
            switch try field.pattern() {
            case .string(let string): return .replaceString(string, with: content)
            case .expression(let expression): return .replaceExpression(expression, with: content)
            }
        case "BertNormalizer":
            var bert = BertNormalizer()
            bert.cleansText = try field.flag("clean_text", default: true)
            bert.handlesChineseCharacters = try field.flag("handle_chinese_chars", default: true)
            bert.lowercases = try field.flag("lowercase", default: true)
            bert.stripsAccents = try field.flag("strip_accents", default: bert.lowercases)
            return .bert(bert)
        case "Precompiled":
            let map = try field.field("precompiled_charsmap")
            guard let bytes = Base64.decode(try map.string(maxBytes: CharacterMap.maximumBytes / 3 * 4 + 4)) else {
                throw TokenizerError(.badValue, "is not base64", at: map.path)
            }
            return .precompiled(try CharacterMap(bytes, place: map.path))
        case let other: throw field.unsupported("the normalizer \(other)")
        }
    }
}
