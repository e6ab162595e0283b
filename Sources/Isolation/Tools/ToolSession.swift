import AuditCrypto
import CLinux
import EngineProtocol
import Glibc
import Synchronization

/// Commands that run one after another in one private file system. Files in /work and /tmp stay from one to the next;
/// processes do not: a command's end is the end of everything it started.
///
/// Its methods block the thread that calls them, and wait for a command that is running.
package final class ToolSession: Sendable {
    /// What was found out while a command was held before its start.
    struct Start: Hashable, Sendable {
        let namespaces: [String]
        let cgroupUnavailable: String?
    }

    /// Longest argument, which is Linux's own, and all of them.
    private static let longestArgument = 131_071
    private static let longestCommand = 1 << 20
    /// How often the memory of a command's processes is summed.
    private static let watchInterval = Duration.milliseconds(20)

    private let sandbox: ToolSandbox
    private let folders: ToolFolders
    private let records = Mutex<[ToolCommandRecord]>([])

    init(sandbox: ToolSandbox, folders: ToolFolders) {
        self.sandbox = sandbox
        self.folders = folders
    }

    /// Every command that ran, in order.
    package var log: [ToolCommandRecord] { records.withLock(\.self) }

    /// Runs a command to its end.
    ///
    /// - Parameters:
    ///   - command: an absolute path inside.
    ///   - standardInput: all that it can read there.
    ///   - duration: how long it may take, where that is less than the sandbox's limit.
    /// - Throws: `SandboxError` when it could not be started. Whatever the command does is a result.
    package func run(
        _ command: String, _ arguments: [String] = [], standardInput: [UInt8] = [], within duration: Duration? = nil
    ) throws -> ToolResult {
        let words = [command] + arguments
        return try records.withLock { records in
            let result = try perform(words, input: standardInput, within: min(duration ?? sandbox.limits.wall, sandbox.limits.wall)).result
            records.append(
                ToolCommandRecord(
                    index: records.count, command: words, inputBytes: standardInput.count,
                    inputDigest: SHA256Digest.of(standardInput).hex, result: result))
            return result
        }
    }

    /// The bytes of a regular file below /work.
    /// - Throws: `ToolFileError` for a symbolic link anywhere in the path, for what is no regular file, and for more than
    ///   `maxBytes`.
    package func read(_ path: ToolPath, maxBytes: Int = 1 << 20) throws(ToolFileError) -> [UInt8] {
        // While no command runs: nothing changes what is read. (The lock does not carry a typed throw.)
        try records.withLock { _ in Result { () throws(ToolFileError) in try folders.read(path, maxBytes: maxBytes) } }.get()
    }

    /// Puts a file below /work, and the folders above it.
    /// - Throws: `ToolFileError`.
    package func write(_ bytes: [UInt8], to path: ToolPath) throws(ToolFileError) {
        try records.withLock { _ in Result { () throws(ToolFileError) in try folders.write(bytes, to: path) } }.get()
    }

    /// Runs a command without putting it on the log.
    func perform(_ words: [String], input: [UInt8], within duration: Duration) throws -> (result: ToolResult, start: Start) {
        try Self.check(words)
        let limits = sandbox.limits
        var cgroup: WorkerCgroup?
        var cgroupUnavailable: String?
        do throws(WorkerCgroup.Unavailable) {
            let name = "assay-tools-\(getpid())-\(UInt32.random(in: .min ... .max))"
            cgroup = try WorkerCgroup.make(
                parent: sandbox.cgroupParent, name: name,
                limits: SandboxLimits(
                    // Pages of /work and /tmp count where they were written.
                    memoryBytes: limits.memoryBytes + limits.diskBytes, mappedBytes: 0, processes: limits.processes,
                    cpuSeconds: limits.cpuSeconds))
        } catch {
            cgroupUnavailable = error.description
        }
        var ours = OwnedDescriptors()
        var theirs = OwnedDescriptors()
        defer {
            theirs.closeAll()
            ours.closeAll()
        }
        let process: SandboxedProcess
        let started: BubblewrapStatus?
        let output: Int32
        let gate: Int32
        do {
            let standardInput = try theirs.keep(Self.memory(input), "standard input")
            let (ourOutput, itsOutput) = try OwnedDescriptors.pair(&ours, &theirs, assay_pipe)
            let (errors, itsErrors) = try OwnedDescriptors.pair(&ours, &theirs, assay_pipe)
            let (status, itsStatus) = try OwnedDescriptors.pair(&ours, &theirs, assay_pipe)
            let (ourGate, itsGate) = try OwnedDescriptors.pair(&ours, &theirs, assay_socketpair)
            let filter = try theirs.keep(assay_tool_filter(), "the filter of system calls")
            var descriptors = [standardInput, itsOutput, itsErrors, itsStatus, itsGate, filter]
            for file in ToolCommand.etc { descriptors.append(try theirs.keep(Self.memory(Array(file.1.utf8)), "/etc/\(file.0)")) }
            let command = ToolCommand(
                command: words, limits: limits, work: ToolFolders.work, temporary: ToolFolders.temporary)
            (process, started) = try sandbox.launcher.start(
                arguments: command.arguments, descriptors: descriptors, theirs: &theirs, standardError: errors,
                status: status, cgroup: cgroup, namespaces: folders.namespaces)
            for descriptor in [errors, status] { ours.release(descriptor) }
            (output, gate) = (ourOutput, ourGate)
        } catch {
            cgroup?.remove()
            throw error
        }
        guard let started else { throw BubblewrapLauncher.failure(of: process) }
        let namespaces: [String]
        do throws(SandboxError) { namespaces = try confine(started) } catch {
            process.terminate()
            throw error
        }
        let clock = ContinuousClock()
        let begin = clock.now
        guard assay_send(gate, "x", 1, nil, 0) == 1 else {
            process.terminate()
            throw SandboxError(.bubblewrap, "bubblewrap did not wait for its start")
        }
        let ran = watch(process, first: started.childProcess, output: output, deadline: Deadline.after(duration))
        let result = ToolResult(
            outcome: ran.outcome, standardOutput: ran.output.captured(), standardError: ran.errors.captured(),
            duration: clock.now - begin, usage: process.usage)
        return (result, Start(namespaces: namespaces, cgroupUnavailable: cgroupUnavailable))
    }

    // MARK: Before the command

    private static func check(_ words: [String]) throws(SandboxError) {
        guard words[0].utf8.first == UInt8(ascii: "/") else {
            throw SandboxError(.missing, "a command is named by its absolute path, as /usr/bin/python3, not \"\(words[0].prefix(64))\"")
        }
        guard words.allSatisfy({ $0.utf8.count <= longestArgument && !$0.utf8.contains(0) }),
            words.reduce(0, { $0 + $1.utf8.count + 1 }) <= longestCommand, words.count <= 4096
        else {
            throw SandboxError(
                .spawn, "a command has at most 4096 arguments of \(longestArgument) bytes, \(longestCommand) in all, and no zero byte in them")
        }
    }

    /// A file in memory that can be read from its beginning and never changed; an error as a negative number.
    private static func memory(_ bytes: [UInt8]) -> Int32 {
        let descriptor = assay_memfd_create("input")
        guard descriptor >= 0 else { return descriptor }
        var written = 0
        while written < bytes.count {
            let count = bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress.map { $0 + written }, bytes.count - written) }
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { break }
            written += count
        }
        guard written == bytes.count, lseek(descriptor, 0, SEEK_SET) == 0, assay_memfd_seal(descriptor) == 0 else {
            close(descriptor)
            return -EIO
        }
        return descriptor
    }

    /// The command is held before its start: what bubblewrap was asked for is looked for.
    ///
    /// - Returns: the namespaces that are its own.
    private func confine(_ started: BubblewrapStatus) throws(SandboxError) -> [String] {
        let namespaces = started.separateNamespaces()
        guard namespaces == BubblewrapCommand.namespaces else {
            throw SandboxError(.notConfined, "a command has only these namespaces of its own: \(namespaces.joined(separator: ", "))")
        }
        // bubblewrap tells its child's number before the child has set all up.
        let deadline = Deadline.after(.seconds(10))
        while !Self.isPowerless(started.childProcess) {
            guard !deadline.hasPassed else {
                throw SandboxError(.notConfined, "a command has capabilities, or can gain some")
            }
            usleep(500)
        }
        return namespaces
    }

    /// Whether a process has no capability, of its own or to gain, and can gain no privilege.
    private static func isPowerless(_ process: pid_t) -> Bool {
        let status = ToolMemory.content("/proc/\(process)/status").split(separator: "\n")
        func value(_ name: String) -> Substring? { status.first { $0.hasPrefix("\(name):") }?.split(separator: "\t").last }
        return value("NoNewPrivs") == "1"
            && ["CapPrm", "CapEff", "CapBnd", "CapAmb"].allSatisfy { value($0).flatMap { UInt64($0, radix: 16) } == 0 }
    }

    // MARK: While it runs

    private func watch(
        _ process: SandboxedProcess, first: pid_t, output: Int32, deadline: Deadline
    ) -> (outcome: ToolOutcome, output: OutputCollector, errors: OutputCollector) {
        let limits = sandbox.limits
        var streams = [
            (descriptor: output, collector: OutputCollector(limit: limits.outputBytes), isOpen: true),
            (descriptor: process.standardError, collector: OutputCollector(limit: limits.outputBytes), isOpen: true),
        ]
        var buffer = [UInt8](repeating: 0, count: 65_536)
        /// Reads once from each stream that has something, waiting at most `milliseconds` for that.
        func read(within milliseconds: Int32) {
            var polled = streams.map { pollfd(fd: $0.isOpen ? $0.descriptor : -1, events: Int16(POLLIN), revents: 0) }
            guard poll(&polled, nfds_t(polled.count), milliseconds) > 0 else { return }
            for index in polled.indices where polled[index].revents != 0 {
                let count = Glibc.read(streams[index].descriptor, &buffer, buffer.count)
                if count > 0 {
                    streams[index].collector.take(buffer[..<count])
                } else if count == 0 || errno != EINTR {
                    streams[index].isOpen = false
                }
            }
        }
        let clock = ContinuousClock()
        var nextLook = clock.now
        var verdict: ToolOutcome?
        var exit: WorkerExit?
        while verdict == nil, exit == nil {
            let interval = min(deadline.pollTimeout < 0 ? .max : deadline.pollTimeout, 20)
            if streams.contains(where: \.isOpen) { read(within: interval) } else { exit = process.exit(within: .milliseconds(20)) }
            if streams.reduce(0, { $0 + $1.collector.totalBytes }) > limits.floodBytes { verdict = .flooded }
            if exit == nil, clock.now >= nextLook {
                if ToolMemory.bytes(below: first) > limits.memoryBytes { verdict = .memoryExceeded }
                nextLook = clock.now + Self.watchInterval
            }
            if exit == nil, deadline.hasPassed { verdict = .timedOut }
        }
        if verdict != nil {
            process.terminate()
            // What was in the pipes; every writer is gone.
            let end = Deadline.after(.seconds(1))
            while streams.contains(where: \.isOpen), !end.hasPassed { read(within: 20) }
        }
        let outcome: ToolOutcome =
            switch exit {
            case .exited(let code)?: .exited(code: code)
            case .signalled(let number)?: .signalled(number)
            case nil: .timedOut
            }
        return (verdict ?? outcome, streams[0].collector, streams[1].collector)
    }
}
