import AuditCrypto
import BulkCrypto
import CanonicalEncoding

/// A file's length and digests as metadata states them.
package struct FileReference: Hashable, Sendable {
    package let length: Int
    package let sha256: SHA256Digest
    /// 64 bytes, where stated.
    package let sha512: [UInt8]?

    package init(length: Int, sha256: SHA256Digest, sha512: [UInt8]? = nil) {
        (self.length, self.sha256, self.sha512) = (length, sha256, sha512)
    }

    /// Reads `length` and `hashes`. Both must be there, with SHA-256 among the hashes; hashes of unknown names are passed over.
    init(_ field: JSONField, maximumLength: Int, file: String) throws(PackError) {
        do {
            length = Int(try field.field("length").integer(in: 0...Int64(maximumLength)))
            let hashes = try field.field("hashes")
            guard let digest = SHA256Digest(hex: try hashes.field("sha256").string(maxBytes: 128)) else {
                throw hashes.failure("\"sha256\" must be 64 lower-case hexadecimal digits")
            }
            sha256 = digest
            sha512 = try hashes.optional("sha512").map { field throws(JSONFieldError) in
                guard let bytes = Hex.decode(try field.string(maxBytes: 256)), bytes.count == 64 else {
                    throw field.failure("128 lower-case hexadecimal digits were expected")
                }
                return bytes
            }
        } catch { throw PackError(.malformed, "\(error)", file: file) }
    }

    package init(of bytes: [UInt8]) { self.init(length: bytes.count, sha256: SHA256Digest.of(bytes)) }

    /// How metadata states it.
    package var json: JSONObject {
        var hashes: JSONObject = ["sha256": .string(sha256.hex)]
        if let sha512 { hashes["sha512"] = .string(Hex.encode(sha512)) }
        return ["hashes": .object(hashes), "length": .integer(Int64(length))]
    }

    /// What `bytes` differ in; nil where they are those meant.
    func difference(of bytes: [UInt8]) -> String? {
        guard bytes.count == length else { return "\(bytes.count) bytes, and \(length) are stated" }
        var digests = FileDigests()
        bytes.withUnsafeBytes { digests.update($0) }
        return difference(of: digests.finish())
    }

    /// The same by digests, of a file of the right length.
    func difference(of digests: (sha256: [UInt8], sha512: [UInt8])) -> String? {
        guard digests.sha256 == sha256.bytes else { return "its SHA-256 is \(Hex.encode(digests.sha256)), and \(sha256.hex) is stated" }
        guard sha512 == nil || digests.sha512 == sha512 else { return "its SHA-512 is not the one stated" }
        return nil
    }
}

/// Both digests of a file that is read in pieces.
struct FileDigests {
    private var (sha256, sha512) = (BulkSHA256(), BulkSHA512())

    mutating func update(_ bytes: UnsafeRawBufferPointer) {
        sha256.update(bytes)
        sha512.update(bytes)
    }

    consuming func finish() -> (sha256: [UInt8], sha512: [UInt8]) { (sha256.finalize(), sha512.finalize()) }
}
