import Appliance
import AuditCrypto
import AuditSigning
import CanonicalEncoding
import Foundation
import LocalAPI
import MerkleLog
import SoftwareTPM
import Testing

/// The ledger and the TPM's counter, which must agree.
@Suite struct AnchorTests {
    private func anchored() async throws -> (ApplianceFixture, SoftwareTPM) {
        let tpm = try SoftwareTPM(), fixture = try ApplianceFixture()
        _ = try await fixture.makeKeys(tpm: tpm.tcti)
        return (fixture, tpm)
    }

    private func code(_ body: () async throws -> some Any) async -> String? {
        do { _ = try await body() } catch { return (error as? LocalFailure)?.code }
        return nil
    }

    private func anchor(_ fixture: ApplianceFixture, on other: Appliance? = nil) async throws -> JSONValue {
        try #require(try await fixture.call("status", on: other)["anchor"])
    }

    /// The database as it lies on the disk.
    private func copy(_ fixture: ApplianceFixture, to name: String) throws {
        try FileManager.default.createDirectory(atPath: "\(fixture.folder)/\(name)", withIntermediateDirectories: true)
        for suffix in ["", "-wal", "-shm"] where FileManager.default.fileExists(atPath: "\(fixture.home)/ledger.sqlite\(suffix)") {
            try FileManager.default.copyItem(
                atPath: "\(fixture.home)/ledger.sqlite\(suffix)", toPath: "\(fixture.folder)/\(name)/ledger.sqlite\(suffix)")
        }
    }

    private func putBack(_ fixture: ApplianceFixture, from name: String) throws {
        for suffix in ["", "-wal", "-shm"] {
            try? FileManager.default.removeItem(atPath: "\(fixture.home)/ledger.sqlite\(suffix)")
            let kept = "\(fixture.folder)/\(name)/ledger.sqlite\(suffix)"
            if FileManager.default.fileExists(atPath: kept) {
                try FileManager.default.copyItem(atPath: kept, toPath: "\(fixture.home)/ledger.sqlite\(suffix)")
            }
        }
    }

    @Test func countsWithEachAnchor() async throws {
        let (fixture, tpm) = try await anchored()
        #expect(try await fixture.entries().map(\.action) == ["appliance.initialised", "anchor.tpm"])
        let first = try await anchor(fixture), count = try #require(first["counter"]?.integer)
        #expect(first["anchored"] == .integer(count) && first["entry"] == 1 && first["behind"] == 0 && first["failure"] == .null)
        _ = try await fixture.act("ledger.export", [:], as: "alice")
        #expect(try await fixture.entries().map(\.action).suffix(2) == ["ledger.export", "anchor.tpm"])
        #expect(try await anchor(fixture)["counter"] == .integer(count + 1))
        // Nothing new, nothing to anchor; then one entry, which is behind until the end.
        try await fixture.appliance.close()
        #expect(try await anchor(fixture)["counter"] == .integer(count + 1))
        _ = try await fixture.act("session.open", ["minutes": 5, "submissions": []], as: "alice")
        #expect(try await anchor(fixture)["behind"] == 1)
        try await fixture.appliance.close()
        #expect(try await anchor(fixture)["counter"] == .integer(count + 2))
        // Unlocking anchors too; the entry names the index that the TPM has under that name.
        let reopened = try await fixture.reopen()
        let now = try await anchor(fixture, on: reopened)
        #expect(now["counter"] == .integer(count + 3))
        let shown = try await fixture.call("ledger.show", ["from": 0, "count": 100], on: reopened)["entries"]?.array?.last
        #expect(shown?["details"] == ["counter": .integer(count + 3)])
        let digest = try #require(shown?["subjects"]?.array?.first?["sha256"]?.string)
        #expect(try tpm.tool("nvreadpublic", #require(now["index"]?.string)).contains("name: 000b\(digest)\n"))
        #expect(try await fixture.call("ledger.verify", on: reopened)["entries"] == 8)
    }

