import CommandSupport
import Glibc

/// The right of one process alone to an appliance's folder: two that wrote the same ledger and keys would each undo the
/// other's. The kernel holds the lock for as long as the process lives, and lets it go however the process ends.
package final class HomeLock: Sendable {
    private let descriptor: Int32

    /// Who has it already.
    package struct Taken: Error, CustomStringConvertible {
        package let home: String
        /// The other process, where it says.
        package let process: String

        package var description: String {
            "The folder \(home) is in use by \(process): only one assayd works on an appliance's folder. End that one first, or give this one "
                + "another --home."
        }
    }

    /// Takes the lock of a folder, which is made where it is not there yet.
    ///
    /// - Throws: `Taken`, or `FileError` where the folder cannot be used.
    package init(home: ApplianceHome) throws {
        try Files.makeFolder(home.path, mode: 0o700)
        let path = home.lock
        descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { throw Self.failure(path) }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            guard errno == EWOULDBLOCK else { throw Self.failure(path) }
            throw Taken(home: home.path, process: Self.holder(descriptor))
        }
        // For whoever comes next to read; the lock is the kernel's, not what stands here.
        let text = Array("\(getpid())\n".utf8)
        guard ftruncate(descriptor, 0) == 0, pwrite(descriptor, text, text.count, 0) == text.count else { throw Self.failure(path) }
    }

    // After a failed start, too.
    deinit {
        guard descriptor >= 0 else { return }
        // Closing alone would leave the lock with a program that is just being started, until it closes its copy.
        _ = flock(descriptor, LOCK_UN)
        close(descriptor)
    }

    /// The process whose number stands in the file, by its name too where the kernel tells.
    private static func holder(_ descriptor: Int32) -> String {
        var bytes = [UInt8](repeating: 0, count: 32)
        let count = max(0, pread(descriptor, &bytes, bytes.count, 0))
        guard let number = Int32(String(decoding: bytes[..<count].prefix { $0 != 0x0A }, as: UTF8.self)), number > 0 else { return "another process" }
        return "\(name(of: number) ?? "another program"), process \(number)"
    }

    private static func name(of process: Int32) -> String? {
        let file = open("/proc/\(process)/comm", O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return nil }
        defer { close(file) }
        var bytes = [UInt8](repeating: 0, count: 64)
        let count = read(file, &bytes, bytes.count)
        return count > 1 ? String(decoding: bytes[..<count].prefix { $0 != 0x0A }, as: UTF8.self) : nil
    }

    private static func failure(_ path: String) -> FileError {
        FileError(operation: .write, path: path, reason: String(cString: strerror(errno)))
    }
}
