import CLinux
import EngineProtocol
import Glibc

/// Starts bubblewrap and learns what it started.
struct BubblewrapLauncher: Sendable {
    /// bubblewrap's program.
    let program: String
    /// The host's user to run as; nil for this process's own.
    let user: WorkerUser?

    /// - Parameters:
    ///   - descriptors: the child's, from 0 on; one of them is bubblewrap's `--json-status-fd`.
    ///   - theirs: what is to be closed here once the child has it.
    ///   - standardError: our end, which the process takes over, as it does `status`.
    ///   - status: our end of the status pipe.
    ///   - namespaces: a user and a mount namespace to start in.
    /// - Returns: the process, and what bubblewrap said it started; nil there when it said nothing in ten seconds.
    func start(
        arguments: [String], descriptors: [Int32], theirs: inout OwnedDescriptors, standardError: Int32, status: Int32,
        cgroup: WorkerCgroup?, namespaces: Spawn.Namespaces? = nil
    ) throws(SandboxError) -> (process: SandboxedProcess, started: BubblewrapStatus?) {
        var procs: Int32 = -1
        if let cgroup { procs = try theirs.keep(cgroup.openProcesses(), "\(cgroup.path)/cgroup.procs") }
        guard assay_adopt_orphans() == 0 else { throw SandboxError(.spawn, "orphans of a sandbox cannot be adopted") }
        let child = try Spawn.start(
            program, arguments: [program] + arguments, environment: [], descriptors: descriptors, user: user,
            cgroup: procs, namespaces: namespaces)
        theirs.closeAll()
        let supervisor = assay_pidfd_open(child)
        guard supervisor >= 0 else {
            kill(child, SIGKILL)
            waitpid(child, nil, 0)
            throw SandboxError(.spawn, "no pidfd for bubblewrap: Linux 5.3 or later is needed")
        }
        let line = BubblewrapStatus.firstLine(from: status, within: .seconds(10))
        let started = line.flatMap { try? BubblewrapStatus(line: $0) }
        // While bubblewrap lives it has not reaped its child, so the number is still that child's. A bubblewrap that
        // is stuck before it tells has a child too, which would wait for it for ever.
        var namespaceInit: SandboxedProcess.Member?
        if let first = started?.childProcess ?? BubblewrapStatus.firstChild(of: child),
            case let descriptor = assay_pidfd_open(first), descriptor >= 0
        {
            namespaceInit = SandboxedProcess.Member(process: first, descriptor: descriptor)
        }
        let process = SandboxedProcess(
            supervisor: SandboxedProcess.Member(process: child, descriptor: supervisor),
            namespaceInit: namespaceInit, standardError: standardError, status: status, cgroup: cgroup)
        return (process, started)
    }

    /// bubblewrap ended, or hung, before it started the program: what it said of that.
    static func failure(of process: SandboxedProcess) -> SandboxError {
        let exit = process.exit(within: .seconds(1))
        process.terminate()
        var buffer = [UInt8](repeating: 0, count: 4096)
        let count = max(0, read(process.standardError, &buffer, buffer.count))
        let words = PlainText.of(String(decoding: buffer[..<count], as: UTF8.self), maximumBytes: 1024)
        return SandboxError(
            .bubblewrap, "bubblewrap \(exit.map(\.description) ?? "did not start the program in 10 s and was killed"): "
                + "\(words); are unprivileged user namespaces allowed here?")
    }

    /// `bwrap --version`, the number alone.
    func version() throws(SandboxError) -> String {
        guard access(program, X_OK) == 0 else {
            throw SandboxError(.missing, "\(program) is not there: install the package bubblewrap")
        }
        let output = try CommandOutput.of(program, ["--version"])
        let words = output.text.split { $0 == " " || $0 == "\n" }
        guard output.code == 0, words.count == 2, words[0] == "bubblewrap" else {
            throw SandboxError(.bubblewrap, "\(program) --version says \"\(output.excerpt)\"")
        }
        return String(words[1])
    }
}
