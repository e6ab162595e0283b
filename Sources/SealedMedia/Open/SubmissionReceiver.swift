import AgeFormat
import AuditCrypto
import BulkCrypto
import CommandSupport

/// Who takes in a submission as it is read. Nothing counts before `received` has been called for it: an error may
/// still follow, and then all that was taken in is to be dropped.
package protocol SubmissionSink: AnyObject, Sendable {
    /// Whether a segment was kept before: then it is not read from a medium again. Called on any thread, as the next two.
    func holds(_ segment: MediaSegment) -> Bool
    /// Opens a segment that was kept before.
    func reopen(_ segment: MediaSegment, plain: (UnsafeRawBufferPointer) throws -> Void) throws
    /// A segment is whole and opens.
    ///
    /// - Parameters:
    ///   - fileKey: opens the payload.
    ///   - header: the age header, exactly as it lies on the medium.
    ///   - payload: the age payload, all that follows on it.
    func keep(
        _ segment: MediaSegment, of file: MediaFile, fileKey: FileKey, header: UnsafeRawBufferPointer, payload: UnsafeRawBufferPointer) throws
    /// What a segment holds; segment by segment in the manifest's order, as all that follows.
    func plain(_ bytes: UnsafeRawBufferPointer, of file: MediaFile) throws
    /// The file is whole and its digest holds.
    func received(_ file: MediaFile) throws
}

extension SubmissionSink {
    package func holds(_ segment: MediaSegment) -> Bool { false }
    package func reopen(_ segment: MediaSegment, plain: (UnsafeRawBufferPointer) throws -> Void) throws {}
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

    /// How far a submission is taken in.
    package struct Reception {
        /// Files that are whole, by their numbers.
        package fileprivate(set) var whole: Set<Int> = []
        package fileprivate(set) var damage: [MediaDamage] = []
    }

    /// Reads every file of a submission that is all on this medium.
    ///
    /// - Parameter progress: called after each segment with the sealed bytes read so far; throwing from it stops.
    package func receiveAll(into sink: any SubmissionSink, progress: (MediaProgress) throws -> Void = { _ in }) throws {
        let reception = try receive(into: sink, progress: progress)
        guard reception.whole.count == submission.manifest.files.count else {
            throw MediaError(
                .missingFile, "other volumes hold parts of it", file: SubmissionManifest.fileName, advice: "Take in the other volumes too.")
        }
    }

    private enum Outcome {
        case opened(SegmentBuffer)
        case damaged(MediaError)
    }

    /// Takes in what lies on this medium and is not held yet, segments side by side, and concludes the files of which all
    /// segments are there.
    ///
    /// - Parameters:
    ///   - files: only these; nil for all.
    ///   - toleratesDamage: whether a segment that cannot be read as it was signed for is noted, and not thrown.
    ///   - progress: called after each segment with the sealed bytes read so far; throwing from it stops.
    package func receive(
        files wanted: Set<Int>? = nil, into sink: any SubmissionSink, toleratesDamage: Bool = false, progress: (MediaProgress) throws -> Void = { _ in }
    ) throws -> Reception {
        let files = submission.manifest.files
        let here = Set(submission.parts.map(\.path)), lost = Set(submission.damage.map(\.place))
        var reception = Reception(damage: submission.damage)
        var stretches: [(number: Int, file: Int, segment: MediaSegment, isHeld: Bool)] = []
        var number = 0
        for (index, file) in files.enumerated() {
            defer { number += file.segments.count }
            guard wanted?.contains(index) ?? true else { continue }
            let segments = file.segments.enumerated().map { (number + $0.offset, index, $0.element, sink.holds($0.element)) }
            func isThere(_ number: Int, _ segment: MediaSegment) -> Bool { here.contains(segment.path) && !lost.contains(.segment(number)) }
            let isWhole = segments.allSatisfy { $0.3 || isThere($0.0, $0.2) }
            if isWhole { reception.whole.insert(index) }
            // What is held of a file that is not whole has nothing to tell yet.
            stretches += segments.filter { isWhole || !$0.3 && isThere($0.0, $0.2) }
        }
        let (sealed, opened) = (SegmentBuffers(bytes: MediaSegment.maximumSealedSize), SegmentBuffers(bytes: MediaSegment.maximumPlainSize))
        let total = stretches.reduce(0) { $0 + $1.segment.sealedSize }
        var done = 0
        var pending = PendingFiles(files, reception.whole, sink)
        let work = stretches
        try OrderedWork.run(work.count, threads: SegmentBuffers.threads, ahead: SegmentBuffers.ahead) { index -> Outcome in
            let stretch = work[index]
            let (medium, plain) = (sealed.take(), opened.take())
            defer { sealed.giveBack(medium) }
            plain.empty()
            if stretch.isHeld {
                try sink.reopen(stretch.segment) { plain.append($0) }
                return .opened(plain)
            }
            do throws(MediaError) { try submission.directory.read(stretch.segment.part, into: medium, aligning: true) } catch {
                guard toleratesDamage, error.isOfCopy else { throw error }
                opened.giveBack(plain)
                return .damaged(error)
            }
            try take(stretch.segment, of: files[stretch.file], medium, into: sink, plain)
            return .opened(plain)
        } take: { index, outcome in
            let stretch = work[index]
            switch outcome {
            case .opened(let plain):
                try pending.add(plain.filled, of: stretch.file)
                opened.giveBack(plain)
            case .damaged(let error):
                reception.damage.append(MediaDamage(place: .segment(stretch.number), error: error))
                pending.giveUp(stretch.file)
            }
            done += stretch.segment.sealedSize
            try progress(MediaProgress(activity: .verifying, file: files[stretch.file].path, bytesDone: done, bytesTotal: total))
        }
        reception.whole = try pending.finish()
        return reception
    }

