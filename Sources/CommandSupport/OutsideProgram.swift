import Glibc

/// A small program that others wrote, run to its end for what it says: `zbarimg`.
///
/// It gets an environment of its own and a process group of its own, so that what it may have started ends with it.
/// (`Isolation.CommandOutput` is its like in the appliance.)
package struct OutsideProgram: Sendable {
    package enum Failure: Error, Sendable, Hashable {
        /// The system's number for why it could not be started; `ENOENT` where it is not there.
        case notStarted(Int32)
        /// It did not end in time, and was killed.
        case tooLong
    }

    /// The exit status; 128 and the signal's number where one ended it.
    package let code: Int
    /// Standard output, as far as was asked for; standard error is dropped.
    package let output: [UInt8]

    /// - Parameters:
    ///   - program: a path, or a name that is looked for in `PATH`.
    ///   - maxOutput: how many bytes of what it says are kept; what comes after them is read and dropped.
    ///   - within: how long it may take.
    package static func run(
        _ program: String, _ arguments: [String], maxOutput: Int, within limit: Duration = .seconds(60)
    ) throws(Failure) -> OutsideProgram {
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else { throw .notStarted(errno) }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        defer { close(ends[0]) }
        let child: pid_t
        do throws(Failure) { child = try start(program, arguments, writing: ends[1]) } catch {
            close(ends[1])
            throw error
        }
        close(ends[1])
        guard let (code, output) = ChildProcess.finish(child, output: ends[0], maxOutput: maxOutput, within: limit) else { throw .tooLong }
        return OutsideProgram(code: code, output: output)
    }

    private static func start(_ program: String, _ arguments: [String], writing output: Int32) throws(Failure) -> pid_t {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO)
        posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0)
        // Signals as a new process expects them, whatever this one ignores.
        var attributes = posix_spawnattr_t(), all = sigset_t(), none = sigset_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        sigfillset(&all)
        sigemptyset(&none)
        posix_spawnattr_setsigdefault(&attributes, &all)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK))
        let words: [UnsafeMutablePointer<CChar>?] = ([program] + arguments).map { strdup($0) } + [nil]
        let environment: [UnsafeMutablePointer<CChar>?] = [strdup("LC_ALL=C"), nil]
        defer { for word in words + environment { free(word) } }
        var child: pid_t = 0
        let failed = posix_spawnp(&child, program, &actions, &attributes, words, environment)
        guard failed == 0 else { throw .notStarted(failed) }
        return child
    }
}

/// The end of a program that was started as the leader of its own process group.
package enum ChildProcess {
    /// Reads what it says until it closes its output, and waits for it. One that is late is killed, with what it started.
    ///
    /// - Parameters:
    ///   - output: the end of a pipe to read from; it stays open.
    ///   - maxOutput: how many bytes are kept; what comes after them is read and dropped.
    /// - Returns: the exit status, 128 and the signal's number where one ended it, and what it said; nil where it was late.
    package static func finish(_ child: pid_t, output: Int32, maxOutput: Int, within limit: Duration) -> (code: Int, output: [UInt8])? {
        let bytes = read(output, maxOutput, until: ContinuousClock.now + limit)
        if bytes == nil { kill(-child, SIGKILL) }
        var status: Int32 = 0
        while waitpid(child, &status, 0) < 0 && errno == EINTR {}
        return bytes.map { (status & 0x7F == 0 ? Int(status >> 8 & 0xFF) : 128 + Int(status & 0x7F), $0) }
    }

    /// What comes until the end; nil where that does not come in time.
    private static func read(_ descriptor: Int32, _ maxBytes: Int, until deadline: ContinuousClock.Instant) -> [UInt8]? {
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            let left = deadline - ContinuousClock.now
            guard left > .zero else { return nil }
            var wait = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            let ready = poll(&wait, 1, Int32(min(left.components.seconds + 1, 3600)) * 1000)
            if ready <= 0 { continue }
            let count = Glibc.read(descriptor, &buffer, buffer.count)
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { return bytes }
            bytes.append(contentsOf: buffer[..<min(count, max(0, maxBytes - bytes.count))])
        }
    }
}
