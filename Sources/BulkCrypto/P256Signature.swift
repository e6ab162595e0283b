import Crypto

/// ECDSA over P-256 with SHA-256 (FIPS 186-4), as a TPM and OpenSSF Model Signing sign: for verifying only.
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

    /// The same of DER (SubjectPublicKeyInfo); `pem` is then the PEM of it.
    package init(der: [UInt8]) throws(BulkCryptoError) {
        guard let key = try? P256.Signing.PublicKey(derRepresentation: der) else { throw .badLength }
        (pem, self.der) = (key.pemRepresentation, Array(key.derRepresentation))
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
