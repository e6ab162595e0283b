import CLinux
import CommandSupport
import EngineProtocol
import Glibc

/// Runs one of the host's own small programs and keeps what it says: `bwrap --version`, `ld.so --list`, tpm2-tools.
///
/// `OutsideProgram` does the same for programs that must not have CLinux, and its sockets, in them. This one's child ends with
/// the process and gets no privileges.
package struct CommandOutput: Sendable {
    /// The exit status; 128 and the signal's number where one ended it.
    package let code: Int
    /// Standard output and error, the first 256 KiB.
    package let text: String

    /// The end of that, fit for an error message.
    package var excerpt: String { PlainText.of(text, maximumBytes: 512) }

    /// More than any of these programs takes, and less than a pipe holds: writing it cannot block.
    private static let largestInput = 4096
    private static let largestOutput = 262_144

    /// - Parameters:
    ///   - path: absolute.
    ///   - input: what the program reads from standard input, at most 4096 bytes: where a secret goes, as a command line
    ///     is everybody's to read.
    ///   - within: how long it may take; then it is killed.
    package static func of(
        _ path: String, _ arguments: [String], input: [UInt8] = [], within limit: Duration = .seconds(60)
    ) throws(SandboxError) -> CommandOutput {
        precondition(input.count <= largestInput, "a program's input is at most \(largestInput) bytes")
        var output: [Int32] = [-1, -1], feed: [Int32] = [-1, -1]
        guard assay_pipe(&output) == 0, assay_pipe(&feed) == 0 else {
            let reason = String(cString: strerror(errno))
            for descriptor in output where descriptor >= 0 { close(descriptor) }
            throw SandboxError(.spawn, "no pipe for \(path): \(reason)")
        }
        defer { close(output[0]) }
        _ = input.withUnsafeBytes { write(feed[1], $0.baseAddress, $0.count) }
        close(feed[1])
        defer { close(feed[0]) }
        let child: pid_t
        do throws(SandboxError) {
            child = try Spawn.start(
                path, arguments: [path] + arguments, environment: ["LC_ALL=C"], descriptors: [feed[0], output[1], output[1]])
        } catch {
            close(output[1])
            throw error
        }
        close(output[1])
        // It has a session of its own, and so a process group.
        guard let (code, bytes) = ChildProcess.finish(child, output: output[0], maxOutput: largestOutput, within: limit) else {
            throw SandboxError(.spawn, "\(path) did not end within \(limit) and was killed")
        }
        return CommandOutput(code: code, text: String(decoding: bytes, as: UTF8.self))
    }
}

/// `assay_spawn` with Swift's types and an error that says what failed.
enum Spawn {
    /// Namespaces that are there already, for a child to start in.
    struct Namespaces: Hashable, Sendable {
        let user: Int32
        let mount: Int32
    }

    /// Starts `path`; `descriptors[i]` becomes descriptor i of the child, which gets no other.
    ///
    /// - Parameter cgroup: an open `cgroup.procs`, or -1.
    static func start(
        _ path: String, arguments: [String], environment: [String], descriptors: [Int32], user: WorkerUser? = nil,
        cgroup: Int32 = -1, namespaces: Namespaces? = nil
    ) throws(SandboxError) -> pid_t {
        var stage: Int32 = 0
        let result = withCStrings(arguments) { arguments in
            withCStrings(environment) { environment in
                path.withCString { path in
                    descriptors.withUnsafeBufferPointer { fds in
                        var request = assay_spawn_request(
                            path: path, arguments: arguments, environment: environment, fds: fds.baseAddress,
                            fd_count: fds.count, changes_user: user == nil ? 0 : 1, uid: user?.userID ?? 0,
                            gid: user?.groupID ?? 0, cgroup_procs_fd: cgroup)
                        return assay_spawn_within(&request, namespaces?.user ?? -1, namespaces?.mount ?? -1, &stage)
                    }
                }
            }
        }
        guard result < 0 else { return result }
        let doing =
            switch UInt32(stage) {
            case ASSAY_SPAWN_FORK.rawValue: "starting a process"
            case ASSAY_SPAWN_CGROUP.rawValue: "entering its cgroup"
            case ASSAY_SPAWN_DESCRIPTORS.rawValue: "placing its descriptors (Linux 5.9 or later is needed)"
            case ASSAY_SPAWN_SESSION.rawValue: "starting its session"
            case ASSAY_SPAWN_USER.rawValue: "becoming its unprivileged user"
            case ASSAY_SPAWN_NAMESPACES.rawValue: "entering its namespaces"
            case ASSAY_SPAWN_PARENT.rawValue: "binding its life to this process"
            case ASSAY_SPAWN_PRIVILEGES.rawValue: "giving up new privileges"
            default: "executing it"
            }
        throw SandboxError(
            stage == Int32(ASSAY_SPAWN_EXEC.rawValue) ? .missing : .spawn,
            "\(path): \(doing) failed: \(String(cString: strerror(-result)))")
    }
}
