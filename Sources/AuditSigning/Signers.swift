import AuditCrypto
import CanonicalEncoding

extension DSSEEnvelope {
    package static func sign(payload: [UInt8], payloadType: String, with keys: [Ed25519PrivateKey]) -> DSSEEnvelope {
        let message = preAuthenticationEncoding(payloadType: payloadType, payload: payload)
        return DSSEEnvelope(payloadType: payloadType, payload: payload, signatures: keys.map {
            Signature(keyID: $0.publicKey.keyID, bytes: $0.signature(for: message))
        })
    }
}

extension SSHSignature {
    /// Signs as `ssh-keygen -Y sign -n namespace` does. `namespace` must not be empty.
    package init(signing message: [UInt8], namespace: String, with key: Ed25519PrivateKey) {
        let data = Self.signedData(message, namespace: namespace, reserved: [], hashAlgorithm: .sha512)
        self.init(
            publicKey: SSHPublicKey(key.publicKey), namespace: namespace, hashAlgorithm: .sha512, signature: key.signature(for: data))
    }

    /// The text of a `.sig` file, with its last newline.
    package var armored: String {
        var inner = ByteWriter()
        inner.appendSSHString(publicKey.type.utf8)
        inner.appendSSHString(signature)
        if let security {
            inner.append([security.flags])
            inner.append(security.counter, bigEndian: true)
        }
        var writer = ByteWriter()
        writer.append(Self.preamble)
        writer.append(UInt32(1), bigEndian: true)
        for field in [publicKey.blob, Array(namespace.utf8), reserved, Array(hashAlgorithm.rawValue.utf8), inner.bytes] {
            writer.appendSSHString(field)
        }
        return Self.armor.encode(writer.bytes)
    }
}

/// Signs notes under a name.
package struct NoteSigner: Sendable {
    package let verifierKey: NoteVerifierKey
    private let key: Ed25519PrivateKey

    package init(name: String, key: Ed25519PrivateKey) throws(NoteError) {
        verifierKey = try NoteVerifierKey(name: name, publicKey: key.publicKey)
        self.key = key
    }

    /// The whole note. `text` is our own: lines that each end in a newline, without other control characters.
    ///
    /// - Parameter others: who sign it too, in this order.
    package func sign(text: String, with others: [NoteSigner] = []) -> String {
        precondition(SignedNote.isValid(text: text), "a note's text ends in a newline and has no other control characters")
        let message = Array(text.utf8)
        return text + "\n" + ([self] + others).map { signer in
            SignedNote.line(
                name: signer.verifierKey.name, keyID: signer.verifierKey.keyID, signature: signer.key.signature(for: message))
        }.joined()
    }
}

extension SignedNote {
    /// A signature as a note has it, with its newline.
    fileprivate static func line(name: String, keyID: [UInt8], signature: [UInt8]) -> String {
        "\u{2014} \(name) \(Base64.encode(keyID + signature))\n"
    }

    /// The note again, with only those signatures that `isWanted` picks.
    package func note(keeping isWanted: (Signature) -> Bool) -> String {
        text + "\n" + signatures.filter(isWanted).map { signature in
            let keyID = withUnsafeBytes(of: signature.keyHash.bigEndian) { Array($0) }
            return Self.line(name: signature.name, keyID: keyID, signature: signature.bytes)
        }.joined()
    }
}

/// Cosigns checkpoints as a witness (c2sp.org/tlog-cosignature, Ed25519).
package struct Cosigner: Sendable {
    package let verifierKey: CosignerKey
    private let key: Ed25519PrivateKey

    package init(name: String, key: Ed25519PrivateKey) throws(NoteError) {
        verifierKey = try CosignerKey(name: name, publicKey: key.publicKey)
        self.key = key
    }

    /// The line to add to a signed note of `text`, with its newline.
    ///
    /// - Parameter time: seconds since 1970-01-01 UTC; more than 0.
    package func line(text: String, time: Int64) -> String {
        precondition(time > 0, "a cosignature names its time")
        let signature = key.signature(for: CosignerKey.message(text: text, time: time))
        return SignedNote.line(
            name: verifierKey.name, keyID: verifierKey.keyID,
            signature: withUnsafeBytes(of: time.bigEndian) { Array($0) } + signature)
    }
}
