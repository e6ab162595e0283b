import AgeFormat
import AuditCrypto
import AuditSigning
import BulkCrypto
import CanonicalEncoding
import CommandSupport

/// A file to be sealed.
package struct SealInput: Hashable, Sendable {
    /// Where it lies.
    package let source: String
    /// What it is called in the submission.
    package let path: String
    package let kind: MediaFileKind

    package init(source: String, path: String, kind: MediaFileKind) {
        self.source = source
        self.path = path
        self.kind = kind
    }
}

/// How far a long operation has come.
package struct MediaProgress: Hashable, Sendable {
    package let file: String
    package let bytesDone: Int
    package let bytesTotal: Int
}

/// Seals a submission onto a medium: each file in stretches of 16 MiB, each stretch as zstd frames in an age file, then the
/// manifest, signed by the lab.
///
/// Memory does not grow with the files. A medium without its manifest is not a submission, and the manifest is
/// written last, so that an interrupted seal never looks like a finished one; an error removes what was written.
package struct SubmissionSealer {
    package let declaration: Declaration
    package let lab: String
    /// Whoever can open it.
    package let recipients: [MediaRecipient]
    package let key: Ed25519PrivateKey
    package let created: String

    package init(
        declaration: Declaration, lab: String, recipients: [MediaRecipient], key: Ed25519PrivateKey,
        created: String = MediaTime.now()
    ) {
        self.declaration = declaration
        self.lab = lab
        self.recipients = recipients
        self.key = key
        self.created = created
    }

    /// What sealing made.
    package struct Result: Sendable {
        package let manifest: SubmissionManifest
        /// Lower-case SHA-256 of the signed statement: the submission's name from here on.
        package let submissionID: String
        package let plainBytes: Int
        package let sealedBytes: Int
    }

    /// A stretch of an input that becomes a segment.
    private struct Stretch: Sendable {
        let input: Int
        let offset: Int
        let count: Int
    }

    /// Seals `inputs` into the folder `output`, which is made, or is empty.
    ///
    /// - Parameter progress: called for each segment; throwing from it stops the seal, and nothing stays behind.
    @discardableResult
    package func seal(
        _ inputs: [SealInput], into output: String, progress: (MediaProgress) throws -> Void = { _ in }
    ) throws -> Result {
        let recipients = try recipients.map { try AgeRecipients.parse($0.age) }
        try checkRecipients(recipients)
        let sources = try inputs.map { try SealSource($0) }
        try checkNames(inputs)
        try checkDeclaration(inputs)
        let folder = try SealOutput(path: output)
        let files = try sealFiles(sources, into: folder.segments, for: recipients, progress)
        let manifest = SubmissionManifest(
            declaration: declaration, files: files, lab: lab, recipients: self.recipients, created: created)
        let statement = try manifest.statement()
        // What the appliance will check is checked here first.
        guard try SubmissionManifest(statement: statement) == manifest else {
            throw MediaError(.statement, "the manifest does not read back as written", advice: "Report this.")
        }
        try folder.syncSegments()
        let envelope = DSSEEnvelope.sign(
            payload: statement, payloadType: SubmissionManifest.payloadType, with: [key])
        let manifestBytes = envelope.encoded() + [UInt8(ascii: "\n")]
        try manifestBytes.withUnsafeBytes {
            try SealedFileWriter.write(
                $0, folder: folder.root.number, name: SubmissionManifest.fileName, shown: SubmissionManifest.fileName)
        }
        try folder.keep()
        return Result(
            manifest: manifest, submissionID: SHA256Digest.of(statement).hex, plainBytes: files.reduce(0) { $0 + $1.size },
            sealedBytes: files.flatMap(\.segments).reduce(manifestBytes.count) { $0 + $1.sealedSize })
    }

    /// Asked before anything is made: `age` would refuse such a header at the first segment.
    private func checkRecipients(_ parsed: [any AgeRecipient]) throws(MediaError) {
        guard (1...SubmissionManifest.maximumRecipients).contains(recipients.count),
            Set(recipients.map { ExactString($0.age) }).count == recipients.count,
            Set(recipients.map { ExactString($0.name) }).count == recipients.count
        else {
            throw MediaError(
                .applianceKeys, "\(recipients.count) recipients, \(MediaRecipient.named(recipients)): 1 to \(SubmissionManifest.maximumRecipients) were expected, "
                    + "each of another name and key", advice: "Name each appliance and each keeper of a copy once.")
        }
        do { _ = try AgeHeader(wrapping: .random(), for: parsed) } catch {
            throw MediaError(
                .applianceKeys, "the recipients \(MediaRecipient.named(recipients)) do not go together: \(error.message)",
                advice: "Seal to keys of one kind: all post-quantum, or none.")
        }
    }

    /// What the declaration says of the files, asked before hours are spent on sealing them.
    private func checkDeclaration(_ inputs: [SealInput]) throws(MediaError) {
        do { try declaration.checkManifests(among: inputs.filter { $0.kind == .datasetManifest }.map(\.path)) } catch {
            throw MediaError(
                .declaration, "the declaration does not hold: \(error)",
                advice: "Give the manifest with --dataset, or write the declaration again without it.")
        }
    }

    private func checkNames(_ inputs: [SealInput]) throws(MediaError) {
        guard inputs.contains(where: { $0.kind == .weights }) else {
            throw MediaError(.input, "a submission has at least one weight file", advice: "Give it with --weights.")
        }
        var names: Set<[UInt8]> = []
        for input in inputs {
            guard MediaPath.isValid(input.path) else {
                throw MediaError(
                    .path, "a name that sealed media do not use (letters, digits, '.', '_', '-'; not '.' or '-' first)",
                    file: MediaPath.shown(Array(input.path.utf8)), advice: "Rename the file and seal it under that name.")
            }
            guard names.insert(MediaPath.folded(input.path)).inserted else {
                throw MediaError(
                    .duplicate, "two files would have this name, or names that differ in case only", file: input.path,
                    advice: "Rename one of them.")
            }
        }
    }

    /// Stretches are compressed and sealed side by side; what needs a file's beginning before its end is done in order.
    private func sealFiles(
        _ sources: [SealSource], into folder: Descriptor, for recipients: [any AgeRecipient], _ progress: (MediaProgress) throws -> Void
    ) throws -> [MediaFile] {
        let stretches = sources.enumerated().flatMap { number, source in
            stride(from: 0, to: source.size, by: MediaSegment.maximumPlainSize).map {
                Stretch(input: number, offset: $0, count: min(MediaSegment.maximumPlainSize, source.size - $0))
            }
        }
        var pending = sources.map { PendingFile($0) }
        let total = sources.reduce(0) { $0 + $1.size }
        var done = 0
        let (buffers, outputs) = (SegmentBuffers(bytes: MediaSegment.maximumPlainSize), SegmentBuffers(bytes: MediaSegment.maximumSealedSize))
        try OrderedWork.run(stretches.count, threads: SegmentBuffers.threads, ahead: SegmentBuffers.ahead) { index in
            let stretch = stretches[index], source = sources[stretch.input], buffer = buffers.take()
            try source.read(into: UnsafeMutableRawBufferPointer(rebasing: buffer.memory[..<stretch.count]), at: stretch.offset)
            buffer.empty()
            buffer.count = stretch.count
            let sealed = outputs.take()
            let segment = try Self.sealSegment(
                buffer.filled, offset: stretch.offset, of: source.input, index: index, through: sealed, into: folder, for: recipients)
            outputs.giveBack(sealed)
            return (segment: segment, buffer: buffer)
        } take: { index, sealed in
            let number = stretches[index].input
            try pending[number].add(sealed.segment, sealed.buffer.filled)
            done += sealed.buffer.count
            buffers.giveBack(sealed.buffer)
            try progress(MediaProgress(file: sources[number].input.path, bytesDone: done, bytesTotal: total))
        }
        return try pending.map { try $0.finished() }
    }

    private static func sealSegment(
        _ plain: UnsafeRawBufferPointer, offset: Int, of input: SealInput, index: Int, through sealed: SegmentBuffer,
        into folder: Descriptor, for recipients: [any AgeRecipient]
    ) throws -> MediaSegment {
        let name = SealOutput.segmentName(index)
        let path = "\(SealOutput.segmentFolder)/\(name)"
        let packing = try SegmentEncoder.packing(of: plain, kind: input.kind)
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
        try SealedFileWriter.write(sealed.filled, folder: folder.number, name: name, shown: path)
        return MediaSegment(
            path: path, sealedSize: sealed.count, sealedDigest: try SHA256Digest(of: digest), plainOffset: offset, plainSize: plain.count,
            transform: packing.transform)
    }
}

/// A file some of whose segments are sealed.
private struct PendingFile {
    private let source: SealSource
    private var digest = BulkSHA256()
    private var sniffer: ContentSniffer
    private var segments: [MediaSegment] = []

    init(_ source: SealSource) {
        self.source = source
        sniffer = ContentSniffer(file: source.input.path, kind: source.input.kind)
    }

    /// Takes the segment that comes next.
    mutating func add(_ segment: MediaSegment, _ plain: UnsafeRawBufferPointer) throws {
        digest.update(plain)
        try sniffer.update(plain)
        segments.append(segment)
        if segment.plainOffset + segment.plainSize == source.size { try source.checkUnchanged() }
    }

    func finished() throws(MediaError) -> MediaFile {
        var sniffer = sniffer
        try sniffer.finish()
        try source.checkUnchanged()
        return MediaFile(
            path: source.input.path, kind: source.input.kind, size: source.size, digest: try SHA256Digest(of: digest), segments: segments)
    }
}

extension SHA256Digest {
    fileprivate init(of state: BulkSHA256) throws(MediaError) {
        guard let digest = Self(bytes: state.finalize()) else {
            throw MediaError(.output, "the digest has the wrong length", advice: "Report this.")
        }
        self = digest
    }
}
