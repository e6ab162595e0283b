import CLinux
import EngineProtocol
import Glibc
import Isolation
import Testing

/// A system call by its number, made from inside, and what must come of it.
struct ForbiddenCall: Sendable, CustomTestStringConvertible {
    enum End: Sendable, Hashable { case killed, refused(Int32) }

    let name: String
    /// The constant's name in Python's view of the headers: numbers are looked up where the test runs.
    let arguments: String
    let end: End

    init(_ name: String, _ arguments: String, _ end: End) { (self.name, self.arguments, self.end) = (name, arguments, end) }

    var testDescription: String { "\(name)(\(arguments)) → \(end)" }
}

@Suite("Escapes from the tool sandbox") struct ToolEscapeTests {
    // MARK: The network

    @Test("No socket but Unix sockets can be made", arguments: ["AF_INET", "AF_INET6", "AF_NETLINK", "AF_PACKET", "AF_VSOCK", "AF_ALG"])
    func sockets(family: String) throws {
        let result = try Tools.python("""
            import socket
            for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM, socket.SOCK_RAW):
                try: socket.socket(socket.\(family), kind); print("made")
                except OSError as error: print(error.errno)
            """)
        #expect(result.said == "\(EPERM)\n\(EPERM)\n\(EPERM)\n")
    }

    @Test("Nothing connects, listens or asks for a name") func network() throws {
        let (listener, port) = try HostListener.loopback()
        defer { close(listener.descriptor) }
        let result = try Tools.bash("""
            exec 2>&1
            (: < /dev/tcp/127.0.0.1/\(port)) && echo connected
            (: < /dev/tcp/192.0.2.1/53) && echo connected
            python3 -c 'import socket; socket.create_server(("127.0.0.1", 0))' | tail -n 1
            python3 -c 'import socket; socket.create_server(("::1", 0), family=socket.AF_INET6)' | tail -n 1
            getent hosts localhost.localdomain example.org || echo unresolved
            cat /etc/resolv.conf
            cut -d: -f1 /proc/net/dev | tail -n +3
            """)
        #expect(!result.said.contains("connected"))
        #expect(result.said.contains("unresolved") && result.said.contains("/etc/resolv.conf: No such file"))
        #expect(result.said.split(separator: "\n").filter { $0.contains("PermissionError") }.count == 2)
        // The namespace has a loopback and nothing else.
        #expect(result.said.split(separator: "\n").last?.contains("lo") == true)
    }

    @Test("Unix sockets of the host are out of reach, by path and by abstract name") func hostSockets() throws {
        let path = "/tmp/assay-tools-\(getpid())"
        let listeners = [try HostListener.unix(path), try HostListener.unix(path, isAbstract: true)]
        defer {
            for listener in listeners { close(listener.descriptor) }
            unlink(path)
        }
        let result = try Tools.python("""
            import socket
            for name in ("\(path)", "\\0\(path)"):
                try: socket.socket(socket.AF_UNIX).connect(name); print("connected")
                except OSError as error: print(error.errno)
            a, b = socket.socketpair(); a.send(b"own"); print(b.recv(3).decode())
            """)
        #expect(result.said == "\(ENOENT)\n\(ECONNREFUSED)\nown\n")
    }

    // MARK: The host's files

    @Test("The host's files cannot be read", arguments: [
        "/etc/shadow", "/etc/hostname", "/etc/machine-id", "/etc/ssh", "/root", "/home", "/var", "/run", "/srv", "/opt", "/boot", "/mnt",
        "/media", "/sys", "/dev/mem", "/dev/kmsg", "/dev/vda", "/dev/sda", "/dev/tty", "/dev/ptmx", "/dev/pts", "/dev/shm/x", "/dev/mqueue",
        "/lost+found", "/work/../home", "/tmp/../root", "/proc/1/root/etc/shadow", "/proc/1/cwd/../etc/shadow", "/proc/self/root/home",
    ])
    func hostFiles(path: String) throws {
        #expect(try Tools.bash("ls -d \(path) 2>/dev/null || echo none").said == "none\n")
    }

