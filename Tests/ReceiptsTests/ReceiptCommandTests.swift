import AuditCrypto
import AuditSigning
import CanonicalEncoding
import Foundation
import LogBuilding
import MerkleLog
import Receipts
import TestTools
import Testing

/// `assay-verify receipt`, the program: a log of 300 entries, a receipt of its first 40, and what can be held against it.
@Suite struct ReceiptCommandTests {
    /// A log with its key, in a folder of its own, and the program run in there.
    final class Fixture {
        let folder = FileManager.default.temporaryDirectory.appending(path: "receipt-\(UUID().uuidString)")
        let log: NoteSigner
        let entries = (0..<300).map { Array("entry \($0)".utf8) }

        init() throws {
            log = try NoteSigner(name: "assay.local/ledger/1", key: .generate())
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            try write("vkey", log.verifierKey.text + "\n")
            try write("receipt.txt", "A receipt\n\n" + ReceiptRows.text(of: checkpoint(40)) + "\nand more words\n")
        }

        deinit { try? FileManager.default.removeItem(at: folder) }

        func write(_ name: String, _ text: String) throws {
            try Data(text.utf8).write(to: folder.appending(path: name))
        }

        /// `fork`: the entry from which another history differs.
        func tree(_ size: Int, fork: Int = .max) -> MerkleTree {
            MerkleTree(leafHashes: entries[..<size].enumerated().map { TreeHasher.standard.leaf($0 < fork ? $1 : $1 + [0]) })
        }

        func checkpoint(_ size: Int, fork: Int = .max) -> String {
            log.sign(text: Checkpoint(origin: log.verifierKey.name, size: Int64(size), rootHash: tree(size, fork: fork).root).text)
        }

        func proof(_ old: Int, _ new: Int) throws -> String {
            try tree(new).consistencyProof(oldSize: Int64(old), newSize: Int64(new)).hashes.map { $0.base64 + "\n" }.joined()
        }

        func export(_ size: Int, fork: Int = .max, to name: String) throws {
            let changed = entries.enumerated().map { $0 < fork ? $1 : $1 + [0] }
            for tile in try Tile.added(to: Int64(size)) where tile.kind == .entries {
                let file = folder.appending(path: "\(name)/\(tile.path)"), first = Int(tile.index) * Tile.fullWidth
                try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
                try Data(Tile.entryData(Array(changed[first..<first + tile.width]))).write(to: file)
            }
            try write("\(name)/checkpoint", checkpoint(size, fork: fork))
        }

        /// - Parameter keys: how the ledger's keys are named.
        func run(_ arguments: String..., keys: [String] = ["--vkey", "vkey"], path: String? = nil) throws -> (status: Int32, output: String) {
            let outcome = try BuiltProgram("assay-verify").run(["receipt"] + arguments + keys, in: folder, environment: path.map { ["PATH": $0] })
            return (outcome.status, outcome.text + outcome.errors)
        }
    }

    @Test func alone() throws {
        let fixture = try Fixture()
        let (status, output) = try fixture.run("receipt.txt")
        #expect(status == 0 && output.contains("it had 40 entries"))
        #expect(output.contains("It says nothing yet of any ledger that you are shown"))
        try fixture.write("scanned", String(fixture.checkpoint(40).dropLast()))
        let json = try StrictJSON.parse(Array(fixture.run("scanned", "--json").output.utf8.dropLast()))
        #expect(json["size"] == 40 && json["verified"] == true && json["compared"] == .null)
        try fixture.write("mistyped", ReceiptRows.text(of: fixture.checkpoint(40)).replacing(": 40\n", with: ": 41\n"))
        let mistyped = try fixture.run("mistyped")
        #expect(mistyped.status == 38 && mistyped.output.contains("row 2:"))
        let other = try NoteSigner(name: fixture.log.verifierKey.name, key: .generate())
        try fixture.write("vkey", other.verifierKey.text)
        #expect(try fixture.run("receipt.txt").status == 32)
    }

    @Test func againstAnotherCheckpoint() throws {
        let fixture = try Fixture()
        try fixture.write("same", fixture.checkpoint(40))
        #expect(try fixture.run("receipt.txt", "--against", "same").output.contains("both are of one history"))
        try fixture.write("forked", fixture.checkpoint(40, fork: 39))
        let forked = try fixture.run("receipt.txt", "--against", "forked")
        #expect(forked.status == 36 && forked.output.contains("it has two histories"))

        try fixture.write("later", fixture.checkpoint(300))
        let without = try fixture.run("receipt.txt", "--against", "later")
        #expect(without.status == 64 && without.output.contains("assay ledger consistency 40 300"))
        try fixture.write("proof", fixture.proof(40, 300))
        let grown = try fixture.run("receipt.txt", "--against", "later", "--consistency", "proof")
        #expect(grown.status == 0 && grown.output.contains("only grew"))
        try fixture.write("rewritten", fixture.checkpoint(300, fork: 39))
        #expect(try fixture.run("receipt.txt", "--against", "rewritten", "--consistency", "proof").status == 36)

        // The other way round: what is shown now is shorter than the receipt.
        try fixture.write("earlier", fixture.checkpoint(12))
        try fixture.write("proof-12", fixture.proof(12, 40))
        let shorter = try fixture.run("receipt.txt", "--against", "earlier", "--consistency", "proof-12")
        #expect(shorter.status == 0 && shorter.output.contains("28 entries earlier"))
        #expect(try fixture.run("receipt.txt", "--against", "earlier", "--consistency", "proof").status == 36)
    }

