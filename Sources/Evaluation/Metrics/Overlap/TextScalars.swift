import PromptTemplates

/// Text as Python's `str` has it: Unicode scalars, and what its methods and regular expressions hold for white space,
/// letters and lower case.
///
/// Letters and cases are those of the Unicode version of Swift's standard library; a Python has those of its own, so
/// that letters younger than either can differ, as they do between Pythons.
enum TextScalars {
    /// `str.isspace()`, which `str.split()`, `str.rstrip()` and `\s` go by.
    static func isSpace(_ scalar: Unicode.Scalar) -> Bool { scalar.isPythonSpace }

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

    /// `str.lower()`.
    static func lowercased(_ text: String) -> [Unicode.Scalar] { Array(PythonText.lowercased(text).unicodeScalars) }
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
