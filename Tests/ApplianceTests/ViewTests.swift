import AuditCrypto
import CanonicalEncoding
import Clearance
import Foundation
import LocalAPI
import Testing

/// The views of files, datasets, logs and transcripts: recorded before they are shown, metered under their class, and
/// shown only to whoever is cleared.
@Suite struct ViewTests {
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

    /// Action, scope without the submission, class, rows charged.
    static let looks: [(String, JSONObject, String, Int64?)] = [
        ("inspect.files", [:], "weights", nil),
        ("inspect.search", ["pattern": "row 3", "count": 5], "datasets", 1),
        ("inspect.search", ["pattern": "ROW", "count": 2, "ignoreCase": true], "datasets", 2),
        ("inspect.search", ["pattern": "row", "count": 0], "datasets", nil),
        ("inspect.sample", ["count": 4], "datasets", 4),
        ("inspect.sample", ["count": 4, "seed": 9], "datasets", 4),
        ("inspect.dataset", [:], "datasets", nil),
        ("inspect.curves", ["points": 8], "logs", nil),
    ]

    @Test(arguments: looks.indices) func recordedAndMetered(index: Int) async throws {
        let (action, scope, kind, rows) = Self.looks[index]
        let fixture = try ApplianceFixture()
        try await fixture.initialise()
        let id = try await ingest(fixture, try await fixture.seal())
        var full = scope
        full["submission"] = .string(String(id.prefix(10)))
        let look = try await fixture.act(action, .object(full), as: "alice")
        let entry = try await lastEntry(fixture)
        #expect((entry["action"], entry["actor"], entry["sequence"]) == (.string(action), "alice", look["entry"]))
        #expect(entry["details"]?["submission"] == .string(id))
        let charge = try #require(entry["details"]?["shown"]?.array?.first)
        #expect((charge["class"], charge["bytes"], charge["rows"]) == (.string(kind), look["bytes"], rows.map { .integer($0) }))
        #expect(look["left"]?[kind] == .integer((1 << 20) - (look["bytes"]?.integer ?? 0)))
        #expect(look["watermark"]?.string?.hasPrefix("alice · entry ") == true)
        // Nothing of what was seen or looked for is in the ledger.
        // The signature is left out: its letters may be any, by chance these too.
        let text = String(decoding: try CanonicalJSON.encode([entry["details"] ?? .null, entry["subjects"] ?? .null]), as: UTF8.self)
        #expect(!text.contains("row 3") && !text.contains("ROW") && !text.contains("jsonl"))
        // A budget that is too small shows nothing, and says so on the ledger.
        _ = try await fixture.install("terms.install", "terms", fixture.signed(fixture.terms(version: 2, person: 1, total: 1 << 20)))
        #expect(await code { try await fixture.act(action, .object(full), as: "bob") } == "clearance.budget-spent")
        #expect(try await fixture.entries().last?.code == "clearance.budget-spent")
    }

    @Test func whatTheyShow() async throws {
        let fixture = try ApplianceFixture()
        try await fixture.initialise()
        let id = try await ingest(fixture, try await fixture.seal(others: [("config.json", Array("{}".utf8))]))
        func view(_ action: String, _ scope: JSONObject) async throws -> JSONValue {
            var scope = scope
            scope["submission"] = .string(id)
            return try await fixture.act(action, .object(scope), as: "alice")["view"] ?? .null
        }
        let files = try await view("inspect.files", [:])
        #expect(files["files"]?.array?.compactMap { $0["path"]?.string } == ["config.json", "log.jsonl", "model.safetensors", "records.jsonl"])
        #expect(files["files"]?.array?.first?["sha256"] == .string(SHA256Digest.of(Array("{}".utf8)).hex))
        #expect(files["files"]?.array?.first?["kind"] == "other" && files["model"] == "tiny" && files["lab"] == "Test lab")
        let found = try await view("inspect.search", ["pattern": "row", "count": 2])
        #expect(found["matches"] == 10 && found["rows"]?.array?.count == 2)
        // The seed follows from the submission's id, and is told; given itself it draws the same rows.
        let sample = try await view("inspect.sample", ["count": 4])
        let seed = try #require(UInt64(id.prefix(13), radix: 16))
        #expect(sample["seed"] == .string(String(seed)))
        #expect(try await view("inspect.sample", ["count": 4, "seed": .integer(Int64(seed))]) == sample)
        #expect(try await view("inspect.dataset", [:])["rows"] == 10)
        let curves = try await view("inspect.curves", ["points": 200])
        #expect(curves["curves"]?.array?.first?["points"]?.array?.first == [1, "3.0"])
    }

    /// Rows that a search or a sample would show count towards the quota as those of a page do.
    @Test func rowsAboveTheQuota() async throws {
        let fixture = try ApplianceFixture()
        try await fixture.initialise(terms: fixture.terms(rowsAlone: 4))
        let id = try await ingest(fixture, try await fixture.seal())
        let five: JSONValue = ["submission": .string(id), "count": 5]
        let request = try ApplianceFixture.waiting(try await fixture.act("inspect.sample", five, as: "alice"))
        _ = try await fixture.act("request.approve", ["request": .string(request)], as: "carol")
        #expect(try await fixture.act("request.perform", ["request": .string(request)], as: "alice")["view"]?["rows"]?.array?.count == 5)
        let search: JSONValue = ["submission": .string(id), "pattern": "row", "count": 1]
        #expect(try await fixture.act("inspect.search", search, as: "alice")["waiting"] != nil)
        // How many there are shows no row.
        #expect(await code { try await fixture.act("inspect.search", ["submission": .string(id), "pattern": "row", "count": 0], as: "alice") } == nil)
    }

    @Test(arguments: [
        ("inspect.search", ["pattern": "", "count": 1]), ("inspect.search", ["pattern": "x", "count": 1001]),
        ("inspect.search", ["count": 1]), ("inspect.sample", ["count": 0]), ("inspect.curves", ["points": 1]),
        ("inspect.files", ["count": 1]), ("inspect.dataset", ["from": 0]),
    ] as [(String, JSONObject)])
    func malformed(action: String, scope: JSONObject) async throws {
        let fixture = try ApplianceFixture()
        try await fixture.initialise()
        var scope = scope
        scope["submission"] = .string(try await ingest(fixture, try await fixture.seal()))
        #expect(await code { try await fixture.act(action, .object(scope), as: "alice") } == "request.malformed")
    }

    /// A session for one submission covers no comparison with another, and no run of another.
    @Test func sessionsCoverWhatTheyName() async throws {
        let fixture = try ApplianceFixture()
        try await fixture.initialise()
        let one = try await ingest(fixture, try await fixture.seal())
        let other = try await ingest(fixture, try await fixture.seal("second", model: "other"))
        let session = try await fixture.act("session.open", ["minutes": 5, "submissions": [.string(one)]], as: "alice")
        func look(_ action: String, _ scope: JSONValue) async -> String? {
            await code {
                try await fixture.call(
                    "look", ["action": .string(action), "scope": scope, "session": session["session"] ?? nil, "token": session["token"] ?? nil])
            }
        }
        #expect(await look("inspect.files", ["submission": .string(one)]) == nil)
        #expect(await look("inspect.files", ["submission": .string(other)]) == "clearance.not-permitted")
        #expect(await look("inspect.compare", ["submission": .string(one), "with": .string(other)]) == "clearance.not-permitted")
        #expect(await look("inspect.differences", ["submission": .string(one), "with": .string(other)]) == "clearance.not-permitted")
    }
}
