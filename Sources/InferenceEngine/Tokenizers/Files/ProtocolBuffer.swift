/// Reads protocol buffers' wire format (protobuf.dev, "Encoding"), as far as a message needs it: fields of numbers and
/// bytes. Groups, which nothing has written for long, are refused.
struct ProtocolBuffer {
    enum Value {
        case number(UInt64)
        case bytes(ArraySlice<UInt8>)
        /// The four bytes of a `float`.
        case word(UInt32)
        case doubleWord(UInt64)
    }

    struct Field {
        let number: Int
        let value: Value

        var bytes: ArraySlice<UInt8>? { if case .bytes(let bytes) = value { bytes } else { nil } }
        var integer: UInt64? { if case .number(let number) = value { number } else { nil } }
        var float: Float? { if case .word(let word) = value { Float(bitPattern: word) } else { nil } }
    }

    private var rest: ArraySlice<UInt8>
    private let start: Int
    private let place: String

    /// - Parameter place: the message's name, for errors.
    init(_ bytes: ArraySlice<UInt8>, place: String) {
        rest = bytes
        start = bytes.startIndex
        self.place = place
    }

    /// The next field, or nil at the end.
    /// - Throws: `badValue` for what is no message.
    mutating func next() throws(TokenizerError) -> Field? {
        if rest.isEmpty { return nil }
        let key = try number()
        let field = key >> 3
        guard field > 0, field < 1 << 29 else { throw failure("no field has the number \(field)") }
        let value: Value
        switch key & 7 {
        case 0: value = .number(try number())
        case 1: value = .doubleWord(try take(8))
        case 2:
            let count = try number()
            guard count <= rest.count else { throw failure("\(count) bytes were expected, \(rest.count) are left") }
            value = .bytes(rest.prefix(Int(count)))
            rest = rest.dropFirst(Int(count))
        case 5: value = .word(UInt32(truncatingIfNeeded: try take(4)))
        default: throw failure("the wire type \(key & 7) is not known")
        }
        return Field(number: Int(field), value: value)
    }

    private mutating func number() throws(TokenizerError) -> UInt64 {
        var value: UInt64 = 0
        for shift in stride(from: UInt64(0), to: 64, by: 7) {
            guard let byte = rest.popFirst() else { throw failure("the file ends within a number") }
            value |= UInt64(byte & 0x7f) << shift
            if byte & 0x80 == 0 { return value }
        }
        throw failure("a number of more than ten bytes")
    }

    /// A number of so many bytes, the lowest first.
    private mutating func take(_ count: Int) throws(TokenizerError) -> UInt64 {
        guard rest.count >= count else { throw failure("\(count) bytes were expected, \(rest.count) are left") }
        defer { rest = rest.dropFirst(count) }
        return rest.prefix(count).reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }

    private func failure(_ what: String) -> TokenizerError {
        TokenizerError(.badValue, "\(what), at byte \(rest.startIndex - start)", at: place)
    }
}