    @Test func anOlderDatabaseIsRefused() async throws {
        let (fixture, tpm) = try await anchored()
        defer { tpm.stop() }
        try copy(fixture, to: "older")
        _ = try await fixture.act("ledger.export", [:], as: "alice")
        try copy(fixture, to: "newest")
        try putBack(fixture, from: "older")
        let error = await #expect(throws: LocalFailure.self) { try await fixture.reopen() }
        #expect(error?.code == "anchor.rolled-back")
        #expect(error?.message.contains("counter stands at 3, and the ledger's last anchor is 2") == true, "\(error?.message ?? "")")
        // Nothing was opened, and a refusal changes nothing: the newest one is still good.
        let locked = try ApplianceFixture.open(fixture.home)
        #expect(await code { try await fixture.call("submissions", on: locked) } == "appliance.locked")
        try putBack(fixture, from: "newest")
        _ = try await fixture.reopen()
    }

    /// No ledger at all is the oldest one. That takes no TPM: the keys belong to a ledger that begins with their own.
    @Test func noDatabaseIsRefused() async throws {
        let (fixture, tpm) = try await anchored()
        defer { tpm.stop() }
        try putBack(fixture, from: "nothing")
        #expect(await code { try await fixture.reopen() } == "ledger.cut-short")
    }

    /// The power went after the entry was on the disk and before the TPM had counted: the counter is one behind.
    @Test func aCutBetweenEntryAndCountHeals() async throws {
        let (fixture, tpm) = try await anchored()
        try tpm.saveState("before")
        _ = try await fixture.act("ledger.export", [:], as: "alice")
        let count = try #require(try await anchor(fixture)["counter"]?.integer)
        try tpm.restoreState("before")
        let reopened = try await fixture.reopen()
        // Brought to the ledger's, and then one more for having been unlocked.
        #expect(try await anchor(fixture, on: reopened)["counter"] == .integer(count + 1))
    }

    /// A counter two behind is no power cut.
    @Test func aCounterThatWentBackIsRefused() async throws {
        let (fixture, tpm) = try await anchored()
        try tpm.saveState("before")
        for _ in 0..<2 { _ = try await fixture.act("ledger.export", [:], as: "alice") }
        try tpm.restoreState("before")
        #expect(await code { try await fixture.reopen() } == "anchor.other-tpm")
    }

    @Test func anotherTPMAndNoneAreRefused() async throws {
        let (fixture, tpm) = try await anchored()
        try tpm.saveState("own")
        try tpm.replace()
        #expect(await code { try await fixture.reopen() } == "anchor.other-tpm")
        tpm.stop()
        let error = await #expect(throws: LocalFailure.self) { try await fixture.reopen() }
        #expect(error?.code == "anchor.unavailable")
        #expect(error?.message.contains(tpm.tcti) == true)
        try tpm.restoreState("own")
        _ = try await fixture.reopen()
    }

    /// Where the TPM is can be changed in the folder; which one it is cannot.
    @Test func anotherPlace() async throws {
        let (fixture, tpm) = try await anchored()
        let file = fixture.home + "/tpm.json", other = try SoftwareTPM()
        let text = try String(contentsOfFile: file, encoding: .utf8)
        try text.replacingOccurrences(of: tpm.tcti, with: other.tcti).write(toFile: file, atomically: true, encoding: .utf8)
        #expect(await code { try await fixture.reopen() } == "anchor.other-tpm")
        try text.replacingOccurrences(of: tpm.tcti, with: "cmd:/bin/true").write(toFile: file, atomically: true, encoding: .utf8)
        #expect(await code { try await fixture.reopen() } == "anchor.bad-transport")
        try text.write(toFile: file, atomically: true, encoding: .utf8)
        _ = try await fixture.reopen()
    }

    /// Whoever has the passphrase can take the binding out of the keys; the ledger still says that it was there.
    @Test func keysWithoutTheBinding() async throws {
        let (fixture, tpm) = try await anchored()
        defer { tpm.stop() }
        let file = URL(filePath: fixture.home + "/keys.json"), purpose = "assay appliance keys v1"
        let passphrase = try #require(Base64.decode(ApplianceFixture.passphrase))
        let plain = try PassphraseBox.open([UInt8](Data(contentsOf: file)), passphrase: passphrase, purpose: purpose)
        var keys = try #require(StrictJSON.parse(plain).object)
        try #require(keys["tpm"] != nil)
        keys["tpm"] = nil
        try Data(PassphraseBox.seal(CanonicalJSON.encode(.object(keys)), passphrase: passphrase, purpose: purpose, cost: .moderate))
            .write(to: file)
        #expect(await code { try await fixture.reopen() } == "anchor.no-binding")
    }

