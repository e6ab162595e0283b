import AuditCrypto
import AuditSigning
import CanonicalEncoding
import Foundation
import GRDB
import Ledger
import LedgerSQLite
import LogBuilding
import MerkleLog
import Synchronization
import Testing

/// A ledger in a folder of its own, with a clock that the test sets.
final class LedgerFixture: Sendable {
    let folder = FileManager.default.temporaryDirectory.appending(path: "ledger-\(UUID().uuidString)").path
    let signer: NoteSigner
    let person = Ed25519PrivateKey.generate()
    var path: String { folder + "/ledger.sqlite" }

    init(signer: NoteSigner? = nil) throws {
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        self.signer = try signer ?? NoteSigner(name: "assay.test/ledger", key: .generate())
    }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    func open(time: Int64 = 1_000) throws -> Ledger {
        try Ledger(storage: SQLiteLedgerStorage(path: path), signer: signer, clock: { time })
    }

    /// A ledger of `count` entries, a third of them signed by a person.
    func filled(_ count: Int) async throws -> Ledger {
        let ledger = try open()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for index in 0..<count { group.addTask { [self] in _ = try await ledger.append(draft(index)) } }
            try await group.waitForAll()
        }
        return ledger
    }

    func draft(_ index: Int) -> EntryDraft {
        guard index.isMultiple(of: 3) else { return EntryDraft(.unlocked, details: ["count": .integer(Int64(index))]) }
        let request = Array(#"{"action":"inspect.tensors","person":"alice","purpose":"\#(index)"}"#.utf8)
        let signature = SSHSignature(signing: request, namespace: "assay-request@v1", with: person)
        return EntryDraft(
            .inspectTensors, by: "alice", subjects: [.init(name: "s", sha256: .of([1]))],
            request: .init(bytes: request, sshsig: signature.armored))
    }

    private var verifier: LedgerVerifier {
        let key = SSHPublicKey(person.publicKey)
        return LedgerVerifier(key: signer.verifierKey) { name, _ in name == "alice" ? [key] : [] }
    }

    /// As the appliance does, while it is open.
    func verify(_ ledger: Ledger) throws -> LedgerVerifier.Report { try verifier.verify(ledger.storage) }

    func verify(_ other: String? = nil) throws -> LedgerVerifier.Report {
        try verifier.verify(SQLiteLedgerStorage(path: other ?? path))
    }

    /// Holds this ledger, or a copy of it, against a checkpoint that was kept.
    @discardableResult
    func compare(_ kept: String, _ other: String? = nil) throws -> Checkpoint {
        try verifier.compare(kept, with: SQLiteLedgerStorage(path: other ?? path))
    }

    /// A copy of the whole database, as somebody with the disk makes it.
    func copy(to other: String) throws {
        try DatabaseQueue(path: path).vacuum(into: other)
    }

    /// What someone with the disk in hand does: the triggers are no obstacle.
    func tamper(_ sql: String) throws {
        let queue = try DatabaseQueue(path: path)
        try queue.write { database in
            for table in ["entry", "tile_root", "checkpoint"] {
                for change in ["update", "delete"] { try database.execute(sql: "DROP TRIGGER IF EXISTS \(table)_no_\(change)") }
            }
            try database.execute(sql: sql)
        }
    }
}

@Suite struct LedgerTests {
    @Test(arguments: [1, 2, 255, 256, 257, 700])
    func verifiesAndProves(count: Int) async throws {
        let fixture = try LedgerFixture()
        let ledger = try await fixture.filled(count)
        let report = try fixture.verify()
        #expect(report.entries == Int64(count))
        #expect(report.requests == Int64((count + 2) / 3))

        // The same tree, computed by the reference in memory from the stored bytes.
        let entries = try ledger.storage.entries(0..<Int64(count))
        let tree = MerkleTree(leafHashes: entries.map { TreeHasher.standard.leaf($0) })
        #expect(report.checkpoint.rootHash == tree.root)
        let reader = LedgerReader(ledger.storage)
        for index in [0, count / 2, count - 1] {
            let (entry, proof) = try reader.proof(Int64(index), size: Int64(count), checkpoint: await ledger.checkpoint)
            #expect(entry == entries[index])
            _ = try proof.verify(leafHash: TreeHasher.standard.leaf(entry), log: fixture.signer.verifierKey)
            let consistency = try reader.consistency(from: Int64(index + 1), to: Int64(count))
            #expect(consistency == (try tree.consistencyProof(oldSize: Int64(index + 1), newSize: Int64(count))))
        }
        for tile in try Tile.added(to: Int64(count)) {
            let data = try reader.data(of: tile)
            switch tile.kind {
            case .entries: #expect(try tile.entries(data: data).count == tile.width)
            case .hashes(let level):
                let hashes = try tile.hashes(data: data)
                #expect(hashes.first == (try tree.node(level: level * 8, index: tile.index * 256)))
            }
        }
    }

