import CSodium

/// SHA-256 of bytes that come in pieces, for files too large to hold.
package struct SHA256Stream {
    private var state = crypto_hash_sha256_state()

    package init() { crypto_hash_sha256_init(&state) }

    package mutating func update(_ bytes: UnsafeRawBufferPointer) {
        guard let start = bytes.bindMemory(to: UInt8.self).baseAddress else { return }
        crypto_hash_sha256_update(&state, start, UInt64(bytes.count))
    }

    /// The digest of everything so far; the stream itself can go on.
    package func digest() -> SHA256Digest {
        var state = state
        return SHA256Digest { crypto_hash_sha256_final(&state, $0) }
    }
}
