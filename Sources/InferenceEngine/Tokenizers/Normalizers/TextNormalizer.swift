/// What becomes of a text before it is cut into pieces.
indirect enum TextNormalizer: Sendable, Hashable {
    case sequence([TextNormalizer])
    case form(NormalizationForm)
    case lowercase
    case strip(left: Bool, right: Bool)
    case stripAccents
    case replaceString([UInt8], with: [UInt8])
    case replaceExpression(Expression, with: [UInt8])
    case prepend([UInt8])
    case bert(BertNormalizer)
    case precompiled(CharacterMap)
    case nmt
    /// Each byte becomes a character of `ByteAlphabet`.
    case byteAlphabet

    /// What is kept beside the text.
    struct Origin {
        /// Whether the text's first character still comes from the first of the input: `Metaspace` with `first` asks.
        var isFirst: Bool
    }

    /// How many times longer a text can become: beyond `maximumGrowth` a file is refused.
    var growth: Int {
        switch self {
        case .sequence(let parts): parts.reduce(1) { min(1 << 30, $0 * $1.growth) }
        case .form(let form): form == .nfc || form == .nfd ? 3 : 11
        case .lowercase, .bert: 3
        case .strip, .stripAccents, .nmt, .prepend: 1
        case .replaceString(let string, let content): max(1, (content.count + string.count - 1) / string.count)
        // It may match between any two bytes.
        case .replaceExpression(_, let content): 1 + content.count
        case .precompiled(let map): map.growth
        case .byteAlphabet: 2
        }
    }

    /// Published chains stay under 1000.
    static let maximumGrowth = 1 << 14

    func normalize(_ text: [UInt8], _ origin: inout Origin) -> [UInt8] {
        guard !text.isEmpty else { return text }
        switch self {
        case .sequence(let parts): return parts.reduce(text) { $1.normalize($0, &origin) }
        case .form(let form): return form.normalize(text)
        case .lowercase:
            return mapped(text, &origin) { scalar, result in Self.appendLowercase(scalar, to: &result) }
        case .strip(let left, let right): return stripped(text, left, right, &origin)
        case .stripAccents:
            return mapped(text, &origin) { scalar, result in
                if !FormerCategories.isMark(scalar) { Characters.append(scalar, to: &result) }
            }
        case .replaceString(let string, let content):
            return replaced(text, content, &origin) { text, body in ByteSearch.forEachMatch(of: string, text, 0..<text.count, body) }
        case .replaceExpression(let expression, let content):
            return replaced(text, content, &origin) { text, body in
                var matcher = ExpressionMatcher(expression, text, 0..<text.count)
                matcher.forEachMatch(body)
            }
        case .prepend(let prefix): return prefix + text
        case .bert(let bert): return bert.normalize(text, &origin)
        case .precompiled(let map): return map.normalizeGraphemes(text)
        case .nmt: return mapped(text, &origin) { scalar, result in Self.appendNmt(scalar, to: &result) }
        case .byteAlphabet: return text.flatMap { ByteAlphabet.spellings[Int($0)] }
        }
    }

    private func mapped(
        _ text: [UInt8], _ origin: inout Origin, _ body: (Unicode.Scalar, inout [UInt8]) -> Void
    ) -> [UInt8] { Self.mapped(text, &origin, body) }

    /// Character by character; bytes that are not UTF-8 stay as they are.
    static func mapped(
        _ text: [UInt8], _ origin: inout Origin, _ body: (Unicode.Scalar, inout [UInt8]) -> Void
    ) -> [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(text.count)
        var keepsFirst = true
        text.withUnsafeBytes { text in
            var position = 0
            while position < text.count {
                let lead = text[position]
                if lead < 0x80 {
                    body(Unicode.Scalar(lead), &result)
                    position += 1
                } else if let (scalar, length) = Characters.multibyte(text, position, text.count) {
                    body(scalar, &result)
                    position += length
                } else {
                    result.append(lead)
                    position += 1
                }
                if result.isEmpty { keepsFirst = false }
            }
        }
        if !keepsFirst { origin.isFirst = false }
        return result
    }

    static func appendLowercase(_ scalar: Unicode.Scalar, to result: inout [UInt8]) {
        if scalar.isASCII {
            let byte = UInt8(truncatingIfNeeded: scalar.value)
            result.append((0x41...0x5a).contains(byte) ? byte | 0x20 : byte)
        } else {
            result += Array(scalar.properties.lowercaseMapping.utf8)
        }
    }

    private func stripped(_ text: [UInt8], _ left: Bool, _ right: Bool, _ origin: inout Origin) -> [UInt8] {
        text.withUnsafeBytes { text in
            var start = 0
            var end = text.count
            if left {
                while start < end, case let (scalar, length) = Characters.at(text, start, end), CharacterTraits.of(scalar).isWhitespace {
                    start += length
                }
            }
            if right {
                while let before = Characters.start(text, start, endingAt: end),
                    CharacterTraits.of(Characters.at(text, before, end).scalar).isWhitespace
                {
                    end = before
                }
            }
            if start > 0 { origin.isFirst = false }
            return Array(text[start..<end])
        }
    }

    private func replaced(
        _ text: [UInt8], _ content: [UInt8], _ origin: inout Origin,
        _ matches: (UnsafeRawBufferPointer, (Range<Int>) -> Void) -> Void
    ) -> [UInt8] {
        text.withUnsafeBytes { text in
            var result: [UInt8] = []
            result.reserveCapacity(text.count)
            var position = 0
            var isFirst = origin.isFirst
            matches(text) { match in
                result += text[position..<match.lowerBound]
                result += content
                position = match.upperBound
                // What replaces several characters counts as come from the last of them.
                if match.lowerBound == 0, !match.isEmpty,
                    content.isEmpty || Characters.length(text, 0, text.count) < match.count
                {
                    isFirst = false
                }
            }
            result += text[position..<text.count]
            origin.isFirst = isFirst
            return result
        }
    }

    /// The rules of `Nmt` in the `tokenizers` library.
    private static func appendNmt(_ scalar: Unicode.Scalar, to result: inout [UInt8]) {
        switch scalar.value {
        case 0x01...0x08, 0x0b, 0x0e...0x1f, 0x7f, 0x8f, 0x9f: break
        case 0x09, 0x0a, 0x0c, 0x0d, 0x1680, 0x200b...0x200f, 0x2028, 0x2029, 0x2581, 0xfeff, 0xfffd: result.append(0x20)
        default: Characters.append(scalar, to: &result)
        }
    }
}