    @Test("A file of the host's is not there, whatever its place and permissions") func testsFiles() throws {
        let path = "/tmp/assay-secret-\(getpid())"
        let descriptor = open(path, O_CREAT | O_WRONLY, 0o666)
        write(descriptor, "secret", 6)
        close(descriptor)
        chmod(path, 0o666)
        defer { unlink(path) }
        let result = try Tools.bash("cat \(path); cat '\(#filePath)'; ls /usr/local; find / -name 'assay-secret*' -not -path '/proc/*' 2>/dev/null")
        #expect(result.said == "")
    }

    @Test("The environment is the sandbox's own, and /proc has its own processes only") func environment() throws {
        setenv("ASSAY_TEST_SECRET", "secret", 1)
        let result = try Tools.bash("cat /proc/*/environ | tr '\\0' '\\n' | sort -u; ls /proc | grep -c '^[0-9]'; cat /proc/1/comm; hostname")
        #expect(!result.said.contains("secret"))
        let lines = result.said.split(separator: "\n").map(String.init)
        let names = Set(lines.compactMap { $0.contains("=") ? String($0.prefix { $0 != "=" }) : nil })
        #expect(names.subtracting(["PWD", "OLDPWD", "SHLVL", "_"]) == Set(ToolCommand.environment.keys))
        #expect(lines.suffix(2) == ["sh", "tools"])
        #expect(lines.dropLast(2).last.flatMap { Int($0) }.map { $0 <= 8 } == true)
    }

    @Test("Nothing can be written but /work and /tmp") func writing() throws {
        let result = try Tools.bash("""
            for place in / /usr /usr/bin /usr/local /etc /dev /proc /proc/sys/kernel /proc/acpi /bin /lib; do
                (: > $place/x) 2>/dev/null && echo "wrote $place"
            done
            (: > /etc/passwd) 2>/dev/null && echo wrote
            (echo 1 > /proc/sys/kernel/core_pattern) 2>/dev/null && echo wrote
            (echo 1 > /proc/sysrq-trigger) 2>/dev/null && echo wrote
            (echo -1000 > /proc/self/oom_score_adj) 2>/dev/null && echo wrote
            mv /usr/bin/python3 /tmp 2>/dev/null && echo moved
            touch /work/x /tmp/x /dev/shm/y && echo fine
            awk '$4 ~ /(^|,)rw(,|$)/ { print $2 }' /proc/mounts | sort | xargs
            """)
        let lines = result.said.split(separator: "\n").map(String.init)
        #expect(lines.first == "fine")
        // Writable by their flags: the two folders, /proc (whose files refuse), and the devices.
        #expect(lines.last == "/dev/full /dev/null /dev/random /dev/urandom /dev/zero /proc /tmp /work")
    }

    // MARK: Privileges

