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
    package func sign(text: String) -> String {
        precondition(SignedNote.isValid(text: text), "a note's text ends in a newline and has no other control characters")
        let signature = verifierKey.keyID + key.signature(for: Array(text.utf8))
        return "\(text)\n\u{2014} \(verifierKey.name) \(Base64.encode(signature))\n"
    }
}
