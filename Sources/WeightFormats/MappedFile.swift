import Glibc

/// A file mapped read-only into memory.
///
/// A file that somebody else can shorten while it is mapped would end this process with SIGBUS on the next
/// read past its new end. Where the writer is not trusted, pass a sealed memfd (`F_SEAL_SHRINK` and
/// `F_SEAL_WRITE`), as the appliance does for its worker.
///
/// Pointers taken from `bytes` are valid for as long as this object lives.
// Unchecked: the pointer is to memory that is never written through this object, is set once in the
// initialiser and unmapped only in `deinit`.
package final class MappedFile: @unchecked Sendable {
    package let bytes: UnsafeRawBufferPointer
    package var count: Int { bytes.count }

    /// Maps the regular file at `path`.
    package convenience init(path: String) throws(WeightError) {
        // O_NONBLOCK: opening a FIFO must fail below, not wait for a writer.
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else {
            throw WeightError(.unreadable, "cannot open \(path): \(Self.reason())")
        }
        defer { close(descriptor) }
        try self.init(fileDescriptor: descriptor)
    }

    /// Maps the whole regular file or memfd behind `fileDescriptor`. The descriptor stays the caller's: it is
    /// not closed here, and may be closed at once after this returns.
    package init(fileDescriptor: Int32) throws(WeightError) {
        var status = stat()
        guard fstat(fileDescriptor, &status) == 0 else {
            throw WeightError(.unreadable, "cannot examine the file: \(Self.reason())")
        }
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw WeightError(.unreadable, "not a regular file; give the path of a weight file")
        }
        guard let size = Int(exactly: status.st_size), size >= 0 else {
            throw WeightError(.unreadable, "the file's size is out of range")
        }
        guard size > 0 else {
            bytes = UnsafeRawBufferPointer(start: nil, count: 0)
            return
        }
        guard let start = mmap(nil, size, PROT_READ, MAP_PRIVATE, fileDescriptor, 0), start != MAP_FAILED else {
            throw WeightError(.unreadable, "cannot map \(size) bytes: \(Self.reason())")
        }
        bytes = UnsafeRawBufferPointer(start: start, count: size)
    }

    deinit {
        if let start = bytes.baseAddress {
            munmap(UnsafeMutableRawPointer(mutating: start), bytes.count)
        }
    }

    /// A copy of all of it.
    package func copy() -> [UInt8] { withExtendedLifetime(self) { Array(bytes) } }

    private static func reason() -> String { String(cString: strerror(errno)) }
}
