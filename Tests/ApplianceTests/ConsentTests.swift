import AuditCrypto
import AuditSigning
import CanonicalEncoding
import Clearance
import Foundation
import LocalAPI
import SealedMedia
import Testing

/// What takes more than one person, and what one person can stop.
@Suite struct ConsentTests {
    private func code(_ body: () async throws -> JSONValue) async -> String? {
        do { _ = try await body() } catch { return (error as? LocalFailure)?.code ?? "\(error)" }
        return nil
    }

    private func waiting(_ id: String) -> JSONValue { ["request": .string(id)] }

    @Test func aRosterTakesTwoSides() async throws {
        let fixture = try ApplianceFixture()
        try await fixture.initialise()
        let newer = try fixture.signed(fixture.roster(version: 2, without: "alice"))
        let asked = try await fixture.install("roster.install", "roster", newer)
        let id = try ApplianceFixture.waiting(asked)
        #expect(try await fixture.call("status")["waiting"] == 1)
        let shown = try #require(try await fixture.call("requests")["requests"]?.array?.first)
        #expect((shown["person"], shown["action"], shown["request"]) == ("bob", "roster.install", .string(id)))
        #expect(SHA256Digest.of(Array((shown["signed"]?.string ?? "").utf8)).hex == id)

        func perform(as person: String = "bob") async -> String? {
            await code { try await fixture.act("request.perform", waiting(id), as: person, attachment: newer) }
        }
        #expect(await perform() == "clearance.not-approved")
        #expect(await code { try await fixture.act("request.approve", waiting(id), as: "bob") } == "clearance.not-permitted")
        #expect(await code { try await fixture.act("request.approve", waiting(id), as: "alice") } == "clearance.not-permitted")
        #expect(try await fixture.act("request.approve", waiting(id), as: "carol")["enough"] == true)
        #expect(await code { try await fixture.act("request.approve", waiting(id), as: "carol") } == "clearance.not-permitted")
        #expect(await perform(as: "carol") == "clearance.not-permitted")
        #expect(try await fixture.call("status")["people"]?.array?.count == 3)
        #expect(await perform() == nil)
        // The new roster is in force, without Alice; it is used up.
        #expect(try await fixture.call("status")["people"]?.array?.count == 2)
        #expect(await code { try await fixture.act("ledger.export", [:], as: "alice") } == "clearance.unknown-person")
        #expect(await perform() == "clearance.unknown-request")
        // What Alice signed while she was on a roster still verifies.
        #expect(try await fixture.call("ledger.verify")["entries"]?.integer ?? 0 > 5)
        let actions = try await fixture.entries().map(\.action)
        #expect(actions.filter { $0.hasPrefix("request.") && $0 != "request.refused" } == ["request.waiting", "request.approve", "request.perform"])
        #expect(actions.contains("roster.install"))
    }

    @Test func olderOrForeignDocumentsAreRefused() async throws {
        let fixture = try ApplianceFixture()
        try await fixture.initialise()
        func roster(_ roster: Roster, by key: Ed25519PrivateKey? = nil) async throws -> String? {
            let text = try fixture.signed(roster, by: key)
            return await code { try await fixture.install("roster.install", "roster", text) }
        }
        #expect(try await roster(fixture.roster(version: 1)) == "clearance.not-newer")
        #expect(try await roster(fixture.roster(version: 2, expires: "2026-06-01T00:00:00Z")) == "clearance.expired")
        #expect(try await roster(fixture.roster(version: 2), by: fixture.bob) == "dsse.unknown-signer")
        #expect(try await roster(fixture.roster(version: 2), by: fixture.lab) == "dsse.unknown-signer")
        func terms(_ terms: EngagementTerms, by keys: [Ed25519PrivateKey]? = nil) async throws -> String? {
            let text = try fixture.signed(terms, by: keys)
            return await code { try await fixture.install("terms.install", "terms", text) }
        }
        #expect(try await terms(fixture.terms(version: 1)) == "clearance.not-newer")
        #expect(try await terms(fixture.terms(version: 2), by: [fixture.authority]) == "clearance.bad-terms")
        #expect(try await terms(fixture.terms(version: 2), by: [fixture.lab]) == "clearance.bad-terms")
        #expect(try await terms(fixture.terms(version: 2)) == nil)
        #expect(await code { try await fixture.install("terms.install", "terms", "{}", as: "alice") } == "clearance.not-permitted")
        // Each refusal is on record.
        #expect(try await fixture.entries().filter { $0.action == "request.refused" }.count == 8)
    }

