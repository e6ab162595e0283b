import AuditCrypto
import CanonicalEncoding

/// An Ed25519 public key as TUF metadata holds it (the specification's section 4.2).
package struct PackKey: Hashable, Sendable {
    package let publicKey: Ed25519PublicKey
    /// SHA-256 of the key object's canonical form, in lower-case hexadecimal digits.
    package let id: String
    /// The whole object, members that are not known here included: the id is over all of them.
    package let object: JSONValue

    package init(_ publicKey: Ed25519PublicKey) {
        self.publicKey = publicKey
        let (digest, object) = Self.object(of: publicKey)
        (id, self.object) = (digest, object)
    }

    /// - Parameter file: for messages.
    package init(_ field: JSONField, file: String) throws(PackError) {
        do {
            let type = try field.field("keytype").string(maxBytes: 64), scheme = try field.field("scheme").string(maxBytes: 64)
            guard type == "ed25519", scheme == "ed25519" else {
                throw PackError(
                    .unsupportedKey, "\(field.path) is a key of the type \(shown(type)) and the scheme \(shown(scheme)); only ed25519 is accepted", file: file)
            }
            let text = try field.field("keyval").field("public").string(maxBytes: 128)
            guard let bytes = Hex.decode(text), let key = try? Ed25519PublicKey(bytes: bytes) else {
                throw PackError(.malformed, "\(field.path).keyval.public must be 64 lower-case hexadecimal digits", file: file)
            }
            publicKey = key
            object = field.value
            id = SHA256Digest.of(try OLPCCanonicalJSON.encode(object)).hex
        } catch let error as PackError { throw error } catch let error as JSONError {
            throw PackError(.malformed, "\(field.path): \(error.message)", file: file)
        } catch {
            throw PackError(.malformed, "\(error)", file: file)
        }
    }

    private static func object(of publicKey: Ed25519PublicKey) -> (id: String, object: JSONValue) {
        let object: JSONValue = ["keytype": "ed25519", "keyval": ["public": .string(Hex.encode(publicKey.bytes))], "scheme": "ed25519"]
        // No number is in it, so that it always has a canonical form.
        let bytes = (try? OLPCCanonicalJSON.encode(object)) ?? []
        return (SHA256Digest.of(bytes).hex, object)
    }
}

/// A text from outside as a message may show it: short, and on one line.
func shown(_ text: String, limit: Int = 80) -> String {
    let scalars = text.unicodeScalars.prefix(limit).map { $0.value < 0x20 || (0x7F...0x9F).contains($0.value) || $0.properties.isBidiControl ? "?" : $0 }
    return "\"" + String(String.UnicodeScalarView(scalars)) + (text.unicodeScalars.count > limit ? "..." : "") + "\""
}
