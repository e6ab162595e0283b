import AuditCrypto
import CanonicalEncoding

/// The text of a checkpoint: a log's name, its size and its root (c2sp.org/tlog-checkpoint). What a log signs as a
/// note.
package struct Checkpoint: Hashable, Sendable {
    package let origin: String
    package let size: Int64
    package let rootHash: MerkleHash
    /// Lines after the root, opaque; usually none.
    package let extensions: [String]

    package init(origin: String, size: Int64, rootHash: MerkleHash, extensions: [String] = []) {
        self.origin = origin
        self.size = size
        self.rootHash = rootHash
        self.extensions = extensions
    }

    /// The note's text, each line with its newline.
    package var text: String {
        ([origin, String(size), rootHash.base64] + extensions).map { $0 + "\n" }.joined()
    }

    package init(text: String) throws(MerkleError) {
        let lines = try text.utf8Lines { MerkleError(.badCheckpoint, $0) }
        guard lines.count >= 3, lines.allSatisfy({ !$0.isEmpty }) else {
            throw MerkleError(.badCheckpoint, "a checkpoint has three lines or more, none empty: origin, size, root")
        }
        guard let size = Int64(canonicalDecimal: lines[1]) else {
            throw MerkleError(.badCheckpoint, "line 2: the tree size is not a decimal number without leading zeros")
        }
        guard let rootHash = MerkleHash(base64: lines[2]) else {
            throw MerkleError(.badCheckpoint, "line 3: the root is not base64 of 32 bytes")
        }
        self.init(origin: lines[0], size: size, rootHash: rootHash, extensions: Array(lines[3...]))
    }

    /// Reads a checkpoint that the log of `key` signed; the origin must be the key's name. Other signatures on the
    /// note are passed over.
    package static func verified(note: SignedNote, by key: NoteVerifierKey) throws -> Checkpoint {
        try verified(note: note, by: [key])
    }

    /// The same of a log that had several keys.
    package static func verified(note: SignedNote, by keys: [NoteVerifierKey]) throws -> Checkpoint {
        let signers = try note.verified(by: keys)
        let checkpoint = try Checkpoint(text: note.text)
        for key in signers where ExactString(checkpoint.origin) != ExactString(key.name) {
            throw MerkleError(.badCheckpoint, "the checkpoint is of '\(checkpoint.origin)', signed by '\(key.name)'")
        }
        return checkpoint
    }
}

extension String {
    /// The lines of a text in which every line, the last too, ends in a newline.
    package func utf8Lines<Failure>(_ failure: (String) -> Failure) throws(Failure) -> [String] {
        guard utf8.last == UInt8(ascii: "\n") else { throw failure("the last line does not end in a newline") }
        return utf8Split("\n").dropLast()
    }
}

extension Int64 {
    /// ASCII digits without sign or leading zeros.
    package init?(canonicalDecimal text: String) {
        guard let value = Int64(text), ExactString(String(value)) == ExactString(text), value >= 0 else { return nil }
        self = value
    }
}