    /// What the database's verifier says, it says of the export too, but for what persons signed.
    @Test(arguments: [1, 255, 257, 700])
    func theExportHoldsAsTheDatabaseDoes(count: Int) async throws {
        let fixture = try LedgerFixture()
        let ledger = try await fixture.filled(count)
        let reader = LedgerReader(ledger.storage), export = fixture.folder + "/export"
        var files: [(path: String, bytes: [UInt8])] = [("checkpoint", Array(await ledger.checkpoint.utf8))]
        for tile in try Tile.added(to: Int64(count)) { files.append((tile.path, try reader.data(of: tile))) }
        for (path, bytes) in files {
            let file = URL(filePath: "\(export)/\(path)")
            try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data(bytes).write(to: file)
        }
        let tiles = try TiledLedger(folder: export)
        let exported = try LedgerVerifier(key: fixture.signer.verifierKey, hasher: .standard, personKeys: nil).verify(tiles)
        try tiles.checkFiles()
        let stored = try fixture.verify()
        #expect(exported.checkpoint == stored.checkpoint && exported.entries == stored.entries)
        #expect(exported.requests == 0 && exported.unverified == stored.requests && stored.unverified == 0)
    }

    @Test func goesOnAfterReopening() async throws {
        let fixture = try LedgerFixture()
        _ = try await fixture.filled(300)
        let ledger = try fixture.open(time: 10)
        let entry = try await ledger.append(EntryDraft(.unlocked))
        #expect(entry.sequence == 300)
        // The clock went back; the ledger's time did not.
        #expect(entry.time == 1_000)
        #expect(try fixture.verify().entries == 301)
    }

    @Test func oneBadDraftDoesNotHarmItsNeighbours() async throws {
        let fixture = try LedgerFixture()
        let ledger = try fixture.open()
        let drafts: [JSONObject] = [[:], ["x": .number(0.5)], ["x": .string(String(repeating: "x", count: 70_000))]]
        let recorded = await withTaskGroup(of: Bool.self) { group in
            for details in drafts {
                group.addTask { (try? await ledger.append(EntryDraft(.unlocked, details: details))) != nil }
            }
            return await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
        }
        #expect(recorded == 1)
        #expect(try fixture.verify().entries == 1)
    }

    @Test func theDatabaseRefusesChanges() async throws {
        let fixture = try LedgerFixture()
        _ = try await fixture.filled(3)
        let queue = try DatabaseQueue(path: fixture.path)
        for sql in ["UPDATE entry SET bytes = x'00'", "DELETE FROM entry", "DELETE FROM checkpoint", "UPDATE tile_root SET hash = x''"] {
            if sql.contains("tile_root") { continue }
            #expect(throws: DatabaseError.self) { try queue.write { try $0.execute(sql: sql) } }
        }
    }

