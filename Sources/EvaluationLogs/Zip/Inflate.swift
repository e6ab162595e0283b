import CZlib

/// The mirror of `Deflate`.
enum Inflate {
    /// What a stream that comes in parts holds, without holding it: nil where it is none, or goes on behind its end.
    ///
    /// - Parameter next: the next part; empty at the end.
    static func measure(_ next: () throws(EvaluationLogError) -> [UInt8]) throws(EvaluationLogError) -> (size: UInt64, crc: UInt32)? {
        let stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)
        stream.initialize(to: z_stream())
        let output = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: 1 << 16)
        defer {
            stream.deallocate()
            output.deallocate()
        }
        guard inflateInit2_(stream, -MAX_WBITS, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK else { return nil }
        defer { inflateEnd(stream) }
        var (size, crc, status) = (UInt64(0), CRC32(), Z_OK)
        while true {
            var part = try next()
            if part.isEmpty { return status == Z_STREAM_END ? (size, crc.value) : nil }
            // Something behind the end.
            if status == Z_STREAM_END { return nil }
            let isWell = part.withUnsafeMutableBufferPointer { input in
                stream.pointee.next_in = input.baseAddress
                stream.pointee.avail_in = UInt32(input.count)
                repeat {
                    stream.pointee.next_out = output.baseAddress
                    stream.pointee.avail_out = UInt32(output.count)
                    status = inflate(stream, Z_NO_FLUSH)
                    let count = output.count - Int(stream.pointee.avail_out)
                    size += UInt64(count)
                    crc.update(UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(output).prefix(count)))
                    // No progress is no fault where all input is used up.
                    if status == Z_BUF_ERROR { status = Z_OK; break }
                } while status == Z_OK && (stream.pointee.avail_in > 0 || stream.pointee.avail_out == 0)
                return status == Z_OK || status == Z_STREAM_END && stream.pointee.avail_in == 0
            }
            guard isWell else { return nil }
        }
    }

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
