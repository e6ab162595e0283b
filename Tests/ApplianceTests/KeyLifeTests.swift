import Appliance
import AuditCrypto
import AuditSigning
import CanonicalEncoding
import Foundation
import LocalAPI
import MerkleLog
import Testing

@Suite struct KeyLifeTests {
    private static func keyFile(_ fixture: ApplianceFixture) throws -> Data {
        try Data(contentsOf: URL(filePath: fixture.home + "/keys.json"))
    }

    private static func trust(_ name: String, on appliance: Appliance?, _ fixture: ApplianceFixture) async throws -> [String] {
        let files = try await fixture.call("trust", on: appliance)["files"]
        let text = Base64.decode(files?[name]?.string ?? "").map { String(decoding: $0, as: UTF8.self) } ?? ""
        return text.split(separator: "\n").map(String.init)
    }

    private static let passphrase = ApplianceFixture.passphrase

    /// A new day begins a new epoch at unlocking; the same day does not.
    @Test func aDayBeginsAnEpoch() async throws {
        let fixture = try ApplianceFixture()
        try await fixture.initialise()
        let first = try Self.keyFile(fixture)
        _ = try await fixture.reopen()
        #expect(try Self.keyFile(fixture) == first)
        fixture.clock.advance(by: 86_400)
        let next = try await fixture.reopen()
        let actions = try await fixture.entries(on: next).map(\.action)
        #expect(actions.suffix(2) == ["appliance.unlocked", "ledger.epoch"])
        #expect(try Self.keyFile(fixture) != first)
        #expect(!FileManager.default.fileExists(atPath: fixture.home + "/keys.json.old"))
        #expect(try await fixture.call("ledger.verify", on: next)["epochs"] == 2)
        #expect(try await Self.trust("ledger.vkey", on: next, fixture).count == 1)
        // And it can be opened again, with the same passphrase.
        let again = try await fixture.reopen()
        #expect(try await fixture.call("ledger.verify", on: again)["epochs"] == 2)
    }

    /// Another key takes two persons; what was proved before still holds, and the one declared lost is not handed out.
    @Test func anotherKeyTakesTwoPersons() async throws {
        let fixture = try ApplianceFixture()
        try await fixture.initialise()
        let before = try await Self.trust("ledger.vkey", on: nil, fixture)
        let kept = try await fixture.call("ledger.checkpoint")["checkpoint"] ?? nil
        for (count, reason) in [(2, "rotated"), (2, "compromised")] {
            let asked = try await fixture.act("ledger.rotate", ["reason": .string(reason)], as: "bob", attachment: Self.passphrase)
            let id = try ApplianceFixture.waiting(asked)
            _ = try await fixture.act("request.approve", ["request": .string(id)], as: "carol")
            let done = try await fixture.act("request.perform", ["request": .string(id)], as: "bob", attachment: Self.passphrase)
            let keys = try await Self.trust("ledger.vkey", on: nil, fixture)
            #expect(keys.count == count)
            #expect(keys.first == done["vkey"]?.string)
            // Labs are given the new key at once.
            #expect(try await fixture.call("identity")["appliance"]?.string?.contains(keys[0]) == true)
        }
        #expect(try await Self.trust("ledger.vkey", on: nil, fixture).last == before.first)
        let verified = try await fixture.call("ledger.verify", ["kept": [kept]])
        #expect(verified["epochs"] == 3)
        // The closing checkpoints leave with the ledger, signed by both keys.
        let listing = try await fixture.act("ledger.export", [:], as: "bob")
        let closing = try #require(listing["epochs"]?["epochs/0"]?.string.flatMap { Base64.decode($0) })
        let note = try SignedNote(note: String(decoding: closing, as: UTF8.self))
        #expect(note.signatures.count == 3)
        // Requests go on: the next one names a checkpoint that the new key signed.
        let other = try await fixture.reopen()
        _ = try await fixture.act("person.suspend", ["person": "alice"], as: "bob", on: other)
        #expect(try await fixture.call("ledger.verify", ["kept": [kept]], on: other)["epochs"] == 3)
        // Labs are given a public file with the new key.
        let identity = try await fixture.call("identity", on: other)["appliance"]?.string ?? ""
        #expect(identity.contains(try await Self.trust("ledger.vkey", on: other, fixture)[0]))
    }

