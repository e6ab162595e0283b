import Appliance
import AuditCrypto
import CanonicalEncoding
import Foundation
import LocalAPI
import SealedMedia
import Testing

/// Benchmark packs that come in, are replaced and go out.
@Suite struct PackTests {
    private func code(_ body: () async throws -> some Any) async -> String? {
        do { _ = try await body() } catch { return (error as? LocalFailure)?.code ?? "\(error)" }
        return nil
    }

    private func made() async throws -> (fixture: ApplianceFixture, authors: PackMaker) {
        let fixture = try ApplianceFixture()
        try await fixture.initialise()
        let keys = try ApplianceKeys(json: Array(#require(try await fixture.call("identity")["appliance"]?.string).utf8))
        let authors = try PackMaker(in: fixture.folder, recipient: keys.recipient)
        try authors.build("1.0")
        return (fixture, authors)
    }

    /// The folders on the shelf.
    private func shelf(_ fixture: ApplianceFixture) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: fixture.home + "/packs").sorted()
    }

    @Test func twoPersonsTakeOneIn() async throws {
        let (fixture, authors) = try await made()
        let root = try authors.root
        #expect(await code { try await fixture.askToInstall(authors.pack) } == "pack.no-root")
        #expect(await code { try await fixture.act("pack.install", fixture.packScope(authors.pack, root: root), as: "alice", attachment: root + " ") }
            == "request.other-attachment")
        #expect(await code { try await fixture.act("pack.install", fixture.packScope(authors.pack, root: root), as: "carol", attachment: root) }
            == "clearance.not-permitted")
        let asked = try await fixture.askToInstall(authors.pack, root: root)
        // What the second person is shown.
        let shown = try #require(try await fixture.call("requests")["requests"]?.array?.first?["scope"])
        #expect(shown["root"]?.string == SHA256Digest.of(Array(root.utf8)).hex && shown["version"] == "1.0")
        let request: JSONValue = ["request": .string(try ApplianceFixture.waiting(asked))]
        #expect(await code { try await fixture.act("request.perform", request, as: "alice", attachment: root) } == "clearance.not-approved")
        #expect(await code { try await fixture.act("request.approve", request, as: "alice") } == "clearance.not-permitted")
        #expect(try await fixture.packs() == [])
        _ = try await fixture.act("request.approve", request, as: "carol")
        let result = try await fixture.act("request.perform", request, as: "alice", attachment: root)
        #expect(result["items"] == 7 && result["sealed"] == 1 && result["opened"] == 1 && result["expires"] == "2029-01-01T00:00:00Z")

        let entry = try #require(try await fixture.call("ledger.show", ["from": 0, "count": 100])["entries"]?.array?.last)
        #expect(entry["action"] == "pack.install" && entry["actor"] == "alice" && entry["details"]?["approvals"]?.array?.count == 1)
        // The digests of files, as sha256sum has them.
        let stored = try #require(try FileManager.default.contentsOfDirectory(atPath: authors.pack + "/targets").first { $0.hasSuffix(".pack.json") })
        let description = SHA256Digest.of(Array(try Data(contentsOf: URL(filePath: "\(authors.pack)/targets/\(stored)"))))
        let subjects = Dictionary(
            uniqueKeysWithValues: (entry["subjects"]?.array ?? []).map { ($0["name"]?.string ?? "", $0["sha256"]?.string ?? "") })
        let folder = try #require(shelf(fixture).first)
        let state = try Data(contentsOf: URL(filePath: "\(fixture.home)/packs/\(folder)/state.json"))
        #expect(subjects == [
            "pack": description.hex, "root": SHA256Digest.of(Array(root.utf8)).hex, "state": SHA256Digest.of(Array(state)).hex,
        ])
        // What is private lies there encrypted.
        for case let name as String in FileManager.default.enumerator(atPath: fixture.home) ?? .init() {
            guard let bytes = FileManager.default.contents(atPath: "\(fixture.home)/\(name)") else { continue }
            #expect(bytes.range(of: Data("Is 10 even?".utf8)) == nil, "\(name)")
        }
        let reopened = try await fixture.reopen()
        #expect(try await fixture.packs(on: reopened) == ["suite 1.0"])
        #expect(try await fixture.call("ledger.verify", on: reopened)["entries"]?.integer ?? 0 > 5)
    }

    @Test func onlyForwards() async throws {
        let (fixture, authors) = try await made()
        let root = try authors.root, first = try authors.copy("first.pack")
        try await fixture.installPack(authors.pack, root: root)
        try authors.write("tasks/open/items.jsonl", PackMaker.items(0..<6))
        try authors.build("1.1")
        #expect(await code { try await fixture.askToInstall(authors.pack, root: root + "\n") } == "pack.other-root")
        try await fixture.installPack(authors.pack)
        #expect(try await fixture.packs() == ["suite 1.1"])
        #expect(try shelf(fixture).count == 1)
        #expect(await code { try await fixture.askToInstall(first) } == "pack.rollback")
        #expect(await code { try await fixture.askToInstall(first, root: root) } == "pack.rollback")
        let codes = try await fixture.entries().filter { $0.action == "request.refused" }.map(\.code)
        #expect(codes == ["pack.other-root", "pack.rollback", "pack.rollback"])

        // Nor by way of taking it out; what was seen is remembered after a restart, too.
        #expect(await code { try await fixture.act("pack.remove", ["name": "suite"], as: "alice") } == "clearance.not-permitted")
        #expect(await code { try await fixture.act("pack.remove", ["name": "other"], as: "bob") } == "pack.not-installed")
        try await fixture.removePack("suite")
        #expect(try await fixture.packs() == [])
        #expect(try FileManager.default.contentsOfDirectory(atPath: "\(fixture.home)/packs/\(#require(shelf(fixture).first))") == ["state.json"])
        let reopened = try await fixture.reopen(snapshotInterval: 1)
        #expect(try await fixture.call("packs", on: reopened)["removed"]?.array?.first?["version"] == "1.1")
        #expect(await code { try await fixture.askToInstall(first, root: root, on: reopened) } == "pack.rollback")
        // From a snapshot of what holds.
        let again = try await fixture.reopen(snapshotInterval: 1)
        #expect(await code { try await fixture.askToInstall(first, root: root, on: again) } == "pack.rollback")
    }

    @Test func trustBeginsAnewWhereTwoPersonsSaySo() async throws {
        let (fixture, authors) = try await made()
        let root = try authors.root
        try await fixture.installPack(authors.pack, root: root)
        try FileManager.default.createDirectory(atPath: fixture.folder + "/others", withIntermediateDirectories: true)
        let others = try PackMaker(in: fixture.folder + "/others")
        try others.build("1.0")
        let other = try others.root
        #expect(await code { try await fixture.askToInstall(others.pack, root: other) } == "pack.other-root")
        #expect(await code { try await fixture.askToInstall(others.pack) } == "pack.not-signed")
        try await fixture.removePack("suite")
        #expect(await code { try await fixture.askToInstall(others.pack, root: other) } == "pack.other-root")
        #expect(try await fixture.removePack("suite", forget: true)["forgotten"] == true)
        #expect(try shelf(fixture) == [])
        #expect(await code { try await fixture.askToInstall(others.pack) } == "pack.no-root")
        let installed = try await fixture.installPack(others.pack, root: other)
        // Signed anew, with nothing else changed, it is the same pack.
        try others.build("1.0", expires: "2029-06-01T00:00:00Z", rootSigners: 2)
        let renewed = try await fixture.installPack(others.pack)
        #expect(renewed["sha256"] == installed["sha256"] && renewed["expires"] == "2029-06-01T00:00:00Z")
        #expect(try await fixture.packs() == ["suite 1.0"])
    }

    /// Time is the ledger's: setting the clock back makes nothing fresh.
    @Test func frozenPacksAreRefused() async throws {
        let (fixture, authors) = try await made()
        let root = try authors.root
        try await fixture.installPack(authors.pack, root: root)
        // 2027-01-15 and ten days.
        try authors.build("1.1", expires: "2027-01-25T00:00:00Z")
        let asked = try await fixture.askToInstall(authors.pack)
        fixture.clock.advance(by: 11 * 86_400)
        _ = try await fixture.act("ledger.export", [:], as: "alice")
        fixture.clock.advance(by: -11 * 86_400)
        #expect(await code { try await fixture.askToInstall(authors.pack) } == "pack.expired")
        // It was asked for in time, and is too late all the same; the request itself has waited too long by then.
        let request: JSONValue = ["request": .string(try ApplianceFixture.waiting(asked))]
        #expect(await code { try await fixture.act("request.approve", request, as: "carol") } == "clearance.unknown-request")
        #expect(try await fixture.packs() == ["suite 1.0"])
        #expect(try await fixture.entries().contains { $0 == ("request.refused", "pack.expired") })
    }

    @Test func attacksOfTheMedium() async throws {
        let (fixture, authors) = try await made()
        try await fixture.installPack(authors.pack, root: authors.root)
        let old = try Data(contentsOf: URL(filePath: authors.pack + "/metadata/1.targets.json"))
        // A new root, which one of two has signed.
        try authors.build("1.1", rootSigners: 1)
        #expect(await code { try await fixture.askToInstall(authors.pack) } == "pack.below-threshold")
        try authors.signRoot(2)
        // Targets of one version among metadata of another.
        let mixed = try authors.copy("mixed.pack")
        try old.write(to: URL(filePath: mixed + "/metadata/2.targets.json"))
        #expect(await code { try await fixture.askToInstall(mixed, takenFor: authors.pack) } == "pack.mix-and-match")
        // A link, where a file should be.
        let linked = try authors.copy("linked.pack")
        try FileManager.default.removeItem(atPath: linked + "/metadata/2.snapshot.json")
        try FileManager.default.createSymbolicLink(
            atPath: linked + "/metadata/2.snapshot.json", withDestinationPath: authors.pack + "/metadata/2.snapshot.json")
        #expect(await code { try await fixture.askToInstall(linked, takenFor: authors.pack) } == "pack.not-a-plain-file")
        #expect(try await fixture.entries().filter { $0.action == "request.refused" }.map(\.code) == [
            "pack.below-threshold", "pack.mix-and-match", "pack.not-a-plain-file",
        ])
        // Another pack than was agreed to, on the medium by the time it is carried out.
        let request: JSONValue = ["request": .string(try ApplianceFixture.waiting(try await fixture.askToInstall(authors.pack)))]
        _ = try await fixture.act("request.approve", request, as: "carol")
        try authors.write("tasks/open/items.jsonl", PackMaker.items(0..<5))
        try authors.build("1.1")
        #expect(await code { try await fixture.act("request.perform", request, as: "alice") } == "pack.other-pack")
        #expect(try await fixture.entries().last?.code == "pack.other-pack")
        #expect(try await fixture.packs() == ["suite 1.0"])
        // Asked for as it is, it comes in, along the roots.
        try await fixture.installPack(authors.pack)
        #expect(try await fixture.packs() == ["suite 1.1"])
    }

    @Test func retiredItemsStayOut() async throws {
        for isSealed in [false, true] {
            let (fixture, authors) = try await made()
            let keys = try ApplianceKeys(json: Array(#require(try await fixture.call("identity")["appliance"]?.string).utf8))
            // Item i1 and item i11, in canonical form, as RFC 8785 orders members.
            let digests = [1, 11].map { number in
                (number, SHA256Digest.of(Array(#"{"answer":1,"choices":["Yes","No"],"id":"i\#(number)","question":"Is \#(number) even?"}"#.utf8)).hex)
            }
            try authors.write("retired.jsonl", digests.map { number, digest in
                #"{"task":"pack_\#(number == 1 ? "open" : "private")","id":"i\#(number)","sha256":"\#(digest)","reason":"leaked","date":"2026-12-31"}"# + "\n"
            }.joined())
            // The numbers of items are as many as before, so that only the retired one is wrong.
            try authors.write("tasks/open/items.jsonl", PackMaker.items(2..<6))
            try authors.write("tasks/private/private.jsonl", PackMaker.items(12..<15))
            try FileManager.default.removeItem(atPath: authors.pack)
            try authors.build("1.0")
            let text = PackMaker.items(isSealed ? 10..<13 : 0..<4)
            if isSealed {
                try authors.replace("tasks/private/private.jsonl.age", with: PackMaker.seal(text, to: keys.recipient))
            } else {
                try authors.replace("tasks/open/items.jsonl", with: Array(text.utf8))
            }
            let root = try authors.root
            #expect(await code { try await fixture.askToInstall(authors.pack, root: root) } == "pack.retired-item", "sealed: \(isSealed)")
            #expect(try await fixture.packs() == [])
        }
    }

    /// What a power cut leaves, at each place: the old pack or the new one.
    @Test func brokenOff() async throws {
        let (fixture, authors) = try await made()
        try await fixture.installPack(authors.pack, root: authors.root)
        let old = try #require(shelf(fixture).first), home = fixture.home + "/packs/"
        try FileManager.default.copyItem(atPath: home + old, toPath: fixture.folder + "/old")
        // While it was copied; and when all was in place but the entry.
        try FileManager.default.createDirectory(atPath: home + "staging/pack/metadata", withIntermediateDirectories: true)
        try Data("{".utf8).write(to: URL(filePath: home + "staging/pack/metadata/timestamp.json"))
        try FileManager.default.copyItem(atPath: home + old, toPath: home + String(repeating: "a", count: 64))
        var appliance = try await fixture.reopen()
        #expect(try await fixture.packs(on: appliance) == ["suite 1.0"] && shelf(fixture) == [old])
        // When the entry was written, and the old one not yet taken away.
        try authors.build("1.1")
        try await fixture.installPack(authors.pack, on: appliance)
        try FileManager.default.copyItem(atPath: fixture.folder + "/old", toPath: home + old)
        appliance = try await fixture.reopen()
        #expect(try await fixture.packs(on: appliance) == ["suite 1.1"] && shelf(fixture).count == 1)

        // Somebody puts the old one in the new one's place.
        let new = try #require(shelf(fixture).first)
        try FileManager.default.removeItem(atPath: home + new)
        try FileManager.default.copyItem(atPath: fixture.folder + "/old", toPath: home + new)
        appliance = try await fixture.reopen()
        #expect(try await fixture.packs(on: appliance) == ["suite 1.1 damaged"])
        #expect(try await fixture.entries(on: appliance).filter { $0 == ("integrity.failed", "pack.damaged") }.count == 1)
        // What was seen is damaged with it: it is forgotten before it is installed again.
        try await fixture.removePack("suite", forget: true, on: appliance)
        try await fixture.installPack(authors.pack, root: authors.root, on: appliance)
        #expect(try await fixture.packs(on: appliance) == ["suite 1.1"])
    }

    @Test func backupsHoldPacks() async throws {
        let (fixture, authors) = try await made()
        try await fixture.installPack(authors.pack, root: authors.root)
        let first = try authors.copy("first.pack")
        try authors.build("1.1")
        try await fixture.installPack(authors.pack)
        _ = try await fixture.act("appliance.backup", ["to": .string(fixture.folder + "/backup")], as: "bob")
        let restored = try ApplianceFixture.open(fixture.folder + "/new-home", fixture.clock)
        _ = try await fixture.call("restore", ["from": .string(fixture.folder + "/backup")], on: restored)
        _ = try await fixture.call("unlock", ["passphrase": .string(ApplianceFixture.passphrase)], on: restored)
        let marker = try #require(try await fixture.call("status", on: restored)["restored"])
        let scope: JSONValue = ["kept": [], "root": marker["root"] ?? nil, "size": marker["size"] ?? nil]
        let asked = try await fixture.act("appliance.restore", scope, as: "bob", on: restored, attachment: "[]")
        _ = try await fixture.carryOut(asked, as: "bob", attachment: "[]", on: restored)
        #expect(try await fixture.packs(on: restored) == ["suite 1.1"])
        #expect(await code { try await fixture.askToInstall(first, on: restored) } == "pack.rollback")
    }
}
