import CanonicalEncoding
import Foundation
import Testing

@Suite struct MediaCrashTests {
    /// `make crash` does the same 200 times.
    @Test func aKilledSealAndAKilledIngestGoOn() throws {
        let (process, pipe) = (Process(), Pipe())
        let tests = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        process.executableURL = URL(filePath: tests).deletingLastPathComponent().appending(path: "media-crash")
        process.arguments = ["run", "--runs", "6", "--json"]
        process.standardOutput = pipe
        try process.run()
        let data = pipe.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        #expect(process.terminationStatus == 0)
        let summary = try StrictJSON.parse([UInt8](data.prefix { $0 != UInt8(ascii: "\n") }))
        #expect(summary["sealKills"] == 6 && summary["ingestKills"] == 6)
    }
}
