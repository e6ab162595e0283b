import Appliance
import AuditCrypto
import CanonicalEncoding
import FaultyFiles
import Foundation
import LocalAPI
import Testing

/// What was stored and is not what it was: the ledger says so before the refusal does. And what the ledger cannot say is
/// not shown.
@Suite struct DamageTests {
    private func failure(_ body: () async throws -> JSONValue) async -> LocalFailure? {
        do { _ = try await body() } catch { return error as? LocalFailure ?? LocalFailure(code: "test", message: "\(error)") }
        return nil
    }

    private func ingest(_ fixture: ApplianceFixture) async throws -> String {
        try #require(
            try await fixture.act("submission.ingest", ["media": .string(try await fixture.seal())], as: "alice")["submission"]?.string)
    }

    /// The details and subjects of the entries that record damage.
    private func recorded(_ fixture: ApplianceFixture, on other: Appliance? = nil) async throws -> [(code: String?, name: String?, sha256: String?)] {
        let shown = try await fixture.call("ledger.show", ["from": 0, "count": 1000], on: other)["entries"]?.array ?? []
        return shown.filter { $0["action"] == "integrity.failed" }.map { entry in
            let subject = entry["subjects"]?.array?.first
            return (entry["details"]?["code"]?.string, subject?["name"]?.string, subject?["sha256"]?.string)
        }
    }

    private func flip(_ path: String, at place: Int) throws {
        var bytes = [UInt8](try Data(contentsOf: URL(filePath: path)))
        bytes[place < 0 ? bytes.count + place : place] ^= 1
        try Data(bytes).write(to: URL(filePath: path))
    }

    @Test func aChangedSegmentIsOnTheLedger() async throws {
        let fixture = try ApplianceFixture()
        try await fixture.initialise()
        let id = try await ingest(fixture)
        let manifest = try StrictJSON.parse([UInt8](Data(contentsOf: URL(filePath: fixture.folder + "/media/manifest.dsse.json"))))
        let payload = try StrictJSON.parse(try #require(Base64.decode(manifest["payload"]?.string ?? "")))
        let files = payload["predicate"]?["files"]?.array ?? []
        let segment = try #require(files.first { $0["kind"] == "dataset-records" }?["segments"]?.array?.first)
        let path = try #require(segment["path"]?.string).replacing("/", with: "_")
        try flip("\(fixture.home)/store/segments/\(id)/\(path)", at: -1)
        let page: JSONValue = ["submission": .string(id), "from": 0, "count": 1]
        for _ in 0..<2 {
            #expect(await failure { try await fixture.act("inspect.records", page, as: "alice") }?.code == "store.damaged")
        }
        // Once, however often somebody asks; each refusal is there besides.
        let damage = try await recorded(fixture)
        #expect(damage.count == 1)
        #expect(damage.first?.code == "store.damaged" && damage.first?.name == "segment")
        #expect(damage.first?.sha256 == segment["sealedSha256"]?.string)
        #expect(try await fixture.entries().filter { $0 == ("request.refused", "store.damaged") }.count == 2)
        // Other files are as they were.
        #expect(await failure { try await fixture.act("inspect.log", page, as: "alice") } == nil)
        #expect(try await fixture.call("ledger.verify")["entries"] != nil)
    }

    @Test func aChangedRosterIsOnTheLedger() async throws {
        let fixture = try ApplianceFixture()
        try await fixture.initialise()
        let roster = SHA256Digest.of(Array(try fixture.signed(fixture.roster()).utf8)).hex
        let path = "\(fixture.home)/documents/\(roster).dsse.json"
        try flip(path, at: 100)
        let locked = try ApplianceFixture.open(fixture.home, fixture.clock)
        let unlock: JSONValue = ["passphrase": .string(ApplianceFixture.passphrase)]
        #expect(await failure { try await fixture.call("unlock", unlock, on: locked) }?.code == "clearance.document-changed")
        try flip(path, at: 100)
        _ = try await fixture.call("unlock", unlock, on: locked)
        let damage = try await recorded(fixture, on: locked)
        #expect(damage.count == 1)
        #expect(damage.first?.code == "clearance.document-changed" && damage.first?.name == "document" && damage.first?.sha256 == roster)
    }

    @Test func aChangedCosignedCheckpointIsOnTheLedger() async throws {
        let fixture = try ApplianceFixture()
        try await fixture.initialise()
        try FileManager.default.createDirectory(atPath: fixture.home + "/cosigned", withIntermediateDirectories: true)
        try Data("nothing that was signed\n".utf8).write(to: URL(filePath: fixture.home + "/cosigned/2"))
        #expect(await failure { try await fixture.call("ledger.verify") }?.code == "witness.kept-changed")
        #expect(await failure { try await fixture.call("witness.list") }?.code == "witness.kept-changed")
        let damage = try await recorded(fixture)
        #expect(damage.count == 1)
        #expect(damage.first?.name == "note" && damage.first?.sha256 == SHA256Digest.of(Array("nothing that was signed\n".utf8)).hex)
    }

    /// The store's catalogue too is on the disk before the ledger speaks of what it holds: once when a submission is put in,
    /// once when it is kept.
    @Test func whatIsTakenInIsSynced() async throws {
        let fixture = try ApplianceFixture()
        try FileManager.default.createDirectory(atPath: fixture.home + "/store", withIntermediateDirectories: true)
        let disk = try FaultyDisk(fixture.home + "/store", seed: 1)
        try await fixture.initialise()
        let before = disk.operations(.sync)
        _ = try await ingest(fixture)
        #expect(disk.operations(.sync) >= before + 2)
    }

    /// A full disk, a read-only one, and one that cannot be synced: the look is refused, nothing of it comes back, and
    /// nothing is charged for it.
    @Test(arguments: [(FaultyDisk.Operations.write, Int32(13)), (.write, 8), (.write, 10 | 3 << 8), (.sync, 10 | 4 << 8)])
    func nothingIsShownThatCannotBeRecorded(operations: FaultyDisk.Operations, code: Int32) async throws {
        let fixture = try ApplianceFixture()
        let disk = try FaultyDisk(fixture.home, seed: 1)
        try await fixture.initialise()
        let id = try await ingest(fixture)
        let page: JSONValue = ["submission": .string(id), "from": 0, "count": 2]
        let before = try await fixture.entries().count
        disk.fail(operations, code: code)
        for action in ["inspect.records", "inspect.log"] {
            let request = try await fixture.request(action, page, as: "alice")
            let refusal = await failure { try await fixture.submit(request, signedBy: fixture.alice) }
            #expect(refusal?.code == "ledger.storage")
            #expect(refusal.map { !"\($0)".contains("row 0") } == true)
        }
        #expect(disk.failures > 0)
        disk.heal()
        let other = operations.contains(.sync) ? try await fixture.reopen() : fixture.appliance
        let look = try await fixture.act("inspect.records", page, as: "alice", on: other)
        #expect(look["view"]?["rows"]?.array?.count == 2)
        #expect(look["left"]?["datasets"] == .integer((1 << 20) - (look["bytes"]?.integer ?? 0)))
        let entries = try await fixture.entries(on: other)
        #expect(entries.last?.action == "inspect.records")
        #expect(operations.contains(.sync) || entries.count == before + 1)
        _ = try await fixture.call("ledger.verify", on: other)
    }
}
