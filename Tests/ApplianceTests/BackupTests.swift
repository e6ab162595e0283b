import Appliance
import AuditCrypto
import Backups
import CanonicalEncoding
import Foundation
import LocalAPI
import MerkleLog
import SoftwareTPM
import Testing

/// Backups, and appliances that go on from one: by the procedure, and without it.
@Suite struct BackupTests {
    /// An appliance with a submission, and an empty folder for its backups.
    private func kept(tpm: SoftwareTPM? = nil) async throws -> (fixture: ApplianceFixture, submission: String) {
        let fixture = try ApplianceFixture()
        if let tpm {
            _ = try await fixture.makeKeys(tpm: tpm.tcti)
            _ = try await fixture.install("terms.install", "terms", fixture.signed(fixture.terms()))
        } else {
            try await fixture.initialise()
        }
        return (fixture, try await ingest(fixture, "media"))
    }

    private func ingest(_ fixture: ApplianceFixture, _ name: String) async throws -> String {
        let media = try await fixture.seal(name, model: name)
        return try #require(try await fixture.act("submission.ingest", ["media": .string(media)], as: "alice")["submission"]?.string)
    }

    private func code(_ body: () async throws -> some Any) async -> String? {
        do { _ = try await body() } catch { return (error as? LocalFailure)?.code ?? (error as? BackupError)?.code.rawValue ?? "\(error)" }
        return nil
    }

    private func folder(_ fixture: ApplianceFixture) -> String { fixture.folder + "/backup" }

    private func backup(_ fixture: ApplianceFixture, on other: Appliance? = nil) async throws -> JSONValue {
        try await fixture.act("appliance.backup", ["to": .string(folder(fixture))], as: "bob", on: other)
    }

    private func checkpoint(_ fixture: ApplianceFixture, on other: Appliance? = nil) async throws -> String {
        try #require(try await fixture.call("ledger.checkpoint", on: other)["checkpoint"]?.string)
    }

    /// The backup restored into a folder of its own, and unlocked.
    private func restored(_ fixture: ApplianceFixture, _ name: String = "new-home") async throws -> Appliance {
        let appliance = try ApplianceFixture.open("\(fixture.folder)/\(name)", fixture.clock)
        _ = try await fixture.call("restore", ["from": .string(folder(fixture))], on: appliance)
        #expect(try await fixture.call("status", on: appliance)["state"] == "locked")
        let unlocked = try await fixture.call("unlock", ["passphrase": .string(ApplianceFixture.passphrase)], on: appliance)
        #expect(unlocked["state"] == "restored")
        return appliance
    }

    private func scope(_ fixture: ApplianceFixture, _ kept: [String], lost: Int64? = nil, on appliance: Appliance) async throws -> JSONValue {
        let marker = try #require(try await fixture.call("status", on: appliance)["restored"])
        var scope: JSONObject = [
            "kept": .array(kept.map { .string(SHA256Digest.of(Array($0.utf8)).hex) }), "root": marker["root"] ?? nil, "size": marker["size"] ?? nil,
        ]
        if let lost { scope["lost"] = .integer(lost) }
        return .object(scope)
    }

    private func attachment(_ kept: [String]) throws -> String {
        String(decoding: try CanonicalJSON.encode(.array(kept.map { .string($0) })), as: UTF8.self)
    }

    /// Two persons agree to go on from the backup.
    private func confirm(_ fixture: ApplianceFixture, _ kept: [String], lost: Int64? = nil, on appliance: Appliance) async throws -> JSONValue {
        let attachment = try attachment(kept)
        let asked = try await fixture.act(
            "appliance.restore", scope(fixture, kept, lost: lost, on: appliance), as: "bob", on: appliance, attachment: attachment)
        let id: JSONValue = ["request": .string(try ApplianceFixture.waiting(asked))]
        #expect(try await fixture.call("status", on: appliance)["state"] == "restored")
        _ = try await fixture.act("request.approve", id, as: "carol", on: appliance)
        return try await fixture.act("request.perform", id, as: "bob", on: appliance, attachment: attachment)
    }

