/// Makes a segment's stretch of its file of what was sealed: zstd frames, in planes or not. No more comes out than the lab signed for,
/// and no less.
package final class FrameDecoder {
    private let segment: MediaSegment
    private let decompressor: ZstdDecompressor
    private let merger: PlaneMerger?

    package init(_ segment: MediaSegment) throws(MediaError) {
        self.segment = segment
        decompressor = try ZstdDecompressor(limit: segment.plainSize)
        merger = segment.transform == .none ? nil : PlaneMerger(segment.transform, limit: segment.plainSize)
    }

    /// Takes the frames in pieces, in order.
    package func write(_ frames: UnsafeRawBufferPointer, to plain: (UnsafeRawBufferPointer) throws -> Void) throws {
        do {
            try decompressor.write(frames) { output in
                if let merger { try merger.write(output, to: plain) } else { try plain(output) }
            }
        } catch let error as MediaError where error.file == nil {
            throw MediaError(error.code, error.message, file: segment.path, offset: error.offset, advice: error.advice)
        }
    }

    package func finish(to plain: (UnsafeRawBufferPointer) throws -> Void) throws {
        guard decompressor.isWhole else {
            throw MediaError(
                .compression, "the last zstd frame is cut off", file: segment.path, advice: MediaError.resealAdvice)
        }
        guard decompressor.count == segment.plainSize else {
            throw MediaError(
                .decompressionSize, "\(decompressor.count) bytes come out, where the manifest says \(segment.plainSize)",
                file: segment.path, advice: MediaError.resealAdvice)
        }
        try merger?.finish(to: plain)
    }
}
