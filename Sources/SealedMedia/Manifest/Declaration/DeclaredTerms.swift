import AuditCrypto
import CanonicalEncoding

extension Declaration {
    /// The terms of the engagement under which the lab submits: who may look at what, and how much of it.
    package struct Terms: Hashable, Sendable {
        /// Of the terms in canonical JSON, which is what both sides sign: more signatures make no other terms.
        package let sha256: SHA256Digest
        package let version: Int64

        package init(sha256: SHA256Digest, version: Int64) { (self.sha256, self.version) = (sha256, version) }

        init(_ field: JSONField) throws(JSONFieldError) {
            try field.allow(only: ["sha256", "version"])
            sha256 = try SubmissionManifest.digest(field.field("sha256"))
            version = try field.field("version").integer(in: 1...1 << 53)
        }

        var json: JSONValue { ["sha256": .string(sha256.hex), "version": .integer(version)] }
    }
}
