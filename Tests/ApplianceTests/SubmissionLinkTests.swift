import Appliance
import AuditCrypto
import CanonicalEncoding
import Foundation
import LocalAPI
import Testing

/// Submissions of the same weights, and those that take an earlier one's place.
@Suite struct SubmissionLinkTests {
    private func ingest(_ fixture: ApplianceFixture, _ media: String) async throws -> String {
        try #require(try await fixture.act("submission.ingest", ["media": .string(media)], as: "alice")["submission"]?.string)
    }

    /// Safetensors of four numbers, the first of them other than in the fixture's own.
    private func otherWeights() -> [UInt8] {
        let header = Array(#"{"weight":{"dtype":"F32","shape":[2,2],"data_offsets":[0,16]}}"#.utf8)
        return [UInt8(header.count)] + [UInt8](repeating: 0, count: 7) + header + [0, 0, 128, 63] + [UInt8](repeating: 0, count: 12)
    }

    private func accepted(_ fixture: ApplianceFixture) async throws -> [JSONValue] {
        let shown = try await fixture.call("ledger.show", ["from": 0, "count": 1000])["entries"]?.array ?? []
        return shown.filter { $0["action"] == "submission.accepted" }.compactMap { $0["details"] }
    }

    @Test func theSameWeightsAreLinked() async throws {
        let fixture = try ApplianceFixture()
        try await fixture.initialise()
        let first = try await ingest(fixture, try await fixture.seal("one", model: "one"))
        let other = try await ingest(fixture, try await fixture.seal("two", model: "two", weights: otherWeights()))
        // By another lab, under another name: the weights are what counts.
        let third = try await ingest(fixture, try await fixture.seal("three", model: "three", key: fixture.otherLab))
        let details = try await accepted(fixture)
        #expect(details[0]["duplicates"] == nil && details[1]["duplicates"] == nil)
        #expect(details[2]["duplicates"] == [.string(first)])
        let listed = try #require(try await fixture.call("submissions")["submissions"]?.array)
        #expect(listed.map { $0["submission"] } == [.string(first), .string(other), .string(third)])
        #expect(listed.map { $0["duplicates"] } == [[], [], [.string(first)]])
        #expect(try await fixture.call("status")["duplicates"] == 1)
    }

    @Test func aLabSupersedesItsOwn() async throws {
        let fixture = try ApplianceFixture()
        try await fixture.initialise()
        let first = try await ingest(fixture, try await fixture.seal("one", model: "one"))
        let manifest = SHA256Digest.of(Array(try Data(contentsOf: URL(filePath: fixture.folder + "/one/manifest.dsse.json")))).hex
        let second = try await ingest(fixture, try await fixture.seal("two", model: "two", weights: otherWeights(), supersedes: first))
        // By the manifest's digest it is the same one.
        let third = try await ingest(fixture, try await fixture.seal("three", model: "three", supersedes: manifest))
        let details = try await accepted(fixture)
        #expect(details.map { $0["supersedes"] ?? .null } == [.null, .string(first), .string(first)])
        let listed = try #require(try await fixture.call("submissions")["submissions"]?.array)
        #expect(listed.map { $0["supersededBy"] } == [.string(third), .null, .null])
        #expect(listed.map { $0["supersedes"] } == [.null, .string(first), .string(first)])
        #expect(listed[1]["submission"] == .string(second))
        #expect(try await fixture.call("status")["superseded"] == 1)
    }

    /// What is not there, and what another lab submitted, cannot be superseded; the refusal is recorded, and nothing kept.
    @Test func nobodyElses() async throws {
        let fixture = try ApplianceFixture()
        try await fixture.initialise()
        let first = try await ingest(fixture, try await fixture.seal("one", model: "one"))
        for (name, supersedes, key) in [("two", String(repeating: "0", count: 64), nil), ("three", first, fixture.otherLab)] {
            let media = try await fixture.seal(name, model: name, key: key, supersedes: supersedes)
            let failure = await #expect(throws: LocalFailure.self) { try await ingest(fixture, media) }
            #expect(failure?.code == "submission.supersedes-unknown")
            let last = try #require(try await fixture.entries().last)
            #expect(last.action == "submission.refused" && last.code == "submission.supersedes-unknown")
        }
        #expect(try await fixture.call("submissions")["submissions"]?.array?.count == 1)
        #expect(try FileManager.default.contentsOfDirectory(atPath: fixture.home + "/store/segments") == [first])
    }
}
