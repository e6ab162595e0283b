import AuditCrypto
import BulkCrypto
import CanonicalEncoding

/// What a bundle says of the key (section 4.1 of the Model Signing specification): it is not signed.
enum VerificationMaterial: Sendable {
    /// `hint`: what the key's SHA-256 should be. `encoded`: the key itself, as versions before 1.1 wrote it.
    case publicKey(hint: String?, encoded: [UInt8]?)
    /// DER of the leaf.
    case certificate([UInt8])

    private static let maximumKeyText = 16 << 10
    private static let maximumCertificateText = 64 << 10
    private static let maximumChain = 16
    private static let armor = Armor(label: "PUBLIC KEY", lineLength: 64)

    init(_ field: JSONField) throws(JSONFieldError) {
        try field.allow(only: ["publicKey", "x509CertificateChain", "certificate", "tlogEntries", "timestampVerificationData"])
        switch (try field.present("publicKey"), try field.present("x509CertificateChain"), try field.present("certificate")) {
        case (let key?, nil, nil):
            let hint = try key.present("hint")?.string(maxBytes: 1024)
            let encoded = try key.present("rawBytes")?.base64(maxBytes: Self.maximumKeyText)
            self = .publicKey(hint: hint, encoded: encoded)
        case (nil, let chain?, nil):
            guard let leaf = try chain.field("certificates").array(maxCount: Self.maximumChain).first else {
                throw chain.failure("a chain has at least one certificate")
            }
            self = .certificate(try leaf.field("rawBytes").base64(maxBytes: Self.maximumCertificateText))
        case (nil, nil, let certificate?):
            // Nothing in a log is looked at, but a bundle of this kind without an entry is none (section 11.1).
            guard try field.present("tlogEntries")?.array().isEmpty == false else {
                throw field.failure("a single certificate comes with at least one of tlogEntries")
            }
            self = .certificate(try certificate.field("rawBytes").base64(maxBytes: Self.maximumCertificateText))
        default:
            throw field.failure("exactly one of publicKey, x509CertificateChain and certificate was expected")
        }
    }

    /// The key to verify with.
    ///
    /// - Throws: `keyNeeded`, `keyMismatch`, `keyUnsupported` or `certificateMalformed`.
    func signer(given key: P256VerifierKey?) throws(ModelSignatureError) -> (key: P256VerifierKey, signer: ManifestSigner) {
        switch self {
        case .publicKey(let hint, let encoded):
            guard let key else {
                throw ModelSignatureError(
                    .keyNeeded, "the bundle was signed with a bare key" + (hint.map { ", named \($0.debugDescription)" } ?? "")
                        + ", and holds no certificate: give the signer's public key (PEM), from a source that you trust")
            }
            try Self.check(hint: hint, encoded: encoded, against: key)
            return (key, ManifestSigner(key: key, origin: .givenKey))
        case .certificate(let der):
            let certified = try SubjectPublicKey.key(certificate: der)
            guard let key else {
                return (certified, ManifestSigner(key: certified, origin: .unjudgedCertificate(sha256: SHA256Digest.of(der))))
            }
            guard key.der == certified.der else {
                throw ModelSignatureError(
                    .keyMismatch, "the bundle's certificate is for the key \(SHA256Digest.of(certified.der)), not for the one that was given, "
                        + "\(SHA256Digest.of(key.der)) (SHA-256 of SubjectPublicKeyInfo)")
            }
            return (key, ManifestSigner(key: key, origin: .givenKey))
        }
    }

    /// The specification calls the hint "a hex-encoded key fingerprint" and leaves open of what: model-signing takes the
    /// SHA-256 of the PEM text. One of the DER is accepted too, and what has another form is no such fingerprint.
    private static func check(hint: String?, encoded: [UInt8]?, against key: P256VerifierKey) throws(ModelSignatureError) {
        let pem = armor.encode(key.der)
        if let hint, let named = SHA256Digest(hex: hint), named != SHA256Digest.of(Array(pem.utf8)), named != SHA256Digest.of(key.der) {
            throw ModelSignatureError(
                .keyMismatch, "the bundle names the key \(named), which is not the one that was given, \(SHA256Digest.of(Array(pem.utf8))) "
                    + "(SHA-256 of its PEM)")
        }
        if let encoded, encoded != key.der, armor.decode(encoded) != key.der {
            throw ModelSignatureError(
                .keyMismatch, "the bundle holds another public key than the one that was given, \(SHA256Digest.of(key.der)) "
                    + "(SHA-256 of SubjectPublicKeyInfo)")
        }
    }
}
