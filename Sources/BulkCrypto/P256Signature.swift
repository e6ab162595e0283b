import Crypto

/// ECDSA over P-256 with SHA-256 (FIPS 186-4), as a TPM signs: for verifying only.
package struct P256VerifierKey: Hashable, Sendable {
    /// The public key as PEM (SubjectPublicKeyInfo).
    package let pem: String
    /// The same as DER, which has one form.
    package let der: [UInt8]

    /// Throws `badLength` for what is no P-256 public key.
    package init(pem: String) throws(BulkCryptoError) {
        self.pem = pem
        der = Array(try Self.key(pem).derRepresentation)
    }

    /// - Parameter signature: DER.
    package func isValidSignature(_ signature: [UInt8], for message: [UInt8]) -> Bool {
        guard let key = try? Self.key(pem), let signature = try? P256.Signing.ECDSASignature(derRepresentation: signature) else { return false }
        return key.isValidSignature(signature, for: message)
    }

    private static func key(_ pem: String) throws(BulkCryptoError) -> P256.Signing.PublicKey {
        do { return try P256.Signing.PublicKey(pemRepresentation: pem) } catch { throw .badLength }
    }
}
