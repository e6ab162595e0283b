/// Rewrites an expression of Python's `re` (3.11) for PCRE2 (10.42): what both write alike stays, what means another thing
/// there is spelt out, and what only PCRE2 knows is refused, as Python refuses it.
struct ExpressionTranslation {
    private let source: [Unicode.Scalar]
    private var position = 0
    private var result = String.UnicodeScalarView()

    init(_ source: String) { self.source = Array(source.unicodeScalars) }

    /// Python's `\s`: `str.isspace`, for use inside a class.
    private static let space =
        #"\x09-\x0D\x1C-\x20\x85\xA0\x{1680}\x{2000}-\x{200A}\x{2028}\x{2029}\x{202F}\x{205F}\x{3000}"#

    mutating func translated() throws(PythonExpression.Failure) -> String {
        while let scalar = next() {
            switch scalar {
            case "\\": try escape(inClass: false)
            case "[": try characterClass()
            case "(": try group()
            case "{": try repetition()
            default: result.append(scalar)
            }
        }
        return String(result)
    }

    private mutating func next() -> Unicode.Scalar? {
        guard position < source.count else { return nil }
        position += 1
        return source[position - 1]
    }

    private var upcoming: Unicode.Scalar? { position < source.count ? source[position] : nil }

    private func upcoming(_ count: Int) -> String {
        String(String.UnicodeScalarView(source[position..<min(position + count, source.count)]))
    }

    private mutating func write(_ text: String) { result.append(contentsOf: text.unicodeScalars) }

    private func failure(_ message: String) -> PythonExpression.Failure {
        PythonExpression.Failure(message: "\(message), at character \(position)")
    }

    // MARK: Escapes

    private mutating func escape(inClass: Bool) throws(PythonExpression.Failure) {
        guard let scalar = next() else { throw failure("a backslash ends it") }
        switch scalar {
        case "x": try code(digits: 2)
        case "u": try code(digits: 4)
        case "U": try code(digits: 8)
        case "0": octal(first: 0, moreDigits: 2)
        case "1"..."9": try reference(Int(scalar.value - 48), inClass: inClass)
        case "v": write(#"\x0B"#)
        case "s": write(inClass ? Self.space : "[\(Self.space)]")
        case "S" where !inClass: write("[^\(Self.space)]")
        case "Z" where !inClass: write(#"\z"#)
        case "A" where !inClass, "B" where !inClass, "b", "d", "D", "w", "W", "S", "a", "f", "n", "r", "t":
            write("\\\(scalar)")
        case "a"..."z", "A"..."Z": throw failure("\\\(scalar) is no escape of Python's")
        default:
            result.append("\\")
            result.append(scalar)
        }
    }

    private mutating func code(digits: Int) throws(PythonExpression.Failure) {
        let text = upcoming(digits)
        guard text.utf8.count == digits, text.utf8.allSatisfy({ Character(Unicode.Scalar($0)).isHexDigit }),
            let value = UInt32(text, radix: 16), Unicode.Scalar(value) != nil
        else { throw failure("an escape by number wants \(digits) hexadecimal digits of a character") }
        position += digits
        write("\\x{\(text)}")
    }

    private mutating func octal(first: Int, moreDigits: Int) {
        var value = first
        for _ in 0..<moreDigits {
            guard let digit = upcoming, ("0"..."7").contains(digit) else { break }
            value = value * 8 + Int(digit.value - 48)
            position += 1
        }
        write("\\x{\(String(value, radix: 16))}")
    }

    /// `\1` to `\99`, or three octal digits.
    private mutating func reference(_ first: Int, inClass: Bool) throws(PythonExpression.Failure) {
        let isOctal = first < 4 && upcoming(2).utf8.count == 2 && upcoming(2).utf8.allSatisfy { (48...55).contains($0) }
        if isOctal { return octal(first: first, moreDigits: 2) }
        guard !inClass else { throw failure("a class holds no references to groups") }
        var number = first
        if let digit = upcoming, ("0"..."9").contains(digit) {
            number = number * 10 + Int(digit.value - 48)
            position += 1
        }
        write("\\g{\(number)}")
    }

    // MARK: Classes

    private mutating func characterClass() throws(PythonExpression.Failure) {
        write("[")
        if upcoming == "^" {
            position += 1
            write("^")
        }
        // A bracket that comes first closes nothing.
        if upcoming == "]" {
            position += 1
            write(#"\]"#)
        }
        while let scalar = next() {
            switch scalar {
            case "]":
                write("]")
                return
            case "\\": try escape(inClass: true)
            case "[": write(#"\["#)
            default: result.append(scalar)
            }
        }
        throw failure("a class is not closed")
    }

    // MARK: Groups and repetitions

    private mutating func group() throws(PythonExpression.Failure) {
        write("(")
        if upcoming == "*" { throw failure("there is nothing to repeat") }
        guard upcoming == "?" else { return }
        position += 1
        write("?")
        let known = [":", "=", "!", "<=", "<!", ">", "("]
        if let opening = known.first(where: { upcoming($0.utf8.count) == $0 }) {
            position += opening.utf8.count
            write(opening)
            return
        }
        if upcoming == "#" {
            while let scalar = next() {
                result.append(scalar)
                if scalar == ")" { return }
            }
            throw failure("a comment is not closed")
        }
        if upcoming(2) == "P<" || upcoming(2) == "P=" {
            write(upcoming(2))
            position += 2
            return
        }
        // Flags, for the rest or for the group: those for ASCII and for locales change what the letters mean.
        while let flag = upcoming, "imsxu-".unicodeScalars.contains(flag) {
            position += 1
            if flag != "u" { result.append(flag) }
        }
        guard let end = next(), end == ")" || end == ":" else { throw failure("(? is not followed by anything that is known here") }
        result.append(end)
    }

    /// `{2}`, `{2,}`, `{,3}`, `{2,3}`; any other brace is a character.
    private mutating func repetition() throws(PythonExpression.Failure) {
        var (lower, upper, hasComma) = ("", "", false)
        var end = position
        scan: while end < source.count {
            switch source[end] {
            case "0"..."9":
                if hasComma { upper.unicodeScalars.append(source[end]) } else { lower.unicodeScalars.append(source[end]) }
            case "," where !hasComma: hasComma = true
            case "}": break scan
            default:
                end = source.count
                break scan
            }
            end += 1
        }
        guard end < source.count, hasComma || !lower.isEmpty else {
            write(#"\{"#)
            return
        }
        position = end + 1
        write(hasComma ? "{\(lower.isEmpty ? "0" : lower),\(upper)}" : "{\(lower)}")
    }
}
