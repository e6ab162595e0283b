import Appliance
import AuditCrypto
import CanonicalEncoding
import Foundation
import Ledger
import LocalAPI
import MerkleLog
import SoftwareTPM
import Testing

/// Archives of closed epochs: whole by themselves, and the beginning of the ledger that goes on.
@Suite struct ArchiveTests {
    private func code(_ body: () async throws -> some Any) async -> String? {
        do { _ = try await body() } catch { return (error as? LocalFailure)?.code ?? (error as? LedgerError)?.code.rawValue ?? "\(error)" }
        return nil
    }

    private func rotate(_ fixture: ApplianceFixture) async throws {
        _ = try await fixture.act("ledger.rotate", ["reason": "scheduled"], as: "bob", attachment: ApplianceFixture.passphrase)
    }

    private func write(_ bytes: [UInt8], _ path: String) throws {
        try FileManager.default.createDirectory(
            at: URL(filePath: path).deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(bytes).write(to: URL(filePath: path))
    }

    /// What `assay ledger archive` fetches.
    private func archive(_ fixture: ApplianceFixture, _ name: String, epoch: Int64? = nil) async throws -> (listing: JSONValue, folder: String) {
        let listing = try await fixture.act("ledger.archive", epoch.map { ["epoch": .integer($0)] } ?? [:], as: "bob")
        let folder = "\(fixture.folder)/\(name)"
        for path in (listing["paths"]?.array ?? []).compactMap(\.string) {
            let content = try await fixture.call("ledger.tile", ["path": .string(path), "size": listing["size"] ?? nil])["content"]?.string
            try write(#require(Base64.decode(content ?? "")), "\(folder)/\(path)")
        }
        for (path, content) in listing["files"]?.object?.members ?? [] { try write(#require(Base64.decode(content.string ?? "")), "\(folder)/\(path)") }
        try write(Array((listing["checkpoint"]?.string ?? "").utf8), "\(folder)/checkpoint")
        return (listing, folder)
    }

    private func verify(_ folder: String) throws -> LedgerVerifier.Report { try ArchivedLedger(folder: folder).verify { _, _ in }.report }

    @Test func isWholeAndTheBeginning() async throws {
        let tpm = try SoftwareTPM(), fixture = try ApplianceFixture()
        _ = try await fixture.makeKeys(tpm: tpm.tcti)
        #expect(await code { try await archive(fixture, "none") } == "ledger.epoch-open")
        try await rotate(fixture)
        // More than a tile, in an epoch of its own.
        for _ in 0..<300 { _ = try? await fixture.act("ledger.receipt", [:], as: "carol") }
        try await rotate(fixture)
        _ = try await fixture.act("ledger.receipt", [:], as: "carol")

        let (listing, folder) = try await archive(fixture, "archive")
        let report = try verify(folder), size = try #require(listing["size"]?.integer)
        #expect(report.entries == size && listing["epoch"] == 1 && report.keys?.epochs.count == 3)
        #expect(FileManager.default.fileExists(atPath: folder + "/anchors/tpm.json"))
        let last = try #require(try await fixture.call("ledger.show", ["from": listing["entry"] ?? nil, "count": 1])["entries"]?.array?.first)
        #expect(last["action"] == "ledger.archive" && last["actor"] == "bob")
        #expect(last["details"] == ["epoch": 1, "root": listing["root"] ?? nil, "size": .integer(size)])

        // The ledger that goes on says that it was made, and begins with it.
        let note = try JSONValue.string(ArchivedLedger(folder: folder).checkpoint)
        let verified = try await fixture.call("ledger.verify", ["archives": [note]])
        #expect(verified["archives"] == [["entry": listing["entry"] ?? nil, "size": .integer(size)]] && verified["archived"] == .integer(size))

        // An earlier epoch, by name; the present one is not closed.
        let (first, earlier) = try await archive(fixture, "first", epoch: 0)
        #expect(first["epoch"] == 0 && first["size"]?.integer ?? size < size)
        #expect(try verify(earlier).entries == first["size"]?.integer)
        #expect(await code { try await archive(fixture, "none", epoch: 2) } == "ledger.epoch-open")
        // Only a custodian makes one.
        #expect(await code { try await fixture.act("ledger.archive", [:], as: "alice") } == "clearance.not-permitted")
    }

    /// What the archive says of itself is held against what is there.
    @Test func whatIsWrongWithOne() async throws {
        let fixture = try ApplianceFixture()
        try await fixture.initialise()
        try await rotate(fixture)
        try await rotate(fixture)
        let (_, folder) = try await archive(fixture, "archive")
        _ = try verify(folder)
        func changed(_ path: String, _ change: (inout Data) -> Void) throws -> String? {
            let file = URL(filePath: "\(folder)/\(path)"), before = try Data(contentsOf: file)
            defer { try? before.write(to: file) }
            var after = before
            change(&after)
            try after.write(to: file)
            do { _ = try verify(folder) } catch { return (error as? LedgerError)?.code.rawValue ?? "\(error)" }
            return nil
        }
        let entries = try #require(
            try FileManager.default.subpathsOfDirectory(atPath: folder).first { $0.hasPrefix("tile/entries/000.p/") })
        #expect(try changed(entries) { $0[$0.count / 2] ^= 1 } != nil)
        // Another digit of the signature, of those that base64 has.
        #expect(try changed("epochs/1") { $0[$0.count - 10] = $0[$0.count - 10] == UInt8(ascii: "A") ? UInt8(ascii: "B") : UInt8(ascii: "A") } == "ledger.bad-epoch")
        let other = try Data(contentsOf: URL(filePath: folder + "/epochs/0"))
        #expect(try changed("checkpoint") { $0 = other } != nil)
        let manifest = try ArchivedLedger(folder: folder).manifest
        for wrong in [
            ArchivedLedger.Manifest(origin: manifest.origin, epoch: 0, size: manifest.size, root: manifest.root, entry: 1),
            .init(origin: manifest.origin, epoch: 1, size: manifest.size - 1, root: manifest.root, entry: 1),
            .init(origin: "assay.test/other", epoch: 1, size: manifest.size, root: manifest.root, entry: 1),
        ] {
            let bytes = try wrong.encoded()
            #expect(try changed("archive.json") { $0 = Data(bytes) } == "ledger.bad-epoch")
        }
        #expect(try changed("archive.json") { $0 = Data("{}".utf8) } == "ledger.bad-tile")
        // Another ledger's archive is none of this one's.
        let stranger = try ApplianceFixture()
        try await stranger.initialise()
        try await rotate(stranger)
        let (listing, _) = try await archive(stranger, "archive")
        #expect(await code { try await fixture.call("ledger.verify", ["archives": [listing["checkpoint"] ?? nil]]) } == "ledger.bad-checkpoint")
        _ = try verify(folder)
    }

    /// A ledger that was put back to before the archive, and one that was gone on from there, do not go on from it.
    @Test func anOlderLedgerDoesNotGoOnFromIt() async throws {
        let fixture = try ApplianceFixture()
        try await fixture.initialise()
        try FileManager.default.copyItem(atPath: fixture.home, toPath: fixture.folder + "/older")
        _ = try await fixture.act("ledger.receipt", [:], as: "carol")
        try await rotate(fixture)
        let (listing, _) = try await archive(fixture, "archive"), note = listing["checkpoint"] ?? nil
        let older = try ApplianceFixture.open(fixture.folder + "/older", fixture.clock)
        _ = try await fixture.call("unlock", ["passphrase": .string(ApplianceFixture.passphrase)], on: older)
        #expect(await code { try await fixture.call("ledger.verify", ["archives": [note]], on: older) } == "ledger.cut-short")
        for _ in 0..<10 { _ = try await fixture.act("ledger.receipt", [:], as: "carol", on: older) }
        #expect(await code { try await fixture.call("ledger.verify", ["archives": [note]], on: older) } == "ledger.rewritten")
    }
}
