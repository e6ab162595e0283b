import CanonicalEncoding
import TestTools
import Testing

/// A short `make crash`: a writer that is killed, and what is left of its ledger.
@Suite struct CrashTests {
    @Test func nothingAcknowledgedIsLost() throws {
        let outcome = try BuiltProgram("ledger-crash").run(["run", "--runs", "25", "--json"])
        #expect(outcome.status == 0)
        let summary = try StrictJSON.parse(Array(outcome.output.prefix { $0 != UInt8(ascii: "\n") }))
        #expect(summary["kills"] == 25 && summary["lost"] == 0)
        #expect(summary["found"] == summary["acknowledged"])
        #expect(try #require(summary["acknowledged"]?.integer) > 0)
    }
}
