import AuditCrypto
import AuditSigning
import CanonicalEncoding
import Foundation
import LedgerVerification
import LogBuilding
import MerkleLog
import Testing

/// A way to tamper with an export of 700 entries, and what must be said of it.
struct Tampering: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let status: Int32
    let code: String
    var entry: Int64?
    /// Part of the message.
    let says: String
    let make: @Sendable (ExportedLedger) throws -> Void

    init(
        _ description: String, _ status: Int32, _ code: String, entry: Int64? = nil, _ says: String,
        make: @escaping @Sendable (ExportedLedger) throws -> Void
    ) {
        (testDescription, self.status, self.code, self.entry, self.says, self.make) = (description, status, code, entry, says, make)
    }
}

/// `assay-verify ledger`, the program, on exports that were tampered with: each is found, named and given its status.
@Suite struct ExportedLedgerTests {
    /// The key's owner's own ledger: 700 entries, so two full tiles and a partial one.
    private static func sound() throws -> [[UInt8]] {
        try ExportedLedger.entries(700) { index, draft in
            guard index % 100 == 3 else { return }
            draft.action = "inspect.log"
            draft.request = .init(sha256: .of([UInt8(index % 256)]), sshsig: "-----BEGIN SSH SIGNATURE-----\nU1NI\n-----END SSH SIGNATURE-----\n")
        }
    }

    /// Rewrites one file of a sound export.
    private static func edit(_ path: String, _ change: @escaping @Sendable (inout [UInt8]) -> Void) -> @Sendable (ExportedLedger) throws -> Void {
        { ledger in
            try ledger.write(sound())
            var bytes = try ledger.get(path)
            change(&bytes)
            try ledger.put(bytes, path)
        }
    }

    /// Other entries in bundles under the tiles of hashes and the checkpoint that were there: what somebody without the key
    /// can do.
    private static func rebundle(_ change: @escaping @Sendable (inout [[UInt8]]) -> Void) -> @Sendable (ExportedLedger) throws -> Void {
        { ledger in
            var entries = try sound()
            try ledger.write(entries)
            change(&entries)
            try ledger.write(Array(entries.prefix(700)), checkpoint: String(decoding: ledger.get("checkpoint"), as: UTF8.self),
                tiles: Tile.added(to: 700).filter { $0.kind == .entries })
        }
    }

    /// Other entries altogether, signed again: what somebody with the key can do.
    private static func resign(_ change: @escaping @Sendable (Int, inout ExportedLedger.Draft) -> Void) -> @Sendable (ExportedLedger) throws -> Void {
        { try $0.write(ExportedLedger.entries(700, change: change)) }
    }

