import CanonicalEncoding
import Glibc

/// A file that is being sealed. It must stay as it is meanwhile.
struct SealSource {
    let input: SealInput
    let size: Int
    private let descriptor: Descriptor
    private let modified: timespec

    init(_ input: SealInput) throws(MediaError) {
        // O_NONBLOCK: opening a FIFO must fail below, not wait for a writer.
        let number = open(input.source, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
        guard number >= 0 else {
            throw MediaError.system(
                .input, "opening", file: input.source, code: errno, advice: "Check the name and its permissions.")
        }
        descriptor = Descriptor(number)
        var status = stat()
        guard fstat(number, &status) == 0, status.st_mode & S_IFMT == S_IFREG, let size = Int(exactly: status.st_size)
        else {
            throw MediaError(.input, "not a regular file", file: input.source, advice: "Give the path of a file.")
        }
        posix_fadvise(number, 0, 0, POSIX_FADV_SEQUENTIAL)
        self.input = input
        self.size = size
        modified = status.st_mtim
    }

    /// What tells whether this is the file that it was before.
    var identity: JSONValue {
        var status = stat()
        fstat(descriptor.number, &status)
        return [
            "device": .string(String(status.st_dev)), "inode": .string(String(status.st_ino)), "kind": .string(input.kind.rawValue),
            "modified": .string("\(modified.tv_sec).\(modified.tv_nsec)"), "path": .string(input.path), "size": .integer(Int64(size)),
            "source": .string(input.source),
        ]
    }

    /// Fills `buffer` from the byte `offset`.
    func read(into buffer: UnsafeMutableRawBufferPointer, at offset: Int) throws(MediaError) {
        var filled = 0
        while filled < buffer.count {
            let count = pread(
                descriptor.number, UnsafeMutableRawBufferPointer(rebasing: buffer[filled...]).baseAddress,
                buffer.count - filled, off_t(offset + filled))
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else {
                throw MediaError.system(
                    .input, "reading", file: input.source, code: errno, advice: "Check the disk it lies on.")
            }
            guard count > 0 else { throw changed() }
            filled += count
        }
    }

    func checkUnchanged() throws(MediaError) {
        var status = stat()
        guard fstat(descriptor.number, &status) == 0, Int(exactly: status.st_size) == size,
            status.st_mtim.tv_sec == modified.tv_sec, status.st_mtim.tv_nsec == modified.tv_nsec
        else { throw changed() }
    }

    private func changed() -> MediaError {
        MediaError(
            .input, "the file was changed while it was being sealed", file: input.source,
            advice: "Let it rest, then seal again.")
    }
}
