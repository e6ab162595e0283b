import CSodium
import CanonicalEncoding

/// libsodium, started exactly once, before the first use that needs it.
package enum Sodium {
    /// -1 would mean that the machine has no usable random source: nothing here can run safely then.
    package static let started: Void = precondition(sodium_init() >= 0, "libsodium found no secure random source")
}

/// A SHA-256 digest (FIPS 180-4).
package struct SHA256Digest: Hashable, Sendable, CustomStringConvertible {
    /// The 32 bytes in place: trees and ledgers hold many digests.
    private var words: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)

    /// 32 bytes.
    package var bytes: [UInt8] { withUnsafeBytes { Array($0) } }

    package func withUnsafeBytes<Result, Failure>(
        _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try Swift.withUnsafeBytes(of: words, body)
    }

    /// Lower case, 64 characters.
    package var hex: String { Hex.encode(bytes) }
    package var description: String { hex }

    /// Nil unless there are exactly 32 bytes.
    package init?(bytes: [UInt8]) {
        guard bytes.count == 32 else { return nil }
        self.init { $0.update(from: bytes, count: 32) }
    }

    /// Nil unless this is 64 lower-case hexadecimal digits.
    package init?(hex: String) {
        guard let bytes = Hex.decode(hex) else { return nil }
        self.init(bytes: bytes)
    }

    /// - Parameter write: writes the 32 bytes, which are zeros before.
    package init(write: (UnsafeMutablePointer<UInt8>) -> Void) {
        withUnsafeMutableBytes(of: &words) { words in
            if let start = words.bindMemory(to: UInt8.self).baseAddress { write(start) }
        }
    }

    package static func of(_ message: [UInt8]) -> SHA256Digest {
        SHA256Digest { digest in
            crypto_hash_sha256(digest, message, UInt64(message.count))
        }
    }

    package static func == (one: SHA256Digest, other: SHA256Digest) -> Bool { one.words == other.words }

    package func hash(into hasher: inout Hasher) { withUnsafeBytes { hasher.combine(bytes: $0) } }
}