    static let tamperings: [Tampering] = [
        // An entry.
        .init("a changed entry", 56, "ledger.wrong-hash", entry: 300, "not those whose hash was stored", make: rebundle {
            $0[300] = Array(String(decoding: $0[300], as: UTF8.self).replacing("\"count\":300", with: "\"count\":301").utf8)
        }),
        .init("a changed entry and its stored hash", 53, "ledger.broken-chain", entry: 301, "does not name the entry before", make: { ledger in
            var entries = try sound()
            entries[300] = Array(String(decoding: entries[300], as: UTF8.self).replacing("\"count\":300", with: "\"count\":301").utf8)
            let checkpoint = try ledger.note(sound())
            try ledger.write(entries, checkpoint: checkpoint)
        }),
        .init("all entries written again under the old checkpoint", 57, "ledger.wrong-root", "do not have the root", make: { ledger in
            try ledger.write(ExportedLedger.entries(700), checkpoint: ledger.note(sound()))
        }),
        .init("a removed entry", 52, "ledger.wrong-sequence", entry: 300, "says that it is entry 301", make: rebundle {
            $0.remove(at: 300)
            $0.append($0[698])
        }),
        .init("an inserted entry", 52, "ledger.wrong-sequence", entry: 300, "says that it is entry 7", make: rebundle { $0.insert($0[7], at: 300) }),
        .init("a doubled entry", 52, "ledger.wrong-sequence", entry: 301, "says that it is entry 300", make: rebundle { $0.insert($0[300], at: 300) }),
        .init("two entries that changed places", 52, "ledger.wrong-sequence", entry: 300, "says that it is entry 301", make: rebundle { $0.swapAt(300, 301) }),
        .init("an entry that is not canonical", 51, "ledger.malformed-entry", entry: 300, "cannot be read", make: resign { index, draft in
            if index == 300 { draft.bytes = Array("{\"v\":1, \"a\":2}".utf8) }
        }),
        .init("a word outside the vocabulary", 55, "ledger.unknown-action", entry: 300, "not in the ledger's vocabulary", make: resign { index, draft in
            if index == 300 { draft.action = "look.away" }
        }),
        .init("time set back", 54, "ledger.time-went-back", entry: 300, "is before the previous entry's", make: resign { index, draft in
            if index >= 300 { draft.time -= 500 }
        }),
        .init("an entry that names another before it", 53, "ledger.broken-chain", entry: 300, "does not name the entry before", make: resign { index, draft in
            if index == 300 { draft.previous = .of([1]) }
        }),
        // Files.
        .init("a wrong leaf hash", 56, "ledger.wrong-hash", entry: 300, "not those whose hash was stored", make: edit("tile/0/001") { $0[44 * 32] ^= 1 }),
        .init("a wrong hash of a tile", 56, "ledger.wrong-hash", entry: 511, "the stored root of the tile", make: edit("tile/1/000.p/2") { $0[32] ^= 1 }),
        .init("a missing bundle", 50, "ledger.missing-entry", entry: 256, "001 is missing", make: { ledger in
            try ledger.write(sound())
            try ledger.remove("tile/entries/001")
        }),
        .init("a missing partial bundle", 50, "ledger.missing-entry", entry: 512, "002.p/188 is missing", make: { ledger in
            try ledger.write(sound())
            try ledger.remove("tile/entries/002.p/188")
        }),
        .init("a missing partial tile", 58, "ledger.bad-tile", "tile/0/002.p/188 is missing", make: { ledger in
            try ledger.write(sound())
            try ledger.remove("tile/0/002.p/188")
        }),
        .init("a tile that is cut off", 58, "ledger.bad-tile", "were expected", make: edit("tile/0/000") { $0.removeLast() }),
        .init("a bundle with something after its last entry", 58, "ledger.bad-tile", "follow the last", make: edit("tile/entries/000") { $0 += [0] }),
        .init("a file that is none of a ledger's", 58, "ledger.bad-tile", "no file of a ledger", make: { ledger in
            try ledger.write(sound())
            try ledger.put([1], "tile/entries/notes.txt")
        }),
        .init("another partial tile of an earlier export", 58, "ledger.bad-tile", "not the beginning of", make: { ledger in
            try ledger.write(sound())
            try ledger.put(Array(ledger.get("tile/0/000")[32..<64]), "tile/0/000.p/1")
        }),
        .init("another partial bundle of an earlier export", 58, "ledger.bad-tile", "not the beginning of", make: { ledger in
            try ledger.write(sound())
            try ledger.put(Tile.entryData([sound()[1]]), "tile/entries/000.p/1")
        }),
        // The end.
        .init("a tail that nothing seals", 59, "ledger.unsealed", entry: 700, "nothing signs it", make: { ledger in
            try ledger.write(ExportedLedger.entries(720))
            try ledger.write(ExportedLedger.entries(700))
        }),
        .init("a whole tile that nothing seals", 59, "ledger.unsealed", entry: 768, "nothing signs it", make: { ledger in
            let entries = try ExportedLedger.entries(1024)
            try ledger.write(entries, tiles: [Tile(kind: .entries, index: 3)])
            try ledger.write(Array(entries.prefix(700)))
        }),
        .init("a tile of hashes that nothing seals", 59, "ledger.unsealed", "nothing signs it", make: { ledger in
            try ledger.write(sound())
            try ledger.put([UInt8](repeating: 0, count: 32), "tile/2/000.p/1")
        }),
        // The checkpoint.
        .init("another ledger's checkpoint", 32, "checkpointSignature", "not signed by the trusted ledger key", make: { ledger in
            let other = try NoteSigner(name: "assay.test/ledger", key: .generate())
            try ledger.write(sound(), checkpoint: ledger.note(sound(), by: other))
        }),
        .init("a changed checkpoint", 32, "checkpointSignature", "not signed by the trusted ledger key", make: edit("checkpoint") { bytes in
            let size = String(decoding: bytes, as: UTF8.self).replacing("\n700\n", with: "\n600\n")
            bytes = Array(size.utf8)
        }),
        .init("no checkpoint at all", 32, "ledger.bad-checkpoint", "no signed checkpoint", make: { ledger in
            try ledger.write(sound(), checkpoint: "once upon a time\n")
        }),
        .init("no folder", 66, "unreadable", "No such file", make: { _ in }),
    ]

