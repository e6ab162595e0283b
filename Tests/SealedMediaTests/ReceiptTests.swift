import AgeFormat
import AuditCrypto
import AuditSigning
import CanonicalEncoding
import Foundation
import SealedMedia
import TestTools
import Testing

@Suite("receipts and public files")
struct ReceiptTests {
    let bench: Bench

    init() throws { bench = try Bench() }

    @Test func receipts() throws {
        try bench.sealSmall()
        let submission = try bench.open()
        let checkpoint = try NoteSigner(name: "assay.local/ledger/test", key: bench.ledgerKey).sign(
            text: "assay.local/ledger/test\n1\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n")
        let receipt = SubmissionReceipt(
            .takenIn, submission.manifest, id: submission.submissionID, lab: submission.signer.keyID, appliance: bench.keys.name, ledgerSequence: 7, checkpoint: checkpoint,
            time: "2030-01-31T12:00:00Z")
        let file = try receipt.signed(by: bench.verdictKey).encoded()
        #expect(try SubmissionReceipt.verify(file, from: bench.keys) == receipt)
        #expect(receipt.subjects.count == 5)

        func refused(_ file: [UInt8]) -> Bool {
            do {
                _ = try SubmissionReceipt.verify(file, from: bench.keys)
                return false
            } catch { return error.code == .receipt }
        }
        // Of the same submission, another thing.
        let certificate = SubmissionReceipt(
            .destroyed, submission.manifest, id: submission.submissionID, lab: submission.signer.keyID, appliance: bench.keys.name,
            ledgerSequence: 9, checkpoint: checkpoint, time: "2030-02-28T12:00:00Z")
        let read = try SubmissionReceipt.verify(certificate.signed(by: bench.verdictKey).encoded(), from: bench.keys)
        #expect(read == certificate && read.event == .destroyed)
        #expect(refused([]))
        #expect(refused(try receipt.signed(by: .generate()).encoded()))
        #expect(refused(DSSEEnvelope.sign(
            payload: try receipt.statement(), payloadType: "text/plain", with: [bench.verdictKey]).encoded()))
        // The lab's own manifest, signed by the right key, is not a receipt.
        #expect(refused(DSSEEnvelope.sign(
            payload: Array(try bench.statement().utf8), payloadType: SubmissionManifest.payloadType,
            with: [bench.verdictKey]).encoded()))
        let forged = SubmissionReceipt(
            .takenIn, submission.manifest, id: submission.submissionID, lab: submission.signer.keyID, appliance: bench.keys.name, ledgerSequence: 7,
            checkpoint: checkpoint.replacingOccurrences(of: "\n1\n", with: "\n2\n"), time: "2030-01-31T12:00:00Z")
        #expect(refused(try forged.signed(by: bench.verdictKey).encoded()))
    }

    /// `assay-lab receipt --checkpoint`, the program: the checkpoint to keep, byte for byte.
    @Test func theCheckpointIsKept() throws {
        try bench.sealSmall()
        let note = try NoteSigner(name: "assay.local/ledger/test", key: bench.ledgerKey).sign(
            text: "assay.local/ledger/test\n1\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n")
        func write(_ name: String, _ event: SubmissionReceipt.Event = .takenIn, checkpoint: String?) throws {
            let submission = try bench.open()
            let receipt = SubmissionReceipt(
                event, submission.manifest, id: submission.submissionID, lab: submission.signer.keyID, appliance: bench.keys.name, ledgerSequence: 7, checkpoint: checkpoint, time: "2030-01-31T12:00:00Z")
            try bench.write(receipt.signed(by: bench.verdictKey).encoded(), name)
        }
        try write("receipt.json", checkpoint: note)
        try write("without.json", checkpoint: nil)
        try write("certificate.json", .destroyed, checkpoint: note)
        try bench.write(bench.keys.canonicalBytes(), "appliance.json")
        try bench.write(Array(bench.lab.publicKey.pem.utf8), "lab.pub.pem")
        func run(_ arguments: String...) throws -> Int32 {
            try BuiltProgram("assay-lab").run(arguments + ["--home", "home", "--json"], in: bench.folder).status
        }
        #expect(try run("trust-appliance", "appliance.json", "--fingerprint", bench.keys.fingerprint()) == 0)
        #expect(try run("receipt", "receipt.json", "--checkpoint", "kept") == 0)
        #expect(try bench.read("kept") == Array(note.utf8))
        #expect(try run("receipt", "certificate.json", "--media", "media", "--lab", "lab.pub.pem") == 0)
        #expect(try run("receipt", "without.json", "--checkpoint", "none") == 1)
        #expect(!FileManager.default.fileExists(atPath: bench.path("none")))
        #expect(try run("receipt", "receipt.json", "--checkpoint", "nowhere/kept") == 73)
    }

    @Test func applianceFiles() throws {
        let bytes = try bench.keys.canonicalBytes()
        let again = try ApplianceKeys(json: bytes)
        #expect(try again.canonicalBytes() == bytes)
        #expect(try again.fingerprint() == Fingerprint.spoken(of: bytes))
        // White space in the file does not change what is read aloud.
        let spaced = String(decoding: bytes, as: UTF8.self).replacingOccurrences(of: ",\"", with: ",\n  \"")
        #expect(try ApplianceKeys(json: Array(spaced.utf8)).fingerprint() == again.fingerprint())
        for (from, to) in [
            ("age1", "age2"), ("PUBLIC KEY", "PRIVATE KEY"), ("\"v\":1", "\"v\":2"), ("\"name\"", "\"nome\""),
        ] {
            let text = String(decoding: bytes, as: UTF8.self).replacingOccurrences(of: from, with: to)
            #expect { try ApplianceKeys(json: Array(text.utf8)) } throws: {
                ($0 as? MediaError)?.code == .applianceKeys
            }
        }
    }

    @Test func timestamps() {
        #expect(MediaTime.text(secondsSince1970: 0) == "1970-01-01T00:00:00Z")
        #expect(MediaTime.text(secondsSince1970: 1_709_210_096) == "2024-02-29T12:34:56Z")
        #expect(MediaTime.isValid("2024-02-29T23:59:59Z"))
        for text in ["2023-02-29T00:00:00Z", "2024-13-01T00:00:00Z", "2024-01-01T24:00:00Z", "2024-01-01 00:00:00Z", ""] {
            #expect(!MediaTime.isValid(text))
        }
    }
}
