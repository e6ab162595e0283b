import AgeFormat
import AuditCrypto
import BulkCrypto
import CommandSupport

/// Seals the stretches of files that are not sealed yet, side by side; what needs a file's beginning before its end is done in order.
struct SegmentSealing {
    /// A stretch of an input that becomes a segment.
    private struct Stretch: Sendable {
        let input: Int
        let offset: Int
        let count: Int
    }

    let sources: [SealSource]
    let recipients: [any AgeRecipient]
    /// Where segments go.
    let folder: Descriptor
    /// What is sealed, and what will be.
    let journal: SealJournal

    func run(_ progress: (MediaProgress) throws -> Void) throws -> [MediaFile] {
        let stretches = sources.enumerated().flatMap { number, source in
            stride(from: 0, to: source.size, by: MediaSegment.maximumPlainSize).map {
                Stretch(input: number, offset: $0, count: min(MediaSegment.maximumPlainSize, source.size - $0))
            }
        }
        var pending = sources.map { PendingFile($0) }
        var done = 0
        for (stretch, segment) in zip(stretches, journal.segments) {
            try pending[stretch.input].add(segment, offset: stretch.offset, count: stretch.count)
            done += stretch.count
        }
        let begun = journal.segments.count
        let total = sources.reduce(0) { $0 + $1.size }
        let (buffers, outputs) = (SegmentBuffers(bytes: MediaSegment.maximumPlainSize), SegmentBuffers(bytes: MediaSegment.maximumSealedSize))
        let (sources, recipients, folder) = (sources, recipients, folder)
        try OrderedWork.run(max(0, stretches.count - begun), threads: SegmentBuffers.threads, ahead: SegmentBuffers.ahead) { index in
            let stretch = stretches[begun + index], source = sources[stretch.input], buffer = buffers.take()
            try source.read(into: UnsafeMutableRawBufferPointer(rebasing: buffer.memory[..<stretch.count]), at: stretch.offset)
            buffer.empty()
            buffer.count = stretch.count
            let sealed = outputs.take()
            let (part, transform) = try Self.seal(
                buffer.filled, kind: source.input.kind, to: SealOutput.segmentPath(begun + index), through: sealed, in: folder, for: recipients)
            outputs.giveBack(sealed)
            return (part: part, transform: transform, buffer: buffer)
        } take: { index, sealed in
            let stretch = stretches[begun + index]
            let hash = try pending[stretch.input].add(sealed.part, sealed.transform, sealed.buffer.filled, offset: stretch.offset)
            try journal.add(SealJournal.Segment(part: sealed.part, transform: sealed.transform, hash: hash))
            done += sealed.buffer.count
            buffers.giveBack(sealed.buffer)
            try progress(MediaProgress(activity: .sealing, file: sources[stretch.input].input.path, bytesDone: done, bytesTotal: total))
        }
        return try pending.map { try $0.finished() }
    }

    private static func seal(
        _ plain: UnsafeRawBufferPointer, kind: MediaFileKind, to path: String, through sealed: SegmentBuffer, in folder: Descriptor,
        for recipients: [any AgeRecipient]
    ) throws -> (MediaPart, MediaTransform) {
        let packing = try SegmentEncoder.packing(of: plain, kind: kind)
        sealed.empty()
        do {
            let age = try AgeWriter(sink: sealed, recipients: recipients)
            try SegmentEncoder.encode(plain, packing) { try age.write($0) }
            try age.finish()
        } catch let error as AgeError {
            throw MediaError(.output, error.message, file: path, advice: "Report this.")
        }
        var digest = BulkSHA256()
        digest.update(sealed.filled)
        let name = String(path.dropFirst(SealOutput.segmentFolder.count + 1))
        try SealedFileWriter.write(sealed.filled, folder: folder.number, name: name, shown: path)
        return (MediaPart(path: path, sealedSize: sealed.count, sealedDigest: try SHA256Digest(of: digest)), packing.transform)
    }
}

/// A file some of whose segments are sealed.
private struct PendingFile {
    private let source: SealSource
    private var digest = ResumableSHA256()
    private var whole: [UInt8]?
    private var sniffer: ContentSniffer
    private var segments: [MediaSegment] = []

    init(_ source: SealSource) {
        self.source = source
        sniffer = ContentSniffer(file: source.input.path, kind: source.input.kind)
    }

    /// Takes the segment that comes next, and gives the file's hash after it: the digest where the file ends.
    mutating func add(
        _ part: MediaPart, _ transform: MediaTransform, _ plain: UnsafeRawBufferPointer, offset: Int
    ) throws -> [UInt8] {
        digest.update(plain)
        try sniffer.update(plain)
        segments.append(MediaSegment(part, plainOffset: offset, plainSize: plain.count, transform: transform))
        guard offset + plain.count == source.size else { return digest.state ?? [] }
        try source.checkUnchanged()
        let whole = digest.finalize()
        (self.whole, digest) = (whole, ResumableSHA256())
        return whole
    }

    /// Takes a segment that an interrupted seal left: nothing of it is read again.
    mutating func add(_ segment: SealJournal.Segment, offset: Int, count: Int) throws {
        segments.append(MediaSegment(segment.part, plainOffset: offset, plainSize: count, transform: segment.transform))
        sniffer = ContentSniffer(file: source.input.path, kind: source.input.kind, judged: true)
        if offset + count == source.size {
            whole = segment.hash
        } else {
            digest = try ResumableSHA256(state: segment.hash, count: offset + count)
        }
    }

    func finished() throws -> MediaFile {
        var sniffer = sniffer
        try sniffer.finish()
        try source.checkUnchanged()
        guard let digest = SHA256Digest(bytes: whole ?? digest.finalize()) else {
            throw MediaError(.output, "the digest has the wrong length", advice: "Report this.")
        }
        return MediaFile(path: source.input.path, kind: source.input.kind, size: source.size, digest: digest, segments: segments)
    }
}

extension SHA256Digest {
    init(of state: BulkSHA256) throws(MediaError) {
        guard let digest = Self(bytes: state.finalize()) else {
            throw MediaError(.output, "the digest has the wrong length", advice: "Report this.")
        }
        self = digest
    }
}
