import CanonicalEncoding
import TestTools
import Testing

@Suite struct MediaCrashTests {
    /// `make crash` does the same 200 times.
    @Test func aKilledSealAndAKilledIngestGoOn() throws {
        let outcome = try BuiltProgram("media-crash").run(["run", "--runs", "6", "--json"])
        #expect(outcome.status == 0)
        let summary = try StrictJSON.parse(Array(outcome.output.prefix { $0 != UInt8(ascii: "\n") }))
        #expect(summary["sealKills"] == 6 && summary["ingestKills"] == 6)
    }
}
