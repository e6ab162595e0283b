import AuditCrypto

/// Stable: refusals and messages refer to these words.
package enum ModelSignatureErrorCode: String, Sendable, CaseIterable {
    /// No acceptable JSON, or not the members that a bundle has.
    case bundleMalformed = "model-signature.bundle-malformed"
    /// More bytes, levels or values than are read.
    case tooLarge = "model-signature.too-large"
    /// A bundle of another version, or around something other than one signed in-toto statement.
    case bundleUnsupported = "model-signature.bundle-unsupported"
    /// Not one public key in PEM.
    case keyMalformed = "model-signature.key-malformed"
    /// A key of a kind that is not supported: only P-256 is.
    case keyUnsupported = "model-signature.key-unsupported"
    /// The bundle has no certificate, and no key was given.
    case keyNeeded = "model-signature.key-needed"
    /// The bundle names another key, or holds another one's certificate, than was given.
    case keyMismatch = "model-signature.key-mismatch"
    /// Not DER of an X.509 certificate.
    case certificateMalformed = "model-signature.certificate-malformed"
    /// The signature is not this key's over this payload: one of the three was changed.
    case badSignature = "model-signature.bad-signature"
    /// What was signed is no in-toto statement with this predicate's members.
    case statementMalformed = "model-signature.statement-malformed"
    /// What was signed is a statement of something else, or of an older version.
    case predicateUnsupported = "model-signature.predicate-unsupported"
    /// The files were listed by a method that is not known.
    case serializationUnsupported = "model-signature.serialization-unsupported"
    /// A resource's name is no path inside the model's folder, or stands twice.
    case resourceName = "model-signature.resource-name"
    /// The subject's digest is not that of the resources.
    case subjectMismatch = "model-signature.subject-mismatch"
}

/// Why a model's signature was refused.
package typealias ModelSignatureError = CodedError<ModelSignatureErrorCode>
