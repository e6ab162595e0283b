import AuditCrypto
import AuditSigning
import BulkCrypto
import CanonicalEncoding
import CommandSupport
import Glibc

/// What a seal has done so far, in a file beside it, so that it can go on where it was interrupted.
///
/// Each line has a code under a key of the lab's that includes the line before: nobody else who had the medium meanwhile can
/// make the lab sign for what it did not seal. A line that is cut off, and all after one that does not hold, count for nothing.
final class SealJournal {
    static let fileName = ".seal.partial"

    /// A segment that is sealed, and its file's hash after it.
    struct Segment {
        let part: MediaPart
        let transform: MediaTransform
        /// `ResumableSHA256.state`, or the digest where the file ends.
        let hash: [UInt8]
    }

    /// When the seal was begun.
    private(set) var created: String
    private(set) var segments: [Segment] = []
    /// Groups of repair data, in order.
    private(set) var groups: [[MediaPart]] = []

    private let folder: Int32
    private let key: [UInt8]
    private let parameters: SHA256Digest
    private var code: [UInt8] = []
    private var output: Descriptor?
    private var pending = 0

    /// Reads what there is, if that is a journal of the same seal.
    ///
    /// - Parameters:
    ///   - folder: an open directory, kept open by the caller.
    ///   - parameters: says what is sealed to whom; another seal is not continued.
    init(folder: Int32, lab: Ed25519PrivateKey, parameters: SHA256Digest, created: String) throws {
        (self.folder, self.parameters, self.created) = (folder, parameters, created)
        key = try HKDFSHA256.derive(secret: lab.seed, salt: [], info: Array("assay seal journal v1".utf8))
        let lines = Self.read(folder).split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).dropLast()
        var begun: String?
        for line in lines {
            guard let field = verified(Array(line)), (try? take(field, &begun)) != nil else { break }
        }
        self.created = begun ?? created
    }

    var isEmpty: Bool { segments.isEmpty }

    // MARK: Reading

    private static func read(_ folder: Int32) -> [UInt8] {
        let number = openat(folder, fileName, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
        guard number >= 0 else { return [] }
        let descriptor = Descriptor(number)
        var bytes: [UInt8] = []
        let block = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 16, alignment: 16)
        defer { block.deallocate() }
        while bytes.count < SubmissionManifest.maximumBytes {
            let count = Glibc.read(descriptor.number, block.baseAddress, block.count)
            if count <= 0 { break }
            bytes.append(contentsOf: block[..<count])
        }
        return bytes
    }

    /// A line's content, if its code holds.
    private func verified(_ line: [UInt8]) -> JSONField? {
        guard line.count > 65, let found = Hex.decode(String(decoding: line.suffix(64), as: UTF8.self)) else { return nil }
        let text = Array(line.dropLast(65))
        guard HMACSHA256.isValid(found, for: code + text, key: key) else { return nil }
        code = found
        return (try? StrictJSON.parse(text)).map { JSONField($0) }
    }

    private func take(_ field: JSONField, _ begun: inout String?) throws {
        guard begun != nil else {
            guard try SubmissionManifest.digest(field.field("parameters")) == parameters else { throw field.failure("another seal") }
            begun = try field.field("created").string()
            return
        }
        if let pieces = try field.optional("pieces") {
            groups.append(try pieces.array(maxCount: RepairGroups.maximumPieces).map { try MediaPart($0) })
        } else {
            let transform = MediaTransform(rawValue: try field.field("transform").string()) ?? .none
            guard let hash = Hex.decode(try field.field("hash").string()) else { throw field.failure("a hash was expected") }
            segments.append(Segment(part: try MediaPart(field), transform: transform, hash: hash))
        }
    }

    /// How many of the segments, and of the groups, are as they were written. What comes after one that is not is made again.
    func intact(on medium: MediaDirectory, _ progress: (MediaProgress) throws -> Void) throws -> (segments: Int, groups: Int) {
        let parts = segments.map(\.part) + groups.flatMap(\.self)
        let total = parts.reduce(0) { $0 + $1.sealedSize }
        var (done, intact) = (0, 0)
        let buffers = SegmentBuffers(bytes: MediaSegment.maximumSealedSize)
        try OrderedWork.run(parts.count, threads: SegmentBuffers.threads, ahead: SegmentBuffers.ahead) { index in
            let buffer = buffers.take()
            defer { buffers.giveBack(buffer) }
            return (try? medium.read(parts[index], into: buffer)) != nil
        } take: { index, isIntact in
            if isIntact, intact == index { intact += 1 }
            done += parts[index].sealedSize
            try progress(MediaProgress(activity: .checking, file: parts[index].path, bytesDone: done, bytesTotal: total))
        }
        var (groups, left) = (0, intact - segments.count)
        while groups < self.groups.count, left >= self.groups[groups].count {
            left -= self.groups[groups].count
            groups += 1
        }
        return (min(intact, segments.count), groups)
    }

    // MARK: Writing

    /// Begins the file anew with what holds of it: `segments` of the segments, and `groups` of the groups.
    func begin(segments count: Int, groups groupCount: Int) throws {
        let (segments, groups) = (segments.prefix(count), groups.prefix(groupCount))
        (self.segments, self.groups, code, output) = ([], [], [], nil)
        let partial = Self.fileName + ".new"
        unlinkat(folder, partial, 0)
        let number = openat(folder, partial, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
        guard number >= 0 else { throw SealedFileWriter.failure("creating", Self.fileName, errno) }
        output = Descriptor(number)
        try append(["created": .string(created), "parameters": .string(parameters.hex), "v": 1])
        for segment in segments { try add(segment) }
        for group in groups { try add(group) }
        try sync()
        guard renameat(folder, partial, folder, Self.fileName) == 0 else { throw SealedFileWriter.failure("renaming", Self.fileName, errno) }
    }

    func add(_ segment: Segment) throws {
        var object = segment.part.json
        object["hash"] = .string(Hex.encode(segment.hash))
        object["transform"] = .string(segment.transform.rawValue)
        try append(.object(object))
        segments.append(segment)
    }

    func add(_ group: [MediaPart]) throws {
        try append(["pieces": .array(group.map { .object($0.json) })])
        groups.append(group)
    }

    /// The seal is finished.
    func remove() { unlinkat(folder, Self.fileName, 0) }

    /// Lines of a power failure's last moments may be missing; then that much is sealed again.
    private func append(_ value: JSONValue) throws {
        guard let output else { return }
        let text = try CanonicalJSON.encode(value)
        code = HMACSHA256.code(for: code + text, key: key)
        let line = text + Array(" \(Hex.encode(code))\n".utf8)
        guard write(output.number, line, line.count) == line.count else { throw SealedFileWriter.failure("writing", Self.fileName, errno) }
        pending += 1
        if pending == 8 { try sync() }
    }

    private func sync() throws(MediaError) {
        pending = 0
        guard let output, fdatasync(output.number) == 0 else { throw SealedFileWriter.failure("syncing", Self.fileName, errno) }
    }
}
