import CZstd
import CanonicalEncoding

/// How much a view tells: the bytes that its canonical JSON comes to when compressed.
///
/// What a lossless code takes is a bound on what its text tells, so the sum over all looks bounds what was told in all;
/// asking for the same in smaller pieces costs more, not less.
package enum Metering {
    static let level: Int32 = 9

    package static func bytes(of view: JSONValue) throws -> Int {
        let text = try CanonicalJSON.encode(view)
        var compressed = [UInt8](repeating: 0, count: ZSTD_compressBound(text.count))
        let count = ZSTD_compress(&compressed, compressed.count, text, text.count, level)
        return ZSTD_isError(count) == 0 ? min(count, text.count) : text.count
    }
}