    /// Opens a segment, by its number in the manifest's order, whose sealed bytes are as signed, and hands it on.
    package func take(_ number: Int, _ sealed: SegmentBuffer, into sink: any SubmissionSink) throws {
        let manifest = submission.manifest, plain = SegmentBuffer(bytes: MediaSegment.maximumPlainSize)
        try take(manifest.segments[number], of: manifest.files[manifest.file(ofSegment: number)], sealed, into: sink, plain)
    }

    private func take(
        _ segment: MediaSegment, of file: MediaFile, _ sealed: SegmentBuffer, into sink: any SubmissionSink, _ plain: SegmentBuffer
    ) throws {
        let header: OpenedAgeHeader
        do { header = try AgeReader.openHeader(source: BytesSource(sealed.filled), identities: identities) } catch {
            throw SegmentDecoder.sealFailure(error, segment.path)
        }
        let payload = UnsafeRawBufferPointer(rebasing: sealed.filled[header.payloadOffset...])
        plain.empty()
        try SegmentDecoder.decode(
            payload: BytesSource(payload), at: header.payloadOffset, fileKey: header.fileKey, segment: segment
        ) { plain.append($0) }
        try sink.keep(
            segment, of: file, fileKey: header.fileKey, header: UnsafeRawBufferPointer(rebasing: sealed.filled[..<header.payloadOffset]),
            payload: payload)
    }
}

/// Files whose segments come in order, and what is known of each only from all of them.
private struct PendingFiles {
    private let files: [MediaFile]
    private var whole: Set<Int>
    private let sink: any SubmissionSink
    private var current = 0
    private var digest = BulkSHA256()
    private var sniffer: ContentSniffer?

    /// - Parameter whole: the files that can be concluded.
    init(_ files: [MediaFile], _ whole: Set<Int>, _ sink: any SubmissionSink) { (self.files, self.whole, self.sink) = (files, whole, sink) }

    mutating func add(_ bytes: UnsafeRawBufferPointer, of number: Int) throws {
        while current < number { try finishFile() }
        guard whole.contains(number) else { return }
        digest.update(bytes)
        var sniffer = sniffer ?? ContentSniffer(file: files[number].path, kind: files[number].kind)
        try sniffer.update(bytes)
        self.sniffer = sniffer
        try sink.plain(bytes, of: files[number])
    }

    /// Not all of it is there after all.
    mutating func giveUp(_ number: Int) { whole.remove(number) }

    /// Those that are left, too: the last one, and empty ones. The files that are whole.
    mutating func finish() throws -> Set<Int> {
        while current < files.count { try finishFile() }
        return whole
    }

    private mutating func finishFile() throws {
        defer { (digest, sniffer, current) = (BulkSHA256(), nil, current + 1) }
        guard whole.contains(current) else { return }
        let file = files[current]
        var sniffer = sniffer ?? ContentSniffer(file: file.path, kind: file.kind)
        try sniffer.finish()
        guard digest.finalize() == file.digest.bytes else {
            throw MediaError(
                .fileDigest, "the segments' contents together are not what the manifest says", file: file.path,
                advice: MediaError.resealAdvice)
        }
        try sink.received(file)
    }
}