/// BERT's own cleaning: control characters out, spaces around Chinese characters, accents off, lower case.
struct BertNormalizer: Sendable, Hashable {
    var cleansText = true
    var handlesChineseCharacters = true
    var stripsAccents = true
    var lowercases = true

    func normalize(_ text: [UInt8], _ origin: inout TextNormalizer.Origin) -> [UInt8] {
        var text = text
        if cleansText || handlesChineseCharacters {
            text = TextNormalizer.mapped(text, &origin) { scalar, result in
                if cleansText {
                    if scalar.value == 0 || scalar == Characters.replacement || Self.isControl(scalar) { return }
                    if CharacterTraits.of(scalar).isWhitespace { return result.append(0x20) }
                }
                let isChinese = handlesChineseCharacters && Self.isChinese(scalar)
                if isChinese { result.append(0x20) }
                Characters.append(scalar, to: &result)
                if isChinese { result.append(0x20) }
            }
        }
        if stripsAccents, !Characters.isASCII(text) {
            text = TextNormalizer.mapped(NormalizationForm.nfd.normalize(text), &origin) { scalar, result in
                if !FormerCategories.isNonspacingMark(scalar) { Characters.append(scalar, to: &result) }
            }
        }
        guard lowercases else { return text }
        return TextNormalizer.mapped(text, &origin) { scalar, result in TextNormalizer.appendLowercase(scalar, to: &result) }
    }

    private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x09, 0x0a, 0x0d: false
        default: FormerCategories.isControl(scalar)
        }
    }

    static func isChinese(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x4e00...0x9fff, 0x3400...0x4dbf, 0x20000...0x2a6df, 0x2a700...0x2b73f, 0x2b740...0x2b81f, 0x2b920...0x2ceaf,
            0xf900...0xfaff, 0x2f800...0x2fa1f:
            true
        default: false
        }
    }
}

/// General categories as the crates behind the normalizers have them: `unicode_categories` 0.1 from Unicode 8 (control
/// characters from 7), `unicode-normalization-alignments` 0.1 from Unicode 9. Tests hold them against every character.
enum FormerCategories {
    /// Mn of Unicode 8.
    static func isNonspacingMark(_ scalar: Unicode.Scalar) -> Bool {
        guard !scalar.isASCII else { return false }
        switch scalar.value {
        case 0x1734, 0x1171e: return true
        case 0x1885, 0x1886, 0xa9bd, 0x111c9: return false
        default: return CharacterTraits.of(scalar).category(version: 8) == .nonspacingMark
        }
    }

    /// M of Unicode 9.
    static func isMark(_ scalar: Unicode.Scalar) -> Bool {
        guard !scalar.isASCII else { return false }
        switch scalar.value {
        case 0x1cf2, 0x1cf3: return true
        case 0x111c9: return false
        default: return CharacterTraits.Categories.mark.contains(CharacterTraits.of(scalar).category(version: 9))
        }
    }

    /// Cc, Cf and Co of Unicode 7.
    static func isControl(_ scalar: Unicode.Scalar) -> Bool {
        let category = CharacterTraits.of(scalar).category(version: 7)
        return category == .control || category == .format || category == .privateUse
    }
}
