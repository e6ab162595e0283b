import CSodium

/// HMAC-SHA-256 (RFC 2104): a code over a message that only whoever has the key can make or check.
package enum MessageCode {
    package static let keyBytes = 32

    /// 32 bytes.
    package static func code(for message: [UInt8], key: [UInt8]) -> [UInt8] {
        precondition(key.count == keyBytes, "a key of 32 bytes")
        var code = [UInt8](repeating: 0, count: Int(crypto_auth_hmacsha256_BYTES))
        crypto_auth_hmacsha256(&code, message, UInt64(message.count), key)
        return code
    }

    /// Compares the beginning of a code in constant time.
    package static func isValid(_ beginning: some Collection<UInt8>, for message: [UInt8], key: [UInt8]) -> Bool {
        let given = Array(beginning), expected = code(for: message, key: key)
        guard !given.isEmpty, given.count <= expected.count else { return false }
        return sodium_memcmp(given, expected, given.count) == 0
    }
}
