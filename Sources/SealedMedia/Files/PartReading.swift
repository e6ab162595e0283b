import AgeFormat
import BulkCrypto
import Glibc

extension MediaDirectory {
    /// Reads a part whole, and holds it against what the lab signed for. Never reads past the signed size: a file that grows meanwhile
    /// does not change what was agreed on.
    ///
    /// - Parameter aligning: whether the payload behind an age header is put where it can be written from without another copy.
    package func read(_ part: MediaPart, into buffer: SegmentBuffer, aligning: Bool = false) throws(MediaError) {
        let (descriptor, _) = try openFile(part.path)
        let source = DescriptorSource(descriptor.number)
        buffer.empty()
        do {
            if aligning {
                buffer.count = try source.readFully(into: buffer.room(upTo: min(part.sealedSize, DirectFile.page)))
                if let header = try? AgeReader.readHeader(source: BytesSource(buffer.filled)) { buffer.align(header.payloadOffset) }
            }
            buffer.count += try source.readFully(into: buffer.room(upTo: part.sealedSize))
        } catch {
            throw MediaError(.unreadable, error.message, file: part.path, advice: MediaError.recopyAdvice)
        }
        try part.check(buffer.filled)
    }

    /// Reads a stretch of a part into the front of `buffer`.
    func read(_ part: MediaPart, from offset: Int, count: Int, into buffer: SegmentBuffer) throws(MediaError) {
        let (descriptor, _) = try openFile(part.path)
        buffer.empty()
        let space = buffer.room(upTo: count)
        while buffer.count < count {
            let found = pread(descriptor.number, space.baseAddress.map { $0 + buffer.count }, count - buffer.count, off_t(offset + buffer.count))
            if found < 0, errno == EINTR { continue }
            guard found >= 0 else {
                throw MediaError.system(.unreadable, "reading", file: part.path, code: errno, advice: MediaError.recopyAdvice)
            }
            guard found > 0 else {
                throw MediaError(.segmentTruncated, "it became shorter while it was read", file: part.path, advice: MediaError.recopyAdvice)
            }
            buffer.count += found
        }
    }
}

extension MediaPart {
    /// Throws where these are not the bytes that the lab signed for.
    package func check(_ bytes: UnsafeRawBufferPointer) throws(MediaError) {
        var digest = BulkSHA256()
        digest.update(bytes)
        guard bytes.count == sealedSize, digest.finalize() == sealedDigest.bytes else {
            throw MediaError(
                .segmentDigest, "the sealed bytes are not those that the lab signed for: the medium was changed or damaged", file: path,
                advice: MediaError.recopyAdvice)
        }
    }
}
