import AuditCrypto
import BulkCrypto
import CommandSupport
import Glibc

/// Files of any size, copied and hashed in one pass.
package enum FileCopy {
    package struct Seen: Sendable, Hashable {
        package let size: Int64
        package let sha256: SHA256Digest
    }

    private static let chunk = 1 << 20

    /// Copies the regular file at `source`. At `destination` stands either nothing (or what was there) or all of it, and it
    /// outlives a power cut.
    ///
    /// - Parameter each: is told how many bytes more are done; what it throws ends the copying.
    /// - Throws: `FileError`, or what `each` throws. Then nothing new is left.
    package static func copy(_ source: String, to destination: String, each: (Int) throws -> Void) throws -> Seen {
        let partial = destination + ".partial"
        let output = open(partial, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard output >= 0 else { throw failure(.create, destination) }
        do {
            defer { close(output) }
            let seen = try read(source) { bytes in
                var rest = bytes
                while !rest.isEmpty {
                    let count = write(output, rest.baseAddress, rest.count)
                    if count < 0 && errno == EINTR { continue }
                    guard count > 0 else { throw failure(.write, destination) }
                    rest = UnsafeRawBufferPointer(rebasing: rest[count...])
                }
                try each(bytes.count)
            }
            guard fsync(output) == 0, rename(partial, destination) == 0 else { throw failure(.write, destination) }
            return seen
        } catch {
            unlink(partial)
            throw error
        }
    }

    /// Reads the regular file at `path`, for its size and digest.
    package static func look(at path: String, each: (Int) throws -> Void) throws -> Seen {
        try read(path) { try each($0.count) }
    }

    /// The size of the regular file at `path`; nil where there is none.
    package static func size(of path: String) -> Int64? {
        var status = stat()
        guard lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
        return Int64(status.st_size)
    }

    private static func read(_ path: String, _ body: (UnsafeRawBufferPointer) throws -> Void) throws -> Seen {
        let input = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
        guard input >= 0 else { throw failure(.read, path) }
        defer { close(input) }
        var status = stat()
        guard fstat(input, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            throw FileError(operation: .read, path: path, reason: "it is not a regular file")
        }
        var hash = BulkSHA256(), size: Int64 = 0
        var buffer = [UInt8](repeating: 0, count: chunk)
        while true {
            let count = Glibc.read(input, &buffer, chunk)
            if count < 0 && errno == EINTR { continue }
            guard count >= 0 else { throw failure(.read, path) }
            if count == 0 { break }
            try buffer.withUnsafeBytes { bytes in
                let read = UnsafeRawBufferPointer(rebasing: bytes[..<count])
                hash.update(read)
                try body(read)
            }
            size += Int64(count)
        }
        guard let digest = SHA256Digest(bytes: hash.finalize()) else { preconditionFailure("SHA-256 has 32 bytes") }
        return Seen(size: size, sha256: digest)
    }

    private static func failure(_ operation: FileError.Operation, _ path: String) -> FileError {
        FileError(operation: operation, path: path, reason: String(cString: strerror(errno)))
    }
}
