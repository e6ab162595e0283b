import Appliance
import CanonicalEncoding
import Foundation
import LocalAPI
import Testing

/// What is held, and for how long the terms say that it is.
@Suite struct RetentionTests {
    @Test func dueAfterItsDays() async throws {
        let fixture = try ApplianceFixture()
        try await fixture.initialise(terms: fixture.terms(retention: 30))
        _ = try await fixture.install("terms.install", "terms", fixture.signed(fixture.terms(lab: fixture.otherLab), by: [fixture.authority, fixture.otherLab]))
        var ids: [String] = []
        for (name, key) in [("own", nil), ("others", fixture.otherLab)] {
            let media = try await fixture.seal(name, model: name, key: key)
            ids.append(try #require(try await fixture.act("submission.ingest", ["media": .string(media)], as: "alice")["submission"]?.string))
        }
        func held() async throws -> [JSONValue] { try #require(try await fixture.call("retention")["submissions"]?.array) }
        let segments = fixture.home + "/store/segments/\(ids[0])"
        let bytes = try FileManager.default.contentsOfDirectory(atPath: segments).reduce(Int64(0)) { sum, name in
            sum + Int64(try Data(contentsOf: URL(filePath: "\(segments)/\(name)")).count)
        }
        fixture.clock.advance(by: 30 * 86_400 - 1)
        #expect(try await held().map { $0["due"] } == [false, false])
        fixture.clock.advance(by: 1)
        let now = try await held()
        #expect(now.map { $0["due"] } == [true, false] && now.map { $0["retention"] } == [30, .null])
        #expect(now[0]["bytes"] == .integer(bytes) && now[0]["samples"] == 0 && now[0]["exported"] == false && now[0]["age"] == .integer(30 * 86_400))
        let request: JSONValue = [
            "request": .string(try ApplianceFixture.waiting(try await fixture.act("submission.purge", ["submission": .string(ids[0])], as: "bob")))
        ]
        _ = try await fixture.act("request.approve", request, as: "carol")
        _ = try await fixture.act("request.perform", request, as: "bob")
        let after = try await held()[0]
        #expect(after["due"] == false && after["purged"] == true && after["bytes"] == 0)
    }
}
