/// Walking through UTF-8 that may be ill-formed. A byte that does not belong to a well-formed sequence (The Unicode
/// Standard, table 3-7) is a character of its own, and stands for U+FFFD.
enum Characters {
    static let replacement: Unicode.Scalar = "\u{fffd}"

    /// The character at `position`, which is before `end`, and how many bytes it has.
    @inline(__always)
    static func at(_ text: UnsafeRawBufferPointer, _ position: Int, _ end: Int) -> (scalar: Unicode.Scalar, length: Int) {
        let lead = text[position]
        if lead < 0x80 { return (Unicode.Scalar(lead), 1) }
        return multibyte(text, position, end) ?? (replacement, 1)
    }

    /// The bytes of the character at `position`, which is before `end`.
    @inline(__always)
    static func length(_ text: UnsafeRawBufferPointer, _ position: Int, _ end: Int) -> Int {
        text[position] < 0x80 ? 1 : multibyte(text, position, end)?.length ?? 1
    }

    /// The scalar of more than one byte that starts at `position`, or nil if the bytes there are not well-formed.
    @inline(__always)
    static func multibyte(_ text: UnsafeRawBufferPointer, _ position: Int, _ end: Int) -> (scalar: Unicode.Scalar, length: Int)? {
        let lead = text[position]
        let length = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2
        guard lead >= 0xc2, lead <= 0xf4, length <= end - position else { return nil }
        var value = UInt32(lead) & (0x7f >> UInt32(length))
        for offset in 1..<length {
            let byte = text[position + offset]
            guard byte & 0xc0 == 0x80 else { return nil }
            value = value << 6 | UInt32(byte & 0x3f)
        }
        let least: UInt32 = length == 2 ? 0x80 : length == 3 ? 0x800 : 0x10000
        // `Unicode.Scalar` itself refuses surrogates and what is over U+10FFFF.
        guard value >= least, let scalar = Unicode.Scalar(value) else { return nil }
        return (scalar, length)
    }

    /// Where the character that ends at `end` starts; nil if `end` is at `start`.
    @inline(__always)
    static func start(_ text: UnsafeRawBufferPointer, _ start: Int, endingAt end: Int) -> Int? {
        guard end > start else { return nil }
        if text[end - 1] < 0x80 { return end - 1 }
        var position = end - 1
        while position > start, end - position < 4, text[position] & 0xc0 == 0x80 { position -= 1 }
        return length(text, position, end) == end - position ? position : end - 1
    }

    /// Appends a scalar as UTF-8.
    @inline(__always)
    static func append(_ scalar: Unicode.Scalar, to bytes: inout [UInt8]) {
        let value = scalar.value
        func trail(_ shift: UInt32) -> UInt8 { UInt8(truncatingIfNeeded: value >> shift & 0x3f | 0x80) }
        if value < 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: value))
        } else if value < 0x800 {
            bytes.append(UInt8(truncatingIfNeeded: value >> 6 | 0xc0))
            bytes.append(trail(0))
        } else if value < 0x10000 {
            bytes.append(UInt8(truncatingIfNeeded: value >> 12 | 0xe0))
            bytes.append(trail(6))
            bytes.append(trail(0))
        } else {
            bytes.append(UInt8(truncatingIfNeeded: value >> 18 | 0xf0))
            bytes.append(trail(12))
            bytes.append(trail(6))
            bytes.append(trail(0))
        }
    }

    static func isASCII(_ bytes: [UInt8]) -> Bool { bytes.allSatisfy { $0 < 0x80 } }
}
