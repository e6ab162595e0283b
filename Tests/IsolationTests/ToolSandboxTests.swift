import AuditCrypto
import CLinux
import Glibc
import Isolation
import Testing

/// What the suites of the tool sandbox share.
enum Tools {
    static let limits = ToolLimits(
        wall: .seconds(20), cpuSeconds: 10, memoryBytes: 128 << 20, processes: 16, openFiles: 64, diskBytes: 4 << 20,
        diskFiles: 64, outputBytes: 4096, floodBytes: 8 << 20)
    static let sandbox = ToolSandbox(limits: limits)

    static func bash(_ script: String, in session: ToolSession? = nil) throws -> ToolResult {
        guard let session else { return try sandbox.run("/bin/bash", ["-c", script]) }
        return try session.run("/bin/bash", ["-c", script])
    }

    static func python(_ program: String, sandbox: ToolSandbox = sandbox) throws -> ToolResult {
        try sandbox.run("/usr/bin/python3", ["-"], standardInput: Array(program.utf8))
    }
}

extension ToolResult {
    var said: String { standardOutput.text }
    var complained: String { standardError.text }
}

@Suite("A command in the tool sandbox") struct ToolSandboxTests {
    @Test("It has input, output, errors and an exit code") func streams() throws {
        let result = try Tools.sandbox.run(
            "/bin/sh", ["-c", "cat; echo wrong >&2; exit 3"], standardInput: Array("given\n".utf8))
        #expect(result.outcome == .exited(code: 3))
        #expect(result.said == "given\n" && result.complained == "wrong\n")
        #expect(result.standardOutput.digest == SHA256Digest.of(Array("given\n".utf8)))
        #expect(try Tools.bash("kill -SEGV $$").outcome == .signalled(Int(SIGSEGV)))
        #expect(try Tools.bash("nosuchprogram").outcome == .exited(code: 127))
        #expect(try Tools.bash("exit 0").succeeded)
    }

    @Test("Python works, and is the same every time") func python() throws {
        let program = "import os, sys, time\nprint(hash('a'), sorted(os.environ), time.tzname[0], sys.getfilesystemencoding(), os.getcwd())"
        let first = try Tools.python(program)
        #expect(first.succeeded && first.complained == "")
        #expect(first.said.hasSuffix("UTC utf-8 /work\n"))
        #expect(try Tools.python(program).said == first.said)
        #expect(try Tools.bash("nproc >/dev/null; awk 'BEGIN { print 6 * 7 }'; sort <<<$'b\\na'").said == "42\na\nb\n")
    }

    @Test("Files go in, and come back") func files() throws {
        let result = try Tools.sandbox.run("/bin/cat", ["a/b/c"], files: [("a/b/c", Array("text".utf8))])
        #expect(result.said == "text")
        let session = try Tools.sandbox.session()
        #expect(try Tools.bash("mkdir d; printf made > d/file", in: session).succeeded)
        #expect(try session.read(ToolPath("/work/d/file")) == Array("made".utf8))
        try session.write(Array("x".utf8), to: ToolPath("d/file"))
        #expect(try Tools.bash("cat d/file; echo more >> d/file; rm d/file; ls d", in: session).said == "x")
        #expect(throws: ToolFileError.self) { try session.read(ToolPath("d/file")) }
    }

    @Test("State in /work and /tmp stays for the session's next command; another session has none of it") func sessions() throws {
        let session = try Tools.sandbox.session()
        #expect(try Tools.bash("echo 1 > /work/a; echo 2 > /tmp/b; export C=3; cd /tmp", in: session).succeeded)
        #expect(try Tools.bash("pwd; cat /work/a /tmp/b; echo \"${C:-none}\"", in: session).said == "/work\n1\n2\nnone\n")
        #expect(try Tools.bash("ls -A /work /tmp", in: Tools.sandbox.session()).said == "/tmp:\n\n/work:\n")
    }

    @Test("The log has every command, with digests of what went in and came out") func log() throws {
        let session = try Tools.sandbox.session()
        _ = try session.run("/bin/cat", standardInput: Array("abc".utf8))
        _ = try Tools.bash("head -c 10000 /dev/zero; exit 5", in: session)
        _ = try Tools.bash("exec unshare --user true", in: session)
        let log = session.log
        #expect(log.map(\.index) == [0, 1, 2])
        // SHA-256("abc"), FIPS 180-2, B.1.
        let abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        #expect(log[0].inputDigest == abc && log[0].result.standardOutput.digest.hex == abc)
        #expect(log[1].result.outcome == .exited(code: 5))
        #expect(log[1].result.standardOutput.totalBytes == 10_000 && log[1].result.standardOutput.cutBytes == 10_000 - 4096)
        #expect(log[1].result.standardOutput.digest == SHA256Digest.of([UInt8](repeating: 0, count: 10_000)))
        #expect(log[2].result.wasDeniedSystemCall)
        #expect(log[2].json["deniedSystemCall"]?.bool == true && log[1].json["stdout"]?["cut"]?.integer == 5904)
    }