    @Test(arguments: tamperings)
    func isFound(tampering: Tampering) throws {
        let ledger = try ExportedLedger()
        try tampering.make(ledger)
        let (status, output, error) = try ledger.verify()
        #expect(status == tampering.status, "\(error)")
        let said = try StrictJSON.parse(Array(output.utf8.dropLast()))
        #expect(said["code"]?.string == tampering.code && said["verified"] == false)
        #expect(said["entry"]?.integer == tampering.entry, "\(error)")
        #expect(said["message"]?.string?.contains(tampering.says) == true, "\(error)")
    }

    @Test(arguments: [1, 255, 256, 257, 700, 4096, 4097, 5000])
    func aSoundLedgerHolds(count: Int) throws {
        let ledger = try ExportedLedger()
        let entries = try ExportedLedger.entries(count)
        try ledger.write(entries)
        let kept = try ledger.keep(ledger.note(Array(entries.prefix((count + 1) / 2))), "kept")
        let (status, output, error) = try ledger.verify(kept: [kept])
        #expect(status == 0, "\(error)")
        let said = try StrictJSON.parse(Array(output.utf8.dropLast()))
        #expect(said["entries"] == .integer(Int64(count)) && said["kept"] == 1 && said["unverifiedSignatures"] == 0)
    }

    /// The folder that `assay trust` writes, instead of the one key: its epochs' keys are demanded too.
    @Test func aTrustFolderBringsTheEpochsKeys() throws {
        let ledger = try ExportedLedger()
        let (first, stranger) = (Ed25519PrivateKey.generate(), Ed25519PrivateKey.generate())
        func epochKey(_ key: Ed25519PrivateKey) throws -> NoteVerifierKey {
            try NoteVerifierKey(name: LedgerKeys.name(origin: ledger.signer.verifierKey.name, epoch: 0), publicKey: key.publicKey)
        }
        let details = LedgerKeys.details(first: ledger.signer.verifierKey, epochKey: try epochKey(first))
        try ledger.write(
            ExportedLedger.entries(12) { index, draft in
                guard index == 0 else { return }
                draft.bytes = try? LedgerEntry(
                    sequence: 0, time: draft.time, previous: draft.previous, actor: "appliance", action: "appliance.initialised",
                    details: details
                ).encoded()
            })
        let trust = ledger.folder + "/trust"
        try FileManager.default.createDirectory(atPath: trust, withIntermediateDirectories: true)
        try FileManager.default.copyItem(atPath: ledger.key, toPath: trust + "/ledger.vkey")
        func verify(_ more: String...) throws -> (status: Int32, output: String, error: String) {
            try ledger.verify(json: false, keys: ["--trust", trust] + more)
        }
        let without = try verify()
        #expect(without.status == 0 && without.output.contains("takes a trust folder's epoch.vkey"))
        try Data((epochKey(first).text + "\n").utf8).write(to: URL(filePath: trust + "/epoch.vkey"))
        let with = try verify()
        #expect(with.status == 0 && !with.output.contains("epoch.vkey"), "\(with.error)")
        try Data((epochKey(stranger).text + "\n").utf8).write(to: URL(filePath: trust + "/epoch.vkey"))
        #expect(try verify().status == 62)
        let named = try ledger.keep(epochKey(first).text + "\n", "first.vkey")
        #expect(try verify("--epoch-key", named).status == 0)
        #expect(try verify("--vkey", ledger.key).status == 64)
    }

