import AuditCrypto
import Glibc

/// What a command wrote to one stream: all of it where it is short, else its beginning and its end.
package struct CapturedOutput: Hashable, Sendable {
    /// The first bytes.
    package let head: [UInt8]
    /// The last bytes that are not in `head`.
    package let tail: [UInt8]
    /// How many were written in all.
    package let totalBytes: Int
    /// Of all that were written.
    package let digest: SHA256Digest

    /// How many are in neither.
    package var cutBytes: Int { totalBytes - head.count - tail.count }
    /// What is kept.
    package var bytes: [UInt8] { head + tail }
    /// What is kept, with U+FFFD for what is no UTF-8 and, where something was cut, a line that says how much.
    package var text: String {
        guard cutBytes > 0 else { return String(decoding: bytes, as: UTF8.self) }
        return String(decoding: head, as: UTF8.self) + "\n[... \(cutBytes) bytes left out ...]\n"
            + String(decoding: tail, as: UTF8.self)
    }

    package init(head: [UInt8], tail: [UInt8], totalBytes: Int, digest: SHA256Digest) {
        (self.head, self.tail, self.totalBytes, self.digest) = (head, tail, totalBytes, digest)
    }
}

/// Takes in a stream in bounded memory.
struct OutputCollector {
    private let headLimit: Int
    private let tailLimit: Int
    private var head: [UInt8] = []
    private var tail: [UInt8] = []
    private var stream = SHA256Stream()
    private(set) var totalBytes = 0

    /// - Parameter limit: bytes to keep.
    init(limit: Int) {
        headLimit = limit - limit / 2
        tailLimit = limit / 2
    }

    mutating func take(_ bytes: ArraySlice<UInt8>) {
        bytes.withUnsafeBytes { stream.update($0) }
        totalBytes += bytes.count
        let first = bytes.prefix(headLimit - head.count)
        head += first
        tail += bytes.dropFirst(first.count)
        // Now and then, so that a byte is moved a bounded number of times.
        if tail.count > 2 * tailLimit + 65_536 { tail.removeFirst(tail.count - tailLimit) }
    }

    func captured() -> CapturedOutput {
        CapturedOutput(head: head, tail: Array(tail.suffix(tailLimit)), totalBytes: totalBytes, digest: stream.digest())
    }
}
