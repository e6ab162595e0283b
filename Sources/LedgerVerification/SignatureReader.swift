import AuditCrypto

/// Reads persons' signatures by the million: one that differs from the one before in its last 64 bytes only, as those of the
/// same key do, needs no reading but of these.
package struct SignatureReader {
    private var last: SSHSignature?
    /// The last one's blob up to the signature itself.
    private var head: ArraySlice<UInt8> = []

    /// The Ed25519 signature at the end of the blob of a key in a file.
    private static let tail = 64

    package init() {}

    package mutating func read(_ armor: [UInt8]) throws(SSHError) -> SSHSignature {
        let blob = try SSHSignature.blob(armor: armor)
        // The lengths of all parts stand in the head.
        if let last, blob.count == head.count + Self.tail, blob.dropLast(Self.tail) == head {
            return SSHSignature(
                publicKey: last.publicKey, namespace: last.namespace, reserved: last.reserved, hashAlgorithm: last.hashAlgorithm,
                signature: Array(blob.suffix(Self.tail)))
        }
        let signature = try SSHSignature(blob: blob)
        last = signature.security == nil && signature.signature.count == Self.tail ? signature : nil
        head = blob.dropLast(Self.tail)
        return signature
    }
}
