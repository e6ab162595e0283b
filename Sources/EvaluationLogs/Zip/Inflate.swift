import CZlib

/// The mirror of `Deflate`, for a stream in memory whose size is known.
enum Inflate {
    /// - Returns: exactly `count` bytes; nil where `bytes` are no stream of that many, or go on behind it.
    static func decompress(_ bytes: [UInt8], count: Int) -> [UInt8]? {
        // zlib counts in 32 bits; nothing near that comes here.
        guard let available = UInt32(exactly: bytes.count), let size = UInt32(exactly: count) else { return nil }
        // Allocated, because zlib's state points back at it.
        let stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)
        stream.initialize(to: z_stream())
        defer { stream.deallocate() }
        guard inflateInit2_(stream, -MAX_WBITS, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK else { return nil }
        defer { inflateEnd(stream) }
        var bytes = bytes
        let output = [UInt8](unsafeUninitializedCapacity: count) { output, filled in
            let status = bytes.withUnsafeMutableBufferPointer { input in
                stream.pointee.next_in = input.baseAddress
                stream.pointee.avail_in = available
                stream.pointee.next_out = output.baseAddress
                stream.pointee.avail_out = size
                return inflate(stream, Z_FINISH)
            }
            if status == Z_STREAM_END && stream.pointee.avail_in == 0 { filled = count - Int(stream.pointee.avail_out) }
        }
        return output.count == count ? output : nil
    }
}
