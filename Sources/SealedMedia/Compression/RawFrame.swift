/// A zstd frame (RFC 8878, section 3.1.1) of raw blocks: noise, handed on from where it lies. The library makes the same of it, after a
/// search and a copy that would take as long as encrypting it.
enum RawFrame {
    /// Of a block's content (section 3.1.1.2.4).
    static let blockBytes = 128 << 10

    /// - Parameter bytes: less than 4 GiB.
    static func write(_ bytes: UnsafeRawBufferPointer, to sink: (UnsafeRawBufferPointer) throws -> Void) throws {
        // The magic number; a single segment whose content's size stands in four bytes, no checksum, no dictionary.
        try put([0x28, 0xB5, 0x2F, 0xFD, 0xA0] + littleEndian(bytes.count, bytes: 4), to: sink)
        var start = 0
        repeat {
            let end = min(start + blockBytes, bytes.count)
            // The lowest bit marks the last block, and the next two, zero, a raw one.
            try put(littleEndian((end - start) << 3 | (end == bytes.count ? 1 : 0), bytes: 3), to: sink)
            if end > start { try sink(UnsafeRawBufferPointer(rebasing: bytes[start..<end])) }
            start = end
        } while start < bytes.count
    }

    private static func littleEndian(_ number: Int, bytes: Int) -> [UInt8] {
        (0..<bytes).map { UInt8(truncatingIfNeeded: number >> (8 * $0)) }
    }

    private static func put(_ bytes: [UInt8], to sink: (UnsafeRawBufferPointer) throws -> Void) throws {
        try bytes.withUnsafeBytes { try sink($0) }
    }
}
