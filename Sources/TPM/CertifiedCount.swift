import CanonicalEncoding

/// What a TPM says of a counter when it certifies it: a TPMS_ATTEST of type TPM_ST_ATTEST_NV (TPM 2.0 Library, part 2,
/// 10.12.12 and 10.12.8). Nothing in it may be believed before the signature over the whole has been verified.
package struct CertifiedCount: Hashable, Sendable {
    /// What the question brought along, so that an old answer is none.
    package let nonce: [UInt8]
    /// The name of the index: its hash algorithm, and the hash over its public area.
    package let indexName: [UInt8]
    package let count: UInt64

    private static let magic: UInt32 = 0xFF54_4347
    private static let attestNV: UInt16 = 0x8014

    package init(attestation: [UInt8]) throws(TPMError) {
        do {
            var reader = ByteReader(attestation)
            func sized() throws(ByteReaderError) -> [UInt8] { Array(try reader.bytes(Int(reader.uint16(bigEndian: true)))) }
            guard try reader.uint32(bigEndian: true) == Self.magic, try reader.uint16(bigEndian: true) == Self.attestNV else {
                throw TPMError(.otherTPM, "the TPM's attestation is of something else than a counter")
            }
            _ = try sized()
            nonce = try sized()
            // Clock, resets, restarts, whether that clock is safe; the firmware's version.
            _ = try reader.bytes(8 + 4 + 4 + 1 + 8)
            indexName = try sized()
            let offset = try reader.uint16(bigEndian: true), contents = try sized()
            guard offset == 0, contents.count == 8, reader.remaining == 0 else {
                throw TPMError(.otherTPM, "the TPM's attestation does not hold one counter of 8 bytes")
            }
            count = contents.reduce(0) { $0 << 8 | UInt64($1) }
        } catch let error as TPMError {
            throw error
        } catch {
            throw TPMError(.otherTPM, "the TPM's attestation is cut short: \(error)")
        }
    }
}
