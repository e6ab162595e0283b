import AuditCrypto

/// SHA-256 over lines, each with its newline: of samples, what stands for them in the ledger and the verdict.
struct LinesDigest: Sendable {
    private var stream = SHA256Stream()

    mutating func add(_ line: [UInt8]) {
        line.withUnsafeBytes { stream.update($0) }
        withUnsafeBytes(of: UInt8(ascii: "\n")) { stream.update($0) }
    }

    /// Of the lines so far.
    var value: SHA256Digest { stream.digest() }
}
