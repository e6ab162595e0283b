import AuditCrypto
import AuditSigning
import CanonicalEncoding
import Clearance
import Foundation
import LocalAPI
import Testing

/// Looks into weights, through the confined engine that is built beside the tests.
@Suite("Looks into weights", .enabled(if: ApplianceFixture.engine != nil, "assay-engine is not built"))
struct WeightViewTests {
    private func fixture() async throws -> ApplianceFixture {
        let fixture = try ApplianceFixture(engine: try #require(ApplianceFixture.engine))
        try await fixture.initialise()
        return fixture
    }

    private func ingest(_ fixture: ApplianceFixture, _ medium: String) async throws -> String {
        try #require(try await fixture.act("submission.ingest", ["media": .string(medium)], as: "alice")["submission"]?.string)
    }

    private func lastEntry(_ fixture: ApplianceFixture) async throws -> JSONValue {
        try #require(try await fixture.call("ledger.show", ["from": 0, "count": 1000])["entries"]?.array?.last)
    }

    private func code(_ body: () async throws -> JSONValue) async -> String? {
        do { _ = try await body() } catch { return (error as? LocalFailure)?.code ?? "\(error)" }
        return nil
    }

    /// Safetensors of float32 tensors.
    private func weights(_ tensors: [(name: String, shape: [Int], values: [Float])]) throws -> [UInt8] {
        var header: JSONObject = [:], data: [UInt8] = []
        for tensor in tensors {
            let start = data.count
            for value in tensor.values { for shift in 0..<4 { data.append(UInt8(truncatingIfNeeded: value.bitPattern >> (8 * UInt32(shift)))) } }
            header[tensor.name] = [
                "dtype": "F32", "shape": .array(tensor.shape.map { .integer(Int64($0)) }),
                "data_offsets": [.integer(Int64(start)), .integer(Int64(data.count))],
            ]
        }
        let json = try CanonicalJSON.encode(.object(header))
        return (0..<8).map { UInt8(truncatingIfNeeded: json.count >> (8 * $0)) } + json + data
    }

    @Test func tableStatisticsAndSpectrum() async throws {
        let fixture = try await fixture()
        let bytes = try weights([("m", [2, 2], [3, 0, 0, -4]), ("v", [3], [.nan, 1, -2])])
        let id = try await ingest(fixture, try await fixture.seal(weights: bytes))
        let plain = try await fixture.act("inspect.tensors", ["submission": .string(id)], as: "alice")
        #expect(plain["view"]?["tensors"]?.array?.first == ["name": "m", "type": "F32", "shape": [2, 2], "bytes": 16])
        let table = try await fixture.act("inspect.tensors", ["submission": .string(id), "statistics": true], as: "alice")
        let tensors = table["view"]?["tensors"]?.array ?? []
        #expect((tensors[0]["norm"], tensors[0]["minimum"], tensors[0]["mean"]) == ("5.0", "-4.0", "-0.25"))
        #expect((tensors[1]["nan"], tensors[1]["maximum"], tensors[1]["norm"]) == (1, "1.0", .string("\(5.0.squareRoot())")))
        var entry = try await lastEntry(fixture)
        #expect((entry["action"], entry["sequence"], entry["details"]?["statistics"]) == ("inspect.tensors", table["entry"], true))

        let tensor = try await fixture.act("inspect.tensor", ["submission": .string(id), "tensor": "m", "spectrum": 2], as: "alice")
        let values = (tensor["view"]?["spectrum"]?["values"]?.array ?? []).compactMap { $0.string.flatMap(Double.init) }
        #expect(values.count == 2 && abs(values[0] - 4) < 1e-12 && abs(values[1] - 3) < 1e-12)
        entry = try await lastEntry(fixture)
        #expect(entry["details"]?["shown"]?.array?.first?["class"] == "weights" && entry["details"]?["spectrum"] == 2)
        #expect(!String(decoding: try CanonicalJSON.encode(entry), as: UTF8.self).contains("\"m\""))
        // What the engine refuses is on the ledger, and costs nothing.
        let spent = try await fixture.call("budgets")
        #expect(await code { try await fixture.act("inspect.tensor", ["submission": .string(id), "tensor": "v", "spectrum": 2], as: "alice") } != nil)
        #expect(await code { try await fixture.act("inspect.tensor", ["submission": .string(id), "tensor": "absent"], as: "alice") } != nil)
        #expect(try await fixture.entries().suffix(2).map(\.action) == ["request.refused", "request.refused"])
        #expect(try await fixture.call("budgets") == spent)
    }

    @Test func valuesTakeTheLabsConsent() async throws {
        let fixture = try await fixture()
        let id = try await ingest(fixture, try await fixture.seal(weights: weights([("m", [2, 2], [1, -0.5, 0, 3])])))
        let scope: JSONValue = ["submission": .string(id), "tensor": "m", "from": 1, "count": 2]
        let request = try ApplianceFixture.waiting(try await fixture.act("inspect.values", scope, as: "alice"))
        // Nothing was charged for what only waits, and nobody of the same side can agree.
        #expect(try await lastEntry(fixture)["action"] == "request.waiting")
        #expect(await code { try await fixture.act("request.approve", ["request": .string(request)], as: "bob") } == "clearance.not-permitted")
        _ = try await fixture.act("request.approve", ["request": .string(request)], as: "carol")
        let shown = try await fixture.act("request.perform", ["request": .string(request)], as: "alice")
        #expect(
            shown["view"]?["rows"] == [
                ["number": 1, "stored": "bf000000", "value": "-0.5"], ["number": 2, "stored": "00000000", "value": "0.0"],
            ])
        let entry = try await lastEntry(fixture)
        #expect((entry["action"], entry["actor"], entry["sequence"]) == ("inspect.values", "alice", shown["entry"]))
        #expect(entry["details"]?["approvals"]?.array?.count == 1)
        #expect(entry["details"]?["shown"]?.array?.first?["bytes"] == shown["bytes"])
        // The consent was for that one look.
        #expect(try await fixture.act("inspect.values", scope, as: "alice")["waiting"] != nil)
    }