    @Test("Long output keeps its beginning and its end, and says what is missing") func longOutput() throws {
        let result = try Tools.bash("seq 1 100000")
        // seq writes 9·2 + 90·3 + 900·4 + 9000·5 + 90000·6 + 7 bytes.
        #expect(result.standardOutput.totalBytes == 588_895)
        #expect(result.standardOutput.bytes.count == 4096)
        #expect(result.said.hasPrefix("1\n2\n3\n") && result.said.hasSuffix("99999\n100000\n"))
        #expect(result.said.contains("[... 584799 bytes left out ...]"))
    }

    @Test("The report says what holds") func report() throws {
        let report = try Tools.sandbox.report()
        #expect(report.namespaces == BubblewrapCommand.namespaces)
        #expect(report.seccompMode == 2 && report.hostUserID != 0)
        #expect(report.limits["processes"] == 16 && report.limits["data"] == 128 << 20 && report.limits["core"] == 0)
        #expect(report.limitedBy.contains("rlimit") && (report.cgroupUnavailable == nil) == report.limitedBy.contains("cgroup"))
        #expect(report.json["namespaces"]?.array?.count == 7)
    }

    @Test("What cannot be run is refused before anything starts") func refused() throws {
        #expect(throws: SandboxError.self) { try Tools.sandbox.run("python3") }
        #expect(throws: SandboxError.self) { try Tools.sandbox.run("/bin/echo", ["a\0b"]) }
        #expect(throws: SandboxError.self) { try Tools.sandbox.run("/bin/echo", [String(repeating: "a", count: 131_072)]) }
        #expect(try Tools.sandbox.run("/bin/echo", [String(repeating: "a", count: 131_071)]).standardOutput.totalBytes == 131_072)
        #expect(throws: SandboxError.self) { try ToolSandbox(limits: ToolLimits(processes: 0)).session() }
        #expect(throws: SandboxError.self) { try ToolSandbox(limits: ToolLimits(memoryBytes: .max)).session() }
        #expect(throws: SandboxError.self) { try ToolSandbox(bubblewrap: "/nonexistent/bwrap").session() }
    }

    @Test("A sandbox that does not confine is found out", arguments: [
        // Lets every option be and runs the command without a filter; without its own network; with a capability.
        "--seccomp", "--unshare-net", "--cap-drop",
    ])
    func notConfined(without option: String) throws {
        var template = Array("/tmp/assay-bwrap-XXXXXX".utf8CString)
        let folder = try #require(mkdtemp(&template).map { String(cString: $0) })
        // Where commands start /tmp is theirs: the script lies elsewhere.
        let script = "/var\(folder)-bwrap"
        defer {
            unlink(script)
            rmdir(folder)
        }
        let values = option == "--unshare-net" ? 0 : 1
        let text = """
            #!/bin/bash
            [ "$1" = --version ] && exec /usr/bin/bwrap "$@"
            words=()
            while [ $# -gt 0 ]; do if [ "$1" = \(option) ]; then shift \(values + 1); else words+=("$1"); shift; fi; done
            exec /usr/bin/bwrap "${words[@]}"

            """
        let descriptor = open(script, O_CREAT | O_WRONLY | O_EXCL, 0o755)
        try #require(descriptor >= 0 && write(descriptor, text, text.utf8.count) == text.utf8.count)
        close(descriptor)
        chmod(script, 0o755)
        let error = #expect(throws: SandboxError.self) { try ToolSandbox(bubblewrap: script).session() }
        #expect(error?.code == .notConfined)
    }

    @Test("Runs and sessions leave no descriptor, process or mount behind") func leaks() throws {
        func table() -> Int { (0..<1024).count { fcntl($0, F_GETFD) >= 0 } }
        _ = try Tools.bash("true")
        let before = table()
        for _ in 0..<10 { _ = try Tools.bash("sleep 100 & disown") }
        // Other tests run meanwhile and have some open; ten runs that leaked would show.
        #expect(table() - before < 20)
    }
}
