import AuditCrypto
import AuditSigning
import CanonicalEncoding
import Foundation
import LedgerVerification
import LogBuilding
import MerkleLog
import TestTools
import Testing
import Witness

/// A log that goes on from a backup, and a witness that cosigned what was lost.
@Suite struct RestoredLogTests {
    private typealias Log = WitnessTests.Fixture

    /// The log restored to its first 6 leaves, then the entry that names `kept` as lost, then another.
    private func restored(_ fixture: Log, _ kept: [Restoration.Kept], action: String = "appliance.restored") throws -> (leaves: [MerkleHash], entry: [UInt8], proof: String) {
        let before = fixture.leaves(6)
        let restoration = Restoration(size: 6, root: Log.root(before[...]), lost: 4, counter: nil, kept: kept)
        let entry = try LedgerEntry(
            sequence: 6, time: 2000, previous: before[5], actor: "dave", action: action, subjects: [], details: restoration.details, request: nil
        ).encoded()
        let leaves = before + [TreeHasher.standard.leaf(entry), TreeHasher.standard.leaf([77])]
        // RFC 6962, section 2.1.1, of leaf 6 of 8: its neighbour, then the two subtrees to the left.
        let path = [leaves[7], Log.root(leaves[4..<6]), Log.root(leaves[0..<4])]
        return (leaves, entry, TLogProof(index: 6, hashes: path, checkpoint: fixture.checkpoint(leaves)).text)
    }

    private func cosigned(_ fixture: Log) throws -> Restoration.Kept {
        _ = try fixture.witness.add(fixture.log.verifierKey)
        try fixture.cosign(fixture.request(0, fixture.leaves(10)))
        return .init(size: 10, root: Log.root(fixture.leaves(10)[...]), isWithin: false)
    }

    private func kind(_ body: () throws -> Void) -> WitnessRefusal.Kind? {
        do { try body() } catch { return (error as? WitnessRefusal)?.kind }
        return nil
    }

    @Test func goesOnWhereItWasNamed() throws {
        let fixture = try Log(), lost = try cosigned(fixture)
        let (leaves, entry, proof) = try restored(fixture, [.init(size: 5, root: TreeHasher.standard.empty, isWithin: true), lost])
        // Without being told, the witness refuses and keeps both.
        #expect(fixture.refusal(fixture.request(6, leaves)) == .rolledBack)
        #expect(try fixture.witness.evidence().count == 1)
        let (log, kept) = try fixture.witness.accept(RestoredLog(entry: entry, proof: proof))
        #expect(log.size == 8 && log.root == Log.root(leaves[...]))
        for (file, size) in [("cosigned", Int64(10)), ("checkpoint", 8)] {
            let note = try SignedNote(note: String(contentsOfFile: "\(kept)/\(file)", encoding: .utf8))
            #expect(try Checkpoint.verified(note: note, by: fixture.log.verifierKey).size == size)
        }
        // From there on it is a log like any other, and the lost one is the liar.
        let more = leaves + [TreeHasher.standard.leaf([78])]
        try fixture.cosign(WitnessRequest(oldSize: 8, proof: Log.proof(8, more[...]), checkpoint: fixture.checkpoint(more)).text)
        #expect(fixture.refusal(fixture.request(9, fixture.leaves(11))) == .badProof)
        // The same entry does not serve twice.
        #expect(kind { _ = try fixture.witness.accept(RestoredLog(entry: entry, proof: proof)) } == .notDeclared)
    }

    /// `assay-witness accept-restore`, the program: without --yes it has a status of its own, and nothing is changed.
    @Test func theProgramChangesNothingUntilItIsTold() throws {
        let fixture = try Log(), lost = try cosigned(fixture)
        let (_, entry, proof) = try restored(fixture, [lost])
        let folder = fixture.folder + "-proof"
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try Data(entry).write(to: URL(filePath: folder + "/entry.json"))
        try Data(proof.utf8).write(to: URL(filePath: folder + "/proof.tlog-proof"))
        func run(_ more: String...) throws -> BuiltProgram.Outcome {
            try BuiltProgram("assay-witness").run(["accept-restore", folder, "--home", fixture.folder] + more)
        }
        let dry = try run()
        #expect(dry.status == 3 && dry.text.contains("NOTHING WAS CHANGED") && dry.text.contains("6 entries"))
        let told = try run("--json")
        let json = try StrictJSON.parse(Array(told.output.dropLast()))
        #expect(told.status == 3 && json["accepted"] == false && json["lost"] == 4 && json["cosigned"]?["size"] == 10)
        #expect(try fixture.witness.log(origin: fixture.log.verifierKey.name)?.size == 10)
        let done = try run("--yes", "--json")
        let result = try StrictJSON.parse(Array(done.output.dropLast()))
        #expect(done.status == 0 && result["accepted"] == true && result["size"] == 8)
        #expect(try fixture.witness.log(origin: fixture.log.verifierKey.name)?.size == 8)
        // It serves once.
        #expect(try run("--yes").status == 23)
    }

    @Test func refusedOtherwise() throws {
        let fixture = try Log(), lost = try cosigned(fixture)
        func refusal(_ kept: [Restoration.Kept], action: String = "appliance.restored", change: (inout [UInt8], inout String) -> Void = { _, _ in }) throws
            -> WitnessRefusal.Kind?
        {
            var (_, entry, proof) = try restored(fixture, kept, action: action)
            change(&entry, &proof)
            return kind { _ = try fixture.witness.accept(RestoredLog(entry: entry, proof: proof)) }
        }
        #expect(try refusal([]) == .notDeclared)
        #expect(try refusal([.init(size: 9, root: lost.root, isWithin: false)]) == .notDeclared)
        #expect(try refusal([.init(size: 10, root: TreeHasher.standard.empty, isWithin: false)]) == .notDeclared)
        #expect(try refusal([.init(size: 10, root: lost.root, isWithin: true)]) == .notDeclared)
        #expect(try refusal([lost], action: "appliance.maintain") == .malformed)
        // Another entry than the one that the proof is of; another's signature.
        #expect(try refusal([lost]) { entry, _ in
            entry = Array(String(decoding: entry, as: UTF8.self).replacing("\"lost\":4", with: "\"lost\":5").utf8)
        } == .malformed)
        let other = try NoteSigner(name: fixture.log.verifierKey.name, key: .generate())
        #expect(try refusal([lost]) { _, proof in
            guard let gap = proof.range(of: "\n\n"), let note = try? SignedNote(note: String(proof[gap.upperBound...])) else { return }
            proof = proof[..<gap.upperBound] + other.sign(text: note.text)
        } == .badSignature)
        // None of it moved the witness.
        #expect(try fixture.witness.log(origin: fixture.log.verifierKey.name)?.size == 10)
        #expect(try refusal([lost]) == nil)
    }
}