    @Test func comparisonIsChargedToBothLabs() async throws {
        let fixture = try await fixture()
        _ = try await fixture.install(
            "terms.install", "terms",
            fixture.signed(fixture.terms(lab: fixture.otherLab), by: [fixture.authority, fixture.otherLab]))
        let size = 12
        let base = (0..<size * size).map { Float($0 % 7) - 3 }
        let changed = base.enumerated().map { place, value in value + Float((place / size) % 3 + 1) * Float(place % size % 4) }
        let first = try weights([("a", [size, size], base), ("b", [4], [1, 2, 3, 4]), ("gone", [1], [0])])
        let second = try weights([("a", [size, size], changed), ("b", [4], [1, 2, 3, 4]), ("new", [1], [0])])
        let one = try await ingest(fixture, try await fixture.seal("one", weights: first))
        let other = try await ingest(fixture, try await fixture.seal("other", model: "other", weights: second, key: fixture.otherLab))
        let scope: JSONValue = ["submission": .string(one), "with": .string(other), "rank": 3]
        let look = try await fixture.act("inspect.compare", scope, as: "alice")
        let view = look["view"]
        #expect(view?["identical"] == 1)
        #expect(view?["onlyInFirst"]?.array?.first?["name"] == "gone" && view?["onlyInSecond"]?.array?.first?["name"] == "new")
        let differing = view?["differing"]?.array ?? []
        #expect(differing.count == 1 && differing[0]["name"] == "a" && differing[0]["largest"] == "9.0")
        #expect(differing[0]["delta"]?["rank"] == 1 && differing[0]["delta"]?["atLeast"] == false)
        // Tensors that only one has: that is more than a delta.
        #expect(view?["lowRank"]?["holds"] == false && view?["lowRank"]?["low"] == 1)

        let entry = try await lastEntry(fixture)
        let charges = entry["details"]?["shown"]?.array ?? []
        #expect(Set(charges.compactMap { $0["lab"]?.string }) == [fixture.lab.publicKey.keyID, fixture.otherLab.publicKey.keyID])
        #expect(charges.allSatisfy { $0["bytes"] == look["bytes"] && $0["class"] == "weights" })
        #expect(entry["details"]?["submission"] == .string(one) && entry["details"]?["with"] == .string(other))
        #expect(entry["subjects"]?.array?.compactMap { $0["name"]?.string } == ["weights", "with"])
        // One lab's budget that is too small stops the whole look.
        _ = try await fixture.install(
            "terms.install", "terms",
            fixture.signed(
                fixture.terms(version: 2, person: 1, total: 1 << 20, lab: fixture.otherLab), by: [fixture.authority, fixture.otherLab]))
        #expect(await code { try await fixture.act("inspect.compare", scope, as: "bob") } == "clearance.budget-spent")
        #expect(await code { try await fixture.act("inspect.compare", ["submission": .string(one), "with": .string(other), "rank": 64], as: "bob") }
            == "request.malformed")
    }

    @Test func lowRankDelta() async throws {
        let fixture = try await fixture()
        let size = 16
        let base = (0..<size * size).map { Float(($0 * 37) % 101) / 64 }
        let merged = base.enumerated().map { place, value in value + Float(place / size) / 256 * Float(place % size - 8) / 16 }
        let one = try await ingest(fixture, try await fixture.seal("one", weights: weights([("a", [size, size], base)])))
        let other = try await ingest(fixture, try await fixture.seal("other", model: "o", weights: weights([("a", [size, size], merged)])))
        let look = try await fixture.act(
            "inspect.compare", ["submission": .string(one), "with": .string(other), "rank": 4, "tolerance": "0.0001"], as: "alice")
        #expect(look["view"]?["lowRank"]?["holds"] == true && look["view"]?["lowRank"]?["largestRank"] == 1)
    }

    @Test func differencesOfTexts() async throws {
        let fixture = try await fixture()
        let bytes = try weights([("a", [1], [0])])
        let one = try await ingest(
            fixture, try await fixture.seal("one", weights: bytes, others: [("config.json", Array(#"{"layers":2,"name":"x"}"#.utf8))]))
        let other = try await ingest(
            fixture,
            try await fixture.seal(
                "other", model: "o", weights: bytes,
                others: [("config.json", Array(#"{"name":"x","layers":3}"#.utf8)), ("chat_template.jinja", Array("{{ x }}".utf8))]))
        let look = try await fixture.act("inspect.differences", ["submission": .string(one), "with": .string(other)], as: "alice")
        let documents = look["view"]?["documents"]?.array ?? []
        #expect(documents.compactMap { $0["name"]?.string } == ["config.json", "chat template"])
        #expect(documents[0]["removed"] == 1 && documents[0]["added"] == 1)
        #expect(documents[1]["onlyIn"] == "second")
        #expect(try await lastEntry(fixture)["details"]?["with"] == .string(other))
    }

    /// A GGUF file says what it is; a run of it leaves transcripts.
    @Test func transcriptsOfARun() async throws {
        let fixture = try await fixture()
        let path = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .appending(path: "InferenceEngineTests/Fixtures/small-quantised.gguf")
        let medium = try await fixture.seal(weights: Array(Data(contentsOf: path)), format: "gguf")
        let id = try await ingest(fixture, medium)
        let table = try await fixture.act("inspect.tensors", ["submission": .string(id)], as: "alice")
        #expect(table["view"]?["architecture"] == "llama" && table["view"]?["layers"] == 2 && table["view"]?["vocabulary"] == 403)

        let draft = try await fixture.call("plan.draft", ["submission": .string(id), "limit": 2])
        // This model has no chat template.
        let plan = try #require(draft["plan"]?.string).replacing(#""chatTemplate":true"#, with: #""chatTemplate":false"#)
        let run = try await fixture.act(
            "evaluate", ["submission": .string(id), "plan": .string(SHA256Digest.of(Array(plan.utf8)).hex)], as: "alice", attachment: plan)
        let name = try #require(run["run"]?.string)
        let look = try await fixture.act("inspect.transcripts", ["run": .string(name), "from": 1, "count": 2], as: "alice")
        let rows = look["view"]?["rows"]?.array ?? []
        #expect(rows.compactMap { $0["number"]?.integer } == [1, 2] && look["view"]?["total"]?.integer ?? 0 >= 4)
        #expect(rows.allSatisfy { $0["prompts"]?.array?.first?.string?.isEmpty == false })
        let entry = try await lastEntry(fixture)
        #expect((entry["action"], entry["details"]?["run"], entry["sequence"]) == ("inspect.transcripts", .string(name), look["entry"]))
        #expect(entry["details"]?["shown"]?.array?.first?["class"] == "transcripts")
        // A session for another submission does not cover it; one for this does, by the appliance's own word.
        let other = try await ingest(fixture, try await fixture.seal("second", model: "other"))
        for (submission, expected) in [(other, "clearance.not-permitted"), (id, nil)] as [(String, String?)] {
            let session = try await fixture.act("session.open", ["minutes": 5, "submissions": [.string(submission)]], as: "alice")
            let scope: JSONValue = ["run": .string(name), "from": 0, "count": 1, "submission": .string(submission)]
            let answer = await code {
                try await fixture.call(
                    "look",
                    ["action": "inspect.transcripts", "scope": scope, "session": session["session"] ?? nil, "token": session["token"] ?? nil])
            }
            #expect(answer == expected)
        }
    }
}
