import EngineProtocol
import Glibc
import Isolation
import Testing

@Suite("Limits of the tool sandbox", .serialized) struct ToolLimitTests {
    private func sandbox(_ change: (inout ToolLimits) -> Void) -> ToolSandbox {
        var limits = Tools.limits
        change(&limits)
        return ToolSandbox(limits: limits)
    }

    @Test("A fork bomb ends at the number of processes, and with its command") func forkBomb() throws {
        let result = try sandbox { $0.wall = .seconds(4) }.run("/usr/bin/python3", ["-c", """
            import os, sys, time
            count = 0
            try:
                while True:
                    if os.fork() == 0: time.sleep(60)
                    count += 1
            except OSError as error: print(error.errno, count, flush=True)
            """])
        // Beside the children: the first process of the namespace, and the program itself.
        #expect(result.said == "\(EAGAIN) 14\n" && result.outcome == .exited(code: 0))
        let bomb = try sandbox { $0.wall = .seconds(2) }.run("/bin/bash", ["-c", "f() { f | f & }; f; wait; sleep 60"])
        #expect(bomb.duration < .seconds(8))
    }

    @Test("Bombs do not keep others from their processes") func neighbours() async throws {
        async let bomb = Task.detached { try sandbox { $0.wall = .seconds(3) }.run("/bin/bash", ["-c", "f() { f | f & }; f; sleep 60"]) }.value
        try await Task.sleep(for: .seconds(1))
        #expect(try Tools.bash("seq 3 | sort -r | head -n 1 | cat").said == "3\n")
        _ = try await bomb
    }

    @Test("One process's memory ends at its limit") func memory() throws {
        let result = try Tools.python("x = bytearray(256 << 20)")
        #expect(result.outcome == .exited(code: 1) && result.complained.contains("MemoryError"))
    }

    @Test("Memory of many processes together ends at the limit", arguments: ["anonymous", "shared", "stack"])
    func manyProcesses(kind: String) throws {
        let hold =
            switch kind {
            case "anonymous": "x = bytearray(64 << 20)"
            case "shared": "x = mmap.mmap(-1, 64 << 20); x.write(b'a' * (64 << 20))"
            default: "threading.stack_size(64 << 20); t = threading.Thread(target=lambda: (ctypes.create_string_buffer(48 << 20), time.sleep(60))); t.start()"
            }
        let program = """
            import ctypes, mmap, os, threading, time
            for _ in range(8):
                if os.fork() == 0:
                    \(hold)
                    time.sleep(60)
            time.sleep(60)
            """
        // On a busy machine a process can be refused before the memory is held: that ends the program by itself, and says so.
        var result = try Tools.python(program)
        for _ in 0..<4 where result.outcome == .exited(code: 1) && result.complained.contains("Error") { result = try Tools.python(program) }
        #expect(result.outcome == .memoryExceeded, "\(result.complained)")
        #expect(result.duration < .seconds(10))
    }

    @Test("The disk ends at its size and its number of files") func disk() throws {
        let session = try Tools.sandbox.session()
        let filled = try Tools.bash("head -c 3000000 /dev/zero > a; head -c 3000000 /dev/zero > /tmp/b; stat -c %s a /tmp/b", in: session)
        #expect(filled.complained.contains("No space left on device"))
        let sizes = filled.said.split(separator: "\n").compactMap { Int($0) }
        #expect(sizes.count == 2 && sizes.reduce(0, +) <= 4 << 20)
        #expect(throws: ToolFileError.self) { try session.write([UInt8](repeating: 1, count: 2_000_000), to: ToolPath("c")) }
        let many = try Tools.bash("rm a /tmp/b; for i in $(seq 100); do : > f$i || break; done; ls | wc -l; rm -f *; ls | wc -l", in: session)
        let counts = many.said.split(separator: "\n").compactMap { Int($0) }
        #expect(counts.count == 2 && counts[0] < 64 && counts[1] == 0)
        // One file beyond the disk's size: the signal, before the disk is asked.
        #expect(try Tools.bash("exec python3 -c 'import signal; signal.signal(signal.SIGXFSZ, signal.SIG_DFL); open(\"s\", \"w\").truncate(1 << 40)'", in: session)
            .outcome == .signalled(Int(SIGXFSZ)))
    }

    @Test("Endless output is cut, and ends the command") func output() throws {
        let result = try Tools.bash("yes")
        #expect(result.outcome == .flooded)
        #expect(result.standardOutput.bytes.count == 4096 && result.standardOutput.totalBytes > 8 << 20)
        #expect(try Tools.bash("yes >&2").standardError.cutBytes > 8_000_000)
    }

    @Test("An endless run ends, with whatever it started", arguments: [
        "while :; do :; done", "sleep 1000", "trap '' TERM INT HUP; sleep 1000 & wait", "exec >&- 2>&-; sleep 1000",
        "setsid sleep 1000 & sleep 1000",
    ])
    func endless(script: String) throws {
        let result = try sandbox { $0.wall = .milliseconds(500) }.run("/bin/bash", ["-c", script])
        #expect(result.outcome == .timedOut)
        #expect(result.duration >= .milliseconds(500) && result.duration < .seconds(8))
    }

    @Test("A shorter time can be asked for, and no longer one") func within() throws {
        let session = try sandbox { $0.wall = .seconds(1) }.session()
        #expect(try session.run("/bin/sleep", ["100"], within: .milliseconds(200)).duration < .milliseconds(900))
        #expect(try session.run("/bin/sleep", ["100"], within: .seconds(100)).duration < .seconds(6))
    }

    @Test("Processor time ends at its limit") func processorTime() throws {
        let result = try sandbox { $0.cpuSeconds = 1 }.run("/bin/bash", ["-c", "while :; do :; done"])
        #expect(result.outcome == .signalled(Int(SIGKILL)))
        #expect(result.usage.map { (0.1...3).contains($0.userSeconds + $0.systemSeconds) } == true)
    }

    @Test("A daemon does not outlive its command") func daemon() throws {
        let session = try Tools.sandbox.session()
        let mark = "assay-daemon-\(getpid())"
        let started = try Tools.bash("""
            (setsid bash -c 'exec -a \(mark) sleep 1000' >/dev/null 2>&1 < /dev/null & disown)
            nohup setsid bash -c 'sleep 0.3; echo late > /work/late' >/dev/null 2>&1 &
            sleep 0.1; echo started
            """, in: session)
        #expect(started.said == "started\n" && started.succeeded)
        usleep(600_000)
        #expect(try Tools.bash("ls /work; ps ax 2>/dev/null | grep -c '[a]ssay-daemon'", in: session).said == "0\n")
        // Nor is it anywhere on the host.
        #expect(try CommandOutput.of("/bin/sh", ["-c", "cat /proc/[0-9]*/cmdline | tr '\\0' '\\n' | grep -c '^\(mark)$'"]).text == "0\n")
    }

    @Test("No core is dumped") func cores() throws {
        let session = try Tools.sandbox.session()
        #expect(try Tools.bash("ulimit -c unlimited; bash -c 'kill -ABRT $$'", in: session).outcome == .signalled(Int(SIGABRT)))
        #expect(try Tools.bash("ls -A /work /tmp", in: session).said == "/tmp:\n\n/work:\n")
    }

    @Test("Limits cannot be raised") func raising() throws {
        let result = try Tools.bash("for l in u n t v d; do ulimit -$l unlimited 2>/dev/null && echo $l; done; ulimit -c unlimited 2>/dev/null || echo core")
        #expect(result.said == "core\n")
    }
}

