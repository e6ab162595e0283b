import AgeFormat
import AuditCrypto
import BulkCrypto
import CommandSupport

/// Who takes in a submission as it is read. Nothing counts before `received` has been called for it: an error may
/// still follow, and then all that was taken in is to be dropped.
package protocol SubmissionSink: AnyObject, Sendable {
    /// A segment is whole and opens. Called for several at a time, on any thread.
    ///
    /// - Parameters:
    ///   - fileKey: opens the payload.
    ///   - payload: the age payload, exactly as it lies on the medium from the header's end on.
    func keep(_ segment: MediaSegment, of file: MediaFile, fileKey: FileKey, payload: UnsafeRawBufferPointer) throws
    /// What a segment holds; segment by segment in the manifest's order, as all that follows.
    func plain(_ bytes: UnsafeRawBufferPointer, of file: MediaFile) throws
    /// The file is whole and its digest holds.
    func received(_ file: MediaFile) throws
}

extension SubmissionSink {
    package func plain(_ bytes: UnsafeRawBufferPointer, of file: MediaFile) throws {}
    package func received(_ file: MediaFile) throws {}
}

/// Reads a verified submission's files: opens each segment, decompresses it, and holds every digest against the
/// manifest. Each byte is read from the medium once, so that what was verified is what was handed on.
package struct SubmissionReceiver {
    package let submission: VerifiedSubmission
    private let identities: [any AgeIdentity]

    package init(_ submission: VerifiedSubmission, identities: [any AgeIdentity]) {
        self.submission = submission
        self.identities = identities
    }

    /// Reads every file, segments side by side.
    ///
    /// - Parameter progress: called after each segment with the sealed bytes read so far; throwing from it stops.
    package func receiveAll(
        into sink: any SubmissionSink, progress: (MediaProgress) throws -> Void = { _ in }
    ) throws {
        let files = submission.manifest.files
        let stretches = files.enumerated().flatMap { number, file in file.segments.map { (file: number, segment: $0) } }
        let (sealed, opened) = (SegmentBuffers(bytes: MediaSegment.maximumSealedSize), SegmentBuffers(bytes: MediaSegment.maximumPlainSize))
        let total = submission.sealedBytes
        var done = 0
        var pending = PendingFiles(files, sink)
        try OrderedWork.run(stretches.count, threads: SegmentBuffers.threads, ahead: SegmentBuffers.ahead) { index in
            let (number, segment) = stretches[index]
            let (medium, plain) = (sealed.take(), opened.take())
            try receive(segment, of: files[number], into: sink, medium, plain)
            sealed.giveBack(medium)
            return plain
        } take: { index, plain in
            let (number, segment) = stretches[index]
            try pending.add(plain.filled, of: number)
            opened.giveBack(plain)
            done += segment.sealedSize
            try progress(MediaProgress(file: files[number].path, bytesDone: done, bytesTotal: total))
        }
        try pending.finish()
    }

    /// Reads one segment, verifies and opens it.
    private func receive(
        _ segment: MediaSegment, of file: MediaFile, into sink: any SubmissionSink, _ sealed: SegmentBuffer, _ plain: SegmentBuffer
    ) throws {
        try read(segment, into: sealed)
        let header: OpenedAgeHeader
        do { header = try AgeReader.openHeader(source: BytesSource(sealed.filled), identities: identities) } catch {
            throw SegmentDecoder.sealFailure(error, segment)
        }
        let payload = UnsafeRawBufferPointer(rebasing: sealed.filled[header.payloadOffset...])
        plain.empty()
        try SegmentDecoder.decode(
            payload: BytesSource(payload), at: header.payloadOffset, fileKey: header.fileKey, segment: segment
        ) { plain.append($0) }
        try sink.keep(segment, of: file, fileKey: header.fileKey, payload: payload)
    }

    /// Never reads past the signed size: a file that grows meanwhile does not change what was agreed on.
    private func read(_ segment: MediaSegment, into buffer: SegmentBuffer) throws(MediaError) {
        let (descriptor, _) = try submission.directory.openFile(segment.path)
        let source = DescriptorSource(descriptor.number)
        buffer.empty()
        do {
            // The header comes first, so that its payload can be put where it is kept from without another copy.
            buffer.count = try source.readFully(into: buffer.room(upTo: min(segment.sealedSize, DirectFile.page)))
            if let header = try? AgeReader.readHeader(source: BytesSource(buffer.filled)) { buffer.align(header.payloadOffset) }
            buffer.count += try source.readFully(into: buffer.room(upTo: segment.sealedSize))
        } catch {
            throw MediaError(.unreadable, error.message, file: segment.path, advice: MediaError.recopyAdvice)
        }
        var digest = BulkSHA256()
        digest.update(buffer.filled)
        guard buffer.count == segment.sealedSize, digest.finalize() == segment.sealedDigest.bytes else {
            throw MediaError(
                .segmentDigest, "the sealed bytes are not those that the lab signed for: the medium was changed or damaged",
                file: segment.path, advice: MediaError.recopyAdvice)
        }
    }
}