    @Test func declinedWithdrawnAndTooLate() async throws {
        let fixture = try ApplianceFixture()
        try await fixture.initialise()
        func ask() async throws -> String { try ApplianceFixture.waiting(try await fixture.act("appliance.maintain", [:], as: "bob")) }
        let declined = try await ask()
        #expect(try await fixture.act("request.decline", waiting(declined), as: "carol")["request"] == .string(declined))
        #expect(await code { try await fixture.act("request.approve", waiting(declined), as: "carol") } == "clearance.unknown-request")
        let withdrawn = try await ask()
        #expect(await code { try await fixture.act("request.withdraw", waiting(withdrawn), as: "carol") } == "clearance.not-permitted")
        _ = try await fixture.act("request.withdraw", waiting(withdrawn), as: "bob")
        #expect(try await fixture.call("requests")["requests"] == [])

        let late = try await ask()
        _ = try await fixture.act("request.approve", waiting(late), as: "carol")
        // It waits through a restart, and for three days.
        fixture.clock.advance(by: 3 * 86_400 - 1)
        let reopened = try await fixture.reopen()
        #expect(try await fixture.call("requests", on: reopened)["requests"]?.array?.first?["approvals"]?.array?.count == 1)
        fixture.clock.advance(by: 1)
        #expect(try await fixture.call("requests", on: reopened)["requests"] == [])
        #expect(try await fixture.entries(on: reopened).last?.action == "request.expired")
    }

    @Test func approvalsOutliveARestart() async throws {
        let fixture = try ApplianceFixture()
        try await fixture.initialise()
        let id = try ApplianceFixture.waiting(try await fixture.act("appliance.maintain", [:], as: "bob"))
        _ = try await fixture.act("request.approve", waiting(id), as: "carol")
        let reopened = try await fixture.reopen()
        _ = try await fixture.act("request.perform", waiting(id), as: "bob", on: reopened)
        #expect(try await fixture.entries(on: reopened).last?.action == "appliance.maintain")
        #expect(try await fixture.call("ledger.verify", on: reopened)["requests"]?.integer ?? 0 >= 5)
    }

    @Test func suspendedUntilTheNextRoster() async throws {
        let fixture = try ApplianceFixture()
        try await fixture.initialise()
        _ = try await fixture.act("ledger.export", [:], as: "alice")
        #expect(await code { try await fixture.act("person.suspend", ["person": "bob"], as: "alice") } == "clearance.not-permitted")
        _ = try await fixture.act("person.suspend", ["person": "alice"], as: "carol")
        #expect(await code { try await fixture.act("ledger.export", [:], as: "alice") } == "clearance.suspended")
        let reopened = try await fixture.reopen()
        #expect(await code { try await fixture.act("ledger.export", [:], as: "alice", on: reopened) } == "clearance.suspended")
    }

