import CZlib

/// Raw DEFLATE (RFC 1951) at zlib's default level, in parts: one stream after the other through one state of zlib's.
final class Deflate {
    // Allocated, because zlib's state points back at it.
    private let stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)
    private let output = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: 1 << 16)

    init() {
        stream.initialize(to: z_stream())
        // Negative window bits: no zlib header or trailer around the raw data.
        let status = deflateInit2_(
            stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, -MAX_WBITS, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
        precondition(status == Z_OK, "zlib has memory and is the version that this was built with")
    }

    deinit {
        deflateEnd(stream)
        stream.deallocate()
        output.deallocate()
    }

    /// Hands the compressed form of `bytes` to `emit`, as far as it is ready; all of it with `isLast`, after which a new stream begins.
    func compress(
        _ bytes: UnsafeRawBufferPointer, isLast: Bool, _ emit: (UnsafeRawBufferPointer) throws(EvaluationLogError) -> Void
    ) throws(EvaluationLogError) {
        var rest = bytes
        repeat {
            // zlib counts in 32 bits.
            let part = UnsafeRawBufferPointer(rebasing: rest.prefix(1 << 30))
            rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(part.count))
            let mode = isLast && rest.isEmpty ? Z_FINISH : Z_NO_FLUSH
            stream.pointee.next_in = UnsafeMutablePointer(mutating: part.bindMemory(to: UInt8.self).baseAddress)
            stream.pointee.avail_in = UInt32(part.count)
            var status = Z_OK
            repeat {
                stream.pointee.next_out = output.baseAddress
                stream.pointee.avail_out = UInt32(output.count)
                status = deflate(stream, mode)
                try emit(UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(output).prefix(output.count - Int(stream.pointee.avail_out))))
            } while mode == Z_FINISH ? status != Z_STREAM_END : stream.pointee.avail_in > 0 || stream.pointee.avail_out == 0
        } while !rest.isEmpty
        if isLast { deflateReset(stream) }
    }

    /// Forgets what came since the last stream ended.
    func reset() { deflateReset(stream) }
}

/// CRC-32 as ZIP has it.
struct CRC32: Equatable {
    private(set) var value: UInt32 = 0

    mutating func update(_ bytes: UnsafeRawBufferPointer) {
        // zlib takes no bytes at all for a wish to begin anew.
        guard !bytes.isEmpty else { return }
        value = UInt32(truncatingIfNeeded: crc32_z(UInt(value), bytes.bindMemory(to: UInt8.self).baseAddress, bytes.count))
    }

    static func of(_ bytes: [UInt8]) -> UInt32 {
        var crc = CRC32()
        bytes.withUnsafeBytes { crc.update($0) }
        return crc.value
    }
}
