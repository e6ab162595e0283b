import Appliance
import AuditCrypto
import AuditSigning
import CanonicalEncoding
import Foundation
import LocalAPI
import MerkleLog
import SoftwareTPM
import Testing

/// A TPM that is lost, and a ledger that goes on with another: agreed to by two persons, and never over a ledger that was
/// rolled back.
@Suite struct RebindingTests {
    private let witness = Ed25519PrivateKey.generate()

    private func cosigner() throws -> Cosigner { try Cosigner(name: "witness.example/1", key: witness) }

    private func anchored(witnessed: Bool = false) async throws -> (ApplianceFixture, SoftwareTPM) {
        let tpm = try SoftwareTPM(), fixture = try ApplianceFixture()
        _ = try await fixture.makeKeys(tpm: tpm.tcti, witnesses: witnessed ? [cosigner().verifierKey.text] : [])
        return (fixture, tpm)
    }

    private func code(_ body: () async throws -> some Any) async -> String? {
        do { _ = try await body() } catch { return (error as? LocalFailure)?.code ?? "\(error)" }
        return nil
    }

    private func checkpoint(_ fixture: ApplianceFixture, on other: Appliance? = nil) async throws -> String {
        try #require(try await fixture.call("ledger.checkpoint", on: other)["checkpoint"]?.string)
    }

    private func receipt(_ fixture: ApplianceFixture, on other: Appliance? = nil) async throws -> String {
        try #require(try await fixture.act("ledger.receipt", [:], as: "carol", on: other)["checkpoint"]?.string)
    }

    /// The appliance after a restart, opened without its TPM.
    private func unbound(_ fixture: ApplianceFixture, home: String? = nil) async throws -> Appliance {
        let appliance = try ApplianceFixture.open(home ?? fixture.home, fixture.clock)
        let reply = try await fixture.call(
            "unlock", ["passphrase": .string(ApplianceFixture.passphrase), "withoutTPM": true], on: appliance)
        #expect(reply["state"] == "unbound")
        return appliance
    }

    /// As `assay ledger rebind-tpm` asks: with the names of a counter that was made first.
    private func ask(
        _ fixture: ApplianceFixture, _ tpm: SoftwareTPM, _ kept: [String], despite: Bool = false, on appliance: Appliance,
        change: (inout JSONObject) -> Void = { _ in }
    ) async throws -> String {
        let prepared = try await fixture.act("ledger.prepare-tpm", ["tpm": .string(tpm.tcti)], as: "bob", on: appliance)
        var scope: JSONObject = [
            "after": prepared["after"] ?? nil, "before": prepared["before"] ?? nil,
            "kept": .array(kept.map { .string(SHA256Digest.of(Array($0.utf8)).hex) }), "reason": "replaced", "tpm": .string(tpm.tcti),
        ]
        if despite { scope["despite"] = true }
        change(&scope)
        return try ApplianceFixture.waiting(
            await fixture.act("ledger.rebind-tpm", .object(scope), as: "bob", on: appliance, attachment: attachment(kept)))
    }

    private func attachment(_ kept: [String]) throws -> String {
        String(decoding: try CanonicalJSON.encode(.array(kept.map { .string($0) })), as: UTF8.self)
    }

    private func rebind(
        _ fixture: ApplianceFixture, _ tpm: SoftwareTPM, _ kept: [String], despite: Bool = false, on appliance: Appliance
    ) async throws -> JSONValue {
        let id: JSONValue = ["request": .string(try await ask(fixture, tpm, kept, despite: despite, on: appliance))]
        _ = try await fixture.act("request.approve", id, as: "carol", on: appliance)
        return try await fixture.act("request.perform", id, as: "bob", on: appliance, attachment: attachment(kept))
    }

    private func cosigned(_ note: String) throws -> String {
        note + (try cosigner().line(text: SignedNote(note: note).text, time: 1_800_000_000))
    }

    // MARK: By the procedure

