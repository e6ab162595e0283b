import CanonicalEncoding

/// The canonical JSON that TUF signs (the specification's section 4.1): that of the One Laptop per Child project, in
/// which keys are ordered by code points, nothing but the quotation mark and the backslash is escaped, and numbers are
/// integers.
///
/// It differs from RFC 8785 in those escapes (a line feed stands as it is, so that the bytes need not be JSON), in the
/// order of keys beyond U+FFFF, and in refusing numbers that are not integers.
package enum OLPCCanonicalJSON {
    package static func encode(_ value: JSONValue) throws(JSONError) -> [UInt8] {
        var bytes: [UInt8] = []
        try append(value, to: &bytes, depth: 0)
        return bytes
    }

    private static func append(_ value: JSONValue, to bytes: inout [UInt8], depth: Int) throws(JSONError) {
        guard depth <= 128 else { throw JSONError(code: .tooDeep, message: "more than 128 levels") }
        switch value {
        case .null: bytes += "null"
        case .bool(let bool): bytes += bool ? "true" : "false"
        case .integer(let integer): bytes += String(integer).utf8
        case .number(let double):
            throw JSONError(code: .floatingPoint, message: "\(double) is not an integer, and signed metadata holds no others")
        case .string(let string): append(string, to: &bytes)
        case .array(let elements):
            bytes.append(UInt8(ascii: "["))
            for (index, element) in elements.enumerated() {
                if index > 0 { bytes.append(UInt8(ascii: ",")) }
                try append(element, to: &bytes, depth: depth + 1)
            }
            bytes.append(UInt8(ascii: "]"))
        case .object(let object):
            bytes.append(UInt8(ascii: "{"))
            // UTF-8 orders by code points.
            let members = object.members.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
            for (index, member) in members.enumerated() {
                if index > 0 { bytes.append(UInt8(ascii: ",")) }
                append(member.key, to: &bytes)
                bytes.append(UInt8(ascii: ":"))
                try append(member.value, to: &bytes, depth: depth + 1)
            }
            bytes.append(UInt8(ascii: "}"))
        }
    }

    private static func append(_ string: String, to bytes: inout [UInt8]) {
        let quote = UInt8(ascii: "\""), backslash = UInt8(ascii: "\\")
        bytes.append(quote)
        for byte in string.utf8 {
            if byte == quote || byte == backslash { bytes.append(backslash) }
            bytes.append(byte)
        }
        bytes.append(quote)
    }
}
