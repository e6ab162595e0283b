/// The properties that an expression may name in `\p{…}` and `[:…:]`.
enum ExpressionProperties {
    /// - Parameter name: without spaces, hyphens and underscores; case does not matter.
    static func named(_ name: String) -> CharacterPredicate? {
        guard name.utf8.allSatisfy({ $0 < 0x80 }) else { return nil }
        let key = name.lowercased()
        if let categories = categories[key] { return .categories(categories) }
        if let script = UnicodeScript(rawValue: key) { return .script(script) }
        switch key {
        case "any": return .range(0...0x10ffff)
        case "ascii": return .range(0...0x7f)
        default: return bracketed(key)
        }
    }

    /// POSIX's names, as far as Oniguruma gives them a meaning that follows from the general category.
    static func bracketed(_ name: String) -> CharacterPredicate? {
        switch name {
        case "digit": .categories(.decimalNumber)
        case "space": .whitespace
        case "word": .word
        case "cntrl": .categories(.control)
        case "xdigit": .any([.range(0x30...0x39), .range(0x41...0x46), .range(0x61...0x66)])
        default: nil
        }
    }

    private static let categories: [String: CharacterTraits.Categories] = [
        "l": .letter, "letter": .letter, "lu": .uppercaseLetter, "uppercaseletter": .uppercaseLetter,
        "ll": .lowercaseLetter, "lowercaseletter": .lowercaseLetter, "lt": .titlecaseLetter,
        "titlecaseletter": .titlecaseLetter, "lm": .modifierLetter, "modifierletter": .modifierLetter, "lo": .otherLetter,
        "otherletter": .otherLetter,
        "m": .mark, "mark": .mark, "mn": .nonspacingMark, "nonspacingmark": .nonspacingMark, "mc": .spacingMark,
        "spacingmark": .spacingMark, "me": .enclosingMark, "enclosingmark": .enclosingMark,
        "n": .number, "number": .number, "nd": .decimalNumber, "decimalnumber": .decimalNumber, "nl": .letterNumber,
        "letternumber": .letterNumber, "no": .otherNumber, "othernumber": .otherNumber,
        "p": .punctuation, "punctuation": .punctuation, "pc": .connectorPunctuation,
        "connectorpunctuation": .connectorPunctuation, "pd": .dashPunctuation, "dashpunctuation": .dashPunctuation,
        "ps": .openPunctuation, "openpunctuation": .openPunctuation, "pe": .closePunctuation,
        "closepunctuation": .closePunctuation, "pi": .initialPunctuation, "initialpunctuation": .initialPunctuation,
        "pf": .finalPunctuation, "finalpunctuation": .finalPunctuation, "po": .otherPunctuation,
        "otherpunctuation": .otherPunctuation,
        "s": .symbol, "symbol": .symbol, "sm": .mathSymbol, "mathsymbol": .mathSymbol, "sc": .currencySymbol,
        "currencysymbol": .currencySymbol, "sk": .modifierSymbol, "modifiersymbol": .modifierSymbol, "so": .otherSymbol,
        "othersymbol": .otherSymbol,
        "z": .separator, "separator": .separator, "zs": .spaceSeparator, "spaceseparator": .spaceSeparator,
        "zl": .lineSeparator, "lineseparator": .lineSeparator, "zp": .paragraphSeparator,
        "paragraphseparator": .paragraphSeparator,
        "c": .other, "other": .other, "cc": .control, "control": .control, "cf": .format, "format": .format,
        "cn": .unassigned, "unassigned": .unassigned, "co": .privateUse, "privateuse": .privateUse,
    ]
}
