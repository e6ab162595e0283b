import COpenSSL

/// SHA-256 (FIPS 180-4) of a long file, whose state can be kept between blocks and taken up again: OpenSSL's.
package struct ResumableSHA256: Sendable {
    package static let blockBytes = 64
    private nonisolated(unsafe) var context = SHA256_CTX()

    package init() { SHA256_Init(&context) }

    /// Continues where a state was kept.
    ///
    /// - Parameters:
    ///   - state: the eight words of FIPS 180-4, section 6.2.2, big-endian.
    ///   - count: the bytes hashed so far, whole blocks.
    package init(state: [UInt8], count: Int) throws(BulkCryptoError) {
        guard state.count == 32, count >= 0, count.isMultiple(of: Self.blockBytes) else { throw .badLength }
        self.init()
        withUnsafeMutableBytes(of: &context.h) { words in
            for index in 0..<8 {
                let word = state[4 * index..<4 * index + 4].reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
                words.storeBytes(of: word, toByteOffset: 4 * index, as: UInt32.self)
            }
        }
        let bits = UInt64(count) * 8
        (context.Nl, context.Nh) = (UInt32(truncatingIfNeeded: bits), UInt32(bits >> 32))
    }

    package mutating func update(_ bytes: UnsafeRawBufferPointer) {
        guard let start = bytes.baseAddress else { return }
        SHA256_Update(&context, start, bytes.count)
    }

    /// Nil within a block.
    package var state: [UInt8]? {
        guard context.num == 0 else { return nil }
        return withUnsafeBytes(of: context.h) { words in
            (0..<8).flatMap { index in
                let word = words.load(fromByteOffset: 4 * index, as: UInt32.self)
                return [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: word >> $0) }
            }
        }
    }

    /// 32 bytes.
    package consuming func finalize() -> [UInt8] {
        var digest = [UInt8](repeating: 0, count: 32)
        SHA256_Final(&digest, &context)
        return digest
    }
}