    @Test("Programs with the setuid bit, or that change identity, gain nothing") func setuid() throws {
        let result = try Tools.bash("""
            exec 2>&1
            id -u; grep -E '^(Cap|NoNewPrivs|Seccomp:)' /proc/self/status | tr -d '\\t '
            cp /usr/bin/id /work/id; chmod 6755 /work/id; /work/id -u
            su -c id < /dev/null; echo "su $?"
            python3 -c 'import os; os.setuid(0)' | tail -n 1
            chown 0 /work/id; echo "chown $?"
            mknod /work/null c 1 3; echo "mknod $?"
            """)
        let lines = result.said.split(separator: "\n").map(String.init)
        #expect(lines.first == "65534")
        #expect(lines.filter { $0 == "65534" }.count == 2)
        for name in ["CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"] { #expect(lines.contains("\(name):0000000000000000")) }
        #expect(lines.contains("NoNewPrivs:1") && lines.contains("Seccomp:2"))
        #expect(!lines.contains("su 0") && lines.contains("chown 1") && lines.contains("mknod 1"))
        #expect(lines.contains { $0.contains("PermissionError") })
    }

    static let calls: [ForbiddenCall] = [
        ForbiddenCall("mount", "b'none', b'/tmp', b'tmpfs', 0, 0", .killed), ForbiddenCall("umount2", "b'/work', 2", .killed),
        ForbiddenCall("pivot_root", "b'/work', b'/work'", .killed), ForbiddenCall("chroot", "b'/work'", .killed),
        ForbiddenCall("unshare", "0x10000000", .killed), ForbiddenCall("setns", "0, 0", .killed),
        ForbiddenCall("clone", "0x10000000 | 17, 0, 0, 0, 0", .refused(EPERM)),
        ForbiddenCall("clone", "0x00020000 | 17, 0, 0, 0, 0", .refused(EPERM)),
        ForbiddenCall("clone3", "0, 0", .refused(ENOSYS)),
        ForbiddenCall("open_tree", "-100, b'/', 1", .killed), ForbiddenCall("fsopen", "b'tmpfs', 0", .killed),
        ForbiddenCall("open_by_handle_at", "0, 0, 0", .killed),
        ForbiddenCall("ptrace", "16, 1, 0, 0", .killed), ForbiddenCall("ptrace", "0, 0, 0, 0", .killed),
        ForbiddenCall("process_vm_readv", "1, 0, 0, 0, 0, 0", .killed), ForbiddenCall("pidfd_getfd", "0, 0, 0", .killed),
        ForbiddenCall("keyctl", "0, -3, 0", .killed), ForbiddenCall("add_key", "b'user', b'a', b'b', 1, -3", .killed),
        ForbiddenCall("request_key", "b'user', b'a', 0, 0", .killed),
        ForbiddenCall("io_uring_setup", "1, 0", .killed), ForbiddenCall("bpf", "0, 0, 0", .killed),
        ForbiddenCall("userfaultfd", "0", .killed), ForbiddenCall("perf_event_open", "0, 0, -1, -1, 0", .killed),
        ForbiddenCall("kexec_load", "0, 0, 0, 0", .killed), ForbiddenCall("init_module", "0, 0, 0", .killed),
        ForbiddenCall("finit_module", "0, 0, 0", .killed), ForbiddenCall("reboot", "0, 0, 0, 0", .killed),
        ForbiddenCall("sethostname", "b'x', 1", .killed), ForbiddenCall("settimeofday", "0, 0", .killed),
        ForbiddenCall("memfd_create", "b'x', 0", .refused(EPERM)), ForbiddenCall("shmget", "0, 4096, 0o1600", .refused(EPERM)),
        ForbiddenCall("mq_open", "b'x', 66, 0o600, 0", .refused(EPERM)), ForbiddenCall("inotify_init1", "0", .refused(EPERM)),
        ForbiddenCall("setxattr", "b'/work', b'user.a', b'b', 1, 0", .refused(EPERM)),
        ForbiddenCall("setuid", "0", .refused(EPERM)), ForbiddenCall("setgroups", "0, 0", .refused(EPERM)),
        ForbiddenCall("seccomp", "0, 0, 0", .refused(EPERM)), ForbiddenCall("personality", "0x0040000", .refused(EPERM)),
        ForbiddenCall("sched_setscheduler", "0, 1, 0", .refused(EPERM)), ForbiddenCall("sync", "", .refused(EPERM)),
        // TIOCSTI, TIOCLINUX, TIOCSCTTY
        ForbiddenCall("ioctl", "0, 0x5412, b'x'", .refused(EPERM)), ForbiddenCall("ioctl", "0, 0x541c, b'x'", .refused(EPERM)),
        ForbiddenCall("ioctl", "0, 0x540e, 0", .refused(EPERM)),
        // PR_SET_MM, PR_SET_SECCOMP, PR_CAP_AMBIENT
        ForbiddenCall("prctl", "35, 1, 0, 0, 0", .refused(EPERM)), ForbiddenCall("prctl", "22, 2, 0, 0, 0", .refused(EPERM)),
        ForbiddenCall("prctl", "47, 2, 0, 0, 0", .refused(EPERM)),
    ]

    @Test("The filter refuses what tools do not need, and ends what only attacks call", arguments: calls)
    func filter(call: ForbiddenCall) throws {
        let number = try #require(SystemCallNumbers.number(of: call.name))
        let session = try Tools.sandbox.session()
        let program = """
            import ctypes
            call = ctypes.CDLL(None, use_errno=True).syscall
            print(call(\(number)\(call.arguments.isEmpty ? "" : ", ")\(call.arguments)), ctypes.get_errno(), flush=True)
            """
        let result = try session.run("/usr/bin/python3", ["-c", program])
        switch call.end {
        case .killed:
            #expect(result.outcome == .signalled(Int(SIGSYS)) && result.said == "")
            #expect(session.log.last?.result.wasDeniedSystemCall == true)
        case .refused(let error):
            #expect(result.said == "-1 \(error)\n" && result.outcome == .exited(code: 0))
        }
    }

    #if arch(x86_64)
    @Test("Calls by way of other tables end the process", arguments: ["x32", "i386"]) func otherTables(table: String) throws {
        // getpid by x32's number; `int $0x80`, machine code in a page that may be executed.
        let program =
            table == "x32"
            ? "import ctypes; print(ctypes.CDLL(None).syscall(0x40000027), flush=True)"
            : """
            import ctypes, mmap
            page = mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
            page.write(bytes([0xb8, 20, 0, 0, 0, 0xcd, 0x80, 0xc3]))
            print(ctypes.CFUNCTYPE(ctypes.c_int)(ctypes.addressof(ctypes.c_char.from_buffer(page)))(), flush=True)
            """
        let result = try Tools.sandbox.run("/usr/bin/python3", ["-c", program])
        #expect(result.said == "")
        // SIGSEGV where the kernel has no such table.
        #expect(result.wasDeniedSystemCall || result.outcome == .signalled(Int(SIGSEGV)))
    }
    #endif

    @Test("No process outside can be seen, signalled or looked into") func hostProcesses() throws {
        let process = getpid()
        try #require(process > 20)
        let result = try Tools.python("""
            import os
            def attempt(what, *arguments):
                try: what(*arguments); print("done")
                except OSError as error: print(error.errno)
            attempt(os.kill, \(process), 0)
            attempt(os.kill, \(process), 9)
            attempt(open, "/proc/\(process)/environ")
            attempt(os.pidfd_open, \(process))
            attempt(os.setpriority, os.PRIO_PROCESS, \(process), 5)
            attempt(os.sched_setaffinity, \(process), {0})
            """)
        #expect(result.said == "\(ESRCH)\n\(ESRCH)\n\(ENOENT)\n\(ESRCH)\n\(ESRCH)\n\(ESRCH)\n")
        // Everything it can reach is its own: this process is still here.
        #expect(try Tools.bash("kill -9 -1; echo here").outcome != .timedOut)
    }

    @Test("A command holds its three descriptors and no other") func descriptors() throws {
        let stray = open("/etc/passwd", O_RDONLY)  // open in this process and not close-on-exec
        defer { close(stray) }
        let result = try Tools.python("import os; print([fd for fd in range(1024) if os.path.exists(f'/proc/self/fd/{fd}')])")
        #expect(result.said == "[0, 1, 2]\n")
    }

    @Test("The namespace's first process is confined like the rest, so that taking it over gains nothing") func firstProcess() throws {
        let result = try Tools.bash("grep -E '^(Seccomp|NoNewPrivs|CapBnd)' /proc/1/status | tr -d '\\t '")
        #expect(result.said.hasPrefix("CapBnd:0000000000000000\nNoNewPrivs:1\nSeccomp:2\n"))
    }
}

/// The numbers of system calls on this machine, by what its C compiler's headers say.
enum SystemCallNumbers {
    static func number(of name: String) -> Int? { all[name] }

    private static let all: [String: Int] = {
        var numbers: [String: Int] = [:]
        guard let said = try? CommandOutput.of("/bin/sh", ["-c", "echo '#include <sys/syscall.h>' | cc -E -dM -"]) else { return [:] }
        for line in said.text.split(separator: "\n") {
            let words = line.split(separator: " ")
            if words.count == 3, words[1].hasPrefix("__NR_"), let number = Int(words[2]) { numbers[String(words[1].dropFirst(5))] = number }
        }
        return numbers
    }()
}
