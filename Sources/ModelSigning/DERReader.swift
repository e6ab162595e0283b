/// Values of DER (ITU-T X.690, section 10) one after the other, as far as finding a key in a certificate needs them: one
/// byte of tag, and a length in the one form that it may have.
struct DERReader {
    enum Tag: UInt8 {
        case integer = 0x02, bitString = 0x03, objectIdentifier = 0x06, sequence = 0x30
        /// `[0]`, in a certificate's first place.
        case version = 0xA0
    }

    struct Value {
        let contents: ArraySlice<UInt8>
        /// With tag and length.
        let encoded: ArraySlice<UInt8>
    }

    private var rest: ArraySlice<UInt8>

    init(_ bytes: ArraySlice<UInt8>) { rest = bytes }

    var isAtEnd: Bool { rest.isEmpty }

    /// The next value, nil and no step where it has another tag or does not end within the bytes.
    mutating func next(_ tag: Tag) -> Value? {
        guard rest.first == tag.rawValue, let first = rest.dropFirst().first else { return nil }
        var body = rest.dropFirst(2), count = Int(first)
        if first >= 0x80 {
            // At most 16 MiB; the indefinite length, 0x80, is none of DER's.
            let width = Int(first & 0x7F)
            guard (1...3).contains(width), body.count >= width, body.first != 0 else { return nil }
            count = body.prefix(width).reduce(0) { $0 << 8 | Int($1) }
            guard count >= 0x80 else { return nil }
            body = body.dropFirst(width)
        }
        guard body.count >= count else { return nil }
        let value = Value(contents: body.prefix(count), encoded: rest.prefix(body.startIndex - rest.startIndex + count))
        rest = body.dropFirst(count)
        return value
    }

    /// The values of a sequence that comes next.
    mutating func sequence() -> DERReader? { next(.sequence).map { DERReader($0.contents) } }
}