    /// What persons signed is not verified, and that is said.
    @Test func theSignaturesThatAreNotVerifiedAreCounted() throws {
        let ledger = try ExportedLedger()
        try ledger.write(Self.sound())
        let said = try StrictJSON.parse(Array(ledger.verify().output.utf8.dropLast()))
        #expect(said["unverifiedSignatures"] == 7)
        let text = try ledger.verify(json: false).output
        #expect(text.contains("VERIFIED") && text.contains("signatures on 7 entries") && text.contains("cut short"))
    }

    /// An export into the folder of an earlier one leaves its partial tiles; they are the beginnings of today's.
    @Test func anEarlierExportMayLieThere() throws {
        let ledger = try ExportedLedger()
        let entries = try Self.sound()
        for size in [3, 300, 513, 700] { try ledger.write(Array(entries.prefix(size))) }
        #expect(try ledger.verify().status == 0)
    }

    /// Each is sound by itself, signed by the ledger's own key. Only a checkpoint that was kept contradicts it.
    @Test func whatOnlyAKeptCheckpointShows() throws {
        let ledger = try ExportedLedger()
        let entries = try Self.sound()
        let kept = try ledger.keep(ledger.note(entries), "kept")
        func refusal() throws -> (status: Int32, message: String) {
            let (status, output, _) = try ledger.verify(kept: [kept])
            return (status, try StrictJSON.parse(Array(output.utf8.dropLast()))["message"]?.string ?? "")
        }
        // Cut short and signed again, or put back.
        try ledger.write(Array(entries.prefix(600)))
        #expect(try ledger.verify().status == 0)
        #expect(try refusal().status == 60)
        #expect(try refusal().message.contains("cut short"))
        try ledger.remove("tile")
        // Cut short and gone on with: a fork.
        try ledger.write(ExportedLedger.entries(800) { index, draft in if index >= 650 { draft.action = "evaluation.failed" } })
        #expect(try ledger.verify().status == 0)
        #expect(try refusal().status == 61)
        #expect(try refusal().message.contains("rewritten"))
        try ledger.remove("tile")
        // As it was: it holds against what was kept of it, and against nothing of another ledger.
        try ledger.write(entries)
        #expect(try refusal().status == 0)
        let stranger = try ledger.keep(ledger.note(entries, by: NoteSigner(name: "assay.test/ledger", key: .generate())), "stranger")
        #expect(try ledger.verify(kept: [stranger]).status == 32)
        let named = try ledger.keep(ledger.note(entries, by: NoteSigner(name: "assay.test/other", key: .generate())), "named")
        #expect(try ledger.verify(kept: [named]).status == 32)
    }