/// Files whose segments come in order, and what is known of each only from all of them.
private struct PendingFiles {
    private let files: [MediaFile]
    private let sink: any SubmissionSink
    private var current = 0
    private var digest = BulkSHA256()
    private var sniffer: ContentSniffer?

    init(_ files: [MediaFile], _ sink: any SubmissionSink) { (self.files, self.sink) = (files, sink) }

    mutating func add(_ bytes: UnsafeRawBufferPointer, of number: Int) throws {
        while current < number { try finishFile() }
        digest.update(bytes)
        var sniffer = sniffer ?? ContentSniffer(file: files[number].path, kind: files[number].kind)
        try sniffer.update(bytes)
        self.sniffer = sniffer
        try sink.plain(bytes, of: files[number])
    }

    /// Those that are left, too: the last one, and empty ones.
    mutating func finish() throws { while current < files.count { try finishFile() } }

    private mutating func finishFile() throws {
        let file = files[current]
        var sniffer = sniffer ?? ContentSniffer(file: file.path, kind: file.kind)
        try sniffer.finish()
        guard digest.finalize() == file.digest.bytes else {
            throw MediaError(
                .fileDigest, "the segments' contents together are not what the manifest says", file: file.path,
                advice: MediaError.resealAdvice)
        }
        try sink.received(file)
        (digest, self.sniffer) = (BulkSHA256(), nil)
        current += 1
    }
}

extension VerifiedSubmission {
    /// Hashes every sealed segment, several at a time, and compares it with the manifest: all that can be verified of the
    /// contents without the appliance's key.
    ///
    /// - Parameter progress: called after each segment; throwing from it stops.
    package func checkSealedDigests(progress: (MediaProgress) throws -> Void = { _ in }) throws {
        let segments = manifest.files.flatMap(\.segments)
        let total = sealedBytes
        var done = 0
        try OrderedWork.run(segments.count, threads: SegmentBuffers.threads) { index in
            try checkDigest(segments[index])
            try checkIsAge(segments[index])
        } take: { index, _ in
            done += segments[index].sealedSize
            try progress(MediaProgress(file: segments[index].path, bytesDone: done, bytesTotal: total))
        }
    }

    private func checkDigest(_ segment: MediaSegment) throws(MediaError) {
        let (descriptor, _) = try directory.openFile(segment.path)
        let source = DescriptorSource(descriptor.number)
        let block = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 64)
        defer { block.deallocate() }
        var digest = BulkSHA256()
        var count = 0
        // A file that grows meanwhile is not followed.
        while count <= segment.sealedSize {
            let read: Int
            do { read = try source.read(into: block) } catch {
                throw MediaError(.unreadable, error.message, file: segment.path, advice: MediaError.recopyAdvice)
            }
            if read == 0 { break }
            count += read
            digest.update(UnsafeRawBufferPointer(rebasing: block[..<read]))
        }
        guard count == segment.sealedSize, digest.finalize() == segment.sealedDigest.bytes else {
            throw MediaError(
                .segmentDigest, "the sealed bytes are not those that were signed for: the medium was changed or damaged",
                file: segment.path, advice: MediaError.recopyAdvice)
        }
    }

    /// The header's grammar needs no key.
    private func checkIsAge(_ segment: MediaSegment) throws(MediaError) {
        let (descriptor, _) = try directory.openFile(segment.path)
        do {
            _ = try AgeReader.readHeader(source: DescriptorSource(descriptor.number))
        } catch {
            throw SegmentDecoder.sealFailure(error, segment)
        }
    }
}
