import AuditCrypto
import AuditSigning
import CanonicalEncoding
import Clearance
import Foundation
import LocalAPI
import Testing

/// What is shown is metered, recorded first, and never more than the terms allow.
@Suite struct DisclosureTests {
    private func code(_ body: () async throws -> JSONValue) async -> String? {
        do { _ = try await body() } catch { return (error as? LocalFailure)?.code ?? "\(error)" }
        return nil
    }

    private func ingest(_ fixture: ApplianceFixture) async throws -> String {
        try #require(
            try await fixture.act("submission.ingest", ["media": .string(try await fixture.seal())], as: "alice")["submission"]?.string)
    }

    private func page(_ id: String, from: Int64 = 0, count: Int64 = 1) -> JSONValue {
        ["submission": .string(id), "from": .integer(from), "count": .integer(count)]
    }

    @Test func nothingWithoutTermsOrClearance() async throws {
        let fixture = try ApplianceFixture()
        _ = try await fixture.makeKeys()
        let id = try await ingest(fixture)
        #expect(await code { try await fixture.act("inspect.log", page(id), as: "alice") } == "clearance.no-terms")
        #expect(await code { try await fixture.act("inspect.records", page(id), as: "alice") } == "clearance.no-terms")
        #expect(await code { try await fixture.act("inspect.tensors", ["submission": .string(id)], as: "alice") } == "clearance.no-terms")
        #expect(await code { try await fixture.act("inspect.log", page(id), as: "carol") } == "clearance.not-permitted")
        #expect(try await fixture.entries().filter { $0.action.hasPrefix("inspect.") }.isEmpty)
        #expect(try await fixture.entries().filter { $0.code == "clearance.no-terms" }.count == 3)
    }

    @Test func meteredAndMarked() async throws {
        let fixture = try ApplianceFixture()
        try await fixture.initialise()
        let id = try await ingest(fixture)
        let look = try await fixture.act("inspect.records", page(id, count: 3), as: "alice")
        let bytes = try #require(look["bytes"]?.integer)
        let text = try CanonicalJSON.encode(look["view"] ?? nil)
        #expect(bytes > 0 && bytes <= text.count)
        #expect(look["left"]?["datasets"] == .integer((1 << 20) - bytes))
        let mark = try #require(look["watermark"]?.string)
        #expect(mark.hasPrefix("alice · entry \(look["entry"]?.integer ?? -1) · "))
        let entry = try #require(try await fixture.call("ledger.show", ["from": 0, "count": 100])["entries"]?.array?.last)
        #expect(entry["details"]?["shown"] == [["bytes": .integer(bytes), "class": "datasets", "lab": .string(fixture.lab.publicKey.keyID), "rows": 3]])
        // Another viewer's mark on the same page is another.
        let other = try await fixture.act("inspect.records", page(id, count: 3), as: "bob")
        #expect(other["watermark"]?.string?.split(separator: " ").last != mark.split(separator: " ").last)
        let budget = try await fixture.call("budgets")["terms"]?.array?.first?["classes"]?.array?.first { $0["class"] == "datasets" }
        #expect(budget?["spent"] == .integer(bytes + (other["bytes"]?.integer ?? 0)))
    }

    @Test func rowsAboveTheQuotaNeedTheLab() async throws {
        let fixture = try ApplianceFixture()
        try await fixture.initialise(terms: fixture.terms(rowsAlone: 4))
        let id = try await ingest(fixture)
        #expect(await code { try await fixture.act("inspect.records", page(id, count: 4), as: "alice") } == nil)
        let more = page(id, from: 4, count: 1)
        let request = try ApplianceFixture.waiting(try await fixture.act("inspect.records", more, as: "alice"))
        #expect(await code { try await fixture.act("request.approve", ["request": .string(request)], as: "bob") } == "clearance.not-permitted")
        _ = try await fixture.act("request.approve", ["request": .string(request)], as: "carol")
        let shown = try await fixture.act("request.perform", ["request": .string(request)], as: "alice")
        #expect(shown["view"]?["rows"]?.array?.count == 1)
        // The consent was for that one look.
        #expect(try await fixture.act("inspect.records", more, as: "alice")["waiting"] != nil)
        // Under a session nobody can be asked.
        let session = try await fixture.act("session.open", ["minutes": 5, "submissions": []], as: "alice")
        let look = await code {
            try await fixture.call(
                "look",
                ["action": "inspect.records", "scope": more, "session": session["session"] ?? nil, "token": session["token"] ?? nil])
        }
        #expect(look == "clearance.not-permitted")
        // Another person has a quota of their own.
        #expect(await code { try await fixture.act("inspect.records", page(id, count: 4), as: "bob") } == nil)
    }

    /// Ten thousand looks of random size by two people at once, through sessions, against small budgets: what was shown,
    /// counted from the replies, never exceeds a budget; the ledger's own count agrees; and after a restart so does what
    /// the ledger alone says.
    @Test func tenThousandLooksNeverExceedABudget() async throws {
        let fixture = try ApplianceFixture()
        let (person, total) = (Int64(120_000), Int64(200_000))
        try await fixture.initialise(terms: fixture.terms(person: person, total: total, rowsAlone: 1 << 40))
        let id = try await ingest(fixture)
        var open: [(name: String, session: JSONValue, token: JSONValue)] = []
        for name in ["alice", "bob"] {
            let session = try await fixture.act("session.open", ["minutes": 600, "submissions": []], as: name)
            open.append((name, session["session"] ?? nil, session["token"] ?? nil))
        }
        let sessions = open
        struct Shown: Sendable { var spent: [String: Int64] = [:]; var entries: [Int64: Int64] = [:]; var refused = 0 }
        let workers = 50
        let shown = try await withThrowingTaskGroup(of: Shown.self) { group in
            for worker in 0..<workers {
                group.addTask {
                    var random = SystemRandomNumberGenerator()
                    var shown = Shown()
                    for _ in 0..<10_000 / workers {
                        let (name, session, token) = sessions[Int.random(in: 0..<2, using: &random)]
                        let isLog = Bool.random(using: &random)
                        let reply = await fixture.appliance.handle(
                            LocalRequest(
                                method: "look",
                                parameters: [
                                    "action": isLog ? "inspect.log" : "inspect.records", "session": session, "token": token,
                                    "scope": [
                                        "submission": .string(id), "from": .integer(Int64.random(in: 0..<10, using: &random)),
                                        "count": .integer(Int64.random(in: 1...10, using: &random)),
                                    ],
                                ]), progress: { _ in })
                        switch reply {
                        case .result(let look):
                            let bytes = look["bytes"]?.integer ?? -1
                            shown.spent["\(name) \(isLog)", default: 0] += bytes
                            shown.entries[look["entry"]?.integer ?? -1] = bytes
                        case .failure(let failure):
                            #expect(failure.code == "clearance.budget-spent", "worker \(worker): \(failure)")
                            shown.refused += 1
                        case .progress: break
                        }
                    }
                    return shown
                }
            }
            return try await group.reduce(into: Shown()) { all, part in
                all.spent.merge(part.spent, uniquingKeysWith: +)
                all.entries.merge(part.entries) { _, _ in -1 }
                all.refused += part.refused
            }
        }
        #expect(shown.refused > 0, "the budgets were to be reached")
        for isLog in [true, false] {
            let each = ["alice", "bob"].map { shown.spent["\($0) \(isLog)", default: 0] }
            #expect(each.allSatisfy { $0 <= person } && each.reduce(0, +) <= total)
            #expect(each.reduce(0, +) > total - 1000, "and used up but for less than a look")
        }
        // Every byte that was shown has its durable entry.
        let reopened = try await fixture.reopen()
        var recorded: [Int64: Int64] = [:]
        var next: Int64? = 0
        while let from = next {
            let page = try await fixture.call("ledger.show", ["from": .integer(from), "count": 1000, "action": "inspect"], on: reopened)
            for entry in page["entries"]?.array ?? [] {
                recorded[entry["sequence"]?.integer ?? -2] = entry["details"]?["shown"]?.array?.first?["bytes"]?.integer
            }
            next = page["next"]?.integer
        }
        #expect(recorded == shown.entries)
        for kind in try await fixture.call("budgets", on: reopened)["terms"]?.array?.first?["classes"]?.array ?? [] {
            guard let isLog = ["logs": true, "datasets": false][kind["class"]?.string ?? ""] else { continue }
            for entry in kind["people"]?.array ?? [] where entry["name"] != "carol" {
                #expect(entry["spent"]?.integer == shown.spent["\(entry["name"]?.string ?? "") \(isLog)", default: 0])
            }
        }
    }
}
