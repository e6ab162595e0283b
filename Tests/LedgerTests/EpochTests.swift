import AuditCrypto
import AuditSigning
import CanonicalEncoding
import Ledger
import LedgerSQLite
import LogBuilding
import MerkleLog
import Testing

/// A ledger whose keys change, with all of them at hand, as a thief would have them.
private struct EpochFixture {
    let base: LedgerFixture
    let first: Ed25519PrivateKey
    var ledgerKey: NoteSigner
    var epochKey: NoteSigner
    var keys: LedgerKeys

    static let origin = "assay.test/ledger"

    static func signer(_ epoch: Int64, _ key: Ed25519PrivateKey = .generate()) throws -> NoteSigner {
        try NoteSigner(name: LedgerKeys.name(origin: origin, epoch: epoch), key: key)
    }

    init(_ base: LedgerFixture, _ ledger: Ledger, first: Ed25519PrivateKey = .generate()) async throws {
        (self.base, self.first, ledgerKey) = (base, first, base.signer)
        epochKey = try Self.signer(0, first)
        let entry = try await ledger.append(
            EntryDraft(.initialised, details: LedgerKeys.details(first: ledgerKey.verifierKey, epochKey: epochKey.verifierKey)))
        keys = try LedgerKeys(first: entry, origin: Self.origin)
    }

    mutating func close(_ ledger: Ledger, _ reason: LedgerKeys.Reason, cosigner: NoteSigner? = nil) async throws {
        let next = try Self.signer(keys.current.number + 1)
        let nextLedger = reason == .scheduled ? ledgerKey : try NoteSigner(name: Self.origin, key: .generate())
        let details = keys.details(next: next.verifierKey, ledgerKey: nextLedger.verifierKey, reason)
        let entry = try await ledger.closeEpoch(
            EntryDraft(.epochBegun, details: details), cosigners: [cosigner ?? epochKey], next: nextLedger)
        try keys.begin(entry)
        (epochKey, ledgerKey) = (next, nextLedger)
    }

    func verify() throws -> LedgerVerifier.Report { try verifier.verify(SQLiteLedgerStorage(path: base.path)) }

    var known: [NoteVerifierKey] {
        (try? [NoteVerifierKey(name: LedgerKeys.name(origin: Self.origin, epoch: 0), publicKey: first.publicKey)]) ?? []
    }

    var verifier: LedgerVerifier {
        LedgerVerifier(key: ledgerKey.verifierKey, knownEpochs: known) { _, _ in [] }
    }
}

