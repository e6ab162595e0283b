import AuditCrypto
import CanonicalEncoding
import CommandSupport
import LogBuilding
import MerkleLog

/// A log that a witness watches, with the largest tree of it that the witness cosigned.
package struct WitnessedLog: Hashable, Sendable {
    package private(set) var key: NoteVerifierKey
    /// 0 before the first.
    package private(set) var size: Int64
    package private(set) var root: MerkleHash
    /// The checkpoint of that tree with the log's signature and the witness's; empty before the first.
    package private(set) var note: String
    /// When it was cosigned, in seconds since 1970-01-01 UTC.
    package private(set) var time: Int64

    package init(key: NoteVerifierKey) {
        self.key = key
        (size, root, note, time) = (0, TreeHasher.standard.empty, "", 0)
    }

    /// The checkpoint of a request that this witness may cosign: one that the log signed, and that extends the tree last
    /// cosigned (c2sp.org/tlog-witness, add-checkpoint).
    package func judge(_ request: WitnessRequest) throws(WitnessRefusal) -> Checkpoint {
        let note: SignedNote, checkpoint: Checkpoint
        do {
            note = try SignedNote(note: request.checkpoint)
            checkpoint = try Checkpoint(text: note.text)
        } catch { throw WitnessRefusal(.malformed, "The request's checkpoint cannot be read: \(error)") }
        guard ExactString(checkpoint.origin) == ExactString(key.name) else {
            throw WitnessRefusal(.unknownLog, "This is the log \(key.name), and the checkpoint is of another.")
        }
        do { _ = try note.verified(by: [key]) } catch {
            throw WitnessRefusal(.badSignature, "The log's key did not sign this checkpoint: \(error)")
        }
        // From here on the log itself says what is wrong with it.
        guard checkpoint.size >= size else {
            throw refusal(.rolledBack, "The log shows \(Counted.entries(checkpoint.size)), fewer than the \(size) that were cosigned: an old "
                + "request was sent again, or the log was cut short or put back")
        }
        guard checkpoint.size > size || checkpoint.rootHash == root else {
            throw refusal(.forked, "The log signed another tree of \(Counted.entries(size)) than the one that was cosigned: it was rewritten, or "
                + "shows different histories. The two signed checkpoints prove it")
        }
        guard request.oldSize <= checkpoint.size else {
            throw refusal(.malformed, "The request's proof begins at \(Counted.entries(request.oldSize)), after its checkpoint's \(checkpoint.size)")
        }
        // The very tree that was cosigned needs no proof. (A tlog-witness answers 409 unless the request begins there; here
        // a cosigned checkpoint that was lost on its way can be had again by the same request.)
        if checkpoint.size == size { return checkpoint }
        guard request.oldSize == size else {
            throw refusal(.otherSize, "The request's proof begins at \(Counted.entries(request.oldSize)); \(size) \(size == 1 ? "was" : "were") cosigned last. "
                + "Ask for a request from there")
        }
        do {
            try ConsistencyProof(oldSize: size, newSize: checkpoint.size, hashes: request.proof)
                .verify(oldRoot: root, newRoot: checkpoint.rootHash)
        } catch {
            throw refusal(.badProof, "The log signed \(Counted.entries(checkpoint.size)), and the proof does not show that they extend the \(size) "
                + "that were cosigned: the request was damaged on its way, or the log was rewritten. Ask for it once more "
                + "(\(error.message))")
        }
        return checkpoint
    }

    private func refusal(_ kind: WitnessRefusal.Kind, _ message: String) -> WitnessRefusal {
        WitnessRefusal(kind, message + ".", cosignedSize: size)
    }

    /// The log after `checkpoint`, which `judge` let through, was cosigned as `note`.
    package func cosigned(_ checkpoint: Checkpoint, note: String, time: Int64) -> WitnessedLog {
        var log = self
        (log.size, log.root, log.note, log.time) = (checkpoint.size, checkpoint.rootHash, note, time)
        return log
    }

    /// The log under its next key, which must have signed a checkpoint together with the one before.
    package func succeeded(by next: NoteVerifierKey, note: String) throws(WitnessRefusal) -> WitnessedLog {
        do {
            let note = try SignedNote(note: note), checkpoint = try Checkpoint.verified(note: note, by: [key, next])
            guard try note.verified(by: [key, next]).count == 2 else {
                throw WitnessRefusal(.badSignature, "The checkpoint of \(Counted.entries(checkpoint.size)) is not signed by both keys.")
            }
        } catch let refusal as WitnessRefusal {
            throw refusal
        } catch {
            throw WitnessRefusal(.badSignature, "This is no checkpoint that the log's key and the next one signed: \(error)")
        }
        var log = self
        log.key = next
        return log
    }

    // MARK: Its file

    private static let type = "assay-witnessed-log"

    package func encoded() throws(JSONError) -> [UInt8] {
        try CanonicalJSON.encode([
            "note": .string(note), "root": .string(root.hex), "size": .integer(size), "time": .integer(time),
            "type": .string(Self.type), "v": 1, "vkey": .string(key.text),
        ])
    }

    package init(json: [UInt8]) throws {
        let field = JSONField(try CanonicalJSON.parse(json))
        try field.allow(only: ["note", "root", "size", "time", "type", "v", "vkey"])
        _ = try field.field("v").integer(in: 1...1)
        guard try field.field("type").string() == Self.type else { throw try field.field("type").failure("'\(Self.type)' was expected") }
        guard let root = MerkleHash(hex: try field.field("root").string()) else {
            throw try field.field("root").failure("64 lower-case hexadecimal digits were expected")
        }
        key = try NoteVerifierKey(text: field.field("vkey").string())
        self.root = root
        size = try field.field("size").integer(in: 0...Int64.max)
        time = try field.field("time").integer(in: 0...Int64.max)
        note = try field.field("note").string(maxBytes: 1 << 20)
    }
}
