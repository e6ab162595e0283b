import Glibc

/// The folder that a submission is sealed into. Until the manifest is there, it is not a submission; what an
/// interrupted seal left is recognised by its names and cleared away by the next.
final class SealOutput {
    static let segmentFolder = "segments"

    let path: String
    let root: Descriptor
    let segments: Descriptor
    private let madeRoot: Bool
    private var kept = false

    init(path: String) throws(MediaError) {
        self.path = path
        madeRoot = mkdir(path, 0o755) == 0
        if !madeRoot, errno != EEXIST { throw SealedFileWriter.failure("creating the folder", path, errno) }
        let number = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard number >= 0 else { throw SealedFileWriter.failure("opening the folder", path, errno) }
        root = Descriptor(number)
        guard flock(number, LOCK_EX | LOCK_NB) == 0 else {
            throw MediaError(
                .outputExists, "another program is sealing into this folder", file: path,
                advice: "Wait for it, or name another folder.")
        }
        try Self.clearLeftovers(root.number, path: path)
        guard mkdirat(number, Self.segmentFolder, 0o755) == 0 else {
            throw SealedFileWriter.failure("creating the folder \(Self.segmentFolder)", path, errno)
        }
        let folder = openat(number, Self.segmentFolder, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
        guard folder >= 0 else { throw SealedFileWriter.failure("opening \(Self.segmentFolder)", path, errno) }
        segments = Descriptor(folder)
    }

    /// Call when the manifest has its name: makes the folder's entries durable and keeps them.
    func keep() throws(MediaError) {
        for descriptor in [segments, root] where fsync(descriptor.number) != 0 {
            throw SealedFileWriter.failure("syncing the folder", path, errno)
        }
        kept = true
    }

    /// Makes the segments durable before the manifest names them.
    func syncSegments() throws(MediaError) {
        guard fsync(segments.number) == 0 else { throw SealedFileWriter.failure("syncing the folder", path, errno) }
    }

    deinit {
        // Closing alone would leave the lock with a program that is just being started, until it closes its copy.
        defer { _ = flock(root.number, LOCK_UN) }
        guard !kept else { return }
        unlinkat(root.number, SubmissionManifest.fileName, 0)
        try? Self.clearLeftovers(root.number, path: path)
        if madeRoot { rmdir(path) }
    }

    static func segmentName(_ index: Int) -> String {
        let digits = String(index)
        return String(repeating: "0", count: max(0, 6 - digits.count)) + digits + ".zst.age"
    }

    /// Removes what an interrupted seal can have left, and refuses a folder that holds anything else.
    private static func clearLeftovers(_ root: Int32, path: String) throws(MediaError) {
        let manifestPartial = SealedFileWriter.partialName(of: SubmissionManifest.fileName)
        let top = try names(in: root, ".", path: path)
        if let other = top.first(where: { $0 != segmentFolder && $0 != manifestPartial }) {
            throw MediaError(
                .outputExists, other == SubmissionManifest.fileName ? "the folder already holds a sealed submission"
                    : "the folder is not empty: it holds \"\(MediaPath.shown(Array(other.utf8)))\"", file: path,
                advice: "Name a new or empty folder.")
        }
        if top.contains(segmentFolder) {
            let inside = try names(in: root, segmentFolder, path: path)
            for name in inside where !isSegmentName(name) {
                throw MediaError(
                    .outputExists, "the folder is not empty: \(segmentFolder) holds \"\(MediaPath.shown(Array(name.utf8)))\"",
                    file: path, advice: "Name a new or empty folder.")
            }
            for name in inside where unlinkat(root, "\(segmentFolder)/\(name)", 0) != 0 {
                throw SealedFileWriter.failure("removing an interrupted seal's \(name)", path, errno)
            }
            guard unlinkat(root, segmentFolder, AT_REMOVEDIR) == 0 else {
                throw SealedFileWriter.failure("removing an interrupted seal's \(segmentFolder)", path, errno)
            }
        }
        if top.contains(manifestPartial) { unlinkat(root, manifestPartial, 0) }
    }

    /// `000000.zst.age`, or that with the marks of a file in the making.
    private static func isSegmentName(_ name: String) -> Bool {
        var bytes = Array(name.utf8)
        let partial = Array(".partial".utf8)
        if bytes.first == UInt8(ascii: "."), bytes.suffix(partial.count).elementsEqual(partial) {
            bytes = Array(bytes.dropFirst().dropLast(partial.count))
        }
        let tail = Array(".zst.age".utf8)
        guard bytes.count >= 6 + tail.count, bytes.suffix(tail.count).elementsEqual(tail) else { return false }
        return bytes.dropLast(tail.count).allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
    }

    private static func names(in root: Int32, _ folder: String, path: String) throws(MediaError) -> [String] {
        let number = openat(root, folder, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
        guard number >= 0, let stream = fdopendir(number) else {
            let code = errno
            if number >= 0 { close(number) }
            throw SealedFileWriter.failure("listing the folder", path, code)
        }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            let bytes = withUnsafeBytes(of: entry.pointee.d_name) { Array($0.prefix { $0 != 0 }) }
            let name = String(decoding: bytes, as: UTF8.self)
            if name != ".", name != ".." { names.append(name) }
        }
        return names
    }
}
