import Appliance
import AuditCrypto
import AuditSigning
import CanonicalEncoding
import Clearance
import EvaluationLogs
import Foundation
import LocalAPI
import Testing

/// Two runs held against each other, and a run's samples as logs: recorded and charged first, and then in pieces.
@Suite("Looks at runs", .enabled(if: ApplianceFixture.engine != nil, "assay-engine is not built"))
struct RunInspectionTests {
    private struct Ran {
        let fixture: ApplianceFixture
        let submission: String
        let run: String
    }

    private func fixture(_ terms: ((ApplianceFixture) throws -> EngagementTerms)? = nil) async throws -> ApplianceFixture {
        let fixture = try ApplianceFixture(engine: try #require(ApplianceFixture.engine))
        try await fixture.initialise(terms: terms?(fixture))
        return fixture
    }

    /// Ingests the small model once more and runs a plan over the first items of a suite with choices and one with a judge.
    private func run(_ fixture: ApplianceFixture, _ name: String, limit: Int64, key: Ed25519PrivateKey? = nil) async throws -> Ran {
        let path = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .appending(path: "InferenceEngineTests/Fixtures/small-quantised.gguf")
        let medium = try await fixture.seal(name, model: name, weights: Array(Data(contentsOf: path)), format: "gguf", key: key)
        let submission = try #require(try await fixture.act("submission.ingest", ["media": .string(medium)], as: "alice")["submission"]?.string)
        let draft = try await fixture.call(
            "plan.draft", ["submission": .string(submission), "limit": .integer(limit), "suites": ["assay_capability", "assay_overrefusal"]])
        // This model has no chat template.
        let plan = try #require(draft["plan"]?.string).replacing(#""chatTemplate":true"#, with: #""chatTemplate":false"#)
        let result = try await fixture.act(
            "evaluate", ["submission": .string(submission), "plan": .string(SHA256Digest.of(Array(plan.utf8)).hex)], as: "alice", attachment: plan)
        return Ran(fixture: fixture, submission: submission, run: try #require(result["run"]?.string))
    }

    private func lastEntry(_ fixture: ApplianceFixture) async throws -> JSONValue {
        try #require(try await fixture.call("ledger.show", ["from": 0, "count": 1000])["entries"]?.array?.last)
    }

    private func code(_ body: () async throws -> JSONValue) async -> String? {
        do { _ = try await body() } catch { return (error as? LocalFailure)?.code ?? "\(error)" }
        return nil
    }

    private func log(_ ran: Ran, _ task: String, _ format: String) async throws -> (look: JSONValue, bytes: [UInt8]) {
        let look = try await ran.fixture.act("inspect.run-log", ["run": .string(ran.run), "task": .string(task), "format": .string(format)], as: "alice")
        let ticket = try #require(look["ticket"])
        var bytes: [UInt8] = []
        while true {
            let reply = try await ran.fixture.call("log.piece", ["ticket": ticket, "from": .integer(Int64(bytes.count))])
            let piece = try #require(reply["piece"]?.string.flatMap { Base64.decode($0) })
            if piece.isEmpty { break }
            bytes += piece
        }
        // Once.
        #expect(await code { try await ran.fixture.call("log.piece", ["ticket": ticket, "from": 0]) } == "log.gone")
        return (look, bytes)
    }

    @Test func logsInPieces() async throws {
        let ran = try await run(try await fixture(), "base", limit: 12)
        let (look, bytes) = try await log(ran, "assay_capability", "harness")
        #expect(look["view"]?["sha256"] == .string(SHA256Digest.of(bytes).hex) && look["view"]?["size"] == .integer(Int64(bytes.count)))
        let lines = bytes.split(separator: UInt8(ascii: "\n"))
        #expect(lines.count == 12 && look["view"]?["samples"] == 12)
        for (number, line) in lines.enumerated() {
            let sample = try StrictJSON.parse(Array(line))
            #expect(sample["doc_id"] == .integer(Int64(number)) && sample["resps"]?.array?.count == 4 && sample["doc"]?.object != nil)
        }
        // On the ledger before the first piece, with the file's digest and what it cost: more than its figures, less than its bytes.
        let entry = try await lastEntry(ran.fixture)
        #expect((entry["action"], entry["sequence"], entry["details"]?["format"]) == ("inspect.run-log", look["entry"], "harness"))
        #expect(entry["details"]?["task"] == "assay_capability")
        #expect(entry["subjects"]?.array?.contains { $0["name"] == "log" && $0["sha256"] == .string(SHA256Digest.of(bytes).hex) } == true)
        let charged = try #require(entry["details"]?["shown"]?.array?.first)
        #expect(charged["class"] == "transcripts" && charged["bytes"] == look["bytes"])
        #expect(try #require(look["bytes"]?.integer) > 500 && look["bytes"]?.integer ?? 0 < Int64(bytes.count))

        let (inspect, archive) = try await log(ran, "assay_overrefusal", "inspect")
        let path = ran.fixture.folder + "/overrefusal.eval"
        try Data(archive).write(to: URL(filePath: path))
        let reader = try InspectLogReader(path: path)
        #expect(reader.samples == 12 && inspect["view"]?["samples"] == 12 && reader.evaluation.model == "base")
    }

    @Test func whatCannotBeLogged() async throws {
        // Terms under which little may be shown: the log is refused whole, and nothing waits to be fetched.
        let ran = try await run(try await fixture { try $0.terms(person: 700, total: 700) }, "base", limit: 4)
        let scope = { (task: String) -> JSONValue in ["run": .string(ran.run), "task": .string(task), "format": "inspect"] }
        #expect(await code { try await ran.fixture.act("inspect.run-log", scope("assay_capability"), as: "alice") } == "clearance.budget-spent")
        #expect(await code { try await ran.fixture.act("inspect.run-log", scope("assay_code"), as: "alice") } == "log.no-such-task")
        #expect(await code { try await ran.fixture.call("log.piece", ["ticket": .string(String(repeating: "0", count: 64)), "from": 0]) } == "log.gone")
        // Once the submission is purged its samples are erased, and that is said.
        let asked: JSONValue = [
            "request": .string(try ApplianceFixture.waiting(try await ran.fixture.act("submission.purge", ["submission": .string(ran.submission)], as: "bob")))
        ]
        _ = try await ran.fixture.act("request.approve", asked, as: "carol")
        _ = try await ran.fixture.act("request.perform", asked, as: "bob")
        let erased = await code { try await ran.fixture.act("inspect.run-log", scope("assay_capability"), as: "alice") }
        #expect(erased?.hasPrefix("store.") == true, "\(erased ?? "")")
    }

    /// The same model twice, as two submissions: nothing is lost, and both runs' submissions are on record.
    @Test func twoRuns() async throws {
        let base = try await run(try await fixture(), "base", limit: 8)
        let aligned = try await run(base.fixture, "aligned", limit: 10)
        let scope: JSONObject = ["run": .string(base.run), "withRun": .string(aligned.run)]
        let look = try await base.fixture.act("inspect.runs", .object(scope), as: "alice")
        let view = try #require(look["view"])
        let values = view["values"]?.array ?? []
        #expect(values.compactMap { $0["task"]?.string } == ["assay_capability", "assay_capability", "assay_overrefusal"])
        #expect(values.allSatisfy { $0["n"] == 8 && $0["difference"] == "0.000000" && $0["first"] == $0["second"] && $0["lower"]?.string != nil })
        #expect(view["alone"] == 4 && view["failed"] == 0 && view["calibration"]?.array?.count == 1)
        #expect(view["capability"]?["drop"] == "0.000000" && view["capability"]?["domains"]?.array?.allSatisfy { $0["task"] == "assay_capability" } == true)
        let labels = view["refusals"]?.array ?? []
        #expect(labels.compactMap { $0["label"]?.string } == ["refused", "complied", "partial", "incoherent"])
        #expect(labels.allSatisfy { $0["corrected"]?.object != nil })
        let entry = try await lastEntry(base.fixture), details = entry["details"]
        #expect((entry["action"], entry["sequence"]) == ("inspect.runs", look["entry"]))
        #expect((details?["run"], details?["withRun"]) == (scope["run"], scope["withRun"]))
        #expect((details?["submission"], details?["with"]) == (.string(base.submission), .string(aligned.submission)))
        #expect(details?["shown"]?.array?.count == 1 && details?["shown"]?.array?.first?["class"] == "transcripts")
        // Figures only: nothing that was asked or said.
        let text = String(decoding: try CanonicalJSON.encode(view), as: UTF8.self)
        #expect(!text.contains("?") && !text.contains("prompt"))
        #expect(await code { try await base.fixture.act("inspect.runs", ["run": .string(base.run), "withRun": .string(base.run)], as: "alice") } == "compare.same-run")

        // A session for one of the submissions is not one for both.
        for (covered, expected) in [([base.submission], "clearance.not-permitted"), ([base.submission, aligned.submission], nil)] as [([String], String?)] {
            let session = try await base.fixture.act("session.open", ["minutes": 5, "submissions": .array(covered.map { .string($0) })], as: "alice")
            let answer = await code {
                try await base.fixture.call(
                    "look", ["action": "inspect.runs", "scope": .object(scope), "session": session["session"] ?? nil, "token": session["token"] ?? nil])
            }
            #expect(answer == expected)
        }
    }

    /// Held against an array, over the blocks' borders; and what lies on the disk is none of it.
    @Test func sealedScratch() throws {
        let folder = FileManager.default.temporaryDirectory.path
        let scratch = try SealedScratch(in: folder)
        var expected: [UInt8] = []
        for number in 0..<9 {
            let part = (0..<100_000).map { UInt8(truncatingIfNeeded: ($0 &* 31) ^ number) }
            expected += part
            try scratch.append(part)
        }
        for (offset, count) in [(0, 10), (262_140, 8), (524_200, 262_300), (899_990, 10)] {
            let bytes = [UInt8](repeating: 0xAB, count: count)
            try scratch.overwrite(at: UInt64(offset), bytes)
            expected.replaceSubrange(offset..<offset + count, with: bytes)
        }
        #expect(scratch.size == 900_000)
        for (offset, count) in [(0, 900_000), (262_143, 2), (786_431, 113_569), (900_000, 0)] {
            #expect(try scratch.read(at: UInt64(offset), count: count) == Array(expected[offset..<offset + count]))
        }
        #expect(throws: EvaluationLogError.self) { try scratch.read(at: 899_999, count: 2) }
        #expect(throws: EvaluationLogError.self) { try scratch.overwrite(at: 900_000, [1]) }
    }
}