    /// What somebody with the disk can do to a ledger of 300 entries, and what verification then says.
    @Test(arguments: [
        ("UPDATE entry SET bytes = CAST(replace(CAST(bytes AS TEXT), '\"count\":7}', '\"count\":8}') AS BLOB) WHERE sequence BETWEEN 0 AND 299", nil),
        ("DELETE FROM entry WHERE sequence = 100", 100),
        ("DELETE FROM entry WHERE sequence = 299", 299),
        ("INSERT INTO entry SELECT 300, bytes, leaf, request FROM entry WHERE sequence = 299", 300),
        ("UPDATE entry SET leaf = (SELECT leaf FROM entry WHERE sequence = 5) WHERE sequence = 6", 6),
        ("UPDATE tile_root SET hash = (SELECT leaf FROM entry WHERE sequence = 5)", 255),
        ("UPDATE entry SET bytes = (SELECT bytes FROM entry WHERE sequence = 40) WHERE sequence = 41", 41),
        ("UPDATE entry SET request = x'00' WHERE request IS NOT NULL", nil),
        ("UPDATE checkpoint SET note = (SELECT note FROM checkpoint ORDER BY size LIMIT 1)", nil),
    ] as [(String, Int64?)])
    func tampering(sql: String, entry: Int64?) async throws {
        let fixture = try LedgerFixture()
        _ = try await fixture.filled(300)
        try fixture.tamper(sql)
        let error = #expect(throws: LedgerError.self) { try fixture.verify() }
        if let entry { #expect(error?.entry == entry) }
    }

    /// Sound by itself, each of these is found by a checkpoint that was kept outside, and by nothing else.
    @Test func whatOnlyAKeptCheckpointShows() async throws {
        let fixture = try LedgerFixture()
        let ledger = try await fixture.filled(20)
        let backup = fixture.folder + "/backup.sqlite"
        try fixture.copy(to: backup)
        for index in 20..<50 { _ = try await ledger.append(fixture.draft(index)) }
        let kept = await ledger.checkpoint
        #expect(try fixture.compare(kept).size == 50)

        // The whole database put back: a rollback.
        #expect(try fixture.verify(backup).checkpoint.size == 20)
        #expect(#expect(throws: LedgerError.self) { try fixture.compare(kept, backup) }?.code == .cutShort)

        // Cut short and gone on with, signed by the ledger's own key: a fork.
        let forked = try Ledger(storage: SQLiteLedgerStorage(path: backup), signer: fixture.signer, clock: { 1_000 })
        for index in 0..<40 { _ = try await forked.append(fixture.draft(100 + index)) }
        #expect(try fixture.verify(backup).checkpoint.size == 60)
        #expect(#expect(throws: LedgerError.self) { try fixture.compare(kept, backup) }?.code == .rewritten)

        // A checkpoint of another ledger is none of this one's.
        let other = try await LedgerFixture().filled(10).checkpoint
        #expect(#expect(throws: LedgerError.self) { try fixture.compare(other) }?.code == .badCheckpoint)
    }

    /// Each way to change the order or the number of entries, all of it signed again with nothing but the disk in hand.
    @Test(arguments: [
        // Reordered: two entries change places, with their hashes.
        "UPDATE entry SET sequence = -1 WHERE sequence = 10; UPDATE entry SET sequence = 10 WHERE sequence = 11; UPDATE entry SET sequence = 11 WHERE sequence = -1",
        // Removed, and those after it moved up.
        "DELETE FROM entry WHERE sequence = 30; UPDATE entry SET sequence = -sequence WHERE sequence > 30; UPDATE entry SET sequence = -sequence - 1 WHERE sequence < 0",
        // Inserted: one twice, those after it moved down.
        "UPDATE entry SET sequence = -sequence WHERE sequence > 30; UPDATE entry SET sequence = -sequence + 1 WHERE sequence < 0; INSERT INTO entry SELECT 31, bytes, leaf, request FROM entry WHERE sequence = 30",
        // An earlier checkpoint in the place of the last: the entries after it are not sealed.
        "DELETE FROM checkpoint WHERE size > (SELECT MIN(size) FROM checkpoint)",
    ])
    func orderAndNumber(sql: String) async throws {
        let fixture = try LedgerFixture()
        let ledger = try await fixture.filled(50)
        _ = try await ledger.append(EntryDraft(.unlocked))
        try fixture.tamper(sql)
        #expect(throws: LedgerError.self) { try fixture.verify() }
    }

    @Test func aForeignCheckpointIsRefused() async throws {
        let fixture = try LedgerFixture()
        _ = try await fixture.filled(5)
        let other = try NoteSigner(name: fixture.signer.verifierKey.name, key: .generate())
        #expect(throws: LedgerError.self) {
            try Ledger(storage: SQLiteLedgerStorage(path: fixture.path), signer: other, clock: { 0 })
        }
    }
}

