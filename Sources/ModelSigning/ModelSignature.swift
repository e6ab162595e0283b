import AuditCrypto
import BulkCrypto
import CanonicalEncoding

/// An OpenSSF Model Signing bundle (`model.sig`) as it was read: nothing in it may be believed, nor is what it signs
/// even parsed, before `verify(with:)` has returned it.
///
/// The format is a Sigstore bundle 0.3 (sigstore/protobuf-specs, `sigstore_bundle.proto`) around a DSSE envelope with one
/// signature, of an in-toto statement (ossf/model-signing-spec, `spec/v1.0.md`, sections 4, 8.1 and 8.2).
/// Entries of transparency logs and timestamps may stand beside it and are not read.
package struct ModelSignature: Sendable {
    /// 16 MiB: more is not read.
    package static let maximumBytes = SignatureJSON.limits.maxBytes

    /// Two spellings of one version; `x509CertificateChain` in it is Model Signing's own.
    private static let mediaTypes = ["application/vnd.dev.sigstore.bundle.v0.3+json", "application/vnd.dev.sigstore.bundle+json;version=0.3"]
    private static let payloadType = "application/vnd.in-toto+json"
    /// DER of two 32-byte integers has at most 72 bytes; what other curves need is read, to be refused by its key.
    private static let maximumSignatureText = 1024

    let material: VerificationMaterial
    private let payload: [UInt8]
    private let signature: [UInt8]

    /// - Throws: `tooLarge`, `bundleMalformed` or `bundleUnsupported`.
    package init(bundle: [UInt8]) throws(ModelSignatureError) {
        let root = try SignatureJSON.parse(bundle, "the signature's bundle", else: .bundleMalformed)
        func members<Value>(_ body: () throws(JSONFieldError) -> Value) throws(ModelSignatureError) -> Value {
            try SignatureJSON.members(of: "the signature's bundle", else: .bundleMalformed, body)
        }
        // First, since another version may have other members.
        let mediaType = try members { () throws(JSONFieldError) in try root.field("mediaType").string(maxBytes: 256) }
        guard Self.mediaTypes.contains(where: { ExactString($0) == ExactString(mediaType) }) else {
            throw ModelSignatureError(
                .bundleUnsupported, "the bundle says that it is \(mediaType.debugDescription); only version 0.3 of a Sigstore bundle is read")
        }
        let (envelope, isOther) = try members { () throws(JSONFieldError) in
            try root.allow(only: ["mediaType", "verificationMaterial", "dsseEnvelope", "messageSignature"])
            return (try root.present("dsseEnvelope"), try root.present("messageSignature") != nil)
        }
        guard let envelope, !isOther else {
            throw ModelSignatureError(.bundleUnsupported, "the bundle holds no DSSE envelope, or a message's signature: it is no model's signature")
        }
        let (payloadType, signatures) = try members { () throws(JSONFieldError) in
            (try envelope.field("payloadType").string(maxBytes: 256), try envelope.field("signatures").array(maxCount: 16))
        }
        guard ExactString(payloadType) == ExactString(Self.payloadType) else {
            throw ModelSignatureError(
                .bundleUnsupported, "the envelope holds \(payloadType.debugDescription), not an in-toto statement: it is no model's signature")
        }
        guard signatures.count == 1 else {
            throw ModelSignatureError(.bundleUnsupported, "the envelope has \(signatures.count) signatures; a Sigstore bundle has exactly one")
        }
        // The key's name beside a signature is neither signed nor used (section 4.1 of the specification).
        (payload, signature, material) = try members { () throws(JSONFieldError) in
            (
                try envelope.field("payload").base64(maxBytes: Self.maximumBytes),
                try signatures[0].field("sig").base64(maxBytes: Self.maximumSignatureText),
                try VerificationMaterial(root.field("verificationMaterial"))
            )
        }
    }

    /// What was signed, and by which key, if the signature is good: ECDSA over P-256 with SHA-256, of the envelope's
    /// pre-authentication encoding (DSSE protocol 1.0).
    ///
    /// - Parameter key: the key that must have signed; without it, that of the bundle's leaf certificate, whose chain,
    ///   validity and purpose are **not** judged, as the result's `signer` says.
    /// - Throws: `keyNeeded`, `keyMismatch`, `keyUnsupported` or `certificateMalformed` before the signature is looked
    ///   at; `badSignature`; then, for what was signed, `tooLarge`, `statementMalformed`, `predicateUnsupported`,
    ///   `serializationUnsupported`, `resourceName` or `subjectMismatch`.
    package func verify(with key: P256VerifierKey? = nil) throws(ModelSignatureError) -> SignedManifest {
        let (key, signer) = try material.signer(given: key)
        let message = DSSEEnvelope.preAuthenticationEncoding(payloadType: Self.payloadType, payload: payload)
        guard key.isValidSignature(signature, for: message) else {
            // Version 0.2 signed another encoding, so it comes to this; only the refusal's words are taken from the payload.
            if let statement = try? StrictJSON.parse(payload, limits: SignatureJSON.limits),
                let type = statement["predicateType"]?.string, ExactString(type) == ExactString(ModelStatement.oldPredicateType) {
                throw ModelStatement.unsupported(predicateType: type)
            }
            throw ModelSignatureError(
                .badSignature, "the signature does not fit the statement and the key \(signer.keyFingerprint): one of them was changed, or "
                    + "another key signed; get the file again from its source")
        }
        return SignedManifest(signer: signer, statement: try ModelStatement(payload: payload))
    }

    /// A public key as `openssl pkey -pubout` writes it: one PEM block of SubjectPublicKeyInfo.
    ///
    /// - Throws: `keyMalformed`, or `keyUnsupported` with the kind of any other key than one of P-256.
    package static func key(pem: String) throws(ModelSignatureError) -> P256VerifierKey { try SubjectPublicKey.key(pem: pem) }

    /// The public key of an X.509 certificate in DER, of which nothing else is judged.
    ///
    /// - Throws: `certificateMalformed`, or `keyUnsupported` with the kind of any other key than one of P-256.
    package static func key(certificate der: [UInt8]) throws(ModelSignatureError) -> P256VerifierKey {
        try SubjectPublicKey.key(certificate: der)
    }
}
