import AuditCrypto
import CanonicalEncoding

/// What a model was made from: the base model, and the adapters that changed it.
extension Declaration {
    /// The model that this one was made from.
    package struct Base: Hashable, Sendable {
        package let name: String
        /// Lower-case SHA-256 of its weight file, where it is known.
        package let sha256: String?

        package init(name: String, sha256: String?) {
            self.name = name
            self.sha256 = sha256
        }

        init(_ field: JSONField) throws(JSONFieldError) {
            try field.allow(only: ["name", "sha256"])
            sha256 = try field.optional("sha256").map { digest throws(JSONFieldError) in try SubmissionManifest.digest(digest).hex }
            name = try Declaration.text(field.field("name"), maxBytes: 128)
        }

        var json: JSONValue {
            var object: JSONObject = ["name": .string(name)]
            if let sha256 { object["sha256"] = .string(sha256) }
            return .object(object)
        }
    }

    /// An adapter (LoRA and its like) that was merged into the weights, or comes with them.
    package struct Adapter: Hashable, Sendable {
        static let maximumCount = 16

        package let name: String
        /// Of its weight file, where it is known.
        package let sha256: SHA256Digest?

        package init(name: String, sha256: SHA256Digest?) { (self.name, self.sha256) = (name, sha256) }

        init(_ field: JSONField) throws(JSONFieldError) {
            try field.allow(only: ["name", "sha256"])
            name = try Declaration.text(field.field("name"), maxBytes: 128)
            sha256 = try field.optional("sha256").map(SubmissionManifest.digest)
        }

        var json: JSONValue {
            var object: JSONObject = ["name": .string(name)]
            if let sha256 { object["sha256"] = .string(sha256.hex) }
            return .object(object)
        }
    }
}
