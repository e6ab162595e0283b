/// A set of characters, as a class in an expression describes it.
indirect enum CharacterPredicate: Hashable, Sendable {
    case range(ClosedRange<UInt32>)
    case categories(CharacterTraits.Categories)
    /// `\s`: White_Space
    case whitespace
    /// `\w`: letters, marks, decimal numbers, connector punctuation, what else is Alphabetic, and the six superscripts
    /// and fractions of Latin-1, as Oniguruma has it.
    case word
    case script(UnicodeScript)
    case any([CharacterPredicate])
    case all([CharacterPredicate])
    case not(CharacterPredicate)

    /// All that is in one of the parts.
    static func union(_ parts: [CharacterPredicate]) -> CharacterPredicate {
        var categories: CharacterTraits.Categories = []
        var others: [CharacterPredicate] = []
        for part in parts {
            if case .categories(let more) = part { categories.formUnion(more) } else { others.append(part) }
        }
        if !categories.isEmpty { others.append(.categories(categories)) }
        return others.count == 1 ? others[0] : .any(others)
    }

    func contains(_ scalar: Unicode.Scalar) -> Bool {
        switch self {
        case .range(let range): range.contains(scalar.value)
        case .categories(let categories): categories.contains(Self.category(scalar))
        case .whitespace: CharacterTraits.of(scalar).isWhitespace
        case .word: Self.isWord(scalar)
        case .script(let script): script.contains(scalar)
        case .any(let parts): parts.contains { $0.contains(scalar) }
        case .all(let parts): parts.allSatisfy { $0.contains(scalar) }
        case .not(let predicate): !predicate.contains(scalar)
        }
    }

    private static let version = CharacterClass.expressionsVersion

    private static func category(_ scalar: Unicode.Scalar) -> CharacterTraits.Categories {
        // Unicode 17 moved this one from lower case to other letters.
        scalar.value == 0x295 ? .lowercaseLetter : CharacterTraits.of(scalar).category(version: version)
    }

    static func isWord(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0xb2, 0xb3, 0xb9, 0xbc, 0xbd, 0xbe: return true
        default: return CharacterPredicate.isAlphanumeric(scalar)
        }
    }

    private static func isAlphanumeric(_ scalar: Unicode.Scalar) -> Bool {
        let traits = CharacterTraits.of(scalar)
        let category = traits.category(version: version)
        return traits.isAlphabetic(version: version) || CharacterTraits.Categories.mark.contains(category)
            || category == .decimalNumber || category == .connectorPunctuation
    }
}

/// A predicate, worked out for the first two planes: a bit each.
struct CharacterSet: Sendable {
    private let bits: [UInt64]
    private let predicate: CharacterPredicate
    /// The ASCII characters among them, the low and the high half.
    let ascii: (low: UInt64, high: UInt64)

    init(_ predicate: CharacterPredicate) {
        self.predicate = predicate
        var bits = [UInt64](repeating: 0, count: Int(CharacterTraits.tableCount) / 64)
        for value in 0..<CharacterTraits.tableCount {
            if let scalar = Unicode.Scalar(value), predicate.contains(scalar) {
                bits[Int(value >> 6)] |= 1 << UInt64(value & 63)
            }
        }
        ascii = (bits[0], bits[1])
        self.bits = bits
    }

    @inline(__always)
    func contains(ascii byte: UInt8) -> Bool { (byte < 64 ? ascii.low : ascii.high) >> UInt64(byte & 63) & 1 != 0 }

    @inline(__always)
    func contains(_ scalar: Unicode.Scalar) -> Bool {
        guard scalar.value < CharacterTraits.tableCount else { return predicate.contains(scalar) }
        return bits.withUnsafeBufferPointer { $0[Int(scalar.value >> 6)] >> UInt64(scalar.value & 63) & 1 != 0 }
    }
}

/// The scripts that expressions of published tokenizers name, in Unicode 16 (`Scripts.txt`).
enum UnicodeScript: String, CaseIterable, Sendable {
    case han, hiragana, katakana, hangul, thai

    func contains(_ scalar: Unicode.Scalar) -> Bool { ranges.contains { $0.contains(scalar.value) } }

    private var ranges: [ClosedRange<UInt32>] {
        switch self {
        case .han: Self.hanRanges
        case .hiragana: Self.hiraganaRanges
        case .katakana: Self.katakanaRanges
        case .hangul: Self.hangulRanges
        case .thai: Self.thaiRanges
        }
    }

    private static let hanRanges: [ClosedRange<UInt32>] = [
        0x2e80...0x2e99, 0x2e9b...0x2ef3, 0x2f00...0x2fd5, 0x3005...0x3005, 0x3007...0x3007, 0x3021...0x3029, 0x3038...0x303b,
        0x3400...0x4dbf, 0x4e00...0x9fff, 0xf900...0xfa6d, 0xfa70...0xfad9, 0x16fe2...0x16fe3, 0x16ff0...0x16ff1,
        0x20000...0x2a6df, 0x2a700...0x2b739, 0x2b740...0x2b81d, 0x2b820...0x2cea1, 0x2ceb0...0x2ebe0, 0x2ebf0...0x2ee5d,
        0x2f800...0x2fa1d, 0x30000...0x3134a, 0x31350...0x323af,
    ]
    private static let hiraganaRanges: [ClosedRange<UInt32>] = [
        0x3041...0x3096, 0x309d...0x309f, 0x1b001...0x1b11f, 0x1b132...0x1b132, 0x1b150...0x1b152, 0x1f200...0x1f200,
    ]
    private static let katakanaRanges: [ClosedRange<UInt32>] = [
        0x30a1...0x30fa, 0x30fd...0x30ff, 0x31f0...0x31ff, 0x32d0...0x32fe, 0x3300...0x3357, 0xff66...0xff6f, 0xff71...0xff9d,
        0x1aff0...0x1aff3, 0x1aff5...0x1affb, 0x1affd...0x1affe, 0x1b000...0x1b000, 0x1b120...0x1b122, 0x1b155...0x1b155,
        0x1b164...0x1b167,
    ]
    private static let hangulRanges: [ClosedRange<UInt32>] = [
        0x1100...0x11ff, 0x302e...0x302f, 0x3131...0x318e, 0x3200...0x321e, 0x3260...0x327e, 0xa960...0xa97c, 0xac00...0xd7a3,
        0xd7b0...0xd7c6, 0xd7cb...0xd7fb, 0xffa0...0xffbe, 0xffc2...0xffc7, 0xffca...0xffcf, 0xffd2...0xffd7, 0xffda...0xffdc,
    ]
    private static let thaiRanges: [ClosedRange<UInt32>] = [0xe01...0xe3a, 0xe40...0xe5b]
}
