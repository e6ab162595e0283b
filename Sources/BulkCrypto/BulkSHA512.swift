import Crypto

/// SHA-512 (FIPS 180-4), for digests that others' formats state beside SHA-256.
package struct BulkSHA512: Sendable {
    private var state = SHA512()

    package init() {}

    package mutating func update(_ bytes: UnsafeRawBufferPointer) {
        guard !bytes.isEmpty else { return }
        state.update(bufferPointer: bytes)
    }

    /// 64 bytes.
    package consuming func finalize() -> [UInt8] { Array(state.finalize()) }
}
