import CanonicalEncoding
import Clearance
import Foundation
import LocalAPI
import Testing

/// The terms that a lab says it submits under, beside those that the appliance has taken in.
@Suite struct DeclaredTermsTests {
    private func code(_ body: () async throws -> JSONValue) async -> String? {
        do {
            _ = try await body()
            return nil
        } catch { return (error as? LocalFailure)?.code }
    }

    private func listed(_ fixture: ApplianceFixture) async throws -> JSONValue {
        try #require(try await fixture.call("submissions")["submissions"]?.array?.first)
    }

    @Test func lookedAtUnderThemOrNewerOnesOnly() async throws {
        let fixture = try ApplianceFixture()
        try await fixture.initialise()
        let second = try fixture.terms(version: 2, person: 1 << 18)
        let media = try await fixture.seal(under: second)
        let result = try await fixture.act("submission.ingest", ["media": .string(media)], as: "alice")
        let submission = try #require(result["submission"])
        #expect(result["terms"] == ["state": "not-in-force", "version": 2])
        let shown = try await fixture.call("ledger.show", ["from": 0, "count": 1000])["entries"]?.array ?? []
        #expect(shown.last { $0["action"] == "submission.accepted" }?["details"]?["terms"] == "not-in-force")

        // Only the first version is in force, which allows more.
        let look: JSONValue = ["submission": submission]
        #expect(await code { try await fixture.act("inspect.files", look, as: "alice") } == "clearance.other-terms")
        let values: JSONValue = ["submission": submission, "tensor": "weight", "from": 0, "count": 1]
        #expect(await code { try await fixture.act("inspect.values", values, as: "alice") } == "clearance.other-terms")
        #expect(try await fixture.entries().filter { $0.code == "clearance.other-terms" }.count == 2)
        #expect(try await listed(fixture)["terms"] == ["state": "not-in-force", "version": 2])

        // The lab's signature alone, or the authority's besides: they are the same terms.
        _ = try await fixture.install("terms.install", "terms", fixture.signed(second, by: [fixture.lab, fixture.authority]))
        #expect(try await listed(fixture)["terms"] == ["state": "in-force", "version": 2])
        #expect(await code { try await fixture.act("inspect.files", look, as: "alice") } == nil)

        _ = try await fixture.install("terms.install", "terms", fixture.signed(fixture.terms(version: 3)))
        #expect(try await listed(fixture)["terms"] == ["state": "replaced", "version": 2])
        #expect(await code { try await fixture.act("inspect.files", look, as: "alice") } == nil)
    }

    /// Two documents can bear one version.
    @Test func othersOfTheSameVersion() async throws {
        let fixture = try ApplianceFixture()
        try await fixture.initialise()
        let media = try await fixture.seal(under: fixture.terms(rowsAlone: 1))
        let result = try await fixture.act("submission.ingest", ["media": .string(media)], as: "alice")
        #expect(result["terms"] == ["state": "not-in-force", "version": 1])
        let look: JSONValue = ["submission": try #require(result["submission"])]
        #expect(await code { try await fixture.act("inspect.files", look, as: "alice") } == "clearance.other-terms")
    }

    @Test func thoseInForceAndNone() async throws {
        let fixture = try ApplianceFixture()
        try await fixture.initialise()
        let named = try await fixture.act("submission.ingest", ["media": .string(try await fixture.seal("one", under: fixture.terms()))], as: "alice")
        #expect(named["terms"] == ["state": "in-force", "version": 1])
        let silent = try await fixture.act("submission.ingest", ["media": .string(try await fixture.seal("two", model: "blank\u{2800}"))], as: "alice")
        #expect(silent["terms"] == .null)
        let look: JSONValue = ["submission": try #require(silent["submission"])]
        let view = try await fixture.act("inspect.files", look, as: "alice")["view"]
        #expect(view?["declaration"]?["name"] == "blank<U+2800>" && view?["declaration"]?["architecture"]?["types"] == ["F32": 1])
        #expect(view?["declaration"]?["contact"] == "lab@example.org" && view?["declaration"]?["terms"] == nil)
        let shown = try await fixture.call("ledger.show", ["from": 0, "count": 1000])["entries"]?.array ?? []
        #expect(shown.last { $0["action"] == "submission.accepted" }?["details"]?["terms"] == nil)
    }
}