    /// What a write that broke off left of the keys is erased, and the files of whom the appliance trusts are its first ones.
    @Test func whatLiesInTheFolder() async throws {
        let fixture = try ApplianceFixture()
        try await fixture.initialise()
        for name in [".new", ".old"] { try Self.keyFile(fixture).write(to: URL(filePath: fixture.home + "/keys.json" + name)) }
        _ = try await fixture.reopen()
        for name in [".new", ".old"] { #expect(!FileManager.default.fileExists(atPath: fixture.home + "/keys.json" + name)) }
        for name in ["authorities.pem", "labs.pem", "witnesses"] {
            let file = URL(filePath: "\(fixture.home)/\(name)"), whole = try Data(contentsOf: file)
            try (whole + Data(Ed25519PrivateKey.generate().publicKey.pem.utf8)).write(to: file)
            await #expect(throws: LocalFailure.self) { try await fixture.reopen() }
            try whole.write(to: file)
        }
        _ = try await fixture.reopen()
    }

    @Test func aWrongPassphraseChangesNothing() async throws {
        let fixture = try ApplianceFixture()
        try await fixture.initialise()
        let before = try Self.keyFile(fixture)
        await #expect(throws: LocalFailure.self) {
            try await fixture.act("ledger.rotate", ["reason": "scheduled"], as: "bob", attachment: Base64.encode(Array("wrong".utf8)))
        }
        #expect(try Self.keyFile(fixture) == before)
        #expect(try await fixture.call("ledger.verify")["epochs"] == 1)
        _ = try await fixture.act("ledger.rotate", ["reason": "scheduled"], as: "bob", attachment: Self.passphrase)
        #expect(try await fixture.call("ledger.verify")["epochs"] == 2)
    }

    /// Keys from one time with a ledger from another do not open: neither an older ledger nor older keys.
    @Test func keysAndLedgerOfDifferentTimesDoNotOpen() async throws {
        let fixture = try ApplianceFixture()
        try await fixture.initialise()
        let files = FileManager.default
        try files.copyItem(atPath: fixture.home, toPath: fixture.folder + "/before")
        _ = try await fixture.act("ledger.rotate", ["reason": "scheduled"], as: "bob", attachment: Self.passphrase)
        try files.copyItem(atPath: fixture.home, toPath: fixture.folder + "/after")
        func opening(ledger: String, keys: String) async throws -> String? {
            let home = fixture.folder + "/mixed-\(ledger)-\(keys)"
            try files.copyItem(atPath: "\(fixture.folder)/\(ledger)", toPath: home)
            try files.removeItem(atPath: home + "/keys.json")
            try files.copyItem(atPath: "\(fixture.folder)/\(keys)/keys.json", toPath: home + "/keys.json")
            do {
                _ = try await fixture.call("unlock", ["passphrase": .string(Self.passphrase)], on: ApplianceFixture.open(home, fixture.clock))
                return nil
            } catch let failure as LocalFailure { return failure.code }
        }
        #expect(try await opening(ledger: "after", keys: "after") == nil)
        #expect(try await opening(ledger: "before", keys: "before") == nil)
        #expect(try await opening(ledger: "before", keys: "after") == "ledger.bad-epoch")
        #expect(try await opening(ledger: "after", keys: "before") == "ledger.bad-epoch")
    }

    /// Keys change and people work while the ledger is verified: it is sound each time.
    @Test func verifiedWhileKeysChange() async throws {
        let fixture = try ApplianceFixture()
        try await fixture.initialise()
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                for round in 0..<6 {
                    let asked = try await fixture.act(
                        "ledger.rotate", ["reason": round % 2 == 0 ? "rotated" : "scheduled"], as: "bob", attachment: Self.passphrase)
                    guard let id = asked["waiting"]?["request"] else { continue }
                    _ = try await fixture.act("request.approve", ["request": id], as: "carol")
                    _ = try await fixture.act("request.perform", ["request": id], as: "bob", attachment: Self.passphrase)
                }
            }
            group.addTask { for _ in 0..<200 { _ = try await fixture.act("ledger.receipt", [:], as: "carol") } }
            for _ in 0..<2 {
                group.addTask {
                    var epochs: Int64 = 0
                    while epochs < 7 { epochs = try await fixture.call("ledger.verify")["epochs"]?.integer ?? 0 }
                }
            }
            try await group.waitForAll()
        }
    }
}
