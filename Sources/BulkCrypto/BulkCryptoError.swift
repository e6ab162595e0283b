import CSodium

/// Why a primitive refused. The callers say where, and what to do.
package enum BulkCryptoError: Error, Hashable, Sendable {
    /// A key, nonce, salt or buffer has not the length that the algorithm asks for.
    case badLength
    /// Wrong key, or changed bytes: authenticated encryption cannot tell which.
    case notAuthentic
    /// The shared secret would be all zeros: the peer's share is a point of low order (RFC 7748, section 6.1).
    case lowOrderPoint
    /// The work factor asks for more memory than is allowed or available.
    case costRefused
    /// The library has no memory for it, or lacks the algorithm.
    case unavailable
}

/// libsodium, started exactly once.
enum Sodium {
    /// -1 would mean that the machine has no usable random source: nothing here can run safely then.
    static let started: Void = precondition(sodium_init() >= 0, "libsodium could not start: no secure random source")

    static func random(_ count: Int) -> [UInt8] {
        started
        return [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            if let start = buffer.baseAddress { randombytes_buf(start, count) }
            filled = count
        }
    }
}
