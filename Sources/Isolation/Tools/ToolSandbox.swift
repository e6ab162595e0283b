import CLinux
import EngineProtocol
import Glibc
import Synchronization

/// Runs commands that a model wrote: a second sandbox, narrower than the worker's, in which nothing is trusted.
///
/// A command sees the host's programs (/usr), a /proc of its own processes and the files of its session; it has no
/// network, no capability, no way to a further namespace, and when it ends nothing of it is left but files in its
/// session's memory. `Runbooks/tool-sandbox.md` says what is denied and how that was tested.
package final class ToolSandbox: Sendable {
    package let limits: ToolLimits
    let launcher: BubblewrapLauncher
    let cgroupParent: String?
    private let verified = Mutex<ToolSandboxReport?>(nil)

    /// - Parameters:
    ///   - user: the host's user that commands run as; nil for this process's own.
    ///   - cgroupParent: a delegated cgroup v2 folder; nil looks for the one that systemd delegated to this process.
    package init(
        limits: ToolLimits = ToolLimits(), bubblewrap: String = "/usr/bin/bwrap", user: WorkerUser? = .forThisProcess(),
        cgroupParent: String? = nil
    ) {
        self.limits = limits
        launcher = BubblewrapLauncher(program: bubblewrap, user: user)
        self.cgroupParent = cgroupParent
    }

    /// How commands are confined. The first time, a command looks at itself: a sandbox that does not hold is not used.
    ///
    /// - Throws: `SandboxError`.
    package func report() throws -> ToolSandboxReport {
        if let report = verified.withLock(\.self) { return report }
        try limits.check()
        let version = try launcher.version()
        let session = ToolSession(sandbox: self, folders: try folders())
        let (result, start) = try session.perform(ToolSelfCheck.command, input: [], within: .seconds(20))
        let found = try ToolSelfCheck.read(result)
        try found.check(limits)
        let report = ToolSandboxReport(
            bubblewrapVersion: version, namespaces: start.namespaces,
            hostUserID: Int(launcher.user?.userID ?? geteuid()), sharesUser: launcher.user == nil,
            cgroupUnavailable: start.cgroupUnavailable, seccompMode: found.seccompMode, limits: found.limits)
        verified.withLock { $0 = report }
        return report
    }

    /// An empty private file system, in which commands run one after another.
    /// - Throws: `SandboxError` when it cannot be set up or does not hold.
    package func session() throws -> ToolSession {
        _ = try report()
        return ToolSession(sandbox: self, folders: try folders())
    }

    /// Runs one command in a session of its own.
    ///
    /// - Parameters:
    ///   - command: an absolute path inside.
    ///   - standardInput: all that it can read there.
    ///   - files: what lies in /work before it starts, by path.
    /// - Throws: `SandboxError`, or `ToolFileError` for a file that has no room or no proper path.
    package func run(
        _ command: String, _ arguments: [String] = [], standardInput: [UInt8] = [],
        files: [(path: String, bytes: [UInt8])] = []
    ) throws -> ToolResult {
        let session = try session()
        for file in files { try session.write(file.bytes, to: ToolPath(file.path)) }
        return try session.run(command, arguments, standardInput: standardInput)
    }

    private func folders() throws(SandboxError) -> ToolFolders {
        try ToolFolders(bytes: limits.diskBytes, files: limits.diskFiles, user: launcher.user)
    }
}
