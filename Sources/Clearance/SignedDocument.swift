import AuditCrypto
import CanonicalEncoding

/// A kind of document that comes to the appliance signed (DSSE): its JSON `type`, and the envelope's payload type.
package struct SignedDocument: Hashable, Sendable {
    package let type: String
    package let payloadType: String
    private static let limits = JSONLimits(maxBytes: 1 << 20, maxDepth: 8, maxValues: 20_000)

    /// The document's fields. `members` are those besides `type` and `v`.
    func root(_ json: [UInt8], members: [String]) throws -> JSONField {
        let root = JSONField(try StrictJSON.parse(json, limits: Self.limits))
        try root.allow(only: members + ["type", "v"])
        guard ExactString(try root.field("type").string()) == ExactString(type) else {
            throw try root.field("type").failure("'\(type)' was expected")
        }
        _ = try root.field("v").integer(in: 1...1)
        return root
    }

    func encoded(_ members: JSONObject) throws -> [UInt8] {
        var root = members
        (root["type"], root["v"]) = (.string(type), 1)
        return try CanonicalJSON.encode(.object(root))
    }

    /// What an envelope holds and which of `keys` signed it, at least one.
    package func payload(of envelope: [UInt8], by keys: [Ed25519PublicKey]) throws -> (bytes: [UInt8], signers: [Ed25519PublicKey]) {
        let envelope = try DSSEEnvelope(json: envelope)
        guard ExactString(envelope.payloadType) == ExactString(payloadType) else {
            throw DSSEError(.malformed, "the envelope holds '\(envelope.payloadType.prefix(64))', not '\(payloadType)'")
        }
        let verified = try envelope.verified(by: keys)
        return (verified.payload, verified.signers)
    }
}

