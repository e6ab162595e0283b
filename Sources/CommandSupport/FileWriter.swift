import Glibc

/// A file that is written in pieces, under another name beside its own, and gets its name when all of it is on the disk: at any
/// moment either nothing (or what was there) or all of it is there, and it outlives a power cut.
package final class FileWriter {
    /// What the other name ends in, after the process' number.
    private static let suffix = "partial"

    private let path: String
    /// Where it lies until it gets its name.
    package let temporary: String
    private var descriptor: Int32
    private var buffer: [UInt8] = []

    /// How many bytes the name of a file may have that is written so: the name while it is written is longer, and a name has 255.
    package static var longestName: Int { 255 - ".\(Int32.max).\(suffix)".utf8.count }

    package init(_ path: String, mode: mode_t = 0o644) throws(FileError) {
        self.path = path
        temporary = "\(path).\(getpid()).\(Self.suffix)"
        // What another process of this number left under the name goes first: it would keep its owner and its mode.
        let flags = O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW
        descriptor = open(temporary, flags, mode)
        if descriptor < 0, errno == EEXIST, unlink(temporary) == 0 { descriptor = open(temporary, flags, mode) }
        guard descriptor >= 0 else { throw failure(.create) }
    }

    deinit { abandon() }

    package func append(_ bytes: [UInt8]) throws(FileError) {
        if buffer.isEmpty, bytes.count >= 1 << 20 { return try write(bytes) }
        buffer += bytes
        guard buffer.count >= 1 << 20 else { return }
        try write(buffer)
        buffer.removeAll(keepingCapacity: true)
    }

    /// Gives the file its name. Where the folder could not be synced, it is there and may not outlive a power cut.
    package func commit() throws(FileError) {
        try write(buffer)
        buffer = []
        guard fsync(descriptor) == 0 else { throw failure(.write) }
        let written = descriptor
        descriptor = -1
        guard close(written) == 0, rename(temporary, path) == 0 else {
            let error = failure(.write)
            unlink(temporary)
            throw error
        }
        try Files.syncFolder(of: path)
    }

    /// Takes away what was written; nothing to do after `commit`.
    package func abandon() {
        guard descriptor >= 0 else { return }
        close(descriptor)
        unlink(temporary)
        descriptor = -1
    }

    private func write(_ bytes: [UInt8]) throws(FileError) {
        var written = 0
        while written < bytes.count {
            let count = bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress.map { $0 + written }, bytes.count - written) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw failure(.write) }
            written += count
        }
    }

    private func failure(_ operation: FileError.Operation) -> FileError {
        FileError(operation: operation, path: path, reason: String(cString: strerror(errno)))
    }
}
