import AuditCrypto
import AuditSigning
import CanonicalEncoding
import Ledger
import LedgerSQLite
import Testing

/// What an entry says that a person did is what that person signed.
@Suite struct PersonalEntryTests {
    private static func request(_ action: String, _ person: String = "alice", scope: String = "{}") -> [UInt8] {
        Array(#"{"action":"\#(action)","person":"\#(person)","scope":\#(scope)}"#.utf8)
    }

    /// What is said of one entry that carries a request signed by alice's key.
    private func judged(
        _ action: LedgerAction, details: JSONObject = [:], _ request: [UInt8]?
    ) async throws -> LedgerError.Code? {
        let fixture = try LedgerFixture(), ledger = try fixture.open()
        let signed = request.map { request in
            EntryDraft.Request(
                bytes: request, sshsig: SSHSignature(signing: request, namespace: "assay-request@v1", with: fixture.person).armored)
        }
        _ = try await ledger.append(EntryDraft(action, by: "alice", details: details, request: signed))
        return EpochTests.failure { try fixture.verify() }
    }

    @Test func withoutARequestItIsNobodys() async throws {
        #expect(try await judged(.verdict, nil) == .badSignature)
        #expect(try await judged(.approve, details: ["request": "ab"], nil) == .badSignature)
        // A session is enough for a look, and for nothing else.
        #expect(try await judged(.inspectRecords, nil) == .badSignature)
        #expect(try await judged(.inspectRecords, details: ["session": 1], nil) == nil)
        #expect(try await judged(.inspectRecords, details: ["session": 1, "ü": 1], nil) == nil)
        #expect(try await judged(.verdict, details: ["session": 1], nil) == .badSignature)
        #expect(try await judged(.unlocked, nil) == nil)
    }

    @Test func theRequestIsForThis() async throws {
        #expect(try await judged(.verdict, Self.request("verdict")) == nil)
        #expect(try await judged(.verdict, Self.request("session.open")) == .badSignature)
        #expect(try await judged(.verdict, Self.request("verdict", "bob")) == .badSignature)
        #expect(try await judged(.verdict, Array("no request".utf8)) == .badSignature)
        #expect(try await judged(.requestWaiting, details: ["action": "export"], Self.request("export")) == nil)
        #expect(try await judged(.requestWaiting, details: ["action": "purge"], Self.request("export")) == .badSignature)
        let decided = Self.request("request.approve", scope: #"{"request":"abcd"}"#)
        #expect(try await judged(.approve, details: ["request": "abcdef"], decided) == nil)
        #expect(try await judged(.approve, details: ["request": "ffcdef"], decided) == .badSignature)
    }

    /// Entries that come while the ledger is verified are no tail that nothing seals.
    @Test func whileItIsWritten() async throws {
        let fixture = try LedgerFixture(), ledger = try await fixture.filled(300)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { for _ in 0..<400 { _ = try await ledger.append(EntryDraft(.unlocked)) } }
            group.addTask { for _ in 0..<20 { _ = try fixture.verify(ledger) } }
            try await group.waitForAll()
        }
        #expect(try fixture.verify().entries == 700)
    }
}
