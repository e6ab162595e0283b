import CanonicalEncoding
import CommandSupport
import Evaluation
import Glibc

/// A run's samples in the file `samples.jsonl` of a folder: first the run's header, then of each sample the record and its
/// timing, each on a line of its own. A batch is on the disk before the next is asked.
actor FolderSampleStore: SampleStore {
    private let path: String
    private let descriptor: Int32
    private let isReadOnly: Bool
    /// Where each sample's lines begin, and where the next will.
    private var offsets: [Int] = []
    private var end = 0
    private var header: RunHeader?

    /// - Parameter isReadOnly: for a run that has ended, in a folder that need not be writable.
    init(_ folder: String, isReadOnly: Bool = false) throws {
        self.isReadOnly = isReadOnly
        path = "\(folder)/samples.jsonl"
        descriptor = isReadOnly ? Glibc.open(path, O_RDONLY | O_CLOEXEC) : Glibc.open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o644)
        guard descriptor >= 0 else {
            throw FileError(operation: isReadOnly ? .read : .create, path: path, reason: String(cString: strerror(errno)))
        }
        guard flock(descriptor, (isReadOnly ? LOCK_SH : LOCK_EX) | LOCK_NB) == 0 else {
            let reason = "another run is writing it"
            close(descriptor)
            throw FileError(operation: isReadOnly ? .read : .write, path: path, reason: reason)
        }
    }

    deinit { close(descriptor) }

    func open(_ header: RunHeader) throws -> Int {
        let lines = try index()
        if lines.isEmpty {
            try write(CanonicalJSON.encode(header.json) + [UInt8(ascii: "\n")])
        } else {
            let first = try read(lines[0])
            guard try RunHeader(JSONField(StrictJSON.parse(first))) == header else {
                throw EvaluationError.store("\(path) is of another plan, model or engine; name another folder, or remove it")
            }
        }
        self.header = header
        return offsets.count
    }

    /// Takes up what is there, whatever plan it is of.
    /// - Returns: how many samples there are.
    func reopen() throws -> Int {
        _ = try index()
        return offsets.count
    }

    func samples(_ range: Range<Int>) throws -> [SampleRecord] { try range.map { try sample($0).record } }

    func append(_ samples: [TimedSample]) throws {
        var bytes: [UInt8] = []
        var starts: [Int] = []
        for sample in samples {
            starts.append(end + bytes.count)
            bytes += try sample.record.line
            bytes.append(UInt8(ascii: "\n"))
            bytes += try CanonicalJSON.encode(sample.timing.json)
            bytes.append(UInt8(ascii: "\n"))
        }
        try write(bytes)
        offsets += starts
    }

    func timing(_ number: Int?) throws -> SampleTiming? { try number.map { try sample($0).timing } }

    func sample(_ number: Int) throws -> TimedSample {
        let bytes = try read(offsets[number]..<(number + 1 < offsets.count ? offsets[number + 1] : end))
        let lines = bytes.split(separator: UInt8(ascii: "\n"))
        guard lines.count == 2 else { throw EvaluationError.store("\(path): sample \(number) has \(lines.count) lines") }
        do {
            return TimedSample(
                record: try SampleRecord(line: Array(lines[0])),
                timing: try SampleTiming(JSONField(StrictJSON.parse(Array(lines[1])))))
        } catch {
            throw EvaluationError.store("\(path): sample \(number): \(error)")
        }
    }

    // MARK: The file

    /// Finds the lines, and cuts off what an interrupted write left behind the last whole sample (read-only: passes it over).
    private func index() throws -> [Range<Int>] {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw failure(.read) }
        let size = Int(status.st_size)
        var lines: [Range<Int>] = []
        var (start, position) = (0, 0)
        while position < size {
            let chunk = try read(position..<min(position + (1 << 20), size))
            for (offset, byte) in chunk.enumerated() where byte == UInt8(ascii: "\n") {
                lines.append(start..<position + offset)
                start = position + offset + 1
            }
            position += chunk.count
        }
        // A header, and two lines for each sample.
        let whole = lines.isEmpty ? 0 : 1 + (lines.count - 1) / 2 * 2
        lines = Array(lines.prefix(whole))
        end = lines.last.map { $0.upperBound + 1 } ?? 0
        if end < size, !isReadOnly, ftruncate(descriptor, off_t(end)) != 0 { throw failure(.write) }
        offsets = stride(from: 1, to: lines.count, by: 2).map { lines[$0].lowerBound }
        return lines
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

    private func write(_ bytes: [UInt8]) throws {
        var written = 0
        while written < bytes.count {
            let count = bytes.withUnsafeBytes { pwrite(descriptor, $0.baseAddress.map { $0 + written }, bytes.count - written, off_t(end + written)) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw failure(.write) }
            written += count
        }
        guard fdatasync(descriptor) == 0 else { throw failure(.write) }
        end += bytes.count
    }

    private func failure(_ operation: FileError.Operation) -> FileError {
        FileError(operation: operation, path: path, reason: String(cString: strerror(errno)))
    }
}
