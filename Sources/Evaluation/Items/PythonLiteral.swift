import CanonicalEncoding

/// Reads a value as Python writes one: what a template such as `{{ options }}` renders to, and what lm-evaluation-harness
/// reads with `ast.literal_eval`. Lists and tuples are arrays; dictionaries must have strings for keys.
struct PythonLiteral {
    private var scalars: ArraySlice<Unicode.Scalar>
    private var values = 0

    static let maximumValues = 10_000
    static let maximumDepth = 16

    /// - Returns: nil for anything but one literal.
    static func value(_ text: String) -> JSONValue? {
        var reader = PythonLiteral(scalars: Array(text.unicodeScalars)[...])
        guard let value = reader.value(depth: 0) else { return nil }
        reader.skipSpaces()
        return reader.scalars.isEmpty ? value : nil
    }

    private mutating func skipSpaces() {
        while let first = scalars.first, " \t\n\r\u{0C}".unicodeScalars.contains(first) { scalars.removeFirst() }
    }

    private mutating func take(_ scalar: Unicode.Scalar) -> Bool {
        guard scalars.first == scalar else { return false }
        scalars.removeFirst()
        return true
    }

    private mutating func value(depth: Int) -> JSONValue? {
        values += 1
        guard depth <= Self.maximumDepth, values <= Self.maximumValues else { return nil }
        skipSpaces()
        switch scalars.first {
        case "[": return elements(closing: "]", depth: depth).map { .array($0.values) }
        case "(":
            guard let inner = elements(closing: ")", depth: depth) else { return nil }
            // Brackets around one value without a comma only group.
            return inner.values.count == 1 && !inner.hasComma ? inner.values[0] : .array(inner.values)
        case "{": return dictionary(depth: depth)
        case "'", "\"", "u", "r", "U", "R": return strings().map { .string($0) }
        default: return word()
        }
    }

    private mutating func elements(closing: Unicode.Scalar, depth: Int) -> (values: [JSONValue], hasComma: Bool)? {
        scalars.removeFirst()
        var (elements, hasComma) = ([JSONValue](), false)
        skipSpaces()
        while !take(closing) {
            guard let element = value(depth: depth + 1) else { return nil }
            elements.append(element)
            skipSpaces()
            if take(",") {
                hasComma = true
                skipSpaces()
            } else if scalars.first != closing {
                return nil
            }
        }
        return (elements, hasComma)
    }

    private mutating func dictionary(depth: Int) -> JSONValue? {
        scalars.removeFirst()
        var object = JSONObject()
        skipSpaces()
        while !take("}") {
            guard case .string(let key)? = value(depth: depth + 1) else { return nil }
            skipSpaces()
            guard take(":"), let element = value(depth: depth + 1) else { return nil }
            object[key] = element
            skipSpaces()
            if take(",") { skipSpaces() } else if scalars.first != "}" { return nil }
        }
        return .object(object)
    }

    private mutating func word() -> JSONValue? {
        var text = ""
        while let first = scalars.first, first == "." || first == "+" || first == "-" || first == "_" || first.properties.isAlphabetic
            || ("0"..."9").contains(first)
        {
            text.unicodeScalars.append(first)
            scalars.removeFirst()
        }
        switch text {
        case "None": return .null
        case "True": return .bool(true)
        case "False": return .bool(false)
        default: break
        }
        guard let first = text.utf8.first, (48...57).contains(first) || ".+-".utf8.contains(first),
            text.utf8.allSatisfy({ (48...57).contains($0) || ".eE+-".utf8.contains($0) })
        else { return nil }
        if let integer = Int64(text) { return .integer(integer) }
        // Python reads 1e999 as infinity, which has no place in a record.
        return Double(text).flatMap { $0.isFinite ? .number($0) : nil }
    }

    /// String literals next to one another are one (Python Language Reference, section 2.4.2).
    private mutating func strings() -> String? {
        var text = ""
        var isFirst = true
        while true {
            let before = scalars
            skipSpaces()
            guard let part = string() else {
                scalars = before
                return isFirst ? nil : text
            }
            text += part
            isFirst = false
        }
    }

    /// One literal in single or double quotes (section 2.4.1).
    private mutating func string() -> String? {
        var isRaw = false
        if let prefix = scalars.first, "uUrR".unicodeScalars.contains(prefix), let quote = scalars.dropFirst().first, quote == "'" || quote == "\"" {
            isRaw = prefix == "r" || prefix == "R"
            scalars.removeFirst()
        }
        guard let quote = scalars.first, quote == "'" || quote == "\"" else { return nil }
        scalars.removeFirst()
        var text = String.UnicodeScalarView()
        while let scalar = scalars.popFirst() {
            if scalar == quote { return String(text) }
            if scalar == "\n" { return nil }
            guard scalar == "\\", !isRaw else {
                text.append(scalar)
                continue
            }
            guard let escaped = escape() else { return nil }
            text.append(contentsOf: escaped)
        }
        return nil
    }

    private mutating func escape() -> [Unicode.Scalar]? {
        guard let scalar = scalars.popFirst() else { return nil }
        switch scalar {
        case "n": return ["\n"]
        case "t": return ["\t"]
        case "r": return ["\r"]
        case "a": return ["\u{07}"]
        case "b": return ["\u{08}"]
        case "f": return ["\u{0C}"]
        case "v": return ["\u{0B}"]
        case "\n": return []
        case "\\", "'", "\"": return [scalar]
        case "x": return hexadecimal(digits: 2).map { [$0] }
        case "u": return hexadecimal(digits: 4).map { [$0] }
        case "U": return hexadecimal(digits: 8).map { [$0] }
        case "0"..."7":
            var value = scalar.value - 48
            for _ in 0..<2 {
                guard let digit = scalars.first, ("0"..."7").contains(digit) else { break }
                value = value * 8 + digit.value - 48
                scalars.removeFirst()
            }
            return Unicode.Scalar(value).map { [$0] }
        case "N": return nil
        // Unknown ones stay as they are.
        default: return ["\\", scalar]
        }
    }

    private mutating func hexadecimal(digits: Int) -> Unicode.Scalar? {
        guard scalars.count >= digits else { return nil }
        let text = String(String.UnicodeScalarView(scalars.prefix(digits)))
        scalars = scalars.dropFirst(digits)
        guard text.utf8.allSatisfy({ Character(Unicode.Scalar($0)).isHexDigit }) else { return nil }
        return UInt32(text, radix: 16).flatMap { Unicode.Scalar($0) }
    }
}
