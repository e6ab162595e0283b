import AuditCrypto
import CanonicalEncoding
import CommandSupport
import LedgerVerification
import LogBuilding
import MerkleLog

/// A log that goes on from a backup: shorter than what the witness cosigned, and not a rollback where two persons at the
/// appliance declared exactly that lost, and the witness was told.
package struct RestoredLog: Sendable {
    /// The entry `appliance.restored`, as the log holds it.
    package let entry: LedgerEntry
    package let restoration: Restoration
    /// The tree that the log has now, which holds the entry.
    package let checkpoint: Checkpoint
    /// Signed by the log's key.
    package let note: String
    private let bytes: [UInt8]
    private let proof: TLogProof

    /// - Parameters:
    ///   - bytes: the entry.
    ///   - proof: that it is in the log: a tlog-proof.
    package init(entry bytes: [UInt8], proof text: String) throws(WitnessRefusal) {
        self.bytes = bytes
        do {
            entry = try LedgerEntry(encoded: bytes)
            guard entry.action == LedgerAction.restored.rawValue else {
                throw WitnessRefusal(.malformed, "Entry \(entry.sequence) says '\(entry.action)', and not that the log was restored from a backup.")
            }
            restoration = try Restoration(entry)
            proof = try TLogProof(text: text)
            note = proof.checkpoint
            checkpoint = try Checkpoint(text: SignedNote(note: note).text)
        } catch let refusal as WitnessRefusal { throw refusal } catch {
            throw WitnessRefusal(.malformed, "This is no entry with its proof, as assay ledger prove writes them: \(error)")
        }
    }

    /// Whether `log` may go on from here: its key signed the tree, the entry is in it, and names the very tree that was
    /// cosigned last as lost.
    package func judge(_ log: WitnessedLog) throws(WitnessRefusal) -> WitnessedLog {
        do {
            _ = try Checkpoint.verified(note: SignedNote(note: note), by: log.key)
        } catch { throw WitnessRefusal(.badSignature, "The log's key did not sign the proof's checkpoint: \(error)") }
        do {
            guard proof.index == entry.sequence else { throw MerkleError(.outOfRange, "it is of entry \(proof.index)") }
            try InclusionProof(index: proof.index, size: checkpoint.size, hashes: proof.hashes)
                .verify(leafHash: TreeHasher.standard.leaf(bytes), root: checkpoint.rootHash)
        } catch { throw WitnessRefusal(.malformed, "The proof does not show that the log holds the entry: \(error)") }
        guard restoration.declaresLost(log.size, log.root) else {
            throw WitnessRefusal(
                .notDeclared, "Entry \(entry.sequence) does not name the tree of \(Counted.entries(log.size)) that was cosigned last as lost. Bring "
                    + "the appliance's keepers the checkpoint that you cosigned: they give it to assay restore confirm with --kept. If "
                    + "they have confirmed without it, both checkpoints stay evidence.", cosignedSize: log.size)
        }
        return log.cosigned(checkpoint, note: note, time: log.time)
    }

    /// What is kept of it, by file.
    var files: [(name: String, bytes: [UInt8])] {
        [("entry.json", bytes), ("proof.tlog-proof", Array(proof.text.utf8)), ("checkpoint", Array(note.utf8))]
    }
}

extension WitnessFolder {
    /// Goes on from a log that was restored from a backup. What was cosigned before is kept in `superseded/`, with the entry.
    ///
    /// - Returns: the log as it is watched from now on, and the folder.
    package func accept(_ restored: RestoredLog) throws -> (log: WitnessedLog, kept: String) {
        try locked {
            guard let log = try log(origin: restored.checkpoint.origin) else {
                throw WitnessRefusal(.unknownLog, "This witness does not watch that log.")
            }
            let next = try restored.judge(log)
            let folder = "\(path)/superseded/\(log.size)-\(log.root.hex.prefix(16))"
            try Files.makeFolder(folder, mode: 0o700)
            for file in restored.files + [("cosigned", Array(log.note.utf8))] { try Files.write(file.bytes, to: "\(folder)/\(file.name)") }
            try Files.write(next.encoded(), to: file(of: log.key.name), mode: 0o600)
            return (next, folder)
        }
    }
}