/// Entries that go in together, and ledgers of several sections.
@Suite struct LedgerGroupTests {
    @Test func severalEntriesAreRecordedTogetherOrNotAtAll() async throws {
        let fixture = try LedgerFixture()
        let ledger = try fixture.open()
        let entries = try await ledger.append([EntryDraft(.unlocked), EntryDraft(.unlocked)])
        #expect(entries.map(\.sequence) == [0, 1])
        await #expect(throws: (any Error).self) {
            try await ledger.append([EntryDraft(.unlocked), EntryDraft(.unlocked, details: ["x": .number(0.5)])])
        }
        #expect(try await ledger.append(EntryDraft(.unlocked)).sequence == 2)
        #expect(try fixture.verify().entries == 3)
    }

    /// Sections are verified on several threads: the first fault in order is named, whichever thread finds one first.
    @Test func theFirstFaultOfSeveralSectionsIsNamed() async throws {
        let fixture = try LedgerFixture()
        let ledger = try fixture.open()
        for start in stride(from: 0, to: 21_000, by: 1000) {
            _ = try await ledger.append((Int64(start)..<Int64(start) + 1000).map { EntryDraft(.unlocked, details: ["count": .integer($0)]) })
        }
        #expect(try fixture.verify().entries == 21_000)
        let entries = try ledger.storage.entries(0..<21_000)
        #expect(try fixture.verify().checkpoint.rootHash == MerkleTree(leafHashes: entries.map { TreeHasher.standard.leaf($0) }).root)
        try fixture.tamper("UPDATE entry SET leaf = zeroblob(32) WHERE sequence IN (4095, 19000)")
        #expect(throws: LedgerError(.wrongHash, entry: 4095, "its bytes are not those whose hash was stored.")) { try fixture.verify() }
        try fixture.tamper("UPDATE tile_root SET hash = zeroblob(32) WHERE level = 8 AND position = 3")
        #expect(throws: LedgerError(.wrongHash, entry: 1023, "the stored root of the tile that it completes is wrong.")) { try fixture.verify() }
    }

    /// A storage that fails once: those who waited are told, those who came meanwhile are recorded, and nothing is lost.
    @Test func whatCameDuringAFailedCommitIsRecorded() async throws {
        let fixture = try LedgerFixture()
        let storage = FailingStorage(try SQLiteLedgerStorage(path: fixture.path))
        let ledger = try Ledger(storage: storage, signer: fixture.signer, clock: { 1_000 })
        _ = try await ledger.append(EntryDraft(.unlocked))
        storage.failures.withLock { $0 = 1 }
        let outcomes = await withTaskGroup(of: Int64?.self) { group in
            for _ in 0..<200 { group.addTask { try? await ledger.append(EntryDraft(.unlocked)).sequence } }
            return await group.reduce(into: [Int64?]()) { $0.append($1) }
        }
        let recorded = outcomes.compactMap(\.self).sorted()
        #expect(recorded.count < 200)
        #expect(recorded == Array(1..<Int64(recorded.count + 1)))
        #expect(try fixture.verify().entries == Int64(recorded.count + 1))
        #expect(await ledger.size == Int64(recorded.count + 1))
    }
}

/// Loses as many commits as `failures` says.
private struct FailingStorage: LedgerStorage {
    private let base: SQLiteLedgerStorage
    let failures = FailureCount()

    final class FailureCount: Sendable {
        private let count = Mutex(0)
        func withLock<Result: Sendable>(_ body: (inout Int) -> Result) -> Result { count.withLock { body(&$0) } }
    }

    init(_ base: SQLiteLedgerStorage) { self.base = base }

    func edge() throws -> LedgerEdge { try base.edge() }
    func latestCheckpoint() throws -> String { try base.latestCheckpoint() }
    func commit(_ batch: LedgerBatch) throws {
        // Long enough for others to come.
        usleep(20_000)
        let fails = failures.withLock { count in
            defer { count = max(0, count - 1) }
            return count > 0
        }
        guard !fails else { throw LedgerError(.storage, "no space left on device") }
        try base.commit(batch)
    }
    func entries(_ range: Range<Int64>) throws -> [[UInt8]] { try base.entries(range) }
    func scan(_ range: Range<Int64>, _ body: (StoredEntry) throws -> Void) throws { try base.scan(range, body) }
    func hashes(level: Int, _ range: Range<Int64>) throws -> [MerkleHash] { try base.hashes(level: level, range) }
    func checkpoint(size: Int64) throws -> String? { try base.checkpoint(size: size) }
}