    @Test func goesOnWithAnother() async throws {
        let (fixture, tpm) = try await anchored(), kept = try await receipt(fixture)
        try await fixture.appliance.close()
        let last = try #require(try await fixture.call("status")["anchor"]?["anchored"]?.integer)
        try tpm.replace()
        #expect(await code { try await fixture.reopen() } == "anchor.other-tpm")
        let appliance = try await unbound(fixture)
        #expect(try await fixture.call("status", on: appliance)["state"] == "unbound")
        // The ledger may be looked at; nothing else is done.
        _ = try await fixture.call("ledger.verify", ["kept": [.string(kept)]], on: appliance)
        #expect(await code { try await fixture.call("submissions", on: appliance) } == "appliance.unbound")
        #expect(await code { try await fixture.act("ledger.export", [:], as: "alice", on: appliance) } == "appliance.unbound")
        #expect(await code { try await receipt(fixture, on: appliance) } == "appliance.unbound")

        let done = try await rebind(fixture, tpm, [kept], on: appliance)
        let size = try Checkpoint(text: SignedNote(note: kept).text).size
        #expect(done["vouched"] == .integer(size))
        let status = try await fixture.call("status", on: appliance)
        #expect(status["state"] == "open" && status["anchor"]?["behind"] == 0 && status["anchor"]?["failure"] == .null)
        #expect(status["anchor"]?["counter"] == status["anchor"]?["anchored"])

        let verified = try await fixture.call("ledger.verify", ["kept": [.string(kept)]], on: appliance)
        let rebound = try #require(verified["rebindings"]?.array?.first)
        #expect(verified["rebindings"]?.array?.count == 1)
        #expect(rebound["anchored"] == .integer(last) && rebound["approvals"] == 1 && rebound["reason"] == "replaced" && rebound["said"] == .null)
        #expect(rebound["vouched"] == .integer(size) && rebound["entry"] == done["entry"] && rebound["despite"] == false)

        // It opens again with the new TPM, whose binding is among the keys from then on, and not with none.
        let again = try await fixture.reopen()
        #expect(!FileManager.default.fileExists(atPath: fixture.home + "/rebinding"))
        _ = try await fixture.act("ledger.export", [:], as: "alice", on: again)
        _ = try await fixture.reopen()
        #expect(try await fixture.call("ledger.verify", on: fixture.reopen())["rebindings"]?.array?.count == 1)
        tpm.stop()
        #expect(await code { try await fixture.reopen() } == "anchor.unavailable")
    }

    /// With a witness only its cosignature of this very ledger, as it was opened, counts.
    @Test func aWitnessLooksAtIt() async throws {
        let (fixture, tpm) = try await anchored(witnessed: true)
        let before = try await cosigned(receipt(fixture))
        try tpm.replace()
        let appliance = try await unbound(fixture)
        let error = await #expect(throws: LocalFailure.self) { try await ask(fixture, tpm, [before], on: appliance) }
        #expect(error?.code == "anchor.unvouched" && error?.message.contains("witness.example/1") == true, "\(error?.message ?? "")")
        let request = try await fixture.call("witness.request", ["witness": "witness.example/1"], on: appliance)["request"]?.string
        #expect(request?.isEmpty == false)
        let now = try await checkpoint(fixture, on: appliance)
        // Uncosigned it does not count either.
        #expect(await code { try await ask(fixture, tpm, [now], on: appliance) } == "anchor.unvouched")
        let done = try await rebind(fixture, tpm, [cosigned(now)], on: appliance)
        #expect(done["witnesses"]?.array?.count == 1)
    }

    /// A TPM that is exchanged in good order, without closing anything.
    @Test func movesWhileOpen() async throws {
        let (fixture, tpm) = try await anchored(), other = try SoftwareTPM()
        let kept = try await receipt(fixture)
        _ = try await rebind(fixture, other, [kept], on: fixture.appliance)
        #expect(try await fixture.call("status")["anchor"]?["tcti"] == .string(other.tcti))
        let rebound = try #require(try await fixture.call("ledger.verify")["rebindings"]?.array?.first)
        #expect(rebound["said"] == rebound["anchored"])
        tpm.stop()
        _ = try await fixture.reopen()
    }

    /// Twice, and the second time with the first agreement not yet among the sealed keys.
    @Test func twice() async throws {
        let (fixture, tpm) = try await anchored(), other = try SoftwareTPM()
        _ = try await rebind(fixture, other, [receipt(fixture)], on: fixture.appliance)
        _ = try await rebind(fixture, tpm, [receipt(fixture)], on: fixture.appliance)
        let verified = try await fixture.call("ledger.verify", on: fixture.reopen())
        #expect(verified["rebindings"]?.array?.count == 2)
        other.stop()
        _ = try await fixture.reopen()
    }

    // MARK: What is refused