@Suite("Files that a tool sandbox hands back") struct ToolFileTests {
    @Test("Links, pipes, folders, devices and ways out are refused", arguments: [
        ("ln -s /etc/shadow f", "f"), ("ln -s a f; echo x > a", "f"), ("ln -s / d", "d/etc/shadow"), ("ln -s /proc/self/root d", "d/etc/passwd"),
        ("mkdir d; ln -s .. d/up", "d/up/x"), ("mkfifo f", "f"), ("mkdir f", "f"), ("python3 -c 'import socket; socket.socket(socket.AF_UNIX).bind(\"f\")'", "f"),
        ("head -c 5000 /dev/zero > f", "f"), ("truncate -s 3M f", "f"), ("echo x > f; chmod 000 f; true", "g"),
    ])
    func refused(script: String, path: String) throws {
        let session = try Tools.sandbox.session()
        #expect(try Tools.bash(script, in: session).succeeded)
        #expect(throws: ToolFileError.self) { try session.read(ToolPath(path), maxBytes: 4096) }
    }

    @Test("Nothing is written through links, nor to what is no file", arguments: [
        ("ln -s /tmp/target f", "f"), ("ln -s /tmp d", "d/target"), ("mkfifo f", "f"), ("mkdir f", "f"), ("echo x > d", "d/f"),
    ])
    func notWritten(script: String, path: String) throws {
        let session = try Tools.sandbox.session()
        #expect(try Tools.bash(script, in: session).succeeded)
        #expect(throws: ToolFileError.self) { try session.write([1], to: ToolPath(path)) }
        #expect(try Tools.bash("ls /tmp", in: session).said == "")
    }

    @Test("A hard link is a file like any other, of the session's own") func hardLinks() throws {
        let session = try Tools.sandbox.session()
        let result = try Tools.bash("echo x > a; ln a b; ln /usr/bin/id c 2>&1; ln /etc/passwd d 2>&1", in: session)
        #expect(result.said.contains("Invalid cross-device link") || result.said.contains("not permitted"))
        #expect(try session.read(ToolPath("b")) == Array("x\n".utf8))
    }

    @Test("Paths lead below /work or nowhere", arguments: [
        "", "/", "/work", "/work/", "/etc/passwd", "../x", "a/../../x", "a//b", "./a", "a/.", "/work/../etc/passwd", "a\0b",
        String(repeating: "a", count: 256), String(repeating: "a/", count: 40) + "a", "/workx/a",
    ])
    func paths(text: String) { #expect(throws: ToolFileError.self) { try ToolPath(text) } }

    @Test("Nothing of a session is on the host's own file systems") func nowhere() throws {
        let session = try Tools.sandbox.session()
        let mark = "assay-mark-\(getpid())"
        try session.write([1], to: ToolPath(mark))
        #expect(try CommandOutput.of("/usr/bin/find", ["/tmp", "/mnt", "/work", "-maxdepth", "2", "-name", mark]).text.contains(mark) == false)
        #expect(try CommandOutput.of("/bin/cat", ["/proc/self/mountinfo"]).text.contains(" tools ") == false)
    }
}
