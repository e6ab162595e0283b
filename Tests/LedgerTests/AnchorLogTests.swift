import AuditCrypto
import AuditSigning
import CanonicalEncoding
import Ledger
import LedgerSQLite
import MerkleLog
import Testing

/// The anchors of a ledger in TPMs: each binding has its own stretch, and who has the ledger's key alone adds none.
@Suite struct AnchorLogTests {
    private let old = Rebinding.Binding(index: .of([1]), key: .of([2])), new = Rebinding.Binding(index: .of([3]), key: .of([4]))

    private func anchor(_ binding: Rebinding.Binding, _ count: Int64) -> EntryDraft {
        EntryDraft(.anchorTPM, subjects: [.init(name: "nv-index", sha256: binding.index)], details: ["counter": .integer(count)])
    }

    /// From the old binding's `anchored` to the new one's `counter`, held against the ledger's own first entries.
    private func rebound(
        _ fixture: LedgerFixture, anchored: Int64, counter: Int64 = 50, before: Rebinding.Binding? = nil, kept: [Restoration.Kept] = [],
        approvals: [Int64] = [], asked change: (inout JSONObject) -> Void = { _ in }, despite: Bool = false
    ) throws -> EntryDraft {
        let rebinding = Rebinding(
            before: before ?? old, after: new, reason: .broken, anchored: anchored, said: nil, counter: counter, kept: kept, witnesses: [],
            isDespite: despite)
        let notes = kept.map { SHA256Digest.of(Array("\($0.size)".utf8)) }
        var scope: JSONObject = [
            "after": rebinding.after.json, "before": rebinding.before.json, "kept": .array(notes.map { .string($0.hex) }), "reason": "broken",
            "tpm": "device:/dev/tpmrm0",
        ]
        change(&scope)
        let request = try CanonicalJSON.encode(["action": "ledger.rebind-tpm", "person": "alice", "scope": .object(scope)])
        var details = rebinding.details
        details["approvals"] = .array(approvals.map { .integer($0) })
        return EntryDraft(
            .rebound, by: "alice", subjects: notes.map { .init(name: "checkpoint", sha256: $0) }, details: details,
            request: .init(bytes: request, sshsig: SSHSignature(signing: request, namespace: "assay-request@v1", with: fixture.person).armored))
    }

    private func judged(_ drafts: (LedgerFixture) throws -> [EntryDraft]) async throws -> (code: LedgerError.Code?, entry: Int64?, report: LedgerVerifier.Report?) {
        let fixture = try LedgerFixture(), ledger = try fixture.open()
        for draft in try drafts(fixture) { _ = try await ledger.append(draft) }
        do { return (nil, nil, try fixture.verify()) } catch let error as LedgerError { return (error.code, error.entry, nil) }
    }

    @Test func eachStretchIsOfItsOwnCounter() async throws {
        let sound = try await judged { fixture in
            try [anchor(old, 7), anchor(old, 8), EntryDraft(.unlocked), rebound(fixture, anchored: 8), anchor(new, 51), anchor(new, 52)]
        }
        #expect(sound.code == nil, "\(sound)")
        #expect(sound.report?.rebindings.map(\.entry) == [3] && sound.report?.rebindings.first?.rebinding.after == new)
        #expect(sound.report?.rebindings.first?.rebinding.vouched == 0)
    }

    @Test func anchorsFollowOneAnother() async throws {
        for (count, code) in [(9, nil), (8, LedgerError.Code.badAnchor), (10, .badAnchor), (7, .badAnchor), (-1, .badAnchor)] {
            let judged = try await judged { _ in [anchor(old, 7), anchor(old, 8), anchor(old, Int64(count))] }
            #expect(judged.code == code && judged.entry == (code == nil ? nil : 2), "\(count)")
        }
        #expect(try await judged { _ in [anchor(old, 7), anchor(new, 8)] }.code == .badAnchor)
        #expect(try await judged { _ in [EntryDraft(.anchorTPM, details: ["counter": 1])] }.code == .malformedEntry)
    }

    @Test func aRebindingNamesWhatWasBefore() async throws {
        // Another last anchor, as of a ledger from which anchors were cut; another binding; the old counter's anchors after it.
        #expect(try await judged { try [anchor(old, 7), rebound($0, anchored: 8)] }.code == .badAnchor)
        #expect(try await judged { try [anchor(old, 7), rebound($0, anchored: 7, before: new)] }.code == .badAnchor)
        #expect(try await judged { try [anchor(old, 7), rebound($0, anchored: 7), anchor(old, 8)] }.code == .badAnchor)
        #expect(try await judged { try [anchor(old, 7), rebound($0, anchored: 7), anchor(new, 50)] }.code == .badAnchor)
    }

    @Test func aRebindingSaysWhatWasSigned() async throws {
        let zero = String(repeating: "0", count: 64)
        for member in ["before", "after"] {
            #expect(
                try await judged {
                    try [anchor(old, 7), rebound($0, anchored: 7, asked: { $0[member] = ["index": .string(zero), "key": .string(zero)] })]
                }.code == .badSignature)
        }
        #expect(try await judged { try [anchor(old, 7), rebound($0, anchored: 7, asked: { $0["reason"] = "moved" })] }.code == .badSignature)
        #expect(try await judged { try [anchor(old, 7), rebound($0, anchored: 7, asked: { $0["kept"] = [.string(zero)] })] }.code == .badSignature)
        #expect(try await judged { try [anchor(old, 7), rebound($0, anchored: 7, despite: true)] }.code == .badSignature)
        #expect(try await judged { try [anchor(old, 7), rebound($0, anchored: 7, asked: { $0["despite"] = true }, despite: true)] }.code == nil)
        // Without a person's signature, with approvals that are none, and over a checkpoint that the ledger does not begin with.
        #expect(
            try await judged { fixture in
                let draft = try rebound(fixture, anchored: 7)
                return [anchor(old, 7), EntryDraft(.rebound, by: "alice", details: draft.details)]
            }.code == .badSignature)
        #expect(try await judged { try [anchor(old, 7), rebound($0, anchored: 7, approvals: [0])] }.code == .badSignature)
        #expect(try await judged { try [anchor(old, 7), rebound($0, anchored: 7, approvals: [5])] }.code == .badSignature)
        let other = Restoration.Kept(size: 1, root: .zero, isWithin: true), later = Restoration.Kept(size: 9, root: .zero, isWithin: true)
        for kept in [other, later] {
            #expect(try await judged { try [anchor(old, 7), rebound($0, anchored: 7, kept: [kept])] }.code == .wrongRoot)
        }
    }
}
