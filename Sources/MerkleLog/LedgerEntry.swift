import AuditCrypto
import CanonicalEncoding

/// One entry of the ledger: who did what to which things, and when. Its canonical bytes (RFC 8785) are a
/// leaf of the Merkle tree, and each entry names the leaf hash of the one before.
package struct LedgerEntry: Hashable, Sendable {
    /// A thing that the entry speaks of, by digest: never its content.
    package struct Subject: Hashable, Sendable {
        package let name: String
        package let sha256: SHA256Digest

        package init(name: String, sha256: SHA256Digest) {
            self.name = name
            self.sha256 = sha256
        }
    }

    /// The request that a person signed: the digest of its bytes, and the signature (PROTOCOL.sshsig, armored).
    package struct Request: Hashable, Sendable {
        package let sha256: SHA256Digest
        package let sshsig: String

        package init(sha256: SHA256Digest, sshsig: String) {
            self.sha256 = sha256
            self.sshsig = sshsig
        }
    }

    /// The entry's place, from 0.
    package let sequence: Int64
    /// Seconds since 1970-01-01 UTC by the appliance's clock; never before the previous entry's.
    package let time: Int64
    /// RFC 6962 leaf hash of the entry before; all zeros in the first.
    package let previous: SHA256Digest
    /// A person's name from the roster, or `appliance`.
    package let actor: String
    /// A word of the ledger's closed vocabulary, such as `inspect.tensors`.
    package let action: String
    package let subjects: [Subject]
    /// Counts, digests and words of closed vocabularies; never a submission's own text.
    package let details: JSONObject
    package let request: Request?

    package init(
        sequence: Int64, time: Int64, previous: SHA256Digest, actor: String, action: String,
        subjects: [Subject] = [], details: JSONObject = [:], request: Request? = nil
    ) {
        self.sequence = sequence
        self.time = time
        self.previous = previous
        self.actor = actor
        self.action = action
        self.subjects = subjects
        self.details = details
        self.request = request
    }

    /// The largest entry that is written or read: what an entry bundle can hold.
    package static let maxBytes = 65_535

    /// Reads a leaf's bytes.
    ///
    /// - Throws: `JSONError` when the bytes are not canonical JSON, `JSONFieldError` when a field is missing,
    ///   unknown or of the wrong form.
    package init(encoded bytes: [UInt8]) throws {
        let limits = JSONLimits(maxBytes: Self.maxBytes, maxDepth: 16, maxValues: 100_000)
        let field = JSONField(try CanonicalJSON.parse(bytes, limits: limits))
        try field.allow(only: ["action", "actor", "details", "previous", "request", "sequence", "subjects", "time", "v"])
        _ = try field.field("v").integer(in: 1...1)
        sequence = try field.field("sequence").integer()
        time = try field.field("time").integer()
        previous = try Self.digest(field.field("previous"))
        actor = try field.field("actor").string(maxBytes: 128)
        action = try field.field("action").string(maxBytes: 64)
        details = try field.field("details").object()
        subjects = try field.field("subjects").array().map { subject in
            try subject.allow(only: ["name", "sha256"])
            return Subject(
                name: try subject.field("name").string(maxBytes: 512), sha256: try Self.digest(subject.field("sha256")))
        }
        request = try field.optional("request").map { request in
            try request.allow(only: ["sha256", "sshsig"])
            return Request(
                sha256: try Self.digest(request.field("sha256")), sshsig: try request.field("sshsig").string())
        }
    }

    private static func digest(_ field: JSONField) throws(JSONFieldError) -> SHA256Digest {
        guard let digest = SHA256Digest(hex: try field.string(maxBytes: 64)) else {
            throw field.failure("64 lower-case hexadecimal digits were expected")
        }
        return digest
    }
}
