import CLinux
import CommandSupport
import DatasetFormats
import Glibc

/// Where a pack's files lie.
package protocol PackFiles: Sendable {
    /// The file at a plain relative path; nil where there is none.
    func open(_ path: String) throws(PackError) -> (any ByteSource)?

    /// The paths of all files, in order.
    func list() throws(PackError) -> [String]
}

extension PackFiles {
    /// A file's bytes; nil where there is none.
    package func read(_ path: String, maxBytes: Int) throws(PackError) -> [UInt8]? {
        guard let source = try open(path) else { return nil }
        guard source.count <= maxBytes else {
            throw PackError(.endlessData, "\(source.count) bytes; at most \(maxBytes) are expected here", file: path)
        }
        return try PackFileReading.bytes(of: source, at: 0, count: source.count, path: path)
    }

    /// A file's digests and length, read in pieces; nil where there is none.
    func digests(of path: String, maxBytes: Int) throws(PackError) -> (count: Int, digests: (sha256: [UInt8], sha512: [UInt8]))? {
        guard let source = try open(path) else { return nil }
        guard source.count <= maxBytes else {
            throw PackError(.endlessData, "\(source.count) bytes; at most \(maxBytes) are expected here", file: path)
        }
        var digests = FileDigests()
        var offset = 0
        while offset < source.count {
            let piece = try PackFileReading.bytes(of: source, at: offset, count: min(1 << 20, source.count - offset), path: path)
            piece.withUnsafeBytes { digests.update($0) }
            offset += piece.count
        }
        return (source.count, digests.finish())
    }
}

enum PackFileReading {
    static func bytes(of source: any ByteSource, at offset: Int, count: Int, path: String) throws(PackError) -> [UInt8] {
        do { return try source.read(at: offset, count: count) } catch let error as PackError { throw error } catch {
            throw PackError(.unreadable, "\(error)", file: path)
        }
    }
}

/// A folder of files, none of which is reached through a symbolic link or lies on another mount.
///
/// `@unchecked Sendable`: the descriptor is made in `init`, closed in `deinit`, and not changed between.
package final class PackFolder: PackFiles, @unchecked Sendable {
    package let path: String
    private let descriptor: Int32

    static let maximumFiles = 200_000
    static let maximumDepth = 32

    package init(_ path: String) throws(PackError) {
        self.path = path
        descriptor = Glibc.open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else {
            throw PackError(errno == ENOENT ? .missingFile : .unreadable, "the folder cannot be opened: \(String(cString: strerror(errno)))", file: path)
        }
    }

    deinit { close(descriptor) }

    package func open(_ path: String) throws(PackError) -> (any ByteSource)? {
        let file = assay_openat2_beneath(descriptor, path, O_RDONLY | O_NONBLOCK)
        guard file >= 0 else {
            switch -file {
            case ENOENT, ENOTDIR: return nil
            case ELOOP, EXDEV: throw PackError(.notPlain, "a symbolic link, or a way out of the folder", file: path)
            default: throw PackError(.unreadable, String(cString: strerror(-file)), file: path)
            }
        }
        let opened = FolderFile(descriptor: file, path: path)
        var status = stat()
        guard fstat(file, &status) == 0, status.st_mode & S_IFMT == S_IFREG, let count = Int(exactly: status.st_size) else {
            throw PackError(.notPlain, "not a regular file", file: path)
        }
        opened.count = count
        return opened
    }

    package func list() throws(PackError) -> [String] {
        var paths: [String] = []
        try list(".", below: "", depth: 0, to: &paths)
        return paths.sorted()
    }

    private func list(_ folder: String, below prefix: String, depth: Int, to paths: inout [String]) throws(PackError) {
        guard depth <= Self.maximumDepth else { throw PackError(.limit, "folders are nested too deeply", file: prefix) }
        let opened = assay_openat2_beneath(descriptor, folder, O_RDONLY | O_DIRECTORY)
        guard opened >= 0, let names = FolderNames.all(in: opened, limit: Self.maximumFiles) else {
            throw PackError(.unreadable, "the folder cannot be read", file: prefix.isEmpty ? path : prefix)
        }
        for bytes in names.sorted(by: { $0.lexicographicallyPrecedes($1) }) {
            guard let name = String(validating: bytes, as: UTF8.self) else {
                throw PackError(.badPath, "a file's name is not UTF-8", file: prefix.isEmpty ? path : prefix)
            }
            var status = stat()
            guard fstatat(descriptor, prefix + name, &status, AT_SYMLINK_NOFOLLOW) == 0 else {
                throw PackError(.unreadable, String(cString: strerror(errno)), file: prefix + name)
            }
            switch status.st_mode & S_IFMT {
            case S_IFDIR: try list(prefix + name, below: prefix + name + "/", depth: depth + 1, to: &paths)
            case S_IFREG: paths.append(prefix + name)
            default: throw PackError(.notPlain, "neither a regular file nor a folder", file: prefix + name)
            }
            guard paths.count <= Self.maximumFiles else { throw PackError(.limit, "more than \(Self.maximumFiles) files", file: path) }
        }
    }
}

/// A file of a folder. What is read may change under it; whoever reads holds it against a digest.
private final class FolderFile: ByteSource {
    private let descriptor: Int32
    private let path: String
    var count = 0

    init(descriptor: Int32, path: String) { (self.descriptor, self.path) = (descriptor, path) }

    deinit { close(descriptor) }

    func read(at offset: Int, count: Int) throws -> [UInt8] {
        guard offset >= 0, count >= 0, offset <= self.count, count <= self.count - offset else {
            throw PackError(.unreadable, "a range beyond its end was asked for", file: path)
        }
        var bytes = [UInt8](repeating: 0, count: count)
        var filled = 0
        while filled < count {
            let got = bytes.withUnsafeMutableBytes { pread(descriptor, $0.baseAddress.map { $0 + filled }, count - filled, off_t(offset + filled)) }
            if got < 0 && errno == EINTR { continue }
            guard got > 0 else {
                throw PackError(.unreadable, got == 0 ? "it shrank while it was read" : String(cString: strerror(errno)), file: path)
            }
            filled += got
        }
        return bytes
    }
}
