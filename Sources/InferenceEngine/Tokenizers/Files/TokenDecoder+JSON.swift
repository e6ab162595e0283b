import CanonicalEncoding

extension TokenDecoder {
    /// Reads a `tokenizer.json`'s decoder; without one the tokens are joined with spaces.
    init(_ field: JSONField?) throws {
        guard let field else {
            steps = [.join]
            return
        }
        var parts = try field.parts("decoders")
        if let first = parts.first, try first.type() == "ByteLevel" {
            source = .values
            parts.removeFirst()
        }
        for part in parts { steps += try Self.steps(part) }
        guard growth <= TextNormalizer.maximumGrowth else {
            throw TokenizerError(.tooLarge, "its steps can make a text more than \(TextNormalizer.maximumGrowth) times longer", at: field.path)
        }
    }

    private static func steps(_ field: JSONField) throws -> [Step] {
        switch try field.type() {
        case "ByteLevel": return [.byteAlphabet, .fuse]
        case "Fuse": return [.fuse]
        case "ByteFallback": return [.byteFallback]
        case "Replace":
            let content = try field.bytes("content")
            switch try field.pattern() {
            case .string(let string): return [.replaceString(string, with: content)]
            case .expression(let expression): return [.replaceExpression(expression, with: content)]
            }
        case "Strip":
            let content = try field.field("content")
            guard try content.string(maxBytes: 4).singleScalar != nil else { throw content.failure("one character was expected") }
            return [
                .strip(
                    content: Array(try content.string().utf8), start: Int(try field.field("start").integer(in: 0...64)),
                    stop: Int(try field.field("stop").integer(in: 0...64)))
            ]
        case "Metaspace":
            let metaspace = try PreTokenizer.metaspace(field)
            return [.metaspace(replacement: metaspace.replacement, dropsFirst: metaspace.prepend != .never)]
        case "WordPiece": return [.wordPiece(prefix: try field.bytes("prefix"), cleansUp: try field.flag("cleanup", default: true))]
        case "BPEDecoder": return [.suffix(try field.bytes("suffix"))]
        case "CTC":
            return [
                .ctc(
                    pad: try field.bytes("pad_token"), delimiter: try field.bytes("word_delimiter_token"),
                    cleansUp: try field.flag("cleanup", default: true))
            ]
        case let other: throw field.unsupported("the decoder \(other)")
        }
    }

    /// What a token stands for by itself: for those who look at one, not for decoding.
    func value(of text: [UInt8], kind: Vocabulary.Kind) -> [UInt8] {
        guard kind == .normal else { return text }
        if source == .values { return ByteAlphabet.bytes(spelledBy: text) ?? text }
        var value = text
        for step in steps {
            switch step {
            case .byteFallback: if let byte = ByteToken.byte(spelledBy: value) { return [byte] }
            case .replaceString(let wanted, let content): value = DecodingStage.replacing(wanted, with: content, in: value)
            case .metaspace(let replacement, _): value = DecodingStage.replacing(replacement, with: [0x20], in: value)
            case .wordPiece(let prefix, _): if value.starts(with: prefix) { value.removeFirst(prefix.count) }
            case .byteAlphabet: value = ByteAlphabet.bytes(spelledBy: value) ?? value
            default: break
            }
        }
        return value
    }
}
