import AuditCrypto
import AuditSigning
import CanonicalEncoding
import Foundation
import LocalAPI
import LogBuilding
import MerkleLog
import Testing

@Suite struct ApplianceTests {
    @Test func emptyThenOpenThenLocked() async throws {
        let fixture = try ApplianceFixture()
        #expect(try await fixture.call("status")["state"] == "empty")
        await #expect(throws: LocalFailure.self) { try await fixture.call("submissions") }
        let identity = try await fixture.initialise()
        #expect(identity["fingerprint"]?.string?.split(separator: " ").map(\.count) == Array(repeating: 5, count: 8))
        #expect(try await fixture.call("status")["state"] == "open")
        let again = await #expect(throws: LocalFailure.self) { try await fixture.initialise() }
        #expect(again?.code == "appliance.initialised")

        let reopened = try ApplianceFixture.open(fixture.home)
        #expect(try await fixture.call("status", on: reopened)["state"] == "locked")
        let locked = await #expect(throws: LocalFailure.self) { try await fixture.call("submissions", on: reopened) }
        #expect(locked?.code == "appliance.locked")
        let wrong = await #expect(throws: LocalFailure.self) {
            try await fixture.call("unlock", ["passphrase": .string(Base64.encode([1]))], on: reopened)
        }
        #expect(wrong?.code == "unlock.wrong-passphrase")
        _ = try await fixture.call("unlock", ["passphrase": .string(ApplianceFixture.passphrase)], on: reopened)
        #expect(try await fixture.call("status", on: reopened)["state"] == "open")
        #expect(try await fixture.entries(on: reopened).map(\.action) == ["appliance.initialised", "terms.install", "appliance.unlocked"])
    }

    @Test func filesAreTheOwnersAlone() async throws {
        let fixture = try ApplianceFixture()
        try await fixture.initialise()
        let mode = try FileManager.default.attributesOfItem(atPath: fixture.home)[.posixPermissions] as? Int
        #expect(mode == 0o700)
        let keys = try FileManager.default.attributesOfItem(atPath: fixture.home + "/keys.json")[.posixPermissions] as? Int
        #expect(keys == 0o600)
    }

    @Test func ingestInspectAndTheLedger() async throws {
        let fixture = try ApplianceFixture()
        try await fixture.initialise()
        let media = try await fixture.seal()
        let ingested = try await fixture.act("submission.ingest", ["media": .string(media)], as: "alice")
        let id = try #require(ingested["submission"]?.string)

        let rows = try await fixture.act(
            "inspect.records", ["submission": .string(String(id.prefix(12))), "from": 3, "count": 2], as: "alice")
        #expect(rows["view"]?["total"] == 10)
        #expect(rows["view"]?["rows"]?.array?.compactMap { $0["text"]?.string } == [#"{"q":"row 3"}"#, #"{"q":"row 4"}"#])
        let log = try await fixture.act("inspect.log", ["submission": .string(id), "from": 0, "count": 1], as: "bob")
        #expect(log["view"]?["summary"]?["firstLoss"] == "3.0")
        #expect(log["view"]?["summary"]?["lastStep"] == 10)

        // Each look's entry names the person, and holds nothing of what was seen.
        let shown = try await fixture.call("ledger.show", ["from": 0, "count": 100])["entries"]?.array ?? []
        #expect(
            shown.compactMap { $0["action"]?.string } == [
                "appliance.initialised", "terms.install", "submission.ingest", "submission.accepted", "inspect.records", "inspect.log",
            ])
        #expect(shown.last?["actor"] == "bob")
        let text = String(decoding: try CanonicalJSON.encode(.array(shown)), as: UTF8.self)
        #expect(!text.contains("row 3") && !text.contains("tiny"))
        #expect(try await fixture.call("ledger.verify")["requests"] == 4)
    }

    @Test func theSameMediumTwiceIsRefused() async throws {
        let fixture = try ApplianceFixture()
        try await fixture.initialise()
        let media = try await fixture.seal()
        _ = try await fixture.act("submission.ingest", ["media": .string(media)], as: "alice")
        let error = await #expect(throws: LocalFailure.self) {
            try await fixture.act("submission.ingest", ["media": .string(media)], as: "alice")
        }
        #expect(error?.code == "store.duplicate")
        #expect(try await fixture.entries().last?.code == "store.duplicate")
        #expect(try await fixture.call("submissions")["submissions"]?.array?.count == 1)
    }

    /// What is wrong with a medium is refused under its own name, leaves nothing in the store, and is on the ledger.
    @Test(arguments: [
        "media.segment-digest", "media.segment-truncated", "media.segment-oversized", "media.undeclared-file",
        "media.missing-file", "media.symlink", "media.manifest-missing", "media.signature-invalid", "media.unknown-signer",
        "media.wrong-recipient", "media.unsigned",
    ])
    func badMedia(code: String) async throws {
        let fixture = try ApplianceFixture()
        try await fixture.initialise()
        let media = try await fixture.seal()
        try await spoil(media, code, fixture)
        let error = await #expect(throws: LocalFailure.self) {
            try await fixture.act("submission.ingest", ["media": .string(media)], as: "alice")
        }
        #expect(error?.code == code)
        #expect(try await fixture.call("submissions")["submissions"]?.array?.isEmpty == true)
        let kept = try FileManager.default.contentsOfDirectory(atPath: fixture.home + "/store/segments")
        #expect(kept.isEmpty)
        let last = try #require(try await fixture.entries().last)
        #expect(last == ("submission.refused", code))
    }

    private func spoil(_ media: String, _ code: String, _ fixture: ApplianceFixture) async throws {
        let files = FileManager.default
        let segment = "\(media)/segments/000001.zst.age"
        var bytes = [UInt8](try Data(contentsOf: URL(filePath: segment)))
        func write(_ bytes: [UInt8], to path: String) throws { try Data(bytes).write(to: URL(filePath: path)) }
        let manifestPath = media + "/manifest.dsse.json"
        var manifest = String(decoding: try Data(contentsOf: URL(filePath: manifestPath)), as: UTF8.self)
        switch code {
        case "media.segment-digest":
            bytes[bytes.count - 1] ^= 1
            try write(bytes, to: segment)
        case "media.segment-truncated": try write(bytes.dropLast(), to: segment)
        case "media.segment-oversized": try write(bytes + [0], to: segment)
        case "media.undeclared-file": try write([1], to: media + "/segments/extra.age")
        case "media.missing-file": try files.removeItem(atPath: segment)
        case "media.symlink":
            try files.removeItem(atPath: segment)
            try files.createSymbolicLink(atPath: segment, withDestinationPath: "000000.zst.age")
        case "media.manifest-missing": try files.removeItem(atPath: manifestPath)
        case "media.signature-invalid":
            let at = try #require(manifest.range(of: #""sig":""#)).upperBound
            manifest.replaceSubrange(at...at, with: manifest[at] == "A" ? "B" : "A")
            try write(Array(manifest.utf8), to: manifestPath)
        case "media.unknown-signer":
            let payload = try DSSEEnvelope(json: Array(manifest.utf8)).payload
            let other = DSSEEnvelope.sign(payload: payload, payloadType: "application/vnd.in-toto+json", with: [.generate()])
            try write(other.encoded(), to: manifestPath)
        case "media.unsigned":
            let at = try #require(manifest.range(of: #""signatures":["#)).upperBound
            manifest = String(manifest[..<at]) + "]}"
            try write(Array(manifest.utf8), to: manifestPath)
        case "media.wrong-recipient":
            // Sealed to another appliance by the same lab.
            let other = try ApplianceFixture()
            try await other.initialise()
            let payload = try DSSEEnvelope(json: Array(manifest.utf8)).payload
            let recipient = try #require(try StrictJSON.parse(payload)["predicate"]?["recipients"]?.array?.first?["age"]?.string)
            let identity = try await other.call("identity")["appliance"]?.string ?? ""
            let foreign = try #require(try StrictJSON.parse(Array(identity.utf8))["recipient"]?.string)
            let changed = String(decoding: payload, as: UTF8.self).replacingOccurrences(of: recipient, with: foreign)
            let signed = DSSEEnvelope.sign(
                payload: Array(changed.utf8), payloadType: "application/vnd.in-toto+json", with: [fixture.lab])
            try write(signed.encoded(), to: manifestPath)
        default: Issue.record("no way to spoil for \(code)")
        }
    }

    @Test func aByteChangedInTheStoreIsFound() async throws {
        let fixture = try ApplianceFixture()
        try await fixture.initialise()
        let id = try #require(
            try await fixture.act("submission.ingest", ["media": .string(try await fixture.seal())], as: "alice")["submission"]?.string)
        let folder = fixture.home + "/store/segments/" + id
        for name in try FileManager.default.contentsOfDirectory(atPath: folder) {
            let path = URL(filePath: folder + "/" + name)
            var bytes = [UInt8](try Data(contentsOf: path))
            bytes[bytes.count / 2] ^= 1
            try Data(bytes).write(to: path)
        }
        let error = await #expect(throws: LocalFailure.self) {
            try await fixture.act("inspect.records", ["submission": .string(id), "from": 0, "count": 1], as: "alice")
        }
        #expect(error?.code == "store.damaged")
    }

    @Test func theLedgerIsFilteredAndHeldAgainstWhatWasKept() async throws {
        let fixture = try ApplianceFixture()
        try await fixture.initialise()
        let kept = try #require(try await fixture.call("ledger.checkpoint")["checkpoint"]?.string)
        let media = try await fixture.seal()
        let id = try #require(try await fixture.act("submission.ingest", ["media": .string(media)], as: "alice")["submission"]?.string)
        for start in 0..<3 {
            _ = try await fixture.act("inspect.log", ["submission": .string(id), "from": .integer(Int64(start)), "count": 1], as: start == 1 ? "bob" : "alice")
        }
        func shown(_ filter: JSONObject) async throws -> [Int64] {
            var parameters = filter
            (parameters["from"], parameters["count"]) = (0, 100)
            return try await fixture.call("ledger.show", .object(parameters))["entries"]?.array?.compactMap { $0["sequence"]?.integer } ?? []
        }
        #expect(try await shown([:]) == [0, 1, 2, 3, 4, 5, 6])
        #expect(try await shown(["actor": "alice"]) == [2, 4, 6])
        #expect(try await shown(["action": "inspect"]) == [4, 5, 6])
        #expect(try await shown(["action": "inspect.log", "actor": "bob"]) == [5])
        #expect(try await shown(["action": "inspec"]) == [])
        #expect(try await shown(["subject": .string(String(id.prefix(10)))]) == [3, 4, 5, 6])
        #expect(try await shown(["subject": "training-log"]) == [4, 5, 6])
        #expect(try await shown(["since": 1_800_000_001]) == [])
        #expect(try await shown(["until": 1_800_000_000]).count == 7)
        let page = try await fixture.call("ledger.show", ["from": 0, "count": 2])
        #expect(page["next"] == 2)
        let end = try await fixture.call("ledger.show", ["from": 6, "count": 2])
        #expect((end["next"], end["end"]) == (.null, 7))

        #expect(try await fixture.call("ledger.verify", ["kept": [.string(kept)]])["kept"] == [2])
        let other = try ApplianceFixture()
        try await other.initialise()
        let foreign = try #require(try await other.call("ledger.checkpoint")["checkpoint"])
        let refusal = await #expect(throws: LocalFailure.self) { try await fixture.call("ledger.verify", ["kept": [foreign]]) }
        #expect(refusal?.code == "ledger.bad-checkpoint")

        let proof = try await fixture.call("ledger.consistency", ["old": 2])
        let hashes = try (proof["hashes"]?.array ?? []).map { try #require(MerkleHash(base64: $0.string ?? "")) }
        let (old, new) = (
            try Checkpoint(text: SignedNote(note: kept).text),
            try Checkpoint(text: SignedNote(note: #require(try await fixture.call("ledger.checkpoint")["checkpoint"]?.string)).text)
        )
        try ConsistencyProof(oldSize: 2, newSize: 7, hashes: hashes).verify(oldRoot: old.rootHash, newRoot: new.rootHash)
    }
}