    @Test func sessions() async throws {
        let fixture = try ApplianceFixture()
        try await fixture.initialise()
        let id = try #require(
            try await fixture.act("submission.ingest", ["media": .string(try await fixture.seal())], as: "alice")["submission"]?.string)
        let opened = try await fixture.act("session.open", ["minutes": 30, "submissions": [.string(id)]], as: "alice")
        let (session, token) = (opened["session"] ?? nil, opened["token"] ?? nil)
        func look(_ action: String = "inspect.log", token other: JSONValue? = nil) async throws -> JSONValue {
            try await fixture.call(
                "look",
                [
                    "action": .string(action), "session": session, "token": other ?? token,
                    "scope": ["submission": .string(String(id.prefix(10))), "from": 0, "count": 1],
                ])
        }
        #expect(try await look()["view"]?["total"] == 10)
        let last = try #require(try await fixture.call("ledger.show", ["from": 0, "count": 100])["entries"]?.array?.last)
        #expect((last["actor"], last["action"], last["details"]?["session"]) == ("alice", "inspect.log", session))
        #expect(last["request"] == nil)
        #expect(await code { try await look(token: .string(String(repeating: "0", count: 64))) } == "clearance.no-session")
        #expect(await code { try await look("submission.ingest") } == "clearance.not-permitted")
        // Locked by hand, and by a quarter of an hour without a look.
        _ = try await fixture.call("session.lock", ["session": session, "token": token])
        #expect(await code { try await look() } == "clearance.session-locked")
        #expect(await code { try await fixture.act("session.unlock", ["session": session], as: "bob") } == "clearance.not-permitted")
        _ = try await fixture.act("session.unlock", ["session": session], as: "alice")
        #expect(await code { try await look() } == nil)
        fixture.clock.advance(by: 900)
        #expect(await code { try await look() } == "clearance.session-locked")
        #expect(try await fixture.entries().map(\.action).filter { $0 == "session.locked" }.count == 2)
        _ = try await fixture.act("session.unlock", ["session": session], as: "alice")
        // The other side ends it.
        _ = try await fixture.act("session.end", ["session": session], as: "carol")
        #expect(await code { try await look() } == "clearance.no-session")
        #expect(await code { try await fixture.act("session.open", ["minutes": 721, "submissions": []], as: "alice") } == "request.malformed")
        let second = try await fixture.act("session.open", ["minutes": 1, "submissions": []], as: "alice")
        fixture.clock.advance(by: 60)
        #expect(try await fixture.call("sessions")["sessions"] == [])
        #expect(second["token"]?.string?.utf8.count == 64)
        #expect(try await fixture.entries().last?.action == "session.expired")
    }

    @Test func purgedForGood() async throws {
        let fixture = try ApplianceFixture()
        try await fixture.initialise()
        let id = try #require(
            try await fixture.act("submission.ingest", ["media": .string(try await fixture.seal())], as: "alice")["submission"]?.string)
        let scope: JSONValue = ["submission": .string(id)]
        #expect(await code { try await fixture.call("certificate", scope) } == "submission.not-purged")
        let request = try ApplianceFixture.waiting(try await fixture.act("submission.purge", scope, as: "bob"))
        _ = try await fixture.act("request.approve", waiting(request), as: "carol")
        _ = try await fixture.act("request.perform", waiting(request), as: "bob")
        let look = await code { try await fixture.act("inspect.log", ["submission": .string(id), "from": 0, "count": 1], as: "alice") }
        #expect(look == "store.purged")
        // What the lab keeps of it.
        let keys = try ApplianceKeys(json: Array(#require(try await fixture.call("identity")["appliance"]?.string).utf8))
        let certificate = try await fixture.call("certificate", scope)
        let read = try SubmissionReceipt.verify(Array(#require(certificate["certificate"]?.string).utf8), from: keys)
        #expect(read.event == .destroyed && read.submissionID == id && read.labKeyID == fixture.lab.publicKey.keyID)
        let purge = try #require(try await fixture.entries().lastIndex { $0.action == "submission.purge" })
        #expect(read.ledgerSequence == Int64(purge) && certificate["entry"] == .integer(Int64(purge)))
        #expect(!FileManager.default.fileExists(atPath: fixture.home + "/store/segments/" + id))
    }
}
