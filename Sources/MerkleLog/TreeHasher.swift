import AuditCrypto
import CanonicalEncoding

/// The hash of a leaf or of a subtree.
package typealias MerkleHash = SHA256Digest

extension MerkleHash {
    package var base64: String { Base64.encode(bytes) }

    /// Nil unless this is canonical base64 of 32 bytes.
    package init?(base64: String) {
        guard let bytes = Base64.decode(base64) else { return nil }
        self.init(bytes: bytes)
    }
}

/// RFC 6962 section 2.1 tree hashes over a SHA-256 that is handed in, so that a fast one can be used where much is
/// hashed.
package struct TreeHasher: Sendable {
    private let sha256: @Sendable (UInt8, UnsafeRawBufferPointer) -> MerkleHash

    /// - Parameter sha256: the SHA-256 of one byte and the bytes after it.
    package init(sha256: @escaping @Sendable (UInt8, UnsafeRawBufferPointer) -> MerkleHash) { self.sha256 = sha256 }

    /// Over libsodium's SHA-256.
    package static let standard = TreeHasher { prefix, bytes in
        var stream = SHA256Stream()
        withUnsafeBytes(of: prefix) { stream.update($0) }
        stream.update(bytes)
        return stream.digest()
    }

    /// The root of the tree without leaves.
    package var empty: MerkleHash { .of([]) }

    /// The SHA-256 of a message, by the same function.
    package func digest(of message: [UInt8]) -> SHA256Digest { message.withUnsafeBytes { digest(of: $0) } }

    package func digest(of message: UnsafeRawBufferPointer) -> SHA256Digest {
        message.first.map { sha256($0, .init(rebasing: message.dropFirst())) } ?? empty
    }

    package func leaf(_ data: [UInt8]) -> MerkleHash { data.withUnsafeBytes { leaf($0) } }

    package func leaf(_ data: UnsafeRawBufferPointer) -> MerkleHash { sha256(0x00, data) }

    package func node(_ left: MerkleHash, _ right: MerkleHash) -> MerkleHash {
        withUnsafeBytes(of: (left, right)) { sha256(0x01, $0) }
    }
}
