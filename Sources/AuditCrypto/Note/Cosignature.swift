import CanonicalEncoding

/// A key that verifies cosignatures: Ed25519, signature type 0x04 (c2sp.org/tlog-cosignature). Its owner, a witness,
/// says with each that this is the largest tree it has seen of the log, and that it extends all that it saw before.
package struct CosignerKey: Hashable, Sendable {
    private static let type: UInt8 = 0x04

    private let key: NoteVerifierKey

    package var name: String { key.name }
    package var publicKey: Ed25519PublicKey { key.publicKey }
    package var keyHash: UInt32 { key.keyHash }
    package var keyID: [UInt8] { key.keyID }
    package var text: String { key.text }

    package init(name: String, publicKey: Ed25519PublicKey) throws(NoteError) {
        key = try NoteVerifierKey(name: name, publicKey: publicKey, type: Self.type)
    }

    package init(text: String) throws(NoteError) { key = try NoteVerifierKey(text: text, type: Self.type) }

    /// Reads keys, one a line. None may be there twice, under whatever name: it would count twice, as the signed message
    /// does not hold the name.
    package static func list(text: String) throws(NoteError) -> [CosignerKey] {
        var keys: [CosignerKey] = []
        for line in text.utf8Split("\n") where !line.isEmpty { keys.append(try CosignerKey(text: line)) }
        guard Set(keys.map(\.publicKey)).count == keys.count else {
            throw NoteError(.badKey, "a witness's key is given twice: it would count twice")
        }
        return keys
    }

    /// What is signed.
    package static func message(text: String, time: Int64) -> [UInt8] { Array("cosignature/v1\ntime \(time)\n\(text)".utf8) }
}

package struct Cosignature: Hashable, Sendable {
    package let key: CosignerKey
    /// Seconds since 1970-01-01 UTC by the witness's clock.
    package let time: Int64
}

extension SignedNote {
    /// The newest cosignature of each of `keys` that cosigned the text, in the order of `keys`; there may be none.
    ///
    /// One by an unknown key is passed over. One that carries a known key's name and hash but does not verify refuses
    /// the whole note.
    package func cosignatures(by keys: [CosignerKey]) throws(NoteError) -> [Cosignature] {
        var found: [Cosignature] = []
        for key in keys {
            var newest: Int64 = 0
            for line in signatures where line.keyHash == key.keyHash && ExactString(line.name) == ExactString(key.name) {
                let time = line.bytes.prefix(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
                guard line.bytes.count == 72, let seconds = Int64(exactly: time), seconds > 0,
                    key.publicKey.isValidSignature(
                        Array(line.bytes[8...]), for: CosignerKey.message(text: text, time: seconds))
                else {
                    throw NoteError(.badSignature, "the cosignature by '\(key.name)' does not fit the note: one was changed")
                }
                newest = max(newest, seconds)
            }
            if newest > 0 { found.append(Cosignature(key: key, time: newest)) }
        }
        return found
    }
}
