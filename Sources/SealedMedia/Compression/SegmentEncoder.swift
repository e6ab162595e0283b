import CZstd
import Glibc

/// Compresses a segment as its content suggests: by finding repetitions, as zstd usually does, or, for weights, which hardly
/// repeat, by the frequency of bytes alone (Huffman), in planes.
enum SegmentEncoder {
    /// How a segment is compressed; all of it is plain zstd frames to whoever decompresses.
    enum Packing: Hashable {
        case matches
        case literals(MediaTransform)

        var transform: MediaTransform {
            switch self {
            case .matches: .none
            case .literals(let transform): transform
            }
        }
    }

    /// Fewer bytes do not pay for being measured.
    private static let least = 64 << 10
    private static let windows = 3
    private static let windowBytes = 64 << 10
    /// Finding repetitions takes several times as long, so that it must save this much to be chosen.
    private static let worthIt = 0.98

    /// What makes the least of it, measured in a few places.
    static func packing(of plain: UnsafeRawBufferPointer, kind: MediaFileKind) throws(MediaError) -> Packing {
        guard kind == .weights, plain.count >= least else { return .matches }
        let frames = try FrameCompressor(.matches)
        var matched = 0.0
        var literal = MediaTransform.allCases.map { (transform: $0, bytes: 0.0) }
        let planes = UnsafeMutableRawBufferPointer.allocate(byteCount: windowBytes, alignment: 64)
        defer { planes.deallocate() }
        for window in 0..<windows {
            // At a multiple of each width.
            let start = (plain.count - windowBytes) / windows * window & ~3
            let bytes = UnsafeRawBufferPointer(rebasing: plain[start..<start + windowBytes])
            matched += Double(try frames.compress(bytes).count)
            for index in literal.indices {
                let width = literal[index].transform.width
                if width > 1 { BytePlanes.split(bytes, width: width, into: planes) }
                let sorted = width > 1 ? UnsafeRawBufferPointer(planes) : bytes
                for plane in 0..<width {
                    literal[index].bytes += ByteStatistics(plane: plane, of: width, in: sorted).leastBytes
                }
            }
        }
        // Four planes of two-byte elements are as good as two, but for chance.
        let best = literal.dropFirst().reduce(literal[0]) { $1.bytes < $0.bytes * 0.995 ? $1 : $0 }
        return matched < best.bytes * worthIt ? .matches : .literals(best.transform)
    }

    /// Hands zstd frames to `sink`.
    static func encode(
        _ plain: UnsafeRawBufferPointer, _ packing: Packing, to sink: (UnsafeRawBufferPointer) throws -> Void
    ) throws {
        guard case .literals(let transform) = packing else {
            return try FrameCompressor(.matches).compress(plain, to: sink)
        }
        let literals = try FrameCompressor(.literals)
        let planes = UnsafeMutableRawBufferPointer.allocate(byteCount: BytePlanes.blockBytes, alignment: 64)
        defer { planes.deallocate() }
        let width = transform.width
        for start in stride(from: 0, to: plain.count, by: BytePlanes.blockBytes) {
            var block = UnsafeRawBufferPointer(rebasing: plain[start..<min(start + BytePlanes.blockBytes, plain.count)])
            if width > 1 {
                let sorted = UnsafeMutableRawBufferPointer(rebasing: planes[..<block.count])
                BytePlanes.split(block, width: width, into: sorted)
                block = UnsafeRawBufferPointer(sorted)
            }
            for plane in 0..<width {
                // What stands behind the planes goes with the last.
                let first = block.count / width * plane, end = plane == width - 1 ? block.count : first + block.count / width
                guard first < end else { continue }
                let bytes = UnsafeRawBufferPointer(rebasing: block[first..<end])
                // Noise is copied: trying to compress it takes as long as compressing the rest.
                let isNoise = ByteStatistics(sampling: bytes).ratio > 0.97
                if isNoise { try RawFrame.write(bytes, to: sink) } else { try sink(literals.compress(bytes)) }
            }
        }
    }
}

/// How often each byte comes, and what a code by frequency could make of it.
struct ByteStatistics {
    private var counts = [Int](repeating: 0, count: 256)
    private let total: Int

