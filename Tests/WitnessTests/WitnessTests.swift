import AuditCrypto
import AuditSigning
import CanonicalEncoding
import Foundation
import LogBuilding
import MerkleLog
import Testing
import Witness

/// A log that grows, lies and forks, and a witness that remembers.
@Suite struct WitnessTests {
    final class Fixture {
        let folder = FileManager.default.temporaryDirectory.appending(path: "witness-\(UUID().uuidString)").path
        let log: NoteSigner
        let cosigner: Cosigner
        var witness: WitnessFolder { WitnessFolder(path: folder) }

        init() throws {
            log = try NoteSigner(name: "assay.local/ledger/1", key: .generate())
            cosigner = try Cosigner(name: "lab.example/witness", key: .generate())
        }

        deinit { try? FileManager.default.removeItem(atPath: folder) }

        func leaves(_ count: Int, fork: Int? = nil) -> [MerkleHash] {
            (0..<count).map { number in TreeHasher.standard.leaf([UInt8(number), number >= fork ?? .max ? 1 : 0]) }
        }

        func checkpoint(_ leaves: [MerkleHash]) -> String {
            log.sign(
                text: Checkpoint(origin: log.verifierKey.name, size: Int64(leaves.count), rootHash: Self.root(leaves[...])).text)
        }

        /// RFC 6962, section 2.1, from its text.
        static func root(_ leaves: ArraySlice<MerkleHash>) -> MerkleHash {
            if leaves.count <= 1 { return leaves.first ?? TreeHasher.standard.empty }
            var split = 1
            while split * 2 < leaves.count { split *= 2 }
            return TreeHasher.standard.node(root(leaves.prefix(split)), root(leaves.dropFirst(split)))
        }

        /// RFC 6962, section 2.1.2.
        static func proof(_ old: Int, _ leaves: ArraySlice<MerkleHash>, whole: Bool = true) -> [MerkleHash] {
            if old == leaves.count { return whole ? [] : [root(leaves)] }
            var split = 1
            while split * 2 < leaves.count { split *= 2 }
            return old <= split
                ? proof(old, leaves.prefix(split), whole: whole) + [root(leaves.dropFirst(split))]
                : proof(old - split, leaves.dropFirst(split), whole: false) + [root(leaves.prefix(split))]
        }

        func request(_ old: Int, _ leaves: [MerkleHash]) -> String {
            WitnessRequest(
                oldSize: Int64(old), proof: old == 0 ? [] : Self.proof(old, leaves[...]), checkpoint: checkpoint(leaves)
            ).text
        }

        @discardableResult
        func cosign(_ request: String, time: Int64 = 1000) throws -> Cosignature {
            let (_, note) = try witness.cosign(request, by: cosigner, time: time)
            let read = try SignedNote(note: note)
            _ = try Checkpoint.verified(note: read, by: log.verifierKey)
            return try #require(try read.cosignatures(by: [cosigner.verifierKey]).first)
        }

        func refusal(_ request: String) -> WitnessRefusal.Kind? {
            do { try cosign(request) } catch { return (error as? WitnessFolder.Refused)?.refusal.kind }
            return nil
        }
    }

    @Test func growsWithTheLog() throws {
        let fixture = try Fixture()
        #expect(fixture.refusal(fixture.request(0, fixture.leaves(1))) == .unknownLog)
        #expect(try fixture.witness.add(fixture.log.verifierKey))
        #expect(try !fixture.witness.add(fixture.log.verifierKey))
        var last = 0
        for size in [1, 2, 3, 7, 8, 9, 64, 100, 255] {
            #expect(try fixture.cosign(fixture.request(last, fixture.leaves(size)), time: Int64(size)).time == Int64(size))
            last = size
        }
        #expect(try fixture.witness.log(origin: fixture.log.verifierKey.name)?.size == 255)
        // A cosigned checkpoint that was lost can be had again; time does not go back.
        #expect(try fixture.cosign(fixture.request(100, fixture.leaves(255)), time: 3).time == 255)
        #expect(try fixture.witness.evidence().isEmpty)
    }

    @Test func remembersWhatItSaw() throws {
        let fixture = try Fixture()
        _ = try fixture.witness.add(fixture.log.verifierKey)
        try fixture.cosign(fixture.request(0, fixture.leaves(10)))
        #expect(fixture.refusal(fixture.request(0, fixture.leaves(20))) == .otherSize)
        #expect(try fixture.witness.evidence().isEmpty, "an honest mistake is no evidence")
        // Cut short and signed again; another history of the same size; one that goes on from another history.
        #expect(fixture.refusal(fixture.request(5, fixture.leaves(9))) == .rolledBack)
        #expect(fixture.refusal(fixture.request(10, fixture.leaves(10, fork: 9))) == .forked)
        #expect(fixture.refusal(fixture.request(10, fixture.leaves(20, fork: 9))) == .badProof)
        let evidence = try fixture.witness.evidence()
        #expect(evidence.count == 3)
        for folder in evidence {
            for name in ["presented", "cosigned"] {
                let note = try SignedNote(note: String(contentsOfFile: "\(folder)/\(name)", encoding: .utf8))
                _ = try Checkpoint.verified(note: note, by: fixture.log.verifierKey)
            }
        }
        // None of it moved the witness.
        try fixture.cosign(fixture.request(10, fixture.leaves(20)))
        // A log does not change its key.
        let other = try NoteSigner(name: fixture.log.verifierKey.name, key: .generate())
        #expect(throws: WitnessRefusal.self) { try fixture.witness.add(other.verifierKey) }
        let forged = other.sign(text: try SignedNote(note: fixture.checkpoint(fixture.leaves(30))).text)
        #expect(fixture.refusal(WitnessRequest(oldSize: 20, proof: [], checkpoint: forged).text) == .badSignature)
    }

    @Test func requestsAreReadStrictly() throws {
        let fixture = try Fixture()
        let text = fixture.request(5, fixture.leaves(9))
        let read = try WitnessRequest(text: text)
        #expect(read.text == text && read.oldSize == 5 && read.proof.count == 5)
        for wrong in [
            "", "old 5\n", text.replacing("old 5", with: "old 05"), text.replacing("old 5", with: "new 5"), text.replacing("old 5\n", with: ""),
            text.replacing("\n\nassay", with: "\nassay"), "old 5\n" + String(repeating: TreeHasher.standard.empty.base64 + "\n", count: 64) + "\n",
            text.replacing("=\n", with: "\n"),
        ] {
            #expect(throws: (any Error).self) {
                let request = try WitnessRequest(text: wrong)
                _ = try SignedNote(note: request.checkpoint)
            }
        }
    }
}