    /// The attack that a new counter invites: an older copy is put back, the TPM that would have said so is cleared, and a new
    /// one is to be taken. What is outside says so.
    @Test func aRollbackUnderCoverIsRefused() async throws {
        let (fixture, tpm) = try await anchored()
        let early = try await receipt(fixture)
        try await fixture.appliance.close()
        try FileManager.default.copyItem(atPath: fixture.home, toPath: fixture.folder + "/older")
        _ = try await fixture.act("session.open", ["minutes": 5, "submissions": []], as: "alice")
        let late = try await receipt(fixture)
        try await fixture.appliance.close()
        let older = fixture.folder + "/older"
        // While the TPM is there it is the TPM that says so, and there is no way around it.
        let there = try ApplianceFixture.open(older, fixture.clock)
        #expect(
            await code { try await fixture.call("unlock", ["passphrase": .string(ApplianceFixture.passphrase), "withoutTPM": true], on: there) }
                == "anchor.rolled-back")
        try tpm.replace()
        let appliance = try await unbound(fixture, home: older)
        let before = try await fixture.entries(on: appliance).count
        #expect(await code { try await ask(fixture, tpm, [early, late], on: appliance) } == "ledger.cut-short")
        // With nothing, and with something that is older than what the ledger itself knows to be outside: what is wanted is said.
        let error = await #expect(throws: LocalFailure.self) { try await ask(fixture, tpm, [], on: appliance) }
        #expect(error?.code == "anchor.unvouched" && error?.message.contains("ledger.receipt by carol") == true, "\(error?.message ?? "")")
        // Gone on from until it is as long, it is another ledger.
        let size = try Checkpoint(text: SignedNote(note: late).text).size
        for _ in 0..<size {
            _ = await code { try await fixture.act("ledger.export", [:], as: "alice", on: appliance) }
        }
        #expect(await code { try await ask(fixture, tpm, [early, late], on: appliance) } == "ledger.rewritten")
        #expect(try await fixture.call("status", on: appliance)["state"] == "unbound")
        let refused = try await fixture.entries(on: appliance).dropFirst(before).compactMap(\.code)
        #expect(refused.contains("ledger.cut-short") && refused.contains("anchor.unvouched") && refused.contains("ledger.rewritten"))
    }

    /// The same, with a witness: an old cosignature is of a time before the appliance was opened.
    @Test func aRollbackUnderCoverIsRefusedByItsWitness() async throws {
        let (fixture, tpm) = try await anchored(witnessed: true)
        let early = try await cosigned(receipt(fixture))
        try await fixture.appliance.close()
        try FileManager.default.copyItem(atPath: fixture.home, toPath: fixture.folder + "/older")
        _ = try await receipt(fixture)
        try tpm.replace()
        let appliance = try await unbound(fixture, home: fixture.folder + "/older")
        #expect(await code { try await ask(fixture, tpm, [early], on: appliance) } == "anchor.unvouched")
    }

    /// Persons who cannot have what is wanted say so, and everybody can read it; with nothing at all from outside it is refused.
    @Test func despite() async throws {
        let (fixture, tpm) = try await anchored(), early = try await receipt(fixture)
        _ = try await receipt(fixture)
        try tpm.replace()
        let appliance = try await unbound(fixture)
        #expect(await code { try await ask(fixture, tpm, [early], on: appliance) } == "anchor.unvouched")
        #expect(await code { try await ask(fixture, tpm, [], despite: true, on: appliance) } == "anchor.unvouched")
        _ = try await rebind(fixture, tpm, [early], despite: true, on: appliance)
        let rebound = try #require(try await fixture.call("ledger.verify", on: appliance)["rebindings"]?.array?.first)
        let size = try Checkpoint(text: SignedNote(note: early).text).size
        #expect(rebound["despite"] == true && rebound["vouched"] == .integer(size))
    }

    /// Where nothing ever left the machine, nothing can be wanted; and verifying says that nothing vouches for it.
    @Test func nothingOutside() async throws {
        let (fixture, tpm) = try await anchored()
        try tpm.replace()
        let appliance = try await unbound(fixture)
        _ = try await rebind(fixture, tpm, [], on: appliance)
        #expect(try await fixture.call("ledger.verify", on: appliance)["rebindings"]?.array?.first?["vouched"] == 0)
    }

    /// One person alone, the same person twice, and a request for another counter or another binding than there are.
    @Test func takesTwoAndWhatTheySigned() async throws {
        let (fixture, tpm) = try await anchored()
        try tpm.replace()
        let appliance = try await unbound(fixture)
        let id: JSONValue = ["request": .string(try await ask(fixture, tpm, [], on: appliance))]
        #expect(await code { try await fixture.act("request.perform", id, as: "bob", on: appliance, attachment: "[]") } == "clearance.not-approved")
        #expect(await code { try await fixture.act("request.approve", id, as: "bob", on: appliance) } == "clearance.not-permitted")
        // A custodian's it is: an inspector cannot ask.
        #expect(
            await code { try await fixture.act("ledger.prepare-tpm", ["tpm": .string(tpm.tcti)], as: "alice", on: appliance) } == "clearance.not-permitted")
        for member in ["before", "after"] {
            #expect(
                await code {
                    try await ask(fixture, tpm, [], on: appliance) { $0[member] = ["index": .string(String(repeating: "0", count: 64)), "key": .string(String(repeating: "0", count: 64))] }
                } == "anchor.other-binding")
        }
        _ = try await fixture.act("request.approve", id, as: "carol", on: appliance)
        // The counter that they agreed to is gone: nothing is bound.
        let index = try #require(try await fixture.act("ledger.prepare-tpm", ["tpm": .string(tpm.tcti)], as: "bob", on: appliance)["index"]?.string)
        try tpm.tool("nvundefine", "-C", "o", index)
        #expect(await code { try await fixture.act("request.perform", id, as: "bob", on: appliance, attachment: "[]") } == "anchor.other-tpm")
        #expect(try await fixture.call("status", on: appliance)["state"] == "unbound")
        #expect(try await fixture.entries(on: appliance).map(\.action).contains("anchor.rebound") == false)
        _ = try await rebind(fixture, tpm, [], on: appliance)
    }

    /// The power goes between the agreement and everything that follows from it.
    @Test func thePowerGoesInBetween() async throws {
        let (fixture, tpm) = try await anchored()
        let place = try Data(contentsOf: URL(filePath: fixture.home + "/tpm.json"))
        let other = try SoftwareTPM()
        try tpm.replace()
        let appliance = try await unbound(fixture)
        _ = try await rebind(fixture, other, [], on: appliance)
        try place.write(to: URL(filePath: fixture.home + "/tpm.json"))
        let again = try await fixture.reopen()
        #expect(try await fixture.call("status", on: again)["anchor"]?["tcti"] == .string(other.tcti))
        #expect(try Data(contentsOf: URL(filePath: fixture.home + "/tpm.json")) != place)
        _ = try await fixture.reopen()
    }

    /// Where there is no TPM that is missing there is nothing to bind.
    @Test func withNoTPMOrWithTheRightOne() async throws {
        let plain = try ApplianceFixture()
        try await plain.initialise()
        let tpm = try SoftwareTPM()
        #expect(await code { try await plain.act("ledger.prepare-tpm", ["tpm": .string(tpm.tcti)], as: "bob") } == "anchor.none")
        let (fixture, own) = try await anchored()
        defer { own.stop() }
        let appliance = try ApplianceFixture.open(fixture.home, fixture.clock)
        let reply = try await fixture.call(
            "unlock", ["passphrase": .string(ApplianceFixture.passphrase), "withoutTPM": true], on: appliance)
        #expect(reply["state"] == "open")
    }

    /// The machine is lost, with its disk and its TPM: the backup goes on on another.
    @Test func aBackupOnAnotherMachine() async throws {
        let (fixture, tpm) = try await anchored()
        _ = try await fixture.act("appliance.backup", ["to": .string(fixture.folder + "/backup")], as: "bob")
        let late = try await receipt(fixture)
        try tpm.replace()
        let appliance = try ApplianceFixture.open(fixture.folder + "/new-home", fixture.clock)
        _ = try await fixture.call("restore", ["from": .string(fixture.folder + "/backup")], on: appliance)
        _ = try await fixture.call("unlock", ["passphrase": .string(ApplianceFixture.passphrase)], on: appliance)
        // What was lost is declared by the confirmation, not here.
        #expect(await code { try await ask(fixture, tpm, [late], on: appliance) } == "appliance.restored")
        _ = try await rebind(fixture, tpm, [], on: appliance)
        #expect(try await fixture.call("status", on: appliance)["state"] == "restored")
        let marker = try #require(try await fixture.call("status", on: appliance)["restored"])
        let scope: JSONValue = [
            "kept": [.string(SHA256Digest.of(Array(late.utf8)).hex)], "root": marker["root"] ?? nil, "size": marker["size"] ?? nil,
        ]
        let asked = try await fixture.act("appliance.restore", scope, as: "bob", on: appliance, attachment: attachment([late]))
        let id: JSONValue = ["request": .string(try ApplianceFixture.waiting(asked))]
        _ = try await fixture.act("request.approve", id, as: "carol", on: appliance)
        _ = try await fixture.act("request.perform", id, as: "bob", on: appliance, attachment: attachment([late]))
        let status = try await fixture.call("status", on: appliance)
        #expect(status["state"] == "open" && status["anchor"]?["behind"] == 0)
        let verified = try await fixture.call("ledger.verify", ["kept": [.string(late)]], on: appliance)
        #expect(verified["superseded"]?.array?.count == 1 && verified["rebindings"]?.array?.count == 1)
        let again = try ApplianceFixture.open(fixture.folder + "/new-home", fixture.clock)
        _ = try await fixture.call("unlock", ["passphrase": .string(ApplianceFixture.passphrase)], on: again)
        #expect(try await fixture.call("status", on: again)["state"] == "open")
    }
}
