import AuditCrypto
import AuditSigning
import CanonicalEncoding

/// An author's key in two files: the private half under a passphrase, the public half as TUF metadata holds it.
package enum PackKeyFile {
    private static let purpose = "assay-pack signing key v1"
    /// The most bytes of either.
    package static let maximumBytes = 64 << 10

    package static func seal(_ key: Ed25519PrivateKey, passphrase: [UInt8], cost: PassphraseBox.Cost) throws(CryptoError) -> [UInt8] {
        var seed = key.seed
        defer { SecretBytes.wipe(&seed) }
        return try PassphraseBox.seal(seed, passphrase: passphrase, purpose: purpose, cost: cost)
    }

    package static func open(_ file: [UInt8], passphrase: [UInt8]) throws(CryptoError) -> Ed25519PrivateKey {
        var seed = try PassphraseBox.open(file, passphrase: passphrase, purpose: purpose)
        defer { SecretBytes.wipe(&seed) }
        return try Ed25519PrivateKey(seed: seed)
    }

    package static func publicBytes(_ key: Ed25519PublicKey) throws(PackError) -> [UInt8] {
        do { return try CanonicalJSON.encode(PackKey(key).object) } catch { throw PackError(.badKeyFile, error.message) }
    }

    /// - Parameter name: for messages.
    package static func readPublic(_ bytes: [UInt8], name: String) throws(PackError) -> PackKey {
        let value: JSONValue
        do { value = try StrictJSON.parse(bytes, limits: JSONLimits(maxBytes: maximumBytes, maxDepth: 4, maxValues: 64)) } catch {
            throw PackError(.badKeyFile, "not a public key as pack keygen writes it: \(error)", file: name)
        }
        return try PackKey(JSONField(value), file: name)
    }
}
