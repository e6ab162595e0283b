import CanonicalEncoding
import CommandSupport
import Evaluation
import Glibc

/// Grades in a file of JSON Lines: a header, then a line for each, on the disk before the next batch is asked.
actor LineJournal: GradeJournal {
    private let path: String
    private let descriptor: Int32
    /// Where each line begins, the header's first, and where the next will.
    private var offsets: [Int] = []
    private var end = 0

    init(_ path: String) throws {
        self.path = path
        descriptor = Glibc.open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o644)
        guard descriptor >= 0 else { throw FileError(operation: .create, path: path, reason: String(cString: strerror(errno))) }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            close(descriptor)
            throw FileError(operation: .write, path: path, reason: "another program is writing it")
        }
    }

    deinit { close(descriptor) }

    func open(_ header: JSONValue) throws -> Int {
        try index()
        let wanted = try CanonicalJSON.encode(header)
        if offsets.isEmpty {
            try append([wanted])
        } else if try read(0) != wanted {
            throw EvaluationError.store("\(path) is of another grader, rubric, engine or subject; name another folder, or remove it")
        }
        return offsets.count - 1
    }

    func line(_ number: Int) throws -> [UInt8] { try read(number + 1) }

    func append(_ lines: [[UInt8]]) throws {
        var (bytes, starts) = ([UInt8](), [Int]())
        for line in lines {
            starts.append(end + bytes.count)
            bytes += line
            bytes.append(UInt8(ascii: "\n"))
        }
        var written = 0
        while written < bytes.count {
            let count = bytes.withUnsafeBytes { pwrite(descriptor, $0.baseAddress.map { $0 + written }, bytes.count - written, off_t(end + written)) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw failure(.write) }
            written += count
        }
        guard fdatasync(descriptor) == 0 else { throw failure(.write) }
        end += bytes.count
        offsets += starts
    }

    /// Finds the lines, and cuts off what an interrupted write left behind the last whole one.
    private func index() throws {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw failure(.read) }
        let size = Int(status.st_size)
        (offsets, end) = ([], 0)
        var position = 0
        while position < size {
            let chunk = try read(position..<min(position + (1 << 20), size))
            for (offset, byte) in chunk.enumerated() where byte == UInt8(ascii: "\n") {
                offsets.append(end)
                end = position + offset + 1
            }
            position += chunk.count
        }
        if end < size, ftruncate(descriptor, off_t(end)) != 0 { throw failure(.write) }
    }

    private func read(_ number: Int) throws -> [UInt8] {
        try read(offsets[number]..<(number + 1 < offsets.count ? offsets[number + 1] : end) - 1)
    }

    private func read(_ range: Range<Int>) throws -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: range.count)
        var filled = 0
        while filled < bytes.count {
            let wanted = bytes.count - filled
            let got = bytes.withUnsafeMutableBytes { pread(descriptor, $0.baseAddress.map { $0 + filled }, wanted, off_t(range.lowerBound + filled)) }
            if got < 0, errno == EINTR { continue }
            guard got > 0 else { throw failure(.read) }
            filled += got
        }
        return bytes
    }

    private func failure(_ operation: FileError.Operation) -> FileError {
        FileError(operation: operation, path: path, reason: String(cString: strerror(errno)))
    }
}
