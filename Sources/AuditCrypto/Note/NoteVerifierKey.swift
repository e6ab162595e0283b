import CanonicalEncoding

package enum NoteErrorCode: String, Sendable {
    case badKey = "note.bad-key"
    case badName = "note.bad-name"
    case malformed = "note.malformed"
    case unknownSigner = "note.unknown-signer"
    case badSignature = "note.bad-signature"
}

package typealias NoteError = CodedError<NoteErrorCode>

/// A key that verifies signed notes: Ed25519, signature type 0x01 (c2sp.org/signed-note).
package struct NoteVerifierKey: Hashable, Sendable {
    private static let ed25519Type: UInt8 = 0x01

    private let exactName: ExactString
    package let publicKey: Ed25519PublicKey
    /// What its signatures are over: 0x01 the note's text; another type's are not `SignedNote.verified`'s matter.
    private let type: UInt8
    /// The first four bytes, big-endian, of SHA-256(name || 0x0A || type || key).
    package let keyHash: UInt32

    package var name: String { exactName.string }

    package init(name: String, publicKey: Ed25519PublicKey) throws(NoteError) {
        try self.init(name: name, publicKey: publicKey, type: Self.ed25519Type)
    }

    init(name: String, publicKey: Ed25519PublicKey, type: UInt8) throws(NoteError) {
        guard Self.isValid(name: name) else {
            throw NoteError(.badName, "a note key's name must not be empty or hold spaces, '+' or control characters")
        }
        exactName = ExactString(name)
        (self.publicKey, self.type) = (publicKey, type)
        let digest = SHA256Digest.of(Array(name.utf8) + [0x0A, type] + publicKey.bytes)
        keyHash = digest.bytes.prefix(4).reduce(0) { $0 << 8 | UInt32($1) }
    }

    /// Reads `<name>+<8 hexadecimal digits>+<base64 of 0x01 || key>`; one newline may follow.
    package init(text: String) throws(NoteError) { try self.init(text: text, type: Self.ed25519Type) }

    init(text: String, type: UInt8) throws(NoteError) {
        let line = text.utf8.last == UInt8(ascii: "\n") ? String(text.unicodeScalars.dropLast()) : text
        // At most two splits: base64 has '+' in its alphabet.
        let parts = line.utf8Split("+", maxSplits: 2)
        guard parts.count == 3, let hash = Hex.decode(parts[1]), let data = Base64.decode(parts[2]),
            data.first == type, let key = try? Ed25519PublicKey(bytes: Array(data[1...]))
        else {
            throw NoteError(.badKey, "an Ed25519 verifier key of type \(type) reads <name>+<8 hexadecimal digits>+<base64>")
        }
        try self.init(name: parts[0], publicKey: key, type: type)
        guard hash == keyID else {
            throw NoteError(.badKey, "the key hash \(parts[1]) does not belong to the name and key: the line was changed")
        }
    }

    /// Reads the keys that a log had through its life, one a line, at least one: all of one name.
    package static func list(text: String) throws(NoteError) -> [NoteVerifierKey] {
        var keys: [NoteVerifierKey] = []
        for line in text.utf8Split("\n") where !line.isEmpty { keys.append(try NoteVerifierKey(text: line)) }
        guard let first = keys.first, keys.allSatisfy({ $0.exactName == first.exactName }) else {
            throw NoteError(.badKey, "the verifier keys of one log were expected, one a line, all of the same name")
        }
        return keys
    }

    package var text: String {
        "\(name)+\(Hex.encode(keyID))+\(Base64.encode([type] + publicKey.bytes))"
    }

    /// `keyHash` as it stands in a signature.
    package var keyID: [UInt8] { withUnsafeBytes(of: keyHash.bigEndian) { Array($0) } }

    static func isValid(name: String) -> Bool {
        !name.isEmpty && name.unicodeScalars.allSatisfy { $0 != "+" && $0.value >= 0x20 && !$0.properties.isWhitespace }
    }
}
