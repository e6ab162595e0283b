/// What expressions and normalizers ask of a character, in sixteen bits: general category, the Unicode version that
/// assigned it, White_Space and Alphabetic. The answers are the standard library's; those for the first two planes
/// are looked up once and kept.
struct CharacterTraits {
    private let bits: UInt16

    private init(bits: UInt16) { self.bits = bits }

    /// A set of general categories, a bit each.
    struct Categories: OptionSet, Sendable, Hashable {
        let rawValue: UInt32

        static let uppercaseLetter = Self(rawValue: 1 << 0), lowercaseLetter = Self(rawValue: 1 << 1)
        static let titlecaseLetter = Self(rawValue: 1 << 2), modifierLetter = Self(rawValue: 1 << 3)
        static let otherLetter = Self(rawValue: 1 << 4)
        static let nonspacingMark = Self(rawValue: 1 << 5), spacingMark = Self(rawValue: 1 << 6)
        static let enclosingMark = Self(rawValue: 1 << 7)
        static let decimalNumber = Self(rawValue: 1 << 8), letterNumber = Self(rawValue: 1 << 9)
        static let otherNumber = Self(rawValue: 1 << 10)
        static let connectorPunctuation = Self(rawValue: 1 << 11), dashPunctuation = Self(rawValue: 1 << 12)
        static let openPunctuation = Self(rawValue: 1 << 13), closePunctuation = Self(rawValue: 1 << 14)
        static let initialPunctuation = Self(rawValue: 1 << 15), finalPunctuation = Self(rawValue: 1 << 16)
        static let otherPunctuation = Self(rawValue: 1 << 17)
        static let mathSymbol = Self(rawValue: 1 << 18), currencySymbol = Self(rawValue: 1 << 19)
        static let modifierSymbol = Self(rawValue: 1 << 20), otherSymbol = Self(rawValue: 1 << 21)
        static let spaceSeparator = Self(rawValue: 1 << 22), lineSeparator = Self(rawValue: 1 << 23)
        static let paragraphSeparator = Self(rawValue: 1 << 24)
        static let control = Self(rawValue: 1 << 25), format = Self(rawValue: 1 << 26), surrogate = Self(rawValue: 1 << 27)
        static let privateUse = Self(rawValue: 1 << 28), unassigned = Self(rawValue: 1 << 29)

        static let letter: Self = [uppercaseLetter, lowercaseLetter, titlecaseLetter, modifierLetter, otherLetter]
        static let mark: Self = [nonspacingMark, spacingMark, enclosingMark]
        static let number: Self = [decimalNumber, letterNumber, otherNumber]
        static let punctuation: Self = [
            connectorPunctuation, dashPunctuation, openPunctuation, closePunctuation, initialPunctuation, finalPunctuation,
            otherPunctuation,
        ]
        static let symbol: Self = [mathSymbol, currencySymbol, modifierSymbol, otherSymbol]
        static let separator: Self = [spaceSeparator, lineSeparator, paragraphSeparator]
        static let other: Self = [control, format, surrogate, privateUse, unassigned]
    }

    /// The category in the given version of Unicode: what was assigned later counts as unassigned.
    @inline(__always)
    func category(version: Int) -> Categories {
        version < age ? .unassigned : Categories(rawValue: 1 << UInt32(bits & 0x1f))
    }

    var isWhitespace: Bool { bits & 0x20 != 0 }

    /// The Alphabetic property in the given version.
    @inline(__always)
    func isAlphabetic(version: Int) -> Bool { bits & 0x40 != 0 && age <= version }

    /// The version of Unicode that assigned the character; 31 for none.
    @inline(__always)
    var age: Int { Int(bits >> 8) }

    static let tableCount: UInt32 = 0x20000

    @inline(__always)
    static func of(_ scalar: Unicode.Scalar) -> CharacterTraits {
        scalar.value < tableCount ? CharacterTraits(bits: table[Int(scalar.value)]) : CharacterTraits(computedFor: scalar)
    }

    private static let table: [UInt16] = (0..<tableCount).map { value in
        Unicode.Scalar(value).map { CharacterTraits(computedFor: $0).bits } ?? 27 | 31 << 8
    }

    private init(computedFor scalar: Unicode.Scalar) {
        let properties = scalar.properties
        var bits = Self.number(of: properties.generalCategory)
        if properties.isWhitespace { bits |= 0x20 }
        if properties.isAlphabetic { bits |= 0x40 }
        self.bits = bits | UInt16(truncatingIfNeeded: min(31, properties.age?.major ?? 31)) << 8
    }

    private static func number(of category: Unicode.GeneralCategory) -> UInt16 {
        switch category {
        case .uppercaseLetter: 0
        case .lowercaseLetter: 1
        case .titlecaseLetter: 2
        case .modifierLetter: 3
        case .otherLetter: 4
        case .nonspacingMark: 5
        case .spacingMark: 6
        case .enclosingMark: 7
        case .decimalNumber: 8
        case .letterNumber: 9
        case .otherNumber: 10
        case .connectorPunctuation: 11
        case .dashPunctuation: 12
        case .openPunctuation: 13
        case .closePunctuation: 14
        case .initialPunctuation: 15
        case .finalPunctuation: 16
        case .otherPunctuation: 17
        case .mathSymbol: 18
        case .currencySymbol: 19
        case .modifierSymbol: 20
        case .otherSymbol: 21
        case .spaceSeparator: 22
        case .lineSeparator: 23
        case .paragraphSeparator: 24
        case .control: 25
        case .format: 26
        case .surrogate: 27
        case .privateUse: 28
        default: 29
        }
    }
}
