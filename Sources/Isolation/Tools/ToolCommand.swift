import Glibc

/// bubblewrap's command line for one command of a tool sandbox.
///
/// Fresh namespaces of every kind; no capability; the host's /usr to read, without /usr/local; a /proc of its own; five
/// devices; an /etc of a few lines; /work and /tmp, which are the session's, to write.
package struct ToolCommand: Hashable, Sendable {
    /// Descriptors of the bubblewrap process, after standard input, output and error.
    package enum Descriptor {
        /// bubblewrap's own: it writes what it started.
        package static let status: Int32 = 3
        /// It waits for a byte here before it starts the command.
        package static let start: Int32 = 4
        /// The compiled filter.
        package static let filter: Int32 = 5
        /// /etc/passwd and /etc/group.
        package static let firstFile: Int32 = 6
    }

    /// Who everything is inside.
    package static let insideID = "65534"
    package static let hostName = "tools"
    package static let work = "/work"
    /// The whole of the command's environment.
    package static let environment = [
        "HOME": work, "LANG": "C.UTF-8", "LC_ALL": "C.UTF-8", "LOGNAME": "tools", "MALLOC_ARENA_MAX": "2",
        "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "PATH": "/usr/bin:/bin", "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONHASHSEED": "0", "SHELL": "/bin/bash", "TERM": "dumb", "TMPDIR": "/tmp", "TZ": "UTC", "USER": "tools",
    ]
    /// Files below /etc, by name.
    package static let etc = [
        ("passwd", "tools:x:\(insideID):\(insideID):tools:\(work):/bin/bash\n"), ("group", "tools:x:\(insideID):\n"),
    ]
    package static let devices = ["null", "zero", "full", "random", "urandom"]

    /// The first process of the namespace. It is confined as the command is, so that taking it over gains nothing; it
    /// waits for the command alone, and when it ends the kernel ends whatever the command left.
    ///
    /// Everything inside is one user's, and may open what another's descriptors lead to, a file in memory from its beginning too: so
    /// the first process keeps neither the command's input nor its output. The command begins when descriptor 7, the last, is closed.
    /// A shell lets what it does not wait for at once ignore interrupts; `env` undoes that, and a shell names what cannot be started.
    private static let first =
        "umask 022; exec 7</dev/null 8<&0 9>&2 </dev/null 2>/dev/null; "
        + "{ while [ -h /proc/1/fd/7 ]; do :; done; exec /usr/bin/env --default-signal=INT,QUIT /bin/sh -c 'exec \"$@\"' sh \"$@\"; } "
        + "<&8 2>&9 7<&- 8<&- 9>&- & exec >/dev/null 8<&- 9>&-; exec 7<&-; wait $!; exit $?"

    package let arguments: [String]

    /// - Parameters:
    ///   - command: absolute path inside, and arguments.
    ///   - limits: those that bind a process.
    ///   - work: the host folder that becomes /work, and `temporary` the one that becomes /tmp, both as the mount namespace
    ///     sees them in which bubblewrap starts.
    package init(command: [String], limits: ToolLimits, work: String, temporary: String) {
        var arguments = [
            "--unshare-user", "--unshare-ipc", "--unshare-pid", "--unshare-net", "--unshare-uts", "--unshare-cgroup",
            "--disable-userns", "--uid", Self.insideID, "--gid", Self.insideID, "--hostname", Self.hostName,
            "--cap-drop", "ALL", "--new-session", "--die-with-parent", "--as-pid-1",
            "--json-status-fd", "\(Descriptor.status)", "--block-fd", "\(Descriptor.start)",
            "--seccomp", "\(Descriptor.filter)", "--clearenv",
        ]
        for (name, value) in Self.environment.sorted(by: { $0.key < $1.key }) { arguments += ["--setenv", name, value] }
        arguments += ["--ro-bind", "/usr", "/usr"]
        if access("/usr/local", F_OK) == 0 { arguments += Self.emptyFolder("/usr/local") }
        for folder in ["bin", "lib", "lib32", "lib64", "libx32", "sbin"] {
            arguments += Self.systemFolder(folder)
        }
        arguments += ["--dir", "/etc"]
        for (index, file) in Self.etc.enumerated() {
            arguments += ["--file", "\(Descriptor.firstFile + Int32(index))", "/etc/\(file.0)"]
        }
        // Where the loader finds libraries, and which of several programs a name stands for.
        arguments += ["--ro-bind-try", "/etc/ld.so.cache", "/etc/ld.so.cache"]
        arguments += ["--ro-bind-try", "/etc/alternatives", "/etc/alternatives"]
        arguments += ["--proc", "/proc"]
        // What tells of the host and serves no tool.
        for file in ["kcore", "keys", "key-users", "timer_list", "sched_debug", "latency_stats"]
        where access("/proc/\(file)", F_OK) == 0 {
            arguments += ["--ro-bind", "/dev/null", "/proc/\(file)"]
        }
        for folder in ["acpi", "asound", "scsi"] where access("/proc/\(folder)", F_OK) == 0 {
            arguments += Self.emptyFolder("/proc/\(folder)")
        }
        arguments += ["--dir", "/dev"]
        for device in Self.devices { arguments += ["--dev-bind", "/dev/\(device)", "/dev/\(device)"] }
        for (name, target) in [("fd", "/proc/self/fd"), ("stdin", "/proc/self/fd/0"), ("stdout", "/proc/self/fd/1"),
            ("stderr", "/proc/self/fd/2"), ("shm", "/tmp")]
        {
            arguments += ["--symlink", target, "/dev/\(name)"]
        }
        arguments += ["--bind", work, Self.work, "--bind", temporary, "/tmp"]
        arguments += ["--remount-ro", "/", "--chdir", Self.work, "--", "/usr/bin/prlimit"]
        for (name, value) in Self.resources(limits) { arguments.append("--\(name)=\(value):\(value)") }
        self.arguments = arguments + ["/bin/sh", "-c", Self.first, "sh"] + command
    }

    /// Soft and hard limits, by prlimit's names. They are set inside, by the first process before it starts the command:
    /// the count of processes is then that of the command's own user namespace, and no other sandbox's.
    private static func resources(_ limits: ToolLimits) -> [(String, Int)] {
        [
            ("as", limits.memoryBytes + ToolLimits.programBytes), ("core", 0), ("cpu", limits.cpuSeconds),
            ("data", limits.memoryBytes), ("fsize", limits.diskBytes), ("memlock", 0), ("msgqueue", 0),
            ("nofile", limits.openFiles), ("nproc", limits.processes),
        ]
    }

    private static func emptyFolder(_ path: String) -> [String] {
        ["--perms", "0555", "--size", "4096", "--tmpfs", path, "--remount-ro", path]
    }

    /// A folder of the root: a link into /usr, as Debian has had it since 12, or a folder of its own.
    private static func systemFolder(_ name: String) -> [String] {
        var status = stat()
        guard lstat("/\(name)", &status) == 0 else { return [] }
        switch status.st_mode & S_IFMT {
        case S_IFLNK: return ["--symlink", "usr/\(name)", "/\(name)"]
        case S_IFDIR: return ["--ro-bind", "/\(name)", "/\(name)"]
        default: return []
        }
    }
}
