import CanonicalEncoding

/// JSON as Inspect's own writer (pydantic) writes it: UTF-8, no spaces, and `NaN`, `Infinity` and `-Infinity`, which JSON itself has not,
/// for numbers that are not finite.
struct LogText {
    private(set) var bytes: [UInt8] = []
    /// Whether a value had more levels than `maximumDepth`, in whose place `null` stands.
    var isTooDeep = false
    private var depth = 0
    /// While a sample is written: where its calls' messages go.
    var pool: MessagePool?

    /// Arrays and objects inside one another: fewer than Python's readers take (some 200 in pydantic's).
    static let maximumDepth = 100
    /// What is read may be deeper by the levels around a message, which is written by itself.
    static let maximumDepthRead = maximumDepth + 8

    mutating func object(_ members: (inout LogText) -> Void) { nest(UInt8(ascii: "{"), UInt8(ascii: "}"), members) }
    mutating func array(_ elements: (inout LogText) -> Void) { nest(UInt8(ascii: "["), UInt8(ascii: "]"), elements) }

    private mutating func nest(_ open: UInt8, _ close: UInt8, _ body: (inout LogText) -> Void) {
        guard depth < Self.maximumDepth else {
            isTooDeep = true
            bytes += "null".utf8
            return
        }
        depth += 1
        bytes.append(open)
        body(&self)
        bytes.append(close)
        depth -= 1
    }

    /// Begins the next member.
    mutating func key(_ name: String) {
        separate()
        string(name)
        bytes.append(UInt8(ascii: ":"))
    }

    /// Puts a comma, unless an array or object has just begun.
    mutating func separate() {
        if let last = bytes.last, last != UInt8(ascii: "{"), last != UInt8(ascii: "[") { bytes.append(UInt8(ascii: ",")) }
    }

    /// Appends what is JSON already.
    mutating func raw(_ json: some Sequence<UInt8>) { bytes += json }

    mutating func string(_ value: String) {
        bytes.append(UInt8(ascii: "\""))
        var value = value
        value.withUTF8 { text in
            var start = 0
            for position in text.indices where Self.isEscaped(text[position]) {
                bytes += text[start..<position]
                escape(text[position])
                start = position + 1
            }
            bytes += text[start...]
        }
        bytes.append(UInt8(ascii: "\""))
    }

    private static func isEscaped(_ byte: UInt8) -> Bool { byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") }

    private mutating func escape(_ byte: UInt8) {
        switch byte {
        case UInt8(ascii: "\""): bytes += "\\\"".utf8
        case UInt8(ascii: "\\"): bytes += "\\\\".utf8
        case 0x08: bytes += "\\b".utf8
        case 0x09: bytes += "\\t".utf8
        case 0x0A: bytes += "\\n".utf8
        case 0x0C: bytes += "\\f".utf8
        case 0x0D: bytes += "\\r".utf8
        default: bytes += "\\u00\(Hex.encode([byte]))".utf8
        }
    }

    mutating func number(_ value: Double) {
        // The shortest text that reads back as the same number: a JSON number as it is.
        bytes += (value.isFinite ? value.description : value.isNaN ? "NaN" : value < 0 ? "-Infinity" : "Infinity").utf8
    }

    mutating func integer(_ value: some BinaryInteger) { bytes += String(value).utf8 }
    mutating func bool(_ value: Bool) { bytes += (value ? "true" : "false").utf8 }
    mutating func null() { bytes += "null".utf8 }

    mutating func value(_ value: JSONValue) {
        switch value {
        case .null: null()
        case .bool(let value): bool(value)
        case .integer(let value): integer(value)
        case .number(let value): number(value)
        case .string(let value): string(value)
        case .array(let elements):
            array { text in
                for element in elements {
                    text.separate()
                    text.value(element)
                }
            }
        case .object(let object):
            self.object { text in
                for member in object.members {
                    text.key(member.key)
                    text.value(member.value)
                }
            }
        }
    }
}
