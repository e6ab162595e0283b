/// JSON Canonicalization Scheme (RFC 8785): one value, one byte string.
package enum CanonicalJSON {
    /// Which numbers may be written. What we sign holds integers and decimal strings only, because two
    /// implementations agree on those without a word about rounding.
    package enum Numbers: Sendable { case integersOnly, any }

    package static func encode(
        _ value: JSONValue, numbers: Numbers = .integersOnly
    ) throws(JSONError) -> [UInt8] {
        var bytes: [UInt8] = []
        try append(value, numbers, to: &bytes, depth: 0)
        return bytes
    }

    /// Appends a value that holds integers only.
    package static func append(_ value: JSONValue, to bytes: inout [UInt8]) throws(JSONError) {
        try append(value, .integersOnly, to: &bytes, depth: 0)
    }

    /// Reads `bytes` and demands that they are already in canonical form, so that a digest over them is
    /// a digest over the value.
    package static func parse(
        _ bytes: [UInt8], limits: JSONLimits = .default, numbers: Numbers = .integersOnly
    ) throws(JSONError) -> JSONValue {
        let value = try StrictJSON.parse(bytes, limits: limits)
        let canonical = try encode(value, numbers: numbers)
        guard canonical == bytes else {
            let offset = zip(canonical, bytes).enumerated().first { $0.element.0 != $0.element.1 }?.offset
            throw JSONError(
                code: .notCanonical, message: "not in RFC 8785 canonical form",
                offset: offset ?? min(canonical.count, bytes.count))
        }
        return value
    }

    private static func append(
        _ value: JSONValue, _ numbers: Numbers, to bytes: inout [UInt8], depth: Int
    ) throws(JSONError) {
        guard depth <= 512 else { throw JSONError(code: .tooDeep, message: "more than 512 levels") }
        switch value {
        case .null: bytes += "null"
        case .bool(let bool): bytes += bool ? "true" : "false"
        case .integer(let integer):
            // Section 3.2.2.3 writes every number as the double it is. What we sign must not lose a digit to
            // that, so there an integer that a double cannot hold is refused.
            guard integer.magnitude <= 1 << 53 else {
                guard numbers == .any else {
                    throw JSONError(
                        code: .numberOutOfRange, message: "\(integer) is beyond 2^53; write it as a string")
                }
                bytes += try ECMAScriptNumber.text(Double(integer)).utf8
                return
            }
            bytes += String(integer).utf8
        case .number(let double):
            guard numbers == .any else {
                throw JSONError(
                    code: .floatingPoint, message: "\(double) is not an integer; write it as a decimal string")
            }
            bytes += try ECMAScriptNumber.text(double).utf8
        case .string(let string): append(string, to: &bytes)
        case .array(let elements):
            bytes.append(UInt8(ascii: "["))
            for (index, element) in elements.enumerated() {
                if index > 0 { bytes.append(UInt8(ascii: ",")) }
                try append(element, numbers, to: &bytes, depth: depth + 1)
            }
            bytes.append(UInt8(ascii: "]"))
        case .object(let object):
            bytes.append(UInt8(ascii: "{"))
            // Section 3.2.3: keys in the order of their UTF-16 code units.
            let members = object.members
            let isSorted = members.indices.dropFirst().allSatisfy { precedes(members[$0 - 1].key, members[$0].key) }
            let order = isSorted ? nil : members.indices.sorted { precedes(members[$0].key, members[$1].key) }
            for index in members.indices {
                if index > 0 { bytes.append(UInt8(ascii: ",")) }
                let member = members[order?[index] ?? index]
                append(member.key, to: &bytes)
                bytes.append(UInt8(ascii: ":"))
                try append(member.value, numbers, to: &bytes, depth: depth + 1)
            }
            bytes.append(UInt8(ascii: "}"))
        }
    }

    /// By UTF-16 code units. That is by UTF-8 bytes, but for U+E000 to U+FFFF (first bytes 0xEE and 0xEF), which come after the
    /// surrogates that stand for what lies above them.
    private static func precedes(_ one: String, _ other: String) -> Bool {
        one.utf8.lexicographicallyPrecedes(other.utf8) { rank($0) < rank($1) }
    }

    private static func rank(_ byte: UInt8) -> UInt8 { byte == 0xEE || byte == 0xEF ? byte + 8 : byte }

    /// Appends a string as it stands in canonical JSON, with its quotes.
    package static func append(_ string: String, to bytes: inout [UInt8]) {
        bytes.append(UInt8(ascii: "\""))
        defer { bytes.append(UInt8(ascii: "\"")) }
        let isPlain = string.utf8.withContiguousStorageIfAvailable { text in
            for byte in text where byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") { return false }
            bytes.append(contentsOf: text)
            return true
        }
        if isPlain == true { return }
        for byte in string.utf8 {
            switch byte {
            case UInt8(ascii: "\""): bytes += "\\\""
            case UInt8(ascii: "\\"): bytes += "\\\\"
            case 0x08: bytes += "\\b"
            case 0x09: bytes += "\\t"
            case 0x0A: bytes += "\\n"
            case 0x0C: bytes += "\\f"
            case 0x0D: bytes += "\\r"
            case 0..<0x20: bytes += "\\u00\(Hex.encode([byte]))".utf8
            default: bytes.append(byte)
            }
        }
    }
}

extension [UInt8] {
    /// Appends a literal's bytes.
    package static func += (bytes: inout [UInt8], literal: StaticString) {
        bytes.append(contentsOf: UnsafeBufferPointer(start: literal.utf8Start, count: literal.utf8CodeUnitCount))
    }
}

/// A double as ECMAScript's `Number.prototype.toString` writes it (RFC 8785, section 3.2.2.3).
enum ECMAScriptNumber {
    static func text(_ double: Double) throws(JSONError) -> String {
        guard double.isFinite else {
            throw JSONError(code: .numberOutOfRange, message: "\(double) has no form in JSON")
        }
        if double == 0 { return "0" }
        // Swift's description has the same shortest digits; only where the point and exponent stand differs.
        let (digits, exponent) = shortestDigits(double.magnitude)
        let sign = double < 0 ? "-" : ""
        let count = digits.count
        switch exponent {
        case count...21:
            return sign + digits + String(repeating: "0", count: exponent - count)
        case 1..<22:
            return sign + digits.prefix(exponent) + "." + digits.dropFirst(exponent)
        case -5...0:
            return sign + "0." + String(repeating: "0", count: -exponent) + digits
        default:
            let mantissa = count == 1 ? digits : "\(digits.prefix(1)).\(digits.dropFirst())"
            let power = exponent - 1
            return "\(sign)\(mantissa)e\(power < 0 ? "-" : "+")\(power.magnitude)"
        }
    }

    /// The fewest digits d that read back as `value` = 0.d × 10^exponent.
    private static func shortestDigits(_ value: Double) -> (digits: String, exponent: Int) {
        let parts = value.description.split(separator: "e")
        var exponent = parts.count > 1 ? Int(parts[1]) ?? 0 : 0
        let mantissa = parts[0].split(separator: ".", omittingEmptySubsequences: false)
        let fraction = mantissa.count > 1 && mantissa[1] != "0" ? mantissa[1] : ""
        exponent += mantissa[0].count
        var digits = String(mantissa[0] + fraction)
        while digits.hasPrefix("0") {
            digits.removeFirst()
            exponent -= 1
        }
        while digits.hasSuffix("0") { digits.removeLast() }
        return (digits, exponent)
    }
}