    // MARK: Making one

    @Test func aBackupIsWholeAndHoldsItsOwnEntry() async throws {
        let (fixture, submission) = try await kept()
        // Cosigned checkpoints: one of before, and one that came when the ledger was copied already.
        try FileManager.default.createDirectory(atPath: fixture.home + "/cosigned", withIntermediateDirectories: true)
        for size in ["1", "999999"] { try Data(size.utf8).write(to: URL(filePath: "\(fixture.home)/cosigned/\(size)")) }
        let made = try await backup(fixture)
        let manifest = try BackupFolder(path: folder(fixture)).verify { _, _ in }
        #expect(made["size"] == .integer(manifest.size) && made["entry"] == .integer(manifest.size - 1))
        #expect(made["reused"] == 0)
        #expect(try await fixture.entries().last?.action == "appliance.backup")
        let paths = manifest.files.map(\.path)
        for path in ["keys.json", "ledger.sqlite", "store/store.sqlite", "appliance.json", "labs.pem", "authorities.pem", "witnesses"] {
            #expect(paths.contains(path), "\(path)")
        }
        #expect(paths.contains { $0.hasPrefix("store/segments/\(submission)/") } && paths.contains { $0.hasPrefix("documents/") })
        #expect(paths.contains("cosigned/1") && !paths.contains("cosigned/999999"))
        #expect(!paths.contains { $0.contains("-wal") || $0.contains(".partial") })
        // The ledger and what was said of it agree with sha256sum's own word.
        let keys = try #require(manifest.files.first { $0.path == "keys.json" })
        #expect(keys.sha256 == .of(Array(try Data(contentsOf: URL(filePath: fixture.home + "/keys.json")))))
    }

