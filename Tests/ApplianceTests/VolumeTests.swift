import Appliance
import CanonicalEncoding
import Foundation
import LocalAPI
import SealedMedia
import TestTools
import Testing

/// Submissions that come on several volumes, or damaged.
@Suite struct VolumeTests {
    private func ingest(_ fixture: ApplianceFixture, _ scope: JSONObject) async throws -> JSONValue {
        try await fixture.act("submission.ingest", .object(scope), as: "alice")
    }

    private func sealed(_ fixture: ApplianceFixture) async throws -> String {
        let others = (1...6).map { ("note-\($0).txt", Noise.bytes(900_000, seed: UInt64($0))) }
        return try await fixture.seal(others: others, repair: RepairShare("40%"), volumeSize: 5_000_000)
    }

    @Test func volumesComeOneByOneAndOneIsLost() async throws {
        let fixture = try ApplianceFixture()
        try await fixture.initialise()
        let media = try await sealed(fixture)
        let volumes = try FileManager.default.contentsOfDirectory(atPath: media).sorted()
        #expect(volumes.count == 3)
        let first = try await ingest(fixture, ["media": .string("\(media)/\(volumes[2])")])
        let id = try #require(first["submission"]?.string)
        #expect(first["whole"] == false && first["receipt"] == nil)
        #expect(try await fixture.entries().last?.action == "submission.incoming")

        // It is listed as what it is, and there is nothing to look at.
        let listed = try await fixture.call("submissions")
        #expect(listed["submissions"] == [] && listed["incoming"]?.array?.map { $0["submission"] } == [.string(id)])
        let numbers = listed["incoming"]?.array?.first?["volumes"]?.array?.map { $0["held"] == $0["parts"] }
        #expect(numbers == [false, false, true])
        let failure = await #expect(throws: LocalFailure.self) {
            try await fixture.act("inspect.files", ["submission": .string(id)], as: "alice")
        }
        #expect(failure?.code == "store.no-such-submission")

        let last = try await ingest(fixture, ["media": .string("\(media)/\(volumes[0])"), "repair": true])
        #expect(last["whole"] == true && last["submission"] == .string(id) && last["receipt"]?.string != nil)
        #expect(try #require(last["rebuilt"]?.integer) > 0)
        let after = try await fixture.call("submissions")
        #expect(after["incoming"] == [] && after["submissions"]?.array?.count == 1)
    }

    @Test func whatIsNotWholeCanBeGivenUp() async throws {
        let fixture = try ApplianceFixture()
        try await fixture.initialise()
        let media = try await sealed(fixture)
        let id = try #require(try await ingest(fixture, ["media": .string("\(media)/volume-001")])["submission"]?.string)
        let failure = await #expect(throws: LocalFailure.self) { try await ingest(fixture, ["drop": "00"]) }
        #expect(failure?.code == "store.no-such-submission")
        #expect(try await ingest(fixture, ["drop": .string(String(id.prefix(8)))])["dropped"] == .string(id))
        let last = try #require(try await fixture.entries().last)
        #expect(last.action == "submission.refused" && last.code == "submission.dropped")
        #expect(try await fixture.call("submissions")["incoming"] == [])
        #expect(try FileManager.default.contentsOfDirectory(atPath: fixture.home + "/store/segments").isEmpty)
    }

    /// A damaged medium is refused, and taken in when repairing is asked for; the ledger says how much was damaged.
    @Test func aDamagedMediumIsRepaired() async throws {
        let fixture = try ApplianceFixture()
        try await fixture.initialise()
        let media = try await fixture.seal(others: [("note.txt", Noise.bytes(300_000, seed: 3))], repair: RepairShare("30%"))
        try Data([1]).write(to: URL(filePath: media + "/segments/000003.zst.age"))
        let failure = await #expect(throws: LocalFailure.self) { try await ingest(fixture, ["media": .string(media)]) }
        #expect(failure?.code == "media.segment-truncated")
        let result = try await ingest(fixture, ["media": .string(media), "repair": true])
        #expect(result["rebuilt"] == 1 && result["damage"]?.array?.map { $0["file"] } == ["segments/000003.zst.age"])
        let shown = try await fixture.call("ledger.show", ["from": 0, "count": 1000])["entries"]?.array ?? []
        let details = try #require(shown.last { $0["action"] == "submission.accepted" }?["details"])
        #expect(details["damaged"] == 1 && details["rebuilt"] == 1)
    }
}
