import AuditCrypto
import CanonicalEncoding

/// An in-toto statement (in-toto/attestation, `spec/v1/statement.md`) with Model Signing's predicate 1.0
/// (ossf/model-signing-spec, `spec/v1.0.md`, section 5): which files a model has. Whether anybody signed it is not known here.
package struct ModelStatement: Hashable, Sendable {
    /// How files became resources (section 6.3): each whole, or each in ranges of bytes.
    package enum Method: String, Hashable, Sendable { case files, shards }

    package static let type = "https://in-toto.io/Statement/v1"
    package static let predicateType = "https://model_signing/signature/v1.0"
    /// Of the signing package's version 0.2: digests as subjects, and a signature over another encoding than DSSE's.
    static let oldPredicateType = "https://model_signing/Digests/v0.1"
    package static let maximumResources = 65_536
    private static let maximumNameBytes = 4096

    /// The name of the model's folder or file where it was signed: for people only, and of any characters.
    package let modelName: String
    /// SHA-256 of the resources' digests, one after the other in the statement's order (section 6.5.1).
    package let modelDigest: SHA256Digest
    package let method: Method
    /// Paths in the model's folder that were left out when it was signed, `.git` and the like among them.
    package let ignoredPaths: [String]
    /// In the statement's order: the specification's is by code point, model-signing's by the paths' components.
    package let resources: [SignedResource]

    /// Members that are not known are passed over, as in-toto and the predicate ask for.
    ///
    /// - Throws: `tooLarge`, `statementMalformed`, `predicateUnsupported`, `serializationUnsupported`, `resourceName` or
    ///   `subjectMismatch`.
    package init(payload: [UInt8]) throws(ModelSignatureError) {
        let root = try SignatureJSON.parse(payload, "the signed statement", else: .statementMalformed)
        func members<Value>(_ body: () throws(JSONFieldError) -> Value) throws(ModelSignatureError) -> Value {
            try SignatureJSON.members(of: "the signed statement", else: .statementMalformed, body)
        }
        let predicateType = try members { () throws(JSONFieldError) in
            let type = try root.field("_type")
            guard ExactString(try type.string(maxBytes: 256)) == ExactString(Self.type) else { throw type.failure("\(Self.type) was expected") }
            return try root.field("predicateType").string(maxBytes: 256)
        }
        guard ExactString(predicateType) == ExactString(Self.predicateType) else { throw Self.unsupported(predicateType: predicateType) }
        let subject: SHA256Digest
        (modelName, subject) = try members { () throws(JSONFieldError) in
            let subjects = try root.field("subject").array(maxCount: Self.maximumResources)
            guard subjects.count == 1 else { throw root.failure("\(subjects.count) subjects; exactly one was expected, the model") }
            let name = try subjects[0].field("name"), digest = try subjects[0].field("digest").field("sha256")
            guard !(try name.string(maxBytes: Self.maximumNameBytes)).isEmpty else { throw name.failure("the model has no name") }
            guard let sha256 = SHA256Digest(hex: try digest.string()) else { throw digest.failure("64 lower-case hexadecimal digits were expected") }
            return (try name.string(maxBytes: Self.maximumNameBytes), sha256)
        }
        let predicate = try members { () throws(JSONFieldError) in try root.field("predicate") }
        let (method, hashType, ignoredPaths) = try members { () throws(JSONFieldError) in
            let serialization = try predicate.field("serialization")
            return (
                try serialization.field("method").string(maxBytes: 64), try serialization.field("hash_type").string(maxBytes: 64),
                try Self.strings(serialization.present("ignore_paths"))
            )
        }
        guard let method = Method(rawValue: method) else {
            throw ModelSignatureError(
                .serializationUnsupported, "the files were listed by the method \(method.debugDescription); only \"files\" and \"shards\" are known")
        }
        (self.method, self.ignoredPaths) = (method, ignoredPaths)
        let entries = try members { () throws(JSONFieldError) in
            let resources = try predicate.field("resources"), entries = try resources.array(maxCount: Self.maximumResources)
            guard !entries.isEmpty else { throw resources.failure("a model has at least one file") }
            return try entries.map { entry throws(JSONFieldError) in try SignedResource.Entry(entry, hashType: method == .files ? hashType : nil) }
        }
        resources = try SignedResource.resources(entries, method: method, modelName: modelName)
        modelDigest = SHA256Digest.of(Array(entries.map(\.digest).joined()))
        guard modelDigest == subject else {
            throw ModelSignatureError(
                .subjectMismatch, "the statement is about a model with the digest \(subject), but its resources have \(modelDigest): whoever "
                    + "signed it made it wrongly")
        }
    }

    static func unsupported(predicateType: String) -> ModelSignatureError {
        let isOld = ExactString(predicateType) == ExactString(oldPredicateType)
        return ModelSignatureError(
            .predicateUnsupported, "the statement is of the kind \(predicateType.debugDescription); only \(Self.predicateType) is read"
                + (isOld ? ": it was made by version 0.2 of model-signing, sign the model again with 1.0 or later" : ""))
    }

    private static func strings(_ field: JSONField?) throws(JSONFieldError) -> [String] {
        try field?.array(maxCount: maximumResources).map { entry throws(JSONFieldError) in try entry.string(maxBytes: maximumNameBytes) } ?? []
    }
}
