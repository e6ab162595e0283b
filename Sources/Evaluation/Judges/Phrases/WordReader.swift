/// Makes words of characters: lower case, without accents, every spelling of an apostrophe the same.
enum WordReader {
    /// What a character adds to a word.
    enum Part {
        case letters(String)
        /// A character of a script that sets no spaces: a word by itself.
        case word(String)
        case apostrophe
        /// An accent, or what cannot be seen.
        case nothing
        case gap
    }

    static func part(_ scalar: Unicode.Scalar) -> Part {
        switch scalar.value {
        case 0x61...0x7A, 0x30...0x39: return .letters(String(scalar))
        case 0x41...0x5A: return .letters(String(scalar).lowercased())
        case 0x27, 0x60, 0xB4, 0x2018, 0x2019, 0x201B, 0x02BC, 0x2032, 0xFF07: return .apostrophe
        case 0...0x7F: return .gap
        case 0xAD, 0x200B...0x200F, 0x2060...0x2064, 0xFE00...0xFE0F, 0xFEFF: return .nothing
        // Full width forms.
        case 0xFF10...0xFF19, 0xFF21...0xFF3A, 0xFF41...0xFF5A:
            return Unicode.Scalar(scalar.value - 0xFEE0).map { .letters(String($0).lowercased()) } ?? .gap
        default: break
        }
        if standsAlone(scalar) { return .word(String(scalar)) }
        let properties = scalar.properties
        switch properties.generalCategory {
        case .nonspacingMark, .enclosingMark: return isIndic(scalar) ? .letters(String(scalar)) : .nothing
        default: break
        }
        guard properties.isAlphabetic || properties.numericType != nil else { return .gap }
        var letters = ""
        for lower in properties.lowercaseMapping.unicodeScalars where lower.properties.generalCategory != .nonspacingMark {
            if let plain = plain[lower] { letters += plain } else { letters.unicodeScalars.append(lower) }
        }
        return .letters(letters)
    }

    /// Han, kana and Thai.
    static func standsAlone(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x0E01...0x0E30, 0x0E32...0x0E33, 0x0E40...0x0E46, 0x3041...0x3096, 0x30A1...0x30FA, 0x30FC, 0x3400...0x4DBF,
            0x4E00...0x9FFF, 0xF900...0xFAFF, 0x20000...0x3134F:
            true
        default: false
        }
    }

    /// Vowel signs that make words there.
    private static func isIndic(_ scalar: Unicode.Scalar) -> Bool { (0x0900...0x0DFF).contains(scalar.value) }

    private static let plain: [Unicode.Scalar: String] = {
        var table: [Unicode.Scalar: String] = [
            "\u{DF}": "ss", "\u{E6}": "ae", "\u{153}": "oe", "\u{F8}": "o", "\u{142}": "l", "\u{111}": "d", "\u{131}": "i",
            "\u{451}": "\u{435}", "\u{625}": "\u{627}", "\u{623}": "\u{627}", "\u{622}": "\u{627}",
        ]
        let folded: [(String, String)] = [
            ("a", "\u{E0}\u{E1}\u{E2}\u{E3}\u{E4}\u{E5}\u{101}\u{103}\u{105}\u{1EA3}\u{1EA1}"), ("c", "\u{E7}\u{107}\u{10D}"),
            ("d", "\u{10F}"), ("e", "\u{E8}\u{E9}\u{EA}\u{EB}\u{113}\u{117}\u{119}\u{11B}\u{1EBF}\u{1EC3}\u{1EC7}"), ("g", "\u{11F}"),
            ("i", "\u{EC}\u{ED}\u{EE}\u{EF}\u{12B}\u{1ECB}"), ("n", "\u{F1}\u{144}\u{148}"),
            ("o", "\u{F2}\u{F3}\u{F4}\u{F5}\u{F6}\u{14D}\u{151}\u{1A1}\u{1ED7}\u{1ED9}"), ("r", "\u{159}"),
            ("s", "\u{15B}\u{15F}\u{161}\u{219}"), ("t", "\u{163}\u{165}\u{21B}"),
            ("u", "\u{F9}\u{FA}\u{FB}\u{FC}\u{16B}\u{16F}\u{171}\u{1B0}\u{1EE5}"), ("y", "\u{FD}\u{FF}"),
            ("z", "\u{17A}\u{17C}\u{17E}"),
        ]
        for (letter, accented) in folded {
            for scalar in accented.unicodeScalars { table[scalar] = letter }
        }
        return table
    }()
}
