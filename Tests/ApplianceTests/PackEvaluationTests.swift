import Appliance
import AuditCrypto
import CanonicalEncoding
import Foundation
import LocalAPI
import SealedMedia
import Testing

/// From a pack on its medium to a verdict's evidence.
@Suite("Evaluates on packs", .enabled(if: ApplianceFixture.engine != nil, "assay-engine is not built"))
struct PackEvaluationTests {
    private func code(_ body: () async throws -> some Any) async -> String? {
        do { _ = try await body() } catch { return (error as? LocalFailure)?.code ?? "\(error)" }
        return nil
    }

    private static let threshold: JSONValue = [["threshold": ["direction": "atLeast", "metric": "acc", "value": "0.01"]]]

    @Test func fromPackToEvidence() async throws {
        let fixture = try ApplianceFixture(engine: try #require(ApplianceFixture.engine))
        try await fixture.initialise()
        let keys = try ApplianceKeys(json: Array(#require(try await fixture.call("identity")["appliance"]?.string).utf8))
        let authors = try PackMaker(in: fixture.folder, recipient: keys.recipient)
        try authors.build("1.0", expires: "2027-02-01T00:00:00Z")
        let installed = try await fixture.installPack(authors.pack, root: authors.root)
        let id = try await fixture.ingest(TinyModel())
        func draft(_ more: JSONObject = [:]) async throws -> JSONValue {
            var parameters: JSONObject = ["pack": "suite", "submission": .string(id), "thresholds": Self.threshold]
            for (name, value) in more.members { parameters[name] = value }
            return try await fixture.call("plan.draft", .object(parameters))
        }
        #expect(await code { try await draft(["pack": "other"]) } == "pack.not-installed")
        #expect(await code { try await draft(["suites": ["none"]]) } == "plan.unknown-suite")
        #expect(await code { try await draft(["stopEarly": true, "thresholds": []]) } == "plan.no-threshold")
        #expect(await code { try await draft(["thresholds": []]) } == nil)
        #expect(await code { try await draft(["thresholds": [["threshold": ["direction": "atLeast", "metric": "f1", "value": "0.5"]]]]) } == "plan.no-such-metric")
        let drafted = try await draft(), text = try #require(drafted["plan"]?.string)
        let suites = try #require(try StrictJSON.parse(Array(text.utf8))["suites"]?.array)
        #expect(suites.compactMap { $0["task"]?.string } == ["pack_open", "pack_private"])
        let pack: JSONValue = ["name": "suite", "sha256": installed["sha256"] ?? nil, "version": "1.0"]
        #expect(suites.allSatisfy { $0["pack"] == pack })
        // The digest of the items as they are in clear.
        #expect(suites[1]["data"]?.array?.first?["sha256"]?.string == SHA256Digest.of(Array(PackMaker.items(10..<13).utf8)).hex)

        func evaluate(_ plan: String) async throws -> JSONValue {
            try await fixture.act(
                "evaluate", ["plan": .string(SHA256Digest.of(Array(plan.utf8)).hex), "submission": .string(id)], as: "alice", attachment: plan)
        }
        let result = try await evaluate(text)
        #expect(result["results"]?.array?.compactMap { $0["n"]?.integer } == [4, 3])
        // The private items' questions were asked.
        let shown = try await fixture.act("inspect.transcripts", ["run": result["run"] ?? nil, "from": 4, "count": 1], as: "alice")
        #expect(String(decoding: try CanonicalJSON.encode(shown), as: UTF8.self).contains("Is 10 even?"))
        let prepared = try await fixture.call(
            "verdict.prepare", ["decision": "inconclusive", "person": "bob", "submission": .string(id)])
        let evidence = try #require(prepared["statement"]?["suites"]?.array)
        #expect(evidence.allSatisfy { $0["pack"] == ["digest": ["sha256": installed["sha256"] ?? nil], "name": "suite", "version": "1.0"] })

        // Expired: no new plan and no new run; what was finished is repeated.
        let other = text.replacing(#""seed":1"#, with: #""seed":2"#)
        fixture.clock.advance(by: 30 * 86_400)
        #expect(await code { try await draft() } == "pack.expired")
        #expect(await code { try await evaluate(other) } == "pack.expired")
        #expect(try await fixture.entries().last?.code == "pack.expired")
        let replay = try await fixture.act("evaluate.replay", ["run": result["run"] ?? nil], as: "alice")
        #expect(replay["identical"] == true && replay["samples"] == 7)

        // Private items that are sealed anew make another pack.
        try authors.build("1.0", expires: "2028-01-01T00:00:00Z", rootSigners: 2)
        try await fixture.installPack(authors.pack)
        #expect(try await draft()["sha256"] != drafted["sha256"])
        #expect(await code { try await evaluate(text) } == "pack.other-version")
        #expect(await code { try await fixture.act("evaluate.replay", ["run": result["run"] ?? nil], as: "alice") } == "pack.other-version")
        try await fixture.removePack("suite")
        #expect(await code { try await evaluate(text) } == "pack.not-installed")
    }
}
