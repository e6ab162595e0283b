import CLinux
import EngineProtocol
import Glibc

/// The /work and /tmp of one session: a file system in memory, of bounded size and number of files, in a user and a mount
/// namespace of its own.
///
/// No process keeps it: the namespaces live by the descriptors held here, and with them goes everything in it. It is on
/// no disk and below no folder of the host. A command's bubblewrap starts inside these namespaces and binds the two
/// folders; the host reaches them through a descriptor and never by a path.
final class ToolFolders: Sendable {
    /// As the mount namespace sees them.
    static let work = "/tmp/work"
    static let temporary = "/tmp/tmp"

    let namespaces: Spawn.Namespaces
    /// /work, to open files beneath.
    private let work: Int32
    private let user: WorkerUser?

    /// `mount` inside a namespace of our own, where that needs no right on the host.
    private static let program = "/usr/bin/unshare"
    private static let script = """
        mount -t tmpfs -o "size=$1,nr_inodes=$2,mode=0755,nosuid,nodev" tools /tmp \
        && mkdir -m 0700 /tmp/work && mkdir -m 1777 /tmp/tmp && echo ready && read -r line
        """

    /// - Parameter user: the host's user that everything in it belongs to; nil for this process's own.
    init(bytes: Int, files: Int, user: WorkerUser?) throws(SandboxError) {
        var ours = OwnedDescriptors()
        var theirs = OwnedDescriptors()
        defer {
            theirs.closeAll()
            ours.closeAll()
        }
        let (input, itsInput) = try OwnedDescriptors.pair(&ours, &theirs, assay_socketpair)
        let (output, itsOutput) = try OwnedDescriptors.pair(&ours, &theirs, assay_pipe)
        let child = try Spawn.start(
            Self.program,
            arguments: [
                Self.program, "--user", "--map-root-user", "--mount", "--", "/bin/sh", "-c", Self.script, "sh", "\(bytes)", "\(files)",
            ], environment: ["PATH=/usr/bin:/bin", "LC_ALL=C"], descriptors: [itsInput, itsOutput, itsOutput], user: user)
        theirs.closeAll()
        defer {
            // It waits for a line; killing it loses nothing that the descriptors hold.
            kill(child, SIGKILL)
            while waitpid(child, nil, 0) < 0 && errno == EINTR {}
        }
        _ = input
        let line = BubblewrapStatus.firstLine(from: output, within: .seconds(10))
        guard line == Array("ready".utf8) else {
            let words = PlainText.of(String(decoding: line ?? [], as: UTF8.self), maximumBytes: 512)
            throw SandboxError(
                .spawn, "no private file system for tools: \(words.isEmpty ? "\(Self.program) said nothing" : words); "
                    + "are unprivileged user namespaces allowed here?")
        }
        let root = "/proc/\(child)"
        let userNamespace = try ours.keep(open("\(root)/ns/user", O_RDONLY | O_CLOEXEC), "the tools' user namespace")
        let mounts = try ours.keep(open("\(root)/ns/mnt", O_RDONLY | O_CLOEXEC), "the tools' mount namespace")
        let folder = try ours.keep(
            open("\(root)/root\(Self.work)", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC), "the tools' folder")
        for descriptor in [userNamespace, mounts, folder] { ours.release(descriptor) }
        namespaces = Spawn.Namespaces(user: userNamespace, mount: mounts)
        work = folder
        self.user = user
    }

    deinit { for descriptor in [namespaces.user, namespaces.mount, work] { close(descriptor) } }

    /// The bytes of the regular file at `path` below /work.
    ///
    /// No component may be a symbolic link or lead out; what is no regular file is not waited for; what is longer than
    /// `maxBytes` is refused.
    func read(_ path: ToolPath, maxBytes: Int) throws(ToolFileError) -> [UInt8] {
        let descriptor = opened(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY)
        guard descriptor >= 0 else { throw ToolFileError(path, -descriptor) }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            throw ToolFileError(path, "it is not a regular file")
        }
        guard let size = Int(exactly: status.st_size), size <= maxBytes else {
            throw ToolFileError(path, "it has \(status.st_size) bytes; at most \(maxBytes) are read")
        }
        var bytes = [UInt8](repeating: 0, count: size)
        var filled = 0
        while filled < size {
            let count = bytes.withUnsafeMutableBytes { buffer in
                Glibc.read(descriptor, buffer.baseAddress.map { $0 + filled }, size - filled)
            }
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { throw ToolFileError(path, count < 0 ? errno : EIO) }
            filled += count
        }
        return bytes
    }

    /// Puts `bytes` at `path` below /work, in place of a regular file that may be there, and makes the folders above it.
    func write(_ bytes: [UInt8], to path: ToolPath) throws(ToolFileError) {
        try makeFolders(above: path)
        let flags = O_WRONLY | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY
        let descriptor = opened(path, flags, mode: 0o644)
        guard descriptor >= 0 else { throw ToolFileError(path, -descriptor) }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG, ftruncate(descriptor, 0) == 0 else {
            throw ToolFileError(path, "it is not a regular file")
        }
        var written = 0
        while written < bytes.count {
            let count = bytes.withUnsafeBytes { buffer in
                Glibc.write(descriptor, buffer.baseAddress.map { $0 + written }, bytes.count - written)
            }
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { throw ToolFileError(path, count < 0 ? errno : EIO) }
            written += count
        }
    }

    private func makeFolders(above path: ToolPath) throws(ToolFileError) {
        var parent = work
        defer { if parent != work { close(parent) } }
        for name in path.components.dropLast() {
            let made = assay_mkdirat_as(
                parent, name, 0o755, user == nil ? 0 : 1, user?.userID ?? 0, user?.groupID ?? 0)
            guard made == 0 || made == -EEXIST else { throw ToolFileError(path, -made) }
            let next = opened(name, in: parent, O_RDONLY | O_DIRECTORY | O_NOFOLLOW)
            guard next >= 0 else { throw ToolFileError(path, -next) }
            if parent != work { close(parent) }
            parent = next
        }
    }

    private func opened(_ path: ToolPath, _ flags: Int32, mode: mode_t = 0) -> Int32 {
        opened(path.components.joined(separator: "/"), in: work, flags, mode: mode)
    }

    private func opened(_ path: String, in folder: Int32, _ flags: Int32, mode: mode_t = 0) -> Int32 {
        assay_openat2_beneath_as(folder, path, flags, mode, user == nil ? 0 : 1, user?.userID ?? 0, user?.groupID ?? 0)
    }
}
