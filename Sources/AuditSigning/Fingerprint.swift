import AuditCrypto

/// A fingerprint that two people read to each other to check that they hold the same public key.
package enum Fingerprint {
    /// Eight groups of five decimal digits (about 132 bits), from SHA-256("assay-fingerprint-v1\0" || bytes):
    /// each group is a big-endian 32-bit word of the digest, modulo 100,000.
    package static func spoken(of bytes: [UInt8]) -> String {
        let digest = SHA256Digest.of(Array("assay-fingerprint-v1\0".utf8) + bytes).bytes
        let groups = stride(from: 0, to: 32, by: 4).map { start in
            let word = digest[start..<start + 4].reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
            let digits = String(word % 100_000)
            return String(repeating: "0", count: 5 - digits.count) + digits
        }
        return groups.joined(separator: " ")
    }
}
