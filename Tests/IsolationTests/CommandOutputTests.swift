import CommandSupport
import Isolation
import Testing

/// The two ways to run a small program: the appliance's, and that of programs which must not have CLinux in them. What can be
/// seen of both is the same.
enum Runner: CaseIterable, Sendable {
    case commandOutput, outsideProgram

    enum Failure: Error, Hashable { case missing, tooLong, other }

    func run(_ path: String, _ arguments: [String], within limit: Duration = .seconds(60)) throws(Failure) -> (code: Int, text: String) {
        switch self {
        case .commandOutput:
            do {
                let said = try CommandOutput.of(path, arguments, within: limit)
                return (said.code, said.text)
            } catch {
                throw error.code == .missing ? .missing : error.message.contains("did not end") ? .tooLong : .other
            }
        case .outsideProgram:
            do {
                let said = try OutsideProgram.run(path, arguments, maxOutput: 262_144, within: limit)
                return (said.code, String(decoding: said.output, as: UTF8.self))
            } catch {
                throw error == .notStarted(2) ? .missing : error == .tooLong ? .tooLong : .other
            }
        }
    }
}

@Suite("A small program of the host's")
struct CommandOutputTests {
    @Test("What it says, and how it ends", arguments: Runner.allCases) func outputAndEnd(runner: Runner) throws {
        let said = try runner.run("/bin/sh", ["-c", "echo said; exit 3"])
        #expect(said.code == 3 && said.text == "said\n")
        // Nothing to read is an end, not a wait.
        #expect(try runner.run("/bin/cat", []).text.isEmpty)
        #expect(try runner.run("/bin/sh", ["-c", "kill -TERM $$"]).code == 128 + 15)
        // One environment, whatever this process has.
        #expect(try runner.run("/usr/bin/env", []).text == "LC_ALL=C\n")
        // What is more than anybody reads is dropped, not waited for.
        #expect(try runner.run("/bin/sh", ["-c", "head -c 1000000 /dev/zero"]).text.utf8.count == 262_144)
    }

    @Test("One that does not end is killed, with what it started", arguments: Runner.allCases) func limit(runner: Runner) {
        #expect(throws: Runner.Failure.tooLong) {
            try runner.run("/bin/sh", ["-c", "sleep 600 & sleep 600"], within: .milliseconds(200))
        }
    }

    @Test("One that is not there", arguments: Runner.allCases) func missing(runner: Runner) {
        #expect(throws: Runner.Failure.missing) { try runner.run("/nonexistent/program", []) }
    }

    @Test("The appliance's takes input, and has what is said on standard error too") func inputAndErrors() throws {
        let said = try CommandOutput.of("/bin/sh", ["-c", "cat; echo wrong >&2; exit 3"], input: Array("secret\n".utf8))
        #expect(said.code == 3 && said.text == "secret\nwrong\n")
    }

    @Test("The other's looks in PATH, and drops standard error") func pathAndErrors() throws {
        let said = try OutsideProgram.run("sh", ["-c", "echo wrong >&2; echo said"], maxOutput: 3)
        #expect(said.code == 0 && said.output == Array("sai".utf8))
    }
}
