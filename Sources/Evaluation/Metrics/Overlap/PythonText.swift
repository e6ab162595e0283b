/// Text as Python's `str` has it: Unicode scalars, and what its methods and regular expressions hold for white space,
/// letters and lower case.
///
/// Letters and cases are those of the Unicode version of Swift's standard library; a Python has those of its own, so
/// that letters younger than either can differ, as they do between Pythons.
enum PythonText {
    /// `str.isspace()`, which `str.split()`, `str.rstrip()` and `\s` go by.
    static func isSpace(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x09...0x0D, 0x1C...0x20, 0x85, 0xA0, 0x1680, 0x2000...0x200A, 0x2028, 0x2029, 0x202F, 0x205F, 0x3000: true
        default: false
        }
    }

    /// `[0-9]`.
    static func isDigit(_ scalar: Unicode.Scalar) -> Bool { scalar >= "0" && scalar <= "9" }

    /// `string.punctuation`: ASCII's.
    static func isPunctuation(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar {
        case "!"..."/", ":"..."@", "["..."`", "{"..."~": true
        default: false
        }
    }

    /// `\w`: `str.isalnum()` or the underscore.
    static func isWord(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar {
        case "a"..."z", "A"..."Z", "0"..."9", "_": return true
        default: break
        }
        guard !scalar.isASCII else { return false }
        switch scalar.properties.generalCategory {
        case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter: return true
        default: return scalar.properties.numericType != nil
        }
    }

    /// `str.split()`: the runs without white space.
    static func words(_ text: [Unicode.Scalar]) -> [ArraySlice<Unicode.Scalar>] { text.split(whereSeparator: isSpace) }

    /// `str.rstrip()`.
    static func trimmingEnd(_ text: [Unicode.Scalar]) -> [Unicode.Scalar] {
        Array(text.prefix((text.lastIndex { !isSpace($0) } ?? -1) + 1))
    }

    /// `str.lower()`: each scalar's full mapping, and the final form of sigma at the end of a word (the Unicode
    /// Standard, section 3.13, rule R2 and table 3-17).
    static func lowercased(_ text: String) -> [Unicode.Scalar] {
        let scalars = Array(text.unicodeScalars)
        var lower: [Unicode.Scalar] = []
        lower.reserveCapacity(scalars.count)
        for (index, scalar) in scalars.enumerated() {
            switch scalar {
            case "A"..."Z": lower.append(Unicode.Scalar(UInt8(truncatingIfNeeded: scalar.value + 0x20)))
            case _ where scalar.isASCII: lower.append(scalar)
            case "Σ": lower.append(endsWord(scalars, at: index) ? "ς" : "σ")
            default: lower.append(contentsOf: scalar.properties.lowercaseMapping.unicodeScalars)
            }
        }
        return lower
    }

    /// Whether a cased letter comes before `index` and none after it, passing over what cases ignore.
    private static func endsWord(_ text: [Unicode.Scalar], at index: Int) -> Bool {
        let before = text[..<index].last { !$0.properties.isCaseIgnorable }
        let after = text[(index + 1)...].first { !$0.properties.isCaseIgnorable }
        return before?.properties.isCased == true && after?.properties.isCased != true
    }
}

/// Numbers words, equal ones alike.
struct Vocabulary {
    private var numbers: [ArraySlice<Unicode.Scalar>: UInt32] = [:]
    var count: Int { numbers.count }

    mutating func numbers(_ words: [ArraySlice<Unicode.Scalar>]) -> [UInt32] {
        words.map { word in
            if let number = numbers[word] { return number }
            let number = UInt32(numbers.count)
            numbers[word] = number
            return number
        }
    }
}