    /// A TPM that stops while the appliance is open: work goes on, but nothing leaves.
    @Test func withoutTheTPMNothingLeaves() async throws {
        let (fixture, tpm) = try await anchored()
        tpm.stop()
        #expect(await code { try await fixture.act("ledger.export", [:], as: "alice") } == "anchor.unavailable")
        _ = try await fixture.act("session.open", ["minutes": 5, "submissions": []], as: "alice")
        let without = try await anchor(fixture)
        #expect(without["counter"] == .null && without["failure"]?.string?.isEmpty == false && without["behind"] == 2)
        try tpm.start()
        _ = try await fixture.act("ledger.receipt", [:], as: "alice")
        let again = try await anchor(fixture)
        #expect(again["failure"] == .null && again["behind"] == 0)
    }

    /// By the clock, without anybody asking; and nothing where nothing was added.
    @Test func byTheClock() async throws {
        let (fixture, tpm) = try await anchored()
        defer { tpm.stop() }
        let open = try ApplianceFixture.open(fixture.home, fixture.clock, anchorInterval: .milliseconds(10))
        _ = try await fixture.call("unlock", ["passphrase": .string(ApplianceFixture.passphrase)], on: open)
        let before = try #require(try await anchor(fixture, on: open)["anchored"]?.integer)
        _ = try await fixture.act("session.open", ["minutes": 5, "submissions": []], as: "alice", on: open)
        var now = try await anchor(fixture, on: open)
        for _ in 0..<1000 where now["behind"] != 0 {
            try await Task.sleep(for: .milliseconds(20))
            now = try await anchor(fixture, on: open)
        }
        #expect(now["behind"] == 0 && now["anchored"] == .integer(before + 1) && now["counter"] == .integer(before + 1))
    }

    @Test func noTPMToBeginWith() async throws {
        let fixture = try ApplianceFixture()
        #expect(await code { try await fixture.makeKeys(tpm: "device:/nonexistent/tpm") } == "anchor.unavailable")
        #expect(await code { try await fixture.makeKeys(tpm: "cmd:/bin/true") } == "anchor.bad-transport")
        // Nothing was made: init can be given again, without.
        _ = try await fixture.makeKeys()
        #expect(try await fixture.call("status")["anchor"] == .null)
    }
}

/// Receipts: a checkpoint to take home, which covers the entry that says so.
@Suite struct ReceiptTests {
    @Test func coversItsOwnEntry() async throws {
        let fixture = try ApplianceFixture()
        try await fixture.initialise()
        let receipt = try await fixture.act("ledger.receipt", [:], as: "carol")
        let note = try #require(receipt["checkpoint"]?.string), entry = try #require(receipt["entry"]?.integer)
        let checkpoint = try Checkpoint(text: SignedNote(note: note).text)
        #expect(checkpoint.size == entry + 1 && receipt["size"] == .integer(entry + 1))
        #expect(try await fixture.call("ledger.checkpoint")["checkpoint"] == .string(note))
        let last = try #require(try await fixture.call("ledger.show", ["from": .integer(entry), "count": 1])["entries"]?.array?.first)
        #expect(last["action"] == "ledger.receipt" && last["actor"] == "carol" && last["request"]?["sshsig"]?.string?.isEmpty == false)
    }

    @Test func refusedWithoutACosignedOne() async throws {
        let fixture = try ApplianceFixture()
        try await fixture.initialise()
        let error = await #expect(throws: LocalFailure.self) { try await fixture.act("ledger.receipt", ["cosigned": true], as: "carol") }
        #expect(error?.code == "witness.none")
        #expect(try await fixture.entries().last?.action == "request.refused")
    }
}