    /// A ledger that went on from a backup of its first 600 entries: the checkpoint that its entry names as lost is superseded,
    /// any other fails as it did; and the entry itself must be true of the ledger.
    @Test func whatWasDeclaredLostIsSuperseded() throws {
        let ledger = try ExportedLedger()
        let before = try Self.sound()
        func root(_ count: Int) -> MerkleHash { MerkleTree(leafHashes: before.prefix(count).map { TreeHasher.standard.leaf($0) }).root }
        let request = LedgerEntry.Request(sha256: .of([1]), sshsig: "-----BEGIN SSH SIGNATURE-----\nU1NI\n-----END SSH SIGNATURE-----\n")
        func goOn(_ restoration: Restoration, changed: Bool = false, by: String = "carol", of: SHA256Digest = .of([1]), signed: Bool = true) throws {
            try? ledger.remove("tile")
            try ledger.write(
                ExportedLedger.entries(650) { index, draft in
                    if index < 600 { draft.bytes = before[index] }
                    guard index == 600 || index == 601 else { return }
                    var details = restoration.details
                    details["approvals"] = [600]
                    if changed { details["lost"] = nil }
                    if index == 600 { details = ["request": .string(of.hex)] }
                    draft.bytes = try? LedgerEntry(
                        sequence: draft.sequence, time: draft.time, previous: draft.previous, actor: index == 600 ? by : "dave",
                        action: index == 600 ? "request.approve" : "appliance.restored", details: details,
                        request: signed || index == 600 ? request : nil
                    ).encoded()
                })
        }
        let named = try ledger.keep(ledger.note(before), "named"), within = try ledger.keep(ledger.note(Array(before.prefix(500))), "within")
        let unnamed = try ledger.keep(ledger.note(Array(before.prefix(690))), "unnamed")
        let forked = try ledger.keep(ledger.note(Array(before.prefix(620))), "forked")
        try goOn(.init(size: 600, root: root(600), lost: 100, counter: 7, kept: [.init(size: 700, root: root(700), isWithin: false)]))
        let (status, output, error) = try ledger.verify(kept: [named, within])
        #expect(status == 4, "\(error)")
        let said = try StrictJSON.parse(Array(output.utf8.dropLast()))
        #expect(said["kept"] == 1 && said["superseded"] == [["entry": 601, "file": .string(named), "size": 700]])
        #expect(try ledger.verify(kept: [named], json: false).output.contains("SUPERSEDED"))
        for (kept, expected) in [(unnamed, Int32(60)), (forked, 61)] {
            let (status, output, _) = try ledger.verify(kept: [kept])
            #expect(status == expected)
            #expect(output.contains("Entry 601 says that the ledger was restored to 600 entries"))
        }
        // An earlier one that it does not begin with has nothing to do with the backup.
        let other = try ledger.keep(ledger.note(Array(before.prefix(299)) + [before[300]]), "other")
        let earlier = try ledger.verify(kept: [other])
        #expect(earlier.status == 61 && !earlier.output.contains("Entry 601"))
        // Named as one that the backup begins with, it is not named as lost.
        try goOn(.init(size: 600, root: root(600), lost: 100, counter: nil, kept: [.init(size: 700, root: root(700), isWithin: true)]))
        #expect(try ledger.verify(kept: [named]).status == 60)
        try goOn(.init(size: 600, root: root(599), lost: 0, counter: nil, kept: []))
        #expect(try ledger.verify().status == 57)
        try goOn(.init(size: 602, root: root(602), lost: 0, counter: nil, kept: []))
        #expect(try ledger.verify().status == 51)
        try goOn(.init(size: 600, root: root(600), lost: 0, counter: nil, kept: []), changed: true)
        #expect(try ledger.verify().status == 51)
        // One that nobody signed, or that names approvals of something else or by its own author.
        let lost = Restoration(size: 600, root: root(600), lost: 100, counter: nil, kept: [.init(size: 700, root: root(700), isWithin: false)])
        try goOn(lost, signed: false)
        #expect(try ledger.verify().status == 63)
        for (by, of) in [("dave", SHA256Digest.of([1])), ("carol", .of([2]))] {
            try goOn(lost, by: by, of: of)
            let (status, output, _) = try ledger.verify(kept: [named])
            #expect(status == 63 && output.contains("is no approval of it by another person"))
        }
        try goOn(lost)
        #expect(try ledger.verify(kept: [named]).status == 4)
    }

    /// Three levels of tiles.
    @Test func aLargeLedgerHolds() throws {
        let ledger = try ExportedLedger()
        try ledger.write(ExportedLedger.entries(66_000))
        #expect(try ledger.verify().status == 0)
        var top = try ledger.get("tile/2/000.p/1")
        top[5] ^= 1
        try ledger.put(top, "tile/2/000.p/1")
        let (status, output, _) = try ledger.verify()
        #expect(status == 56)
        #expect(try StrictJSON.parse(Array(output.utf8.dropLast()))["entry"] == 65_535)
    }
}
