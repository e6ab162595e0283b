import CZstd

extension Metering {
    /// The same count of what is too large to be held at once, piece by piece.
    package final class Stream {
        private let context: OpaquePointer
        private let buffer: UnsafeMutableRawBufferPointer
        private var (told, given) = (0, 0)

        package init() throws {
            guard let context = ZSTD_createCCtx() else { throw MeteringError(description: "no memory for the compressor that meters what is shown") }
            self.context = context
            buffer = .allocate(byteCount: ZSTD_CStreamOutSize(), alignment: 64)
            ZSTD_CCtx_setParameter(context, ZSTD_c_compressionLevel, Metering.level)
        }

        deinit {
            ZSTD_freeCCtx(context)
            buffer.deallocate()
        }

        package func add(_ bytes: [UInt8]) throws {
            given += bytes.count
            try bytes.withUnsafeBytes { try feed($0, ZSTD_e_continue) }
        }

        /// What all of it comes to; nothing can be added after.
        package func finish() throws -> Int {
            try feed(UnsafeRawBufferPointer(start: nil, count: 0), ZSTD_e_end)
            return min(told, given)
        }

        private func feed(_ bytes: UnsafeRawBufferPointer, _ directive: ZSTD_EndDirective) throws {
            var input = ZSTD_inBuffer(src: bytes.baseAddress, size: bytes.count, pos: 0)
            while true {
                var output = ZSTD_outBuffer(dst: buffer.baseAddress, size: buffer.count, pos: 0)
                let left = ZSTD_compressStream2(context, &output, &input, directive)
                guard ZSTD_isError(left) == 0 else { throw MeteringError(description: String(cString: ZSTD_getErrorName(left))) }
                told += output.pos
                if directive == ZSTD_e_end ? left == 0 : input.pos == input.size { return }
            }
        }
    }

    package struct MeteringError: Error, Sendable, CustomStringConvertible { package let description: String }
}
