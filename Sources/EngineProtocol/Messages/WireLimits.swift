import CanonicalEncoding

/// Bounds on what a message may hold. They are far above what an evaluation sends.
package enum WireLimits {
    /// Bytes of JSON in one frame.
    package static let frameBytes = 16 << 20
    /// Descriptors with one frame (the kernel allows 253).
    package static let descriptors = 200
    /// Bytes in one text.
    package static let textBytes = 8 << 20
    /// Tokens in one array.
    package static let tokens = 1 << 20
    /// Items, prompts or texts in one batch.
    package static let batch = 4096
    /// Largest integer that RFC 8785 carries exactly.
    package static let integer = (1 << 53) - 1
    /// Largest token id.
    package static let tokenID = Int(Int32.max)
    static let json = JSONLimits(maxBytes: frameBytes, maxDepth: 16, maxValues: 4_000_000)
}
