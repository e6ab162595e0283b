import Glibc

/// A file that grows under a temporary name beside its own, and gets its own when it is whole: at any moment nothing or all of it is there.
final class NewFile: LogFile {
    let path: String
    let temporary: String
    private(set) var size: UInt64 = 0
    private var descriptor: Int32
    /// What comes after `flushed` bytes in the file.
    private var pending: [UInt8] = []
    private var flushed: UInt64 = 0
    private static let most = 1 << 18

    /// - Throws: `exists` where `path` is there, or another writer is at work on it.
    init(path: String) throws(EvaluationLogError) {
        self.path = path
        temporary = path + ".partial"
        guard access(path, F_OK) != 0 else { throw Self.isThere(path) }
        // What a writer left that was killed is taken over, which the lock makes sure of: it went with that writer.
        descriptor = open(temporary, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o644)
        guard descriptor >= 0 else { throw Self.failure(path, "it could not be begun as \(temporary)") }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0, isNamed(temporary) else {
            close(descriptor)
            throw EvaluationLogError(.exists, path, "another program is writing it, as \(temporary)")
        }
        guard ftruncate(descriptor, 0) == 0 else {
            let error = Self.failure(path, "it could not be begun as \(temporary)")
            unlink(temporary)
            close(descriptor)
            throw error
        }
        pending.reserveCapacity(Self.most)
    }

    deinit { abandon() }

    func append(_ bytes: UnsafeRawBufferPointer) throws(EvaluationLogError) {
        pending += bytes
        size += UInt64(bytes.count)
        if pending.count >= Self.most { try flush() }
    }

    func append(_ bytes: [UInt8]) throws(EvaluationLogError) {
        pending += bytes
        size += UInt64(bytes.count)
        if pending.count >= Self.most { try flush() }
    }

    /// Writes over what is there already.
    func overwrite(at offset: UInt64, _ bytes: [UInt8]) throws(EvaluationLogError) {
        try flush()
        try write(bytes, at: offset)
    }

    /// Reads back what was written.
    func read(at offset: UInt64, count: Int) throws(EvaluationLogError) -> [UInt8] {
        try flush()
        return try FileBytes.read(descriptor, path: temporary, at: offset, count: count)
    }

    /// Gives the file its name, for good even where the power goes.
    func commit() throws(EvaluationLogError) {
        try flush()
        guard fsync(descriptor) == 0 else { throw Self.failure(path, "it could not be written to the disk") }
        // No writer of this module's can have put it there: the lock on the temporary file keeps others away.
        guard access(path, F_OK) != 0 else { throw Self.isThere(path) }
        guard rename(temporary, path) == 0 else { throw Self.failure(path, "it could not be renamed from \(temporary)") }
        close(descriptor)
        descriptor = -1
        // Where the folder cannot be synced, the file is there and may not outlive a power cut.
        let folder = path.lastIndex(of: "/").map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
        let parent = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        if parent >= 0 {
            fsync(parent)
            close(parent)
        }
    }

    /// Takes away what was written; nothing to do after `commit`.
    func abandon() {
        guard descriptor >= 0 else { return }
        unlink(temporary)
        close(descriptor)
        descriptor = -1
        pending = []
    }

    private func flush() throws(EvaluationLogError) {
        guard !pending.isEmpty else { return }
        try write(pending, at: flushed)
        flushed += UInt64(pending.count)
        pending.removeAll(keepingCapacity: true)
    }

    private func write(_ bytes: [UInt8], at offset: UInt64) throws(EvaluationLogError) {
        var written = 0
        while written < bytes.count {
            let count = bytes.withUnsafeBytes {
                pwrite(descriptor, $0.baseAddress.map { $0 + written }, bytes.count - written, off_t(offset) + off_t(written))
            }
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { throw Self.failure(path, "it could not be written") }
            written += count
        }
    }

    private func isNamed(_ name: String) -> Bool {
        var (mine, there) = (stat(), stat())
        return fstat(descriptor, &mine) == 0 && lstat(name, &there) == 0 && mine.st_ino == there.st_ino && mine.st_dev == there.st_dev
    }

    private static func isThere(_ path: String) -> EvaluationLogError {
        EvaluationLogError(.exists, path, "there is a file of that name already. Remove it, or choose another name.")
    }

    private static func failure(_ path: String, _ what: String) -> EvaluationLogError {
        EvaluationLogError(.file, path, "\(what): \(String(cString: strerror(errno)))")
    }
}

/// Reading at an offset.
enum FileBytes {
    static func read(_ descriptor: Int32, path: String, at offset: UInt64, count: Int) throws(EvaluationLogError) -> [UInt8] {
        guard let start = off_t(exactly: offset), !start.addingReportingOverflow(off_t(count)).overflow else {
            throw EvaluationLogError(.archive, path, "it points at byte \(offset), which no file has")
        }
        var (filled, status) = (0, 0)
        let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
            while filled < count {
                status = pread(descriptor, buffer.baseAddress.map { $0 + filled }, count - filled, start + off_t(filled))
                if status < 0 && errno == EINTR { continue }
                guard status > 0 else { break }
                filled += status
            }
            initialized = filled
        }
        guard filled == count else {
            throw EvaluationLogError(.file, path, status < 0 ? "it could not be read: \(String(cString: strerror(errno)))" : "it ends too early")
        }
        return bytes
    }
}