    init(plane: Int, of width: Int, in planes: UnsafeRawBufferPointer) {
        let size = planes.count / width
        for byte in planes[plane * size..<(plane + 1) * size] { counts[Int(byte)] += 1 }
        total = size
    }

    /// Looks at some eight thousand bytes.
    init(sampling bytes: UnsafeRawBufferPointer) {
        // Odd, so that no period of a power of two hides something.
        let step = bytes.count / 8192 | 1
        var place = 0, seen = 0
        while place < bytes.count {
            counts[Int(bytes[place])] += 1
            place += step
            seen += 1
        }
        total = seen
    }

    /// Shannon's entropy of order 0, in bytes, by Miller and Madow's estimate: what is seen of few bytes has less than all have.
    var leastBytes: Double {
        let seen = counts.reduce(0.0) { $1 > 0 ? $0 - Double($1) * log2(Double($1) / Double(total)) : $0 }
        let kinds = counts.reduce(0) { $1 > 0 ? $0 + 1 : $0 }
        return (seen + Double(max(0, kinds - 1)) / (2 * log(2))) / 8
    }

    var ratio: Double { total > 0 ? leastBytes / Double(total) : 1 }
}

/// One zstd frame a call (RFC 8878), with the content's size; the same memory for each.
final class FrameCompressor {
    enum Mode {
        case matches
        /// Huffman codes, and no search for repetitions to speak of.
        case literals
    }

    private let context: OpaquePointer
    private var output = UnsafeMutableRawBufferPointer(start: nil, count: 0)

    init(_ mode: Mode) throws(MediaError) {
        guard let context = ZSTD_createCCtx() else { throw Self.failure("no memory for the compressor") }
        self.context = context
        try set(ZSTD_c_compressionLevel, mode == .matches ? 3 : ZSTD_minCLevel())
        try set(ZSTD_c_contentSizeFlag, 1)
        // `ZSTD_c_literalCompressionMode`, of which the library's manual says that it may change: tests hold it to what it does.
        if mode == .literals { try set(ZSTD_c_experimentalParam5, 1) }
    }

    deinit {
        ZSTD_freeCCtx(context)
        output.deallocate()
    }

    /// - Returns: the frame, until the next call.
    func compress(_ bytes: UnsafeRawBufferPointer) throws(MediaError) -> UnsafeRawBufferPointer {
        let bound = ZSTD_compressBound(bytes.count)
        if output.count < bound {
            output.deallocate()
            output = .allocate(byteCount: bound, alignment: 64)
        }
        let count = ZSTD_compress2(context, output.baseAddress, output.count, bytes.baseAddress, bytes.count)
        try check(count)
        return UnsafeRawBufferPointer(rebasing: output[..<count])
    }

    /// Hands the frame, with a checksum, to `sink` in pieces: for what is long, of which no second copy is to be held.
    func compress(_ bytes: UnsafeRawBufferPointer, to sink: (UnsafeRawBufferPointer) throws -> Void) throws {
        try set(ZSTD_c_checksumFlag, 1)
        output.deallocate()
        output = .allocate(byteCount: ZSTD_CStreamOutSize(), alignment: 64)
        var input = ZSTD_inBuffer(src: bytes.baseAddress, size: bytes.count, pos: 0)
        while true {
            var space = ZSTD_outBuffer(dst: output.baseAddress, size: output.count, pos: 0)
            let left = ZSTD_compressStream2(context, &space, &input, ZSTD_e_end)
            try check(left)
            if space.pos > 0 { try sink(UnsafeRawBufferPointer(rebasing: output[..<space.pos])) }
            if left == 0 { return }
        }
    }

    private func set(_ parameter: ZSTD_cParameter, _ value: Int32) throws(MediaError) {
        try check(ZSTD_CCtx_setParameter(context, parameter, value))
    }

    private func check(_ code: Int) throws(MediaError) {
        guard ZSTD_isError(code) == 0 else { throw Self.failure(String(cString: ZSTD_getErrorName(code))) }
    }

    private static func failure(_ message: String) -> MediaError {
        MediaError(.compression, "compressing failed: \(message)", advice: "Free some memory and seal again.")
    }
}
