import AuditCrypto
import AuditSigning
import CanonicalEncoding
import CommandSupport
import Foundation
import Ledger
import LocalAPI
import MerkleLog

/// The checkpoints that witnesses cosigned, each in a file named after its size: the ledger's signature, then those of
/// the trusted witnesses.
struct CosignedCheckpoints: Sendable {
    struct Kept: Sendable {
        let note: String
        let checkpoint: Checkpoint
        let cosignatures: [Cosignature]
    }

    let folder: String
    let ledger: LedgerKeys
    let witnesses: [CosignerKey]

    private func file(_ size: Int64) -> String { "\(folder)/\(size)" }

    /// All of them, smallest first. One that is not what it must be is an error: nothing else writes there.
    func all() throws -> [Kept] {
        let names = Files.exists(folder) ? try FileManager.default.contentsOfDirectory(atPath: folder) : []
        return try names.compactMap { Int64($0) }.sorted().compactMap { try kept(size: $0) }
    }

    func kept(size: Int64) throws -> Kept? {
        guard Files.exists(file(size)) else { return nil }
        let bytes = try Files.read(file(size), maxBytes: 1 << 20)
        do {
            let kept = try read(String(decoding: bytes, as: UTF8.self))
            guard kept.checkpoint.size == size else { throw MerkleError(.badCheckpoint, "it is of \(Counted.entries(kept.checkpoint.size))") }
            return kept
        } catch {
            throw DamagedFile(
                failure: LocalFailure(
                    code: "witness.kept-changed", message: "\(file(size)) is not the cosigned checkpoint that was kept there: \(error)",
                    advice: "Bring the file that assay-witness cosign wrote again, in its place, or restore it from a backup."),
                subject: .init(name: "note", sha256: .of(bytes)))
        }
    }

    /// Reads a note that the ledger signed and trusted witnesses cosigned, one or more.
    func read(_ text: String) throws -> Kept {
        let note = try SignedNote(note: text)
        let checkpoint = try Checkpoint.verified(note: note, by: key(of: Checkpoint(text: note.text)))
        return Kept(note: text, checkpoint: checkpoint, cosignatures: try note.cosignatures(by: witnesses))
    }

    /// Keeps a note, with what is kept of its size already.
    ///
    /// - Returns: the cosignatures that are new, or newer than the one kept.
    func keep(_ new: Kept) throws -> [Cosignature] {
        let old = try kept(size: new.checkpoint.size)
        let added = new.cosignatures.filter { cosignature in
            !(old?.cosignatures ?? []).contains { $0.key == cosignature.key && $0.time >= cosignature.time }
        }
        guard !added.isEmpty else { return [] }
        let (fresh, ledger) = (Set(added.map(\.key)), key(of: new.checkpoint))
        var note = try SignedNote(note: new.note).note { signature in
            isOf(signature, ledger.name, ledger.keyHash) || fresh.contains { isOf(signature, $0.name, $0.keyHash) }
        }
        if let old {
            let older = try SignedNote(note: old.note)
            let rest = witnesses.filter { !fresh.contains($0) }
            note += older.note { signature in rest.contains { isOf(signature, $0.name, $0.keyHash) } }
                .dropFirst(older.text.count + 1)
        }
        try Files.makeFolder(folder, mode: 0o700)
        try Files.write(Array(note.utf8), to: file(new.checkpoint.size), mode: 0o600)
        return added
    }

    /// The ledger's key when it had that size.
    private func key(of checkpoint: Checkpoint) -> NoteVerifierKey { ledger.ledgerKey(size: checkpoint.size) }

    private func isOf(_ signature: SignedNote.Signature, _ name: String, _ keyHash: UInt32) -> Bool {
        signature.keyHash == keyHash && ExactString(signature.name) == ExactString(name)
    }
}
