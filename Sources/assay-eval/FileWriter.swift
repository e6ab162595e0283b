import CommandSupport
import Glibc

/// A file that is written in pieces and gets its name when all of it is on the disk.
final class FileWriter {
    private let path: String
    private let temporary: String
    private var descriptor: Int32
    private var buffer: [UInt8] = []

    init(_ path: String) throws(FileError) {
        self.path = path
        temporary = "\(path).\(getpid()).partial"
        descriptor = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0o644)
        guard descriptor >= 0 else { throw failure(.create) }
    }

    deinit { abandon() }

    func append(_ bytes: [UInt8]) throws(FileError) {
        buffer += bytes
        if buffer.count >= 1 << 20 { try flush() }
    }

    func commit() throws(FileError) {
        try flush()
        guard fsync(descriptor) == 0, rename(temporary, path) == 0 else { throw failure(.write) }
        close(descriptor)
        descriptor = -1
    }

    /// Takes away what was written; nothing to do after `commit`.
    func abandon() {
        guard descriptor >= 0 else { return }
        close(descriptor)
        unlink(temporary)
        descriptor = -1
    }

    private func flush() throws(FileError) {
        var written = 0
        while written < buffer.count {
            let count = buffer.withUnsafeBytes { write(descriptor, $0.baseAddress.map { $0 + written }, buffer.count - written) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw failure(.write) }
            written += count
        }
        buffer = []
    }

    private func failure(_ operation: FileError.Operation) -> FileError {
        FileError(operation: operation, path: path, reason: String(cString: strerror(errno)))
    }
}
