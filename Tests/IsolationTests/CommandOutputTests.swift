import Isolation
import Testing

@Suite("A small program of the host's")
struct CommandOutputTests {
    @Test("What it is given and what it says") func inputAndOutput() throws {
        let said = try CommandOutput.of("/bin/sh", ["-c", "cat; echo wrong >&2; exit 3"], input: Array("secret\n".utf8))
        #expect(said.code == 3 && said.text == "secret\nwrong\n")
        // Nothing to read is an end, not a wait.
        #expect(try CommandOutput.of("/bin/cat", []).text.isEmpty)
        #expect(try CommandOutput.of("/bin/sh", ["-c", "kill -TERM $$"]).code == 128 + 15)
    }

    @Test("One that does not end is killed, with what it started") func limit() {
        let error = #expect(throws: SandboxError.self) {
            try CommandOutput.of("/bin/sh", ["-c", "sleep 600 & sleep 600"], within: .milliseconds(200))
        }
        #expect(error?.code == .spawn && error?.message.contains("did not end") == true)
    }

    @Test("One that is not there") func missing() {
        let error = #expect(throws: SandboxError.self) { try CommandOutput.of("/nonexistent/program", []) }
        #expect(error?.code == .missing)
    }
}