    @Test func againstALedger() throws {
        let fixture = try Fixture()
        try fixture.export(300, to: "whole")
        #expect(try fixture.run("receipt.txt", "--ledger", "whole").status == 0)
        try fixture.export(40, to: "as-of-then")
        #expect(try fixture.run("receipt.txt", "--ledger", "as-of-then").status == 0)
        try fixture.export(300, fork: 39, to: "rewritten")
        let rewritten = try fixture.run("receipt.txt", "--ledger", "rewritten")
        #expect(rewritten.status == 36 && rewritten.output.contains("the ledger was rewritten"))
        try fixture.export(300, fork: 40, to: "other-tail")
        #expect(try fixture.run("receipt.txt", "--ledger", "other-tail").status == 0)
        try fixture.export(12, to: "cut")
        #expect(try fixture.run("receipt.txt", "--ledger", "cut").status == 36)
    }

    /// An export that is not whole says nothing against the ledger: each way of it has the status that `assay-verify ledger`
    /// gives it, and none that of a disagreement.
    @Test func againstADamagedLedger() throws {
        let fixture = try Fixture()
        let path = "tile/entries/000"
        try fixture.export(300, fork: 200, to: "patched")
        try fixture.write("patched/checkpoint", fixture.checkpoint(300))
        let patched = try fixture.run("receipt.txt", "--ledger", "patched")
        #expect(patched.status == 57 && patched.output.contains("do not have the root of its own checkpoint"))
        // Changed where the receipt speaks of it: that they disagree is said, and that this proves nothing.
        try fixture.export(300, fork: 12, to: "changed")
        try fixture.write("changed/checkpoint", fixture.checkpoint(300))
        let changed = try fixture.run("receipt.txt", "--ledger", "changed")
        #expect(changed.status == 36 && changed.output.contains("this copy was changed"))
        try fixture.export(300, to: "cut-off")
        let bundle = try Data(contentsOf: fixture.folder.appending(path: "cut-off/\(path)"))
        try bundle.dropLast().write(to: fixture.folder.appending(path: "cut-off/\(path)"))
        #expect(try fixture.run("receipt.txt", "--ledger", "cut-off").status == 58)
        try FileManager.default.removeItem(at: fixture.folder.appending(path: "cut-off/\(path)"))
        let missing = try fixture.run("receipt.txt", "--ledger", "cut-off", "--json")
        #expect(missing.status == 50 && missing.output.contains("ledger.missing-entry"))
        try fixture.write("cut-off/checkpoint", "once upon a time\n")
        #expect(try fixture.run("receipt.txt", "--ledger", "cut-off").status == 32)
        #expect(try fixture.run("receipt.txt", "--ledger", "nowhere").status == 66)
    }

    /// The folder that `assay trust` writes, instead of the one key: with its witnesses, as a bundle's verifier takes them.
    @Test func withATrustFolder() throws {
        let fixture = try Fixture()
        let folder = ["--trust", "trust"]
        #expect(try fixture.run("receipt.txt", keys: folder).status == 66)
        try FileManager.default.createDirectory(at: fixture.folder.appending(path: "trust"), withIntermediateDirectories: true)
        try fixture.write("trust/ledger.vkey", fixture.log.verifierKey.text + "\n")
        try fixture.export(300, to: "whole")
        let whole = try fixture.run("receipt.txt", "--ledger", "whole", keys: folder)
        #expect(whole.status == 0 && whole.output.contains("only grew"))
        #expect(try fixture.run("receipt.txt", "--quorum", "1", keys: folder).status == 10)
        let (witness, stranger) = (Ed25519PrivateKey.generate(), Ed25519PrivateKey.generate())
        let cosigner = try Cosigner(name: "lab.example/witness", key: witness)
        try fixture.write("trust/witnesses", cosigner.verifierKey.text + "\n")
        #expect(try fixture.run("receipt.txt", keys: folder).status == 0)
        #expect(try fixture.run("receipt.txt", "--quorum", "1", keys: folder).status == 37)
        let note = fixture.checkpoint(40)
        try fixture.write("cosigned", note + cosigner.line(text: SignedNote(note: note).text, time: 1_900_000_000))
        let cosigned = try fixture.run("cosigned", "--quorum", "1", keys: folder)
        #expect(cosigned.status == 0 && cosigned.output.contains("The witness lab.example/witness cosigned"))
        // Named ones are demanded instead of the folder's.
        let other = try Cosigner(name: "lab.example/witness", key: stranger).verifierKey.text
        #expect(try fixture.run("cosigned", "--witness", other, keys: folder).status == 37)
        // One way or the other.
        #expect(try fixture.run("receipt.txt", keys: folder + ["--vkey", "vkey"]).status == 64)
        #expect(try fixture.run("receipt.txt", keys: []).status == 64)
    }

    @Test func withoutADecoder() throws {
        let fixture = try Fixture()
        #expect(try fixture.run("--image", "none.png").status == 66)
        try fixture.write("photo.png", "no picture")
        let missing = try fixture.run("--image", "photo.png", path: fixture.folder.path)
        #expect(missing.status == 66 && missing.output.contains("zbar-tools"))
        #expect(try fixture.run().status == 64)
        #expect(try fixture.run("receipt.txt", "--image", "photo.png").status == 64)
    }
}
