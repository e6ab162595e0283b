import CanonicalEncoding

/// Python's ways with text that differ from Swift's: `repr`, white space, case, numbers.
package enum PythonText {
    // MARK: Numbers

    /// `repr(float)`: the fewest digits that read back as the same double, with an exponent below 1e-4 and from 1e16.
    package static func float(_ value: Double) -> String {
        if value.isNaN { return "nan" }
        if value.isInfinite { return value < 0 ? "-inf" : "inf" }
        let sign = value.sign == .minus ? "-" : ""
        if value == 0 { return sign + "0.0" }
        let (digits, point) = shortestDigits(value.magnitude)
        if point > 16 || point < -3 {
            let exponent = point - 1
            let mantissa = digits.count == 1 ? digits : "\(digits.prefix(1)).\(digits.dropFirst())"
            let magnitude = exponent.magnitude < 10 ? "0\(exponent.magnitude)" : "\(exponent.magnitude)"
            return "\(sign)\(mantissa)e\(exponent < 0 ? "-" : "+")\(magnitude)"
        }
        if point <= 0 { return "\(sign)0.\(String(repeating: "0", count: -point))\(digits)" }
        if digits.count <= point { return "\(sign)\(digits)\(String(repeating: "0", count: point - digits.count)).0" }
        return "\(sign)\(digits.prefix(point)).\(digits.dropFirst(point))"
    }

    /// The digits d and the power p for which the value is 0.d × 10^p. Swift's own description has the fewest
    /// digits too; only where it puts the point differs.
    private static func shortestDigits(_ value: Double) -> (digits: String, point: Int) {
        let parts = value.description.split(separator: "e")
        let mantissa = parts[0].split(separator: ".", omittingEmptySubsequences: false)
        var point = mantissa[0].count + (parts.count > 1 ? Int(parts[1]) ?? 0 : 0)
        var digits = String(mantissa[0]) + (mantissa.count > 1 ? mantissa[1] : "")
        while digits.hasPrefix("0") {
            digits.removeFirst()
            point -= 1
        }
        while digits.hasSuffix("0") { digits.removeLast() }
        return (digits, point)
    }

    /// `int(text)` for base 10 to 36: an optional sign, digits with single underscores between them, white space around.
    static func integer(_ text: String, base: Int = 10) -> Int64? {
        var digits = strip(text)
        var sign = ""
        if digits.hasPrefix("-") || digits.hasPrefix("+") {
            sign = String(digits.removeFirst())
        }
        let prefixes = [16: "0x", 8: "0o", 2: "0b"]
        if let prefix = prefixes[base], lowercased(digits).hasPrefix(prefix) {
            digits.removeFirst(2)
            if digits.hasPrefix("_") { digits.removeFirst() }
        }
        guard let plain = withoutUnderscores(digits) else { return nil }
        return Int64(sign + plain, radix: base)
    }

    /// `float(text)`.
    static func double(_ text: String) -> Double? {
        let trimmed = strip(text)
        let lowered = lowercased(trimmed)
        let unsigned = lowered.hasPrefix("-") || lowered.hasPrefix("+") ? String(lowered.dropFirst()) : lowered
        let isNegative = lowered.hasPrefix("-")
        switch unsigned {
        case "inf", "infinity": return isNegative ? -.infinity : .infinity
        case "nan": return .nan
        default: break
        }
        // Swift also reads hexadecimal floats, which Python's float does not.
        guard let first = unsigned.utf8.first, first == UInt8(ascii: ".") || (48...57).contains(first),
            unsigned.utf8.allSatisfy({ (48...57).contains($0) || ".e+-_".utf8.contains($0) }),
            let plain = withoutUnderscores(lowered)
        else { return nil }
        return Double(plain)
    }

    /// Nil where an underscore does not stand between two digits.
    private static func withoutUnderscores(_ text: String) -> String? {
        let bytes = Array(text.utf8)
        for (index, byte) in bytes.enumerated() where byte == UInt8(ascii: "_") {
            func isDigit(_ index: Int) -> Bool {
                bytes.indices.contains(index) && Character(Unicode.Scalar(bytes[index])).isHexDigit
            }
            guard isDigit(index - 1), isDigit(index + 1) else { return nil }
        }
        guard !bytes.isEmpty, bytes.allSatisfy({ $0 < 0x80 }) else { return nil }
        return String(decoding: bytes.filter { $0 != UInt8(ascii: "_") }, as: UTF8.self)
    }

    // MARK: repr

    /// `repr(str)`.
    package static func quoted(_ text: String) -> String {
        let scalars = text.unicodeScalars
        let quote: Unicode.Scalar = scalars.contains("'") && !scalars.contains("\"") ? "\"" : "'"
        var result = String.UnicodeScalarView()
        result.append(quote)
        for scalar in scalars {
            switch scalar {
            case quote, "\\": result.append(contentsOf: ["\\", scalar])
            case "\n": result.append(contentsOf: "\\n".unicodeScalars)
            case "\r": result.append(contentsOf: "\\r".unicodeScalars)
            case "\t": result.append(contentsOf: "\\t".unicodeScalars)
            case _ where scalar.isPythonPrintable: result.append(scalar)
            default: result.append(contentsOf: escape(scalar).unicodeScalars)
            }
        }
        result.append(quote)
        return String(result)
    }

    /// `\x1b`, `\u200e` or `\U0001f600`.
    static func escape(_ scalar: Unicode.Scalar) -> String {
        let digits = String(scalar.value, radix: 16)
        let (letter, width) = scalar.value < 0x100 ? ("x", 2) : scalar.value < 0x10000 ? ("u", 4) : ("U", 8)
        return "\\\(letter)\(String(repeating: "0", count: width - digits.count))\(digits)"
    }

    // MARK: Case

    package static func uppercased(_ text: String) -> String {
        mapped(text) { $0.properties.uppercaseMapping }
    }

    package static func lowercased(_ text: String) -> String {
        let scalars = Array(text.unicodeScalars)
        var result = ""
        for index in scalars.indices { result += lowercaseMapping(scalars, index) }
        return result
    }

    /// `str.capitalize`.
    static func capitalized(_ text: String) -> String {
        let scalars = Array(text.unicodeScalars)
        var result = ""
        for index in scalars.indices {
            result += index == 0 ? scalars[0].properties.titlecaseMapping : lowercaseMapping(scalars, index)
        }
        return result
    }

    /// `str.title`: a capital at the start of each run of letters.
    static func titled(_ text: String) -> String {
        let scalars = Array(text.unicodeScalars)
        var result = ""
        var isInside = false
        for index in scalars.indices {
            result += isInside ? lowercaseMapping(scalars, index) : scalars[index].properties.titlecaseMapping
            isInside = scalars[index].properties.isCased
        }
        return result
    }

    static func swappedCase(_ text: String) -> String {
        let scalars = Array(text.unicodeScalars)
        var result = ""
        for index in scalars.indices {
            let properties = scalars[index].properties
            if properties.isUppercase {
                result += lowercaseMapping(scalars, index)
            } else if properties.isLowercase {
                result += properties.uppercaseMapping
            } else {
                result.unicodeScalars.append(scalars[index])
            }
        }
        return result
    }

    private static func mapped(_ text: String, _ mapping: (Unicode.Scalar) -> String) -> String {
        var result = ""
        for scalar in text.unicodeScalars { result += mapping(scalar) }
        return result
    }

    /// A capital sigma at a word's end becomes a final one (Unicode Standard, table 3-17).
    private static func lowercaseMapping(_ scalars: [Unicode.Scalar], _ index: Int) -> String {
        guard scalars[index] == "\u{03A3}" else { return scalars[index].properties.lowercaseMapping }
        let before = scalars[..<index].last { !$0.properties.isCaseIgnorable }
        let after = scalars[(index + 1)...].first { !$0.properties.isCaseIgnorable }
        let isFinal = before?.properties.isCased == true && after?.properties.isCased != true
        return isFinal ? "\u{03C2}" : "\u{03C3}"
    }

    // MARK: White space and lines

    package static func strip(_ text: String, leading: Bool = true, trailing: Bool = true) -> String {
        strip(text, leading: leading, trailing: trailing) { $0.isPythonSpace }
    }

    static func strip(
        _ text: String, leading: Bool, trailing: Bool, where isStripped: (Unicode.Scalar) -> Bool
    ) -> String {
        var rest = text.unicodeScalars[...]
        if leading { rest = rest.drop(while: isStripped) }
        if trailing { while let last = rest.last, isStripped(last) { rest.removeLast() } }
        return String(rest)
    }

    /// `str.splitlines`.
    static func lines(_ text: String, keepEnds: Bool = false) -> [String] {
        var lines: [String] = []
        var rest = text.unicodeScalars[...]
        while !rest.isEmpty {
            guard let end = rest.firstIndex(where: \.isPythonLineBreak) else {
                lines.append(String(rest))
                break
            }
            var next = rest.index(after: end)
            if rest[end] == "\r", next < rest.endIndex, rest[next] == "\n" { next = rest.index(after: next) }
            lines.append(String(keepEnds ? rest[..<next] : rest[..<end]))
            rest = rest[next...]
        }
        return lines
    }

    // MARK: HTML

    /// `markupsafe.escape`.
    static func htmlEscaped(_ text: String) -> String {
        var result = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": result.append(contentsOf: "&amp;".unicodeScalars)
            case "<": result.append(contentsOf: "&lt;".unicodeScalars)
            case ">": result.append(contentsOf: "&gt;".unicodeScalars)
            case "'": result.append(contentsOf: "&#39;".unicodeScalars)
            case "\"": result.append(contentsOf: "&#34;".unicodeScalars)
            default: result.append(scalar)
            }
        }
        return String(result)
    }
}

extension Unicode.Scalar {
    /// `str.isspace` of one character.
    package var isPythonSpace: Bool {
        switch value {
        case 0x09...0x0D, 0x1C...0x20, 0x85, 0xA0, 0x1680, 0x2000...0x200A, 0x2028, 0x2029, 0x202F, 0x205F, 0x3000: true
        default: false
        }
    }

    var isPythonLineBreak: Bool {
        switch value {
        case 0x0A...0x0D, 0x1C...0x1E, 0x85, 0x2028, 0x2029: true
        default: false
        }
    }

    /// `str.isprintable` of one character.
    var isPythonPrintable: Bool {
        if isASCII { return (0x20..<0x7F).contains(value) }
        switch properties.generalCategory {
        case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator, .paragraphSeparator,
            .spaceSeparator:
            return false
        default: return true
        }
    }
}

extension String {
    /// Whether the bytes are the same. `==` would take two spellings of "é" for one.
    func isSame(as other: String) -> Bool { utf8.elementsEqual(other.utf8) }
}
