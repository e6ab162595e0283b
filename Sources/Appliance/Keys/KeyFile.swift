import AuditSigning
import CommandSupport
import Glibc

/// The file with the sealed private keys. What it held before is overwritten before it is let go: keys that are erased must
/// not be found on the disk by whoever has the passphrase later. (On a flash disk the controller may keep a copy all the
/// same; Runbooks/threats.md says what that means.)
struct KeyFile: Sendable {
    let path: String

    private var old: String { path + ".old" }

    func read(passphrase: [UInt8]) throws -> ApplianceSecrets {
        try ApplianceSecrets.open(Files.read(path), passphrase: passphrase)
    }

    /// At any moment either the old file or the new one is there, whole.
    func write(_ secrets: ApplianceSecrets, passphrase: [UInt8]) throws {
        let sealed = try secrets.sealed(passphrase: passphrase)
        try erase()
        // The old file keeps a name while the new one takes its place.
        guard !Files.exists(path) || link(path, old) == 0 else { throw failure() }
        try Files.write(sealed, to: path, mode: 0o600)
        try erase()
    }

    /// Overwrites what an earlier file held, if it is still there.
    func erase() throws {
        let descriptor = open(old, O_WRONLY | O_CLOEXEC | O_NOFOLLOW)
        guard descriptor >= 0 else {
            guard errno == ENOENT else { throw failure() }
            return
        }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw failure() }
        // A crash between the two names: then this is still the file in use.
        if status.st_nlink == 1 {
            let noise = SecureRandom.bytes(Int(status.st_size))
            guard pwrite(descriptor, noise, noise.count, 0) == noise.count, fsync(descriptor) == 0 else { throw failure() }
        }
        guard unlink(old) == 0 else { throw failure() }
    }

    private func failure() -> FileError { FileError(operation: .write, path: old, reason: String(cString: strerror(errno))) }
}
