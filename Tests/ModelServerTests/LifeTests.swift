import CanonicalEncoding
import Foundation
import TestTools
import Testing

/// How serving begins and ends.
@Suite(.serialized) struct LifeTests {
    private static func body(_ tokens: Int, stream: Bool = false) throws -> [UInt8] {
        try CanonicalJSON.encode([
            "prompt": "Once upon a time", "max_tokens": .integer(Int64(tokens)), "ignore_eos": true, "stream": .bool(stream),
        ])
    }

    /// A client that goes leaves the worker to the next: what is left of its text is not written.
    @Test(arguments: [true, false]) func aClientThatGoesFreesTheWorker(stream: Bool) throws {
        // By itself it would take minutes.
        var connection: RawConnection? = try Served.connect()
        connection?.request("POST", "/v1/completions", try Self.body(1000, stream: stream))
        if stream { #expect(connection?.some().isEmpty == false) } else { usleep(500_000) }
        let waiting = try Served.connect()
        waiting.request("POST", "/v1/completions", try Self.body(1))
        connection = nil
        let clock = ContinuousClock()
        let start = clock.now
        #expect(try waiting.reply().status == 200)
        #expect(clock.now - start < .seconds(20))
    }

    /// Requests wait in line; all are answered.
    @Test func manyAtOnceAreAnsweredInTurn() throws {
        let connections = try (0..<12).map { _ in try Served.connect() }
        for connection in connections { connection.request("POST", "/v1/completions", try Self.body(2)) }
        for connection in connections { #expect(try connection.reply().status == 200) }
    }

    @Test func anInterruptEndsItAndTakesTheSocketAway() throws {
        let program = try ServeProgram(["--model", DemonstrationModel.path()])
        let socket = try #require(program.socket)
        var status = stat()
        #expect(stat(socket, &status) == 0 && status.st_mode & 0o077 == 0, "only its own user may connect")
        let connection = try RawConnection(socket: socket)
        connection.request("POST", "/v1/completions", try Self.body(2000))
        usleep(300_000)
        #expect(program.end() == 0)
        let reply = try? connection.reply()
        #expect(reply == nil || reply?.status == 503)
        #expect(!FileManager.default.fileExists(atPath: socket))
    }

    @Test func aPortIsOfTheLoopbackAlone() throws {
        let program = try ServeProgram(["--model", DemonstrationModel.path(), "--context", "64"], onPort: true)
        let port = try #require(program.port)
        let connection = try RawConnection(port: port)
        connection.request("GET", "/v1/models")
        let reply = try connection.reply()
        #expect(reply.status == 200)
        // 0100007F is 127.0.0.1 as the kernel lists it; 0A is a listening socket's state.
        let listening = try String(contentsOfFile: "/proc/net/tcp", encoding: .utf8).split(separator: "\n").filter {
            $0.contains(":" + String(format: "%04X", port) + " 00000000:0000 0A")
        }
        #expect(listening.count == 1 && listening[0].contains("0100007F:"))
        #expect(program.end() == 0)
    }

    @Test(arguments: [
        (["--port", "1"], 64), (["--model", "/nonexistent.gguf", "--port", "0"], 65), (["--model", "/etc/hostname", "--port", "0"], 65),
        (["--model", "x", "--port", "70000"], 64), (["--model", "x", "--port", "1", "--socket", "y"], 64), (["--model", "x"], 64),
    ] as [([String], Int32)])
    func statuses(arguments: [String], status: Int32) throws {
        let outcome = try BuiltProgram("assay-serve").run(arguments)
        #expect(outcome.status == status && !outcome.errors.isEmpty)
    }

    @Test func aPlaceThatIsTakenIsLeftAlone() throws {
        let file = FileManager.default.temporaryDirectory.appending(path: "taken-\(UInt32.random(in: .min ... .max))")
        try Data("mine".utf8).write(to: file)
        defer { try? FileManager.default.removeItem(at: file) }
        let outcome = try BuiltProgram("assay-serve").run(["--model", DemonstrationModel.path(), "--socket", file.path])
        #expect(outcome.status == 73)
        #expect(try String(contentsOf: file, encoding: .utf8) == "mine")
        #expect(try BuiltProgram("assay-serve").run(["--model", DemonstrationModel.path(), "--socket", Served.socket()]).status == 73)
    }
}