    /// Segments are copied once; what was purged goes from the backup too, and an attempt that broke off changes nothing.
    @Test func theNextOneIsIncremental() async throws {
        let (fixture, first) = try await kept()
        _ = try await backup(fixture)
        let segments = "\(folder(fixture))/segments/\(first)"
        let name = try #require(try FileManager.default.contentsOfDirectory(atPath: segments).first)
        let before = try FileManager.default.attributesOfItem(atPath: "\(segments)/\(name)")[.systemFileNumber] as? Int
        let second = try await ingest(fixture, "second")
        // What a crash leaves: a half copy, and a segment that is there already.
        try FileManager.default.createDirectory(atPath: folder(fixture) + "/copying/store", withIntermediateDirectories: true)
        try Data("half".utf8).write(to: URL(filePath: folder(fixture) + "/copying/ledger.sqlite"))
        _ = try BackupFolder(path: folder(fixture)).verify { _, _ in }
        let made = try await backup(fixture)
        #expect((made["reused"]?.integer ?? 0) > 0 && (made["reused"]?.integer ?? 0) < (made["bytes"]?.integer ?? 0))
        #expect(try FileManager.default.attributesOfItem(atPath: "\(segments)/\(name)")[.systemFileNumber] as? Int == before)
        let manifest = try BackupFolder(path: folder(fixture)).verify { _, _ in }
        #expect(manifest.files.contains { $0.path.contains(second) })
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder(fixture)).filter { $0.hasPrefix("at-") } == ["at-\(manifest.size)"])
        let asked = try ApplianceFixture.waiting(try await fixture.act("submission.purge", ["submission": .string(first)], as: "bob"))
        _ = try await fixture.act("request.approve", ["request": .string(asked)], as: "carol")
        _ = try await fixture.act("request.perform", ["request": .string(asked)], as: "bob")
        _ = try await backup(fixture)
        #expect(!FileManager.default.fileExists(atPath: segments))
        _ = try BackupFolder(path: folder(fixture)).verify { _, _ in }
    }

    /// Whoever asked hangs up: nothing of the half copy counts, what was there is whole, and the next one goes on.
    @Test func hangingUpLeavesTheLastOne() async throws {
        let (fixture, _) = try await kept()
        func givenUp() async -> String? {
            await Task {
                withUnsafeCurrentTask { $0?.cancel() }
                return await code { try await backup(fixture) }
            }.value
        }
        #expect(await givenUp() == "request.cancelled")
        #expect(await code { try BackupFolder(path: folder(fixture)).verify { _, _ in } } == "backup.no-manifest")
        let size = try await backup(fixture)["size"]
        #expect(await givenUp() == "request.cancelled")
        #expect(try .integer(BackupFolder(path: folder(fixture)).verify { _, _ in }.size) == size)
        _ = try await ingest(fixture, "second")
        _ = try await backup(fixture)
        #expect(try BackupFolder(path: folder(fixture)).verify { _, _ in }.files.contains { $0.path.hasPrefix("store/segments/") })
    }

    @Test func wrongPlacesAreRefused() async throws {
        let (fixture, _) = try await kept()
        func to(_ path: String, as person: String = "bob") async -> String? {
            await code { try await fixture.act("appliance.backup", ["to": .string(path)], as: person) }
        }
        #expect(await to(fixture.home) == "backup.folder")
        #expect(await to(fixture.home + "/store/backup") == "backup.folder")
        #expect(await to(fixture.folder) == "backup.folder")
        #expect(await to("relative") == "request.malformed")
        #expect(await to(folder(fixture), as: "alice") == "clearance.not-permitted")
        try FileManager.default.createDirectory(atPath: fixture.folder + "/full", withIntermediateDirectories: true)
        try Data("x".utf8).write(to: URL(filePath: fixture.folder + "/full/other"))
        #expect(await to(fixture.folder + "/full") == "backup.folder")
        _ = try await backup(fixture)
        let (other, _) = try await kept()
        #expect(await code { try await other.act("appliance.backup", ["to": .string(folder(fixture))], as: "bob") } == "backup.other-appliance")
        _ = try BackupFolder(path: folder(fixture)).verify { _, _ in }
    }

    /// Every file of it, changed, cut or missing, is found by reading it and by restoring it.
    @Test func damageIsFound() async throws {
        let (fixture, _) = try await kept()
        _ = try await backup(fixture)
        let backup = BackupFolder(path: folder(fixture)), manifest = try backup.manifest()
        for (number, file) in manifest.files.enumerated() {
            let place = URL(filePath: backup.place(of: file.path, folder: manifest.folder)), whole = try Data(contentsOf: place)
            var changed = whole
            switch number % 3 {
            case 0 where !whole.isEmpty: changed[whole.count / 2] ^= 1
            case 1 where !whole.isEmpty: changed.removeLast()
            default: changed.append(0)
            }
            try changed.write(to: place)
            #expect(await code { try backup.verify { _, _ in } } == "backup.damaged", "\(file.path)")
            let empty = try ApplianceFixture.open("\(fixture.folder)/damaged", fixture.clock)
            #expect(await code { try await fixture.call("restore", ["from": .string(backup.path)], on: empty) } == "backup.damaged")
            #expect(try await fixture.call("status", on: empty)["state"] == "empty")
            try whole.write(to: place)
        }
        _ = try backup.verify { _, _ in }
        try FileManager.default.removeItem(atPath: backup.manifestFile)
        #expect(await code { try backup.verify { _, _ in } } == "backup.no-manifest")
    }

    /// A manifest that brings a marker of its own, or what belongs to another database, is none.
    @Test func aBackupBringsNoMarker() async throws {
        let (fixture, _) = try await kept()
        _ = try await backup(fixture)
        let backup = BackupFolder(path: folder(fixture)), manifest = try backup.manifest()
        let bytes = Array("{}".utf8)
        for path in ["restored.json", "restoring/x", "ledger.sqlite-wal", "keys.json.old"] {
            let place = URL(filePath: backup.place(of: path, folder: manifest.folder))
            try FileManager.default.createDirectory(at: place.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data(bytes).write(to: place)
            let other = BackupManifest(
                folder: manifest.folder, checkpoint: manifest.checkpoint, origin: manifest.origin, size: manifest.size, root: manifest.root,
                time: manifest.time, files: (manifest.files + [.init(path: path, size: 2, sha256: .of(bytes))]).sorted { $0.path < $1.path })
            try Data(other.encoded()).write(to: URL(filePath: backup.manifestFile))
            let empty = try ApplianceFixture.open("\(fixture.folder)/marked", fixture.clock)
            #expect(await code { try await fixture.call("restore", ["from": .string(backup.path)], on: empty) } == "backup.malformed", "\(path)")
            #expect(try await fixture.call("status", on: empty)["state"] == "empty")
        }
    }

    // MARK: Going on from one

    @Test func nothingUntilTwoPersonsAgree() async throws {
        let (fixture, submission) = try await kept()
        // Something that waited when the backup was made must not be carried out before.
        let waiting = try ApplianceFixture.waiting(try await fixture.act("submission.purge", ["submission": .string(submission)], as: "bob"))
        let made = try await backup(fixture)
        let early = try await checkpoint(fixture)
        let late = try await { _ = try await ingest(fixture, "later"); return try await checkpoint(fixture) }()
        let appliance = try await restored(fixture)
        let status = try await fixture.call("status", on: appliance)
        #expect(status["restored"] == ["root": made["root"] ?? nil, "size": made["size"] ?? nil] && status["state"] == "restored")
        for method in ["submissions", "ledger.verify", "ledger.show", "identity", "trust", "look", "session.lock"] {
            #expect(await code { try await fixture.call(method, on: appliance) } == "appliance.restored", "\(method)")
        }
        #expect(await code { try await fixture.act("ledger.export", [:], as: "alice", on: appliance) } == "appliance.restored")
        #expect(await code { try await backup(fixture, on: appliance) } == "appliance.restored")
        _ = try await fixture.act("request.approve", ["request": .string(waiting)], as: "carol", on: appliance)
        #expect(await code { try await fixture.act("request.perform", ["request": .string(waiting)], as: "bob", on: appliance) } == "appliance.restored")
        #expect(await code { try await confirm(fixture, ["no checkpoint"], on: appliance) } == "ledger.bad-checkpoint")
        #expect(await code { try await confirm(fixture, [early, late], lost: 0, on: appliance) } == "restore.more-lost")
        let (other, _) = try await kept()
        let foreign = try await checkpoint(other)
        #expect(await code { try await confirm(fixture, [foreign], on: appliance) } == "ledger.bad-checkpoint")
        let scope = try await scope(fixture, [early], on: appliance)
        #expect(
            await code { try await fixture.act("appliance.restore", scope, as: "bob", on: appliance, attachment: attachment([late])) }
                == "request.other-attachment")
        #expect(await code { try await fixture.act("appliance.restore", scope, as: "carol", on: appliance, attachment: attachment([early])) }
            == "clearance.not-permitted")
        // A restart in between changes nothing.
        let again = try ApplianceFixture.open(fixture.folder + "/new-home", fixture.clock)
        _ = try await fixture.call("unlock", ["passphrase": .string(ApplianceFixture.passphrase)], on: again)
        #expect(try await fixture.call("status", on: again)["restored"] == status["restored"])
    }

    @Test func goesOnAndSaysWhatWasLost() async throws {
        let (fixture, submission) = try await kept()
        let early = try await checkpoint(fixture)
        let size = try #require(try await backup(fixture)["size"]?.integer)
        _ = try await ingest(fixture, "later")
        let late = try await checkpoint(fixture)
        _ = try await fixture.act("ledger.export", [:], as: "alice")
        let unnamed = try await checkpoint(fixture)
        let lost = try Checkpoint(text: SignedNote(note: late).text).size - size

        let appliance = try await restored(fixture)
        let done = try await confirm(fixture, [early, late], on: appliance)
        #expect(done["size"] == .integer(size) && done["lost"] == .integer(lost) && done["counter"] == .null)
        let entry = try #require(done["entry"]?.integer)
        let shown = try #require(try await fixture.call("ledger.show", ["from": .integer(entry), "count": 1], on: appliance)["entries"]?.array?.first)
        #expect(shown["action"] == "appliance.restored" && shown["actor"] == "bob" && shown["request"]?["sshsig"] != nil)
        #expect(shown["details"]?["approvals"]?.array?.count == 1 && shown["details"]?["size"] == .integer(size))
        #expect(shown["details"]?["kept"]?.array?.map { $0["within"] } == [true, false])
        #expect(!FileManager.default.fileExists(atPath: fixture.folder + "/new-home/restored.json"))
        // It is an appliance like any other, with all that the backup had.
        #expect(try await fixture.call("status", on: appliance)["state"] == "open")
        let view = try await fixture.act("inspect.log", ["submission": .string(submission), "from": 0, "count": 1], as: "alice", on: appliance)
        #expect(view["view"]?["total"] == 10)

        // Checkpoints of before hold; the one that was named is superseded, the one that was not is a failure still.
        let verified = try await fixture.call("ledger.verify", ["kept": [.string(early), .string(late)]], on: appliance)
        let lateSize = try Checkpoint(text: SignedNote(note: late).text).size
        #expect(verified["kept"]?.array?.count == 1)
        #expect(verified["superseded"] == [["entry": .integer(entry), "size": .integer(lateSize)]])
        let failure = await #expect(throws: LocalFailure.self) {
            try await fixture.call("ledger.verify", ["kept": [.string(unnamed)]], on: appliance)
        }
        #expect(failure?.code == "ledger.cut-short" || failure?.code == "ledger.rewritten")
        #expect(failure?.message.contains("Entry \(entry) says that the ledger was restored to \(size) entries") == true, "\(failure?.message ?? "")")
        // And it opens again as usual, once only.
        let again = try ApplianceFixture.open(fixture.folder + "/new-home", fixture.clock)
        #expect(try await fixture.call("unlock", ["passphrase": .string(ApplianceFixture.passphrase)], on: again)["state"] == "open")
        #expect(await code { try await fixture.act("appliance.restore", ["kept": [], "root": "", "size": 1], as: "bob", on: again, attachment: "[]") }
            == "restore.nothing")
        let second = try await fixture.act("appliance.backup", ["to": .string(folder(fixture))], as: "bob", on: again)
        #expect((second["reused"]?.integer ?? 0) > 0)
    }

    /// The same bytes put back without the procedure are a rollback, which a kept checkpoint finds.
    @Test func withoutTheProcedureItIsARollback() async throws {
        let (fixture, _) = try await kept()
        _ = try await backup(fixture)
        _ = try await ingest(fixture, "later")
        let late = try await checkpoint(fixture)
        let home = fixture.folder + "/new-home"
        _ = try await fixture.call("restore", ["from": .string(folder(fixture))], on: ApplianceFixture.open(home, fixture.clock))
        try FileManager.default.removeItem(atPath: home + "/restored.json")
        let appliance = try ApplianceFixture.open(home, fixture.clock)
        #expect(try await fixture.call("unlock", ["passphrase": .string(ApplianceFixture.passphrase)], on: appliance)["state"] == "open")
        #expect(await code { try await fixture.call("ledger.verify", ["kept": [.string(late)]], on: appliance) } == "ledger.cut-short")
        #expect(await code { try await fixture.act("appliance.restore", ["kept": [], "root": "", "size": 1], as: "bob", on: appliance, attachment: "[]") }
            == "restore.nothing")
        // Nor does a marker help that is made up later: work went on after what it names.
        let note = try #require(try await fixture.call("ledger.checkpoint", on: appliance)["checkpoint"])
        _ = try await fixture.act("ledger.export", [:], as: "alice", on: appliance)
        try Data(CanonicalJSON.encode(["checkpoint": note, "type": "assay-restored", "v": 1])).write(to: URL(filePath: home + "/restored.json"))
        let marked = try ApplianceFixture.open(home, fixture.clock)
        #expect(await code { try await fixture.call("unlock", ["passphrase": .string(ApplianceFixture.passphrase)], on: marked) } == "restore.marker")
    }

    @Test func onlyIntoAnEmptyAppliance() async throws {
        let (fixture, _) = try await kept()
        _ = try await backup(fixture)
        let from: JSONValue = ["from": .string(folder(fixture))]
        #expect(await code { try await fixture.call("restore", from) } == "restore.not-empty")
        let home = fixture.folder + "/half"
        try FileManager.default.createDirectory(atPath: home, withIntermediateDirectories: true)
        try FileManager.default.copyItem(atPath: fixture.home + "/ledger.sqlite", toPath: home + "/ledger.sqlite")
        let half = try ApplianceFixture.open(home, fixture.clock)
        #expect(await code { try await fixture.call("restore", from, on: half) } == "restore.not-empty")
        // What a restore left that broke off after the marker: it can be given again, and nothing else made of it.
        try Data("{}".utf8).write(to: URL(filePath: home + "/restored.json"))
        #expect(await code { try await fixture.call("init", ["name": "x"], on: half) } == "restore.unfinished")
        _ = try await fixture.call("restore", from, on: half)
        #expect(try await fixture.call("status", on: half)["restored"]?["size"] != nil)
    }

    /// A store from before a purge under a ledger that has it: as after a crash in between, it is purged when unlocked.
    @Test func aPurgeThatBrokeOffIsFinished() async throws {
        let (fixture, submission) = try await kept()
        let files = FileManager.default, aside = fixture.folder + "/store"
        try files.copyItem(atPath: fixture.home + "/store", toPath: aside)
        let asked: JSONValue = [
            "request": .string(try ApplianceFixture.waiting(try await fixture.act("submission.purge", ["submission": .string(submission)], as: "bob")))
        ]
        _ = try await fixture.act("request.approve", asked, as: "carol")
        _ = try await fixture.act("request.perform", asked, as: "bob")
        // On a disk of its own: the open appliance holds its database still.
        let home = fixture.folder + "/crashed"
        try files.copyItem(atPath: fixture.home, toPath: home)
        try files.removeItem(atPath: home + "/store")
        try files.copyItem(atPath: aside, toPath: home + "/store")
        #expect(files.fileExists(atPath: "\(home)/store/segments/\(submission)"))
        let appliance = try ApplianceFixture.open(home, fixture.clock)
        _ = try await fixture.call("unlock", ["passphrase": .string(ApplianceFixture.passphrase)], on: appliance)
        #expect(!files.fileExists(atPath: "\(home)/store/segments/\(submission)"))
        #expect(
            await code { try await fixture.act("inspect.log", ["submission": .string(submission), "from": 0, "count": 1], as: "alice", on: appliance) }
                == "store.purged")
    }

    /// Backups that are made while others record and epochs begin: each is of one time, and opens.
    @Test func whileWorkGoesOn() async throws {
        let (fixture, _) = try await kept()
        for round in 0..<2 {
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { _ = try await backup(fixture) }
                for _ in 0..<20 { group.addTask { _ = try await fixture.act("ledger.receipt", [:], as: "carol") } }
                group.addTask {
                    // Refused while keys and ledger are being copied; done before or after.
                    let refused = await code {
                        try await fixture.act("ledger.rotate", ["reason": "scheduled"], as: "bob", attachment: ApplianceFixture.passphrase)
                    }
                    #expect(refused == nil || refused == "keys.busy")
                }
                try await group.waitForAll()
            }
            let appliance = try await restored(fixture, "round-\(round)")
            _ = try await confirm(fixture, [checkpoint(fixture)], on: appliance)
            _ = try await fixture.call("ledger.verify", on: appliance)
        }
    }

    /// A roster that has expired since the backup keeps nobody from going on: a newer one can only be taken in afterwards.
    @Test func anExpiredRosterDoesNotStandInTheWay() async throws {
        let (fixture, _) = try await kept()
        _ = try await backup(fixture)
        fixture.clock.advance(by: 4 * 366 * 86_400)
        let appliance = try await restored(fixture)
        _ = try await confirm(fixture, [], lost: 12, on: appliance)
        #expect(await code { try await fixture.act("appliance.maintain", [:], as: "bob", on: appliance) } == "clearance.expired")
        let last = try #require(try await fixture.call("ledger.show", ["from": 0, "count": 100], on: appliance)["entries"]?.array)
        #expect(last.first { $0["action"] == "appliance.restored" }?["details"]?["lost"] == 12)
    }

    /// A ledger that comes to the size of an earlier backup a second time does not take that one's place before it is whole.
    @Test func theSameSizeTwice() async throws {
        let (fixture, _) = try await kept()
        let first = BackupFolder(path: folder(fixture))
        _ = try await backup(fixture)
        let name = try first.manifest().folder
        #expect(first.name(size: try first.manifest().size) == name + "-2")
        #expect(first.name(size: 1 << 40) == "at-\(1 << 40)")
    }

    // MARK: With a TPM

    @Test func theCounterIsAheadAndRebound() async throws {
        let tpm = try SoftwareTPM()
        let (fixture, _) = try await kept(tpm: tpm)
        defer { tpm.stop() }
        _ = try await backup(fixture)
        for _ in 0..<3 { _ = try await fixture.act("ledger.export", [:], as: "alice") }
        let late = try await checkpoint(fixture)
        let count = try #require(try await fixture.call("status")["anchor"]?["counter"]?.integer)

        // Without the procedure the TPM refuses.
        let stolen = fixture.folder + "/stolen"
        _ = try await fixture.call("restore", ["from": .string(folder(fixture))], on: ApplianceFixture.open(stolen, fixture.clock))
        try FileManager.default.removeItem(atPath: stolen + "/restored.json")
        #expect(
            await code {
                try await fixture.call(
                    "unlock", ["passphrase": .string(ApplianceFixture.passphrase)], on: ApplianceFixture.open(stolen, fixture.clock))
            } == "anchor.rolled-back")

        let appliance = try await restored(fixture)
        let done = try await confirm(fixture, [late], on: appliance)
        #expect(done["counter"] == .integer(count))
        let anchor = try #require(try await fixture.call("status", on: appliance)["anchor"])
        #expect(anchor["anchored"] == .integer(count + 1) && anchor["counter"] == .integer(count + 1) && anchor["behind"] == 0)
        let again = try ApplianceFixture.open(fixture.folder + "/new-home", fixture.clock)
        _ = try await fixture.call("unlock", ["passphrase": .string(ApplianceFixture.passphrase)], on: again)
        #expect(try await fixture.call("status", on: again)["anchor"]?["counter"] == .integer(count + 2))
        // The appliance that was lost is refused from now on, should it turn up.
        #expect(await code { try await fixture.reopen() } == "anchor.rolled-back")
    }

    @Test func anotherTPMIsNoRestore() async throws {
        let tpm = try SoftwareTPM()
        let (fixture, _) = try await kept(tpm: tpm)
        defer { tpm.stop() }
        _ = try await backup(fixture)
        try tpm.replace()
        let appliance = try await restored(fixture)
        #expect(await code { try await confirm(fixture, [], on: appliance) } == "anchor.other-tpm")
        #expect(try await fixture.call("status", on: appliance)["state"] == "restored")
    }

    /// Epochs: a backup holds keys and ledger of one time, so it opens after others have begun.
    @Test func keysAndLedgerAreOfOneTime() async throws {
        let (fixture, _) = try await kept()
        _ = try await backup(fixture)
        _ = try await fixture.act("ledger.rotate", ["reason": "scheduled"], as: "bob", attachment: ApplianceFixture.passphrase)
        let appliance = try await restored(fixture)
        _ = try await confirm(fixture, [checkpoint(fixture)], on: appliance)
        _ = try await fixture.act("ledger.rotate", ["reason": "scheduled"], as: "bob", on: appliance, attachment: ApplianceFixture.passphrase)
        #expect(try await fixture.call("ledger.verify", on: appliance)["epochs"] == 2)
    }
}