@Suite struct EpochTests {
    /// Keys change and entries come while the ledger is verified, again and again: what is read belongs together each time.
    @Test func verifiedWhileKeysChange() async throws {
        let base = try LedgerFixture(), ledger = try base.open()
        let fixture = try await EpochFixture(base, ledger), known = fixture.known
        try await Self.append(300, ledger)
        let verified = try await withThrowingTaskGroup(of: Int64.self) { group in
            group.addTask {
                var fixture = fixture
                for round in 0..<150 {
                    try await fixture.close(ledger, round % 3 == 0 ? .scheduled : .rotated)
                    _ = try await ledger.append(EntryDraft(.unlocked))
                }
                return fixture.keys.current.number
            }
            for _ in 0..<2 {
                group.addTask {
                    var newest: Int64 = 0
                    while newest < 150 {
                        let snapshot = ledger.snapshot()
                        let report = try LedgerVerifier(key: snapshot.key, knownEpochs: known) { _, _ in [] }.verify(snapshot, threads: 1)
                        #expect(report.entries == snapshot.size)
                        newest = report.keys?.current.number ?? 0
                        // Verifying waits for nothing: on two processors nobody else would have his turn.
                        await Task.yield()
                    }
                    return newest
                }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(verified == [150, 150, 150])
    }

    /// A snapshot still shows what stands after the last checkpoint: nothing seals that.
    @Test func aSnapshotShowsAnUnsealedTail() async throws {
        let base = try LedgerFixture(), ledger = try base.open()
        _ = try await EpochFixture(base, ledger)
        try await Self.append(10, ledger)
        try base.tamper("INSERT INTO entry (sequence, bytes, leaf) SELECT 11, bytes, leaf FROM entry WHERE sequence = 10")
        let snapshot = ledger.snapshot()
        let error = #expect(throws: LedgerError.self) {
            try LedgerVerifier(key: snapshot.key) { _, _ in [] }.verify(snapshot)
        }
        #expect(error?.code == .unsealed && error?.entry == 11)
    }

    static func append(_ count: Int, _ ledger: Ledger) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<count { group.addTask { _ = try await ledger.append(EntryDraft(.unlocked)) } }
            try await group.waitForAll()
        }
    }

    /// Three epochs, each with entries that come while the one before is being closed.
    @Test func eachEpochIsClosedByItsOwnKey() async throws {
        let base = try LedgerFixture(), ledger = try base.open()
        var fixture = try await EpochFixture(base, ledger)
        var kept: [String] = []
        for reason in [LedgerKeys.Reason.scheduled, .rotated, .compromised, .scheduled] {
            async let others: Void = Self.append(40, ledger)
            try await fixture.close(ledger, reason)
            try await others
            kept.append(await ledger.checkpoint)
        }
        let report = try fixture.verify(), keys = try #require(report.keys)
        #expect(report.entries == 165)
        #expect(keys == fixture.keys)
        #expect(keys.epochs.map(\.number) == [0, 1, 2, 3, 4])
        #expect(keys.ledgerKeys.count == 3)
        // The second key was declared to be in other hands.
        #expect(keys.trustedLedgerKeys.count == 2)
        #expect(!keys.trustedLedgerKeys.contains(keys.epochs[2].ledgerKey))
        // What was kept under an earlier key still counts.
        for note in kept { _ = try fixture.verifier.compare(note, with: ledger.storage, keys: keys) }
        // The closing checkpoint is the succession: both keys of the ledger and the epoch's signed it.
        let closing = try SignedNote(note: #require(try ledger.storage.checkpoint(size: keys.epochs[2].start)))
        #expect(try closing.verified(by: [keys.epochs[1].ledgerKey, keys.epochs[2].ledgerKey, keys.epochs[1].key]).count == 3)
        // The ledger goes on under the newest key, and no earlier one.
        let again = try Ledger(storage: ledger.storage, signer: fixture.ledgerKey, clock: { 2_000 })
        _ = try await again.append(EntryDraft(.unlocked))
        #expect(throws: LedgerError.self) { try Ledger(storage: ledger.storage, signer: base.signer, clock: { 2_000 }) }
    }

    /// Whoever has today's keys writes yesterday anew and signs it: the erased key is missing.
    @Test func todaysKeysCannotWriteYesterdayAgain() async throws {
        let base = try LedgerFixture(), ledger = try base.open()
        var real = try await EpochFixture(base, ledger)
        try await Self.append(20, ledger)
        try await real.close(ledger, .scheduled)
        try await Self.append(5, ledger)

        let forged = try LedgerFixture(signer: base.signer), other = try forged.open()
        var lie = try await EpochFixture(forged, other, first: real.first)
        try await Self.append(3, other)
        // All that today's keys can do: the ledger's key signs, another stands for the epoch's.
        let stolen = try EpochFixture.signer(0)
        try await lie.close(other, .scheduled, cosigner: stolen)
        try await Self.append(22, other)
        #expect(Self.failure { try lie.verify() } == .badEpoch)
        // Nor does it help to name another key for the epoch from the start: the first one is known outside.
        let renamed = try LedgerFixture(signer: base.signer), third = try renamed.open()
        var another = try await EpochFixture(renamed, third)
        try await another.close(third, .scheduled)
        let verifier = LedgerVerifier(key: base.signer.verifierKey, knownEpochs: real.known) { _, _ in [] }
        #expect(Self.failure { try verifier.verify(third.storage) } == .badEpoch)
        // The same ledger against its own first key is sound.
        #expect(try another.verify().keys?.epochs.count == 2)
    }

    /// Cut at the end of a closed epoch, whose closing is genuine, and gone on from there with today's key of the ledger: what
    /// a newer epoch's key, known outside, contradicts.
    @Test func cutBackToAnEarlierEpoch() async throws {
        let base = try LedgerFixture(), ledger = try base.open()
        var fixture = try await EpochFixture(base, ledger)
        var known: [NoteVerifierKey] = fixture.known
        for _ in 0..<3 {
            _ = try await ledger.append((0..<4).map { _ in EntryDraft(.unlocked) })
            try await fixture.close(ledger, .scheduled)
            known.append(fixture.keys.current.key)
        }
        let size = fixture.keys.epochs[1].start
        try base.tamper("DELETE FROM entry WHERE sequence >= \(size); DELETE FROM checkpoint WHERE size > \(size)")
        let storage = try SQLiteLedgerStorage(path: base.path)
        let shorter = try Ledger(storage: storage, signer: base.signer, clock: { 1_000 })
        _ = try await shorter.append(EntryDraft(.unlocked))
        let key = base.signer.verifierKey
        #expect(try LedgerVerifier(key: key, knownEpochs: Array(known.prefix(2))) { _, _ in [] }.verify(storage).keys?.epochs.count == 2)
        #expect(Self.failure { try LedgerVerifier(key: key, knownEpochs: known) { _, _ in [] }.verify(storage) } == .badEpoch)
    }

    /// A key that was stolen and then replaced signs another future.
    @Test func aStolenThenReplacedKeyIsFoundOut() async throws {
        let base = try LedgerFixture(), ledger = try base.open()
        var real = try await EpochFixture(base, ledger)
        let (thief, thiefsEpoch) = (real.ledgerKey, real.epochKey)
        try await Self.append(5, ledger)
        try base.copy(to: base.folder + "/copy.sqlite")
        try await real.close(ledger, .compromised)
        try await Self.append(2, ledger)
        let kept = await ledger.checkpoint

        let fork = try SQLiteLedgerStorage(path: base.folder + "/copy.sqlite")
        let other = try Ledger(storage: fork, signer: thief, clock: { 1_000 })
        // With both stolen keys the thief's own succession is sound by itself ...
        let keys = real.keys
        var lie = real
        (lie.ledgerKey, lie.epochKey) = (thief, thiefsEpoch)
        lie.keys = try LedgerKeys(first: LedgerEntry(encoded: fork.entries(0..<1)[0]), origin: EpochFixture.origin)
        try await lie.close(other, .rotated)
        try await Self.append(5, other)
        _ = try lie.verifier.verify(fork)
        // ... but not under the key that people were given instead, nor against what anybody kept.
        #expect(Self.failure { try real.verifier.verify(fork) } == .badCheckpoint)
        #expect(Self.failure { try lie.verifier.compare(kept, with: fork, keys: keys) } == .rewritten)
    }

    @Test(arguments: [
        // The closing checkpoint is gone, or a later one of the same key is in its place.
        "DELETE FROM checkpoint WHERE size = 22",
        "UPDATE checkpoint SET note = (SELECT note FROM checkpoint WHERE size = 27) WHERE size = 22",
        // One of its signatures is gone.
        "UPDATE checkpoint SET note = substr(note, 1, instr(note, '/epoch/') - 22) WHERE size = 22",
    ])
    func aClosingThatWasChanged(sql: String) async throws {
        let base = try LedgerFixture(), ledger = try base.open()
        var fixture = try await EpochFixture(base, ledger)
        _ = try await ledger.append((0..<20).map { _ in EntryDraft(.unlocked) })
        try await fixture.close(ledger, .scheduled)
        _ = try await ledger.append((0..<5).map { _ in EntryDraft(.unlocked) })
        #expect(try fixture.verify().entries == 27)
        try base.tamper(sql)
        #expect(Self.failure { try fixture.verify() } == .badEpoch)
    }

    @Test func entriesThatBeginNoEpochThatFollows() async throws {
        let base = try LedgerFixture(), ledger = try base.open()
        let fixture = try await EpochFixture(base, ledger)
        let next = try EpochFixture.signer(1).verifierKey
        let good = fixture.keys.details(next: next, ledgerKey: base.signer.verifierKey, .scheduled)
        func begin(_ change: (inout JSONObject) -> Void) -> LedgerError.Code? {
            var details = good, keys = fixture.keys
            change(&details)
            let entry = LedgerEntry(
                sequence: 1, time: 1, previous: .zero, actor: "appliance", action: "ledger.epoch", details: details)
            return Self.failure { try keys.begin(entry) }
        }
        #expect(begin { _ in } == nil)
        #expect(begin { $0["epoch"] = 2 } == .badEpoch)
        #expect(begin { $0["epoch"] = 0 } == .badEpoch)
        #expect(begin { $0["reason"] = "rotated" } == .badEpoch)
        #expect(begin { $0["reason"] = "because" } == .badEpoch)
        #expect(begin { $0["ledgerKey"] = .string(Hex.encode(Ed25519PrivateKey.generate().publicKey.bytes)) } == .badEpoch)
    }

    static func failure(_ body: () throws -> some Any) -> LedgerError.Code? {
        do {
            _ = try body()
            return nil
        } catch { return (error as? LedgerError)?.code }
    }
}
