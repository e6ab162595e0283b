import AgeFormat
import BulkCrypto

/// Opens one segment's payload: STREAM chunks, then zstd, then planes, and holds the size against what the lab signed. That these
/// are the bytes that it sealed, each chunk's tag says, or the sealed bytes' digest.
package enum SegmentDecoder {
    /// Decodes a payload that was kept as it came (nonce and chunks, without the age header), with the file key
    /// that was unwrapped at ingest.
    ///
    /// - Parameters:
    ///   - source: stands at the payload's first byte.
    ///   - offset: where that is in the file, for errors.
    ///   - plain: gets the plaintext in order. Nothing of it counts before this function has returned.
    package static func decode(
        payload source: any SequentialSource, at offset: Int = 0, fileKey: FileKey, segment: MediaSegment,
        plain: (UnsafeRawBufferPointer) throws -> Void
    ) throws {
        do {
            let reader = try AgePayloadReader(source: source, fileKey: fileKey, offset: offset)
            try decode(segment, plain: plain) { () throws(AgeError) in try reader.next() }
        } catch let error as AgeError {
            throw sealFailure(error, segment.path)
        }
    }

    static func sealFailure(_ error: AgeError, _ path: String) -> MediaError {
        switch error.code {
        case .io:
            MediaError(.unreadable, error.message, file: path, offset: error.offset, advice: MediaError.recopyAdvice)
        case .noMatch:
            MediaError(
                .wrongRecipient, "this segment is not sealed to this appliance's key", file: path,
                advice: "Ask the lab to seal the submission to this appliance's public file.")
        default:
            MediaError(
                .segmentSeal, error.message, file: path, offset: error.offset, advice: MediaError.resealAdvice)
        }
    }

    /// - Parameter next: gives the opened chunks.
    private static func decode(
        _ segment: MediaSegment, plain: (UnsafeRawBufferPointer) throws -> Void, next: () throws(AgeError) -> OpenedChunk?
    ) throws {
        let frames = try FrameDecoder(segment)
        while let chunk = try next() { try chunk.withBytes { try frames.write($0, to: plain) } }
        try frames.finish(to: plain)
    }
}
