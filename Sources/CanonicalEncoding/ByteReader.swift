/// The bytes ended before what was to be read.
package struct ByteReaderError: Error, Hashable, Sendable, CustomStringConvertible {
    package let offset: Int
    package let needed: Int
    package let available: Int

    package var description: String {
        "at byte \(offset): \(needed) bytes were expected, \(available) are left"
    }
}

/// A reader that never goes past the end: each length is compared with what is left before it is used.
package struct ByteReader: Sendable {
    private let bytes: ArraySlice<UInt8>
    /// Of what comes next, from where the reader began.
    package private(set) var offset = 0

    package init(_ bytes: [UInt8]) { self.bytes = bytes[...] }

    /// Reads a part, without a copy.
    package init(_ bytes: ArraySlice<UInt8>) { self.bytes = bytes }

    package var remaining: Int { bytes.count - offset }

    /// The next `count` bytes. A negative count, which only a broken length can give, is refused too.
    package mutating func bytes(_ count: Int) throws(ByteReaderError) -> ArraySlice<UInt8> {
        guard count >= 0, count <= remaining else {
            throw ByteReaderError(offset: offset, needed: count, available: remaining)
        }
        defer { offset += count }
        let start = bytes.startIndex + offset
        return bytes[start..<start + count]
    }

    package mutating func uint8() throws(ByteReaderError) -> UInt8 { try integer(bigEndian: true) }
    package mutating func uint16(bigEndian: Bool = false) throws(ByteReaderError) -> UInt16 {
        try integer(bigEndian: bigEndian)
    }
    package mutating func uint32(bigEndian: Bool = false) throws(ByteReaderError) -> UInt32 {
        try integer(bigEndian: bigEndian)
    }
    package mutating func uint64(bigEndian: Bool = false) throws(ByteReaderError) -> UInt64 {
        try integer(bigEndian: bigEndian)
    }

    private mutating func integer<Value: FixedWidthInteger & UnsignedInteger>(
        bigEndian: Bool
    ) throws(ByteReaderError) -> Value {
        let raw = try bytes(Value.bitWidth / 8)
        var value: Value = 0
        for byte in raw { value = value << (Value.bitWidth > 8 ? 8 : 0) | Value(byte) }
        return bigEndian ? value : value.byteSwapped
    }
}

/// The mirror of `ByteReader`.
package struct ByteWriter: Sendable {
    package private(set) var bytes: [UInt8] = []

    package init() {}

    /// - Parameter count: bytes that it will hold, about.
    package init(reserving count: Int) { bytes.reserveCapacity(count) }

    package mutating func append(_ more: some Sequence<UInt8>) { bytes.append(contentsOf: more) }

    // What is generic is slow across modules; these are signed and hashed by the million.
    package mutating func append(_ more: [UInt8]) { bytes += more }
    package mutating func append(_ value: UInt32, bigEndian: Bool) {
        for shift: UInt32 in [24, 16, 8, 0] { bytes.append(UInt8(truncatingIfNeeded: value >> (bigEndian ? shift : 24 - shift))) }
    }

    package mutating func append<Value: FixedWidthInteger & UnsignedInteger>(
        _ value: Value, bigEndian: Bool = false
    ) {
        withUnsafeBytes(of: bigEndian ? value.bigEndian : value.littleEndian) { bytes.append(contentsOf: $0) }
    }
}
