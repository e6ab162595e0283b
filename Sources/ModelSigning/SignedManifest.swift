import AuditCrypto
import BulkCrypto

/// Whose key signed a manifest.
package struct ManifestSigner: Hashable, Sendable, CustomStringConvertible {
    package enum Origin: Hashable, Sendable {
        /// The caller gave it, and knows whose it is.
        case givenKey
        /// The bundle's own leaf certificate, of which this is the SHA-256 (of its DER). Who issued it, for whom, for how
        /// long and for what was **not** judged: anybody can make such a certificate.
        case unjudgedCertificate(sha256: SHA256Digest)
    }

    /// SHA-256 of the key's SubjectPublicKeyInfo (DER), as `openssl pkey -pubin -outform DER | sha256sum` gives it.
    package let keyFingerprint: SHA256Digest
    package let origin: Origin

    init(key: P256VerifierKey, origin: Origin) {
        (keyFingerprint, self.origin) = (SHA256Digest.of(key.der), origin)
    }

    package var description: String {
        switch origin {
        case .givenKey: "the given key \(keyFingerprint)"
        case .unjudgedCertificate(let sha256):
            "the key \(keyFingerprint) of the bundle's own certificate \(sha256), whose chain, validity and purpose were not judged"
        }
    }
}

/// The list of a model's files, after its signature was found good.
package struct SignedManifest: Hashable, Sendable {
    package let signer: ManifestSigner
    package let statement: ModelStatement

    /// Only `ModelSignature.verify(with:)` makes one.
    init(signer: ManifestSigner, statement: ModelStatement) {
        (self.signer, self.statement) = (signer, statement)
    }

    package var resources: [SignedResource] { statement.resources }

    /// The signed files against those that there are.
    ///
    /// - Parameter files: each path once, relative to the model's folder; names without a folder are looked for in all of
    ///   the signed ones. The bundle itself, which no signature covers, is for the caller to leave out.
    package func compare(files: [(path: String, sha256: SHA256Digest)]) -> FileComparison {
        FileComparison(resources: resources, files: files)
    }
}
