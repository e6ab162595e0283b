import AuditCrypto
import BulkCrypto

/// SubjectPublicKeyInfo (RFC 5280, section 4.1.2.7): of which kind a key is, and the key if it is one of P-256.
enum SubjectPublicKey {
    private static let maximumPEM = 16 << 10
    private static let armor = Armor(label: "PUBLIC KEY", lineLength: 64)

    /// Object identifiers as DER's contents, of algorithms (RFC 8410, RFC 8017, RFC 5480) and of curves.
    private static let ellipticCurve: [UInt8] = [0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x02, 0x01]
    private static let p256: [UInt8] = [0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x03, 0x01, 0x07]
    private static let names: [[UInt8]: String] = [
        [0x2B, 0x65, 0x70]: "Ed25519", [0x2B, 0x65, 0x71]: "Ed448", [0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x01, 0x01]: "RSA",
        [0x2B, 0x81, 0x04, 0x00, 0x22]: "P-384", [0x2B, 0x81, 0x04, 0x00, 0x23]: "P-521", [0x2B, 0x81, 0x04, 0x00, 0x0A]: "secp256k1",
    ]

    /// - Throws: `keyMalformed` or `keyUnsupported`.
    static func key(pem: String) throws(ModelSignatureError) -> P256VerifierKey {
        guard pem.utf8.count <= maximumPEM, let der = armor.decode(pem) else {
            throw ModelSignatureError(
                .keyMalformed, "this is not one PEM block '-----BEGIN PUBLIC KEY-----'; certificates, private keys and text around the block are "
                    + "refused (openssl pkey -pubout writes a key's public half)")
        }
        return try key(der: der, else: .keyMalformed)
    }

    /// The key of an X.509 certificate. Nothing else in it is looked at: neither its issuer's signature, nor its validity,
    /// nor what it may be used for.
    ///
    /// - Throws: `certificateMalformed` or `keyUnsupported`.
    static func key(certificate der: [UInt8]) throws(ModelSignatureError) -> P256VerifierKey {
        guard let info = info(certificate: der) else {
            throw ModelSignatureError(.certificateMalformed, "the bundle's leaf certificate is not DER of an X.509 certificate (RFC 5280)")
        }
        return try key(der: info, else: .certificateMalformed)
    }

    private static func key(der: [UInt8], else code: ModelSignatureErrorCode) throws(ModelSignatureError) -> P256VerifierKey {
        guard let kind = kind(der) else { throw ModelSignatureError(code, "the public key is not DER of a SubjectPublicKeyInfo (RFC 5280)") }
        guard kind == p256 else {
            throw ModelSignatureError(
                .keyUnsupported, "the key is \(names[kind].map { "one of \($0)" } ?? "of an unknown kind"); only keys of P-256 are supported: "
                    + "sign the model with one (openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256)")
        }
        do { return try P256VerifierKey(der: der) } catch { throw ModelSignatureError(code, "the public key is no point of P-256") }
    }

    /// The curve's identifier where the algorithm is of elliptic curves, else the algorithm's; nil for what is no such structure.
    private static func kind(_ der: [UInt8]) -> [UInt8]? {
        var file = DERReader(der[...])
        guard var info = file.sequence(), file.isAtEnd, var algorithm = info.sequence(), info.next(.bitString) != nil, info.isAtEnd,
            let identifier = algorithm.next(.objectIdentifier)
        else { return nil }
        guard Array(identifier.contents) == ellipticCurve else { return Array(identifier.contents) }
        return algorithm.next(.objectIdentifier).map { Array($0.contents) }
    }

    private static func info(certificate der: [UInt8]) -> [UInt8]? {
        var file = DERReader(der[...])
        guard var certificate = file.sequence(), file.isAtEnd, var signed = certificate.sequence(), certificate.next(.sequence) != nil,
            certificate.next(.bitString) != nil, certificate.isAtEnd
        else { return nil }
        // The version, which the first has not; then serial number, algorithm, issuer, validity and subject.
        _ = signed.next(.version)
        guard signed.next(.integer) != nil, signed.next(.sequence) != nil, signed.next(.sequence) != nil, signed.next(.sequence) != nil,
            signed.next(.sequence) != nil, let info = signed.next(.sequence)
        else { return nil }
        return Array(info.encoded)
    }
}
