import AuditCrypto
import AuditSigning
import CanonicalEncoding

/// Metadata that is being written: what is signed, and who has signed it so far.
struct SignedFile {
    var signed: JSONObject
    var signatures: [(keyID: String, signature: String)] = []

    /// The members that all roles have.
    init(role: Role, version: Int64, expires: Timestamp, members: JSONObject) {
        signed = members
        signed["_type"] = .string(role.rawValue)
        signed["expires"] = .string(expires.rfc3339)
        signed["spec_version"] = "1.0.31"
        signed["version"] = .integer(version)
    }

    init(_ metadata: UnverifiedMetadata) {
        signed = metadata.signed.value.object ?? [:]
        signatures = metadata.signatures.compactMap { signature in signature.bytes.map { (signature.keyID, Hex.encode($0)) } }
    }

    /// Signs, in place of what this key signed before.
    mutating func sign(with key: Ed25519PrivateKey) throws(PackError) {
        let id = PackKey(key.publicKey).id
        signatures.removeAll { $0.keyID == id }
        signatures.append((id, Hex.encode(key.signature(for: try canonical()))))
        signatures.sort { $0.keyID < $1.keyID }
    }

    private func canonical() throws(PackError) -> [UInt8] {
        do { return try OLPCCanonicalJSON.encode(.object(signed)) } catch { throw PackError(.malformed, error.message) }
    }

    /// The file's bytes: canonical JSON (RFC 8785), of which each byte counts.
    func bytes() throws(PackError) -> [UInt8] {
        let signatures = signatures.map { JSONValue.object(["keyid": .string($0.keyID), "sig": .string($0.signature)]) }
        do { return try CanonicalJSON.encode(["signatures": .array(signatures), "signed": .object(signed)]) } catch {
            throw PackError(.malformed, error.message)
        }
    }
}
