import Appliance
import CanonicalEncoding
import Foundation
import GRDB
import LocalAPI
import Testing

/// Unlocking from where a snapshot ends.
@Suite struct SnapshotTests {
    /// An appliance with a submission, looks, a waiting request with nobody's approval yet, and somebody barred.
    private static func used() async throws -> (ApplianceFixture, submission: JSONValue) {
        let fixture = try ApplianceFixture()
        try await fixture.initialise()
        let media = try await fixture.seal()
        let taken = try await fixture.act("submission.ingest", ["media": .string(media)], as: "alice")
        let submission = taken["submission"] ?? nil
        for from in 0..<3 {
            _ = try await fixture.act(
                "inspect.records", ["submission": submission, "from": .integer(Int64(from)), "count": 2], as: "alice")
        }
        _ = try await fixture.act("appliance.maintain", [:], as: "bob")
        return (fixture, submission)
    }

    private static func state(_ fixture: ApplianceFixture, _ appliance: Appliance?) async throws -> [JSONValue] {
        let status = try await fixture.call("status", on: appliance)
        return [
            try await fixture.call("budgets", on: appliance), try await fixture.call("requests", on: appliance),
            status["people"] ?? nil, status["roster"] ?? nil, try await fixture.call("trust", on: appliance),
        ]
    }

    private static func exists(_ fixture: ApplianceFixture) -> Bool { FileManager.default.fileExists(atPath: fixture.home + "/standing") }

    @Test func whatFollowsIsTheSame() async throws {
        let (fixture, submission) = try await Self.used()
        let before = try await Self.state(fixture, nil)
        _ = try await fixture.reopen()
        #expect(!Self.exists(fixture))
        _ = try await fixture.reopen(snapshotInterval: 5)
        #expect(Self.exists(fixture))
        // Read from the snapshot, and on from there.
        let again = try await fixture.reopen(snapshotInterval: 5)
        #expect(try await Self.state(fixture, again) == before)
        let id = try #require(try await fixture.call("requests", on: again)["requests"]?.array?.first?["request"]?.string)
        _ = try await fixture.act("request.approve", ["request": .string(id)], as: "carol", on: again)
        _ = try await fixture.act("inspect.records", ["submission": submission, "from": 0, "count": 2], as: "alice", on: again)
        let after = try await Self.state(fixture, again)
        #expect(after != before)
        let last = try await fixture.reopen(snapshotInterval: 5)
        #expect(try await Self.state(fixture, last) == after)
        _ = try await fixture.act("request.perform", ["request": .string(id)], as: "bob", on: last)
        #expect(try await fixture.call("ledger.verify", on: fixture.reopen(snapshotInterval: 1))["entries"] != nil)
    }

    /// Neither a damaged snapshot nor one of another appliance makes a difference.
    @Test func anotherSnapshotIsPassedOver() async throws {
        let (fixture, _) = try await Self.used()
        let before = try await Self.state(fixture, nil)
        _ = try await fixture.reopen(snapshotInterval: 5)
        let file = URL(filePath: fixture.home + "/standing")
        let good = try Data(contentsOf: file)
        let (other, _) = try await Self.used()
        _ = try await other.reopen(snapshotInterval: 5)
        for spoilt in [Data(), good.dropLast(), good + [0], Data(good.map { $0 ^ 1 }), try Data(contentsOf: URL(filePath: other.home + "/standing"))] {
            try spoilt.write(to: file)
            #expect(try await Self.state(fixture, fixture.reopen()) == before)
        }
    }

    /// With a snapshot, an entry that lasts is still looked at, and what follows it too.
    @Test(arguments: [(0, "ledger.broken-chain"), (1, "ledger.broken-chain")])
    func changedEntries(fromTheEnd: Int, code: String) async throws {
        let (fixture, _) = try await Self.used()
        _ = try await fixture.reopen(snapshotInterval: 5)
        let other = try await fixture.reopen()
        let size = try await fixture.entries(on: other).count
        let sequence = fromTheEnd == 0 ? 0 : size - fromTheEnd
        let queue = try DatabaseQueue(path: fixture.home + "/ledger.sqlite")
        try await queue.write { database in
            try database.execute(sql: "DROP TRIGGER entry_no_update")
            try database.execute(
                sql: "UPDATE entry SET bytes = CAST(replace(CAST(bytes AS TEXT), '\"time\":18', '\"time\":19') AS BLOB) WHERE sequence = ?",
                arguments: [sequence])
        }
        do {
            _ = try await fixture.reopen()
            Issue.record("entry \(sequence) was changed, and nothing was said")
        } catch let failure as LocalFailure {
            #expect(failure.code == code)
        }
    }
}
