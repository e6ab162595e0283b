import CanonicalEncoding
import Foundation
import Testing

/// A short `make crash`: a writer that is killed, and what is left of its ledger.
@Suite struct CrashTests {
    @Test func nothingAcknowledgedIsLost() throws {
        let tests = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        let process = Process(), pipe = Pipe()
        process.executableURL = URL(filePath: tests).deletingLastPathComponent().appending(path: "ledger-crash")
        process.arguments = ["run", "--runs", "25", "--json"]
        process.standardOutput = pipe
        try process.run()
        let data = pipe.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        #expect(process.terminationStatus == 0)
        let summary = try StrictJSON.parse([UInt8](data.prefix { $0 != UInt8(ascii: "\n") }))
        #expect(summary["kills"] == 25 && summary["lost"] == 0)
        #expect(summary["found"] == summary["acknowledged"])
        #expect(try #require(summary["acknowledged"]?.integer) > 0)
    }
}
