import AuditSigning
import CommandSupport
import Glibc

/// The file with the sealed private keys. What it held before is overwritten before it is let go: keys that are erased must
/// not be found on the disk by whoever has the passphrase later. (On a flash disk the controller may keep a copy all the
/// same; Runbooks/threats.md says what that means.)
struct KeyFile: Sendable {
    let path: String

    /// What a file is written under until it is whole, and what the one before keeps as a name until it is overwritten.
    private var new: String { path + ".new" }
    private var old: String { path + ".old" }

    func read(passphrase: [UInt8]) throws -> ApplianceSecrets {
        try ApplianceSecrets.open(Files.read(path), passphrase: passphrase)
    }

    /// At any moment either the old file or the new one is there, whole.
    func write(_ secrets: ApplianceSecrets, passphrase: [UInt8]) throws {
        let sealed = try secrets.sealed(passphrase: passphrase)
        try erase()
        let descriptor = open(new, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { throw failure(new) }
        let isWritten = pwrite(descriptor, sealed, sealed.count, 0) == sealed.count && fsync(descriptor) == 0
        guard close(descriptor) == 0, isWritten else { throw failure(new) }
        guard !Files.exists(path) || link(path, old) == 0 else { throw failure(old) }
        guard rename(new, path) == 0 else { throw failure(path) }
        try syncFolder()
        try erase()
    }

    /// Overwrites what a write that broke off left, or what an earlier file held.
    func erase() throws {
        try erase(new)
        try erase(old)
    }

    private func erase(_ name: String) throws {
        let descriptor = open(name, O_WRONLY | O_CLOEXEC | O_NOFOLLOW)
        guard descriptor >= 0 else {
            guard errno == ENOENT else { throw failure(name) }
            return
        }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw failure(name) }
        // With two names it is still the file in use.
        if status.st_nlink == 1 {
            let noise = SecureRandom.bytes(Int(status.st_size))
            guard pwrite(descriptor, noise, noise.count, 0) == noise.count, fsync(descriptor) == 0 else { throw failure(name) }
        }
        guard unlink(name) == 0 else { throw failure(name) }
        try syncFolder()
    }

    private func syncFolder() throws { try Files.sync(path.lastIndex(of: "/").map { String(path[..<$0]) } ?? ".") }

    private func failure(_ name: String) -> FileError {
        FileError(operation: .write, path: name, reason: String(cString: strerror(errno)))
    }
}
