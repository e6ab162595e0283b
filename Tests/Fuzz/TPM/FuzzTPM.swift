import AuditSigning
import BulkCrypto
import CanonicalEncoding
import FuzzSupport
import LedgerVerification
import MerkleLog
import TPM

/// What a TPM answers, which may be whatever was put in its place, and the files and entries that say which one it is: `a`
/// an attestation; `b` a binding; `c` the file that says where the TPM is; `d` what tpm2_getcap prints; `e` a key, a
/// signature and what was signed, parted by zeros; `f` an entry by which the ledger was bound to another.
@_cdecl("LLVMFuzzerTestOneInput")
package func fuzz(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    var input = FuzzInput(start, count)
    switch input.choice(of: 6) {
    case 0: attestation(input.bytes)
    case 1:
        guard let json = try? StrictJSON.parse(input.bytes), let binding = try? NVCounter.Binding(JSONField(json)) else { return 0 }
        let again = mustSucceed("a binding that was written can be read") { try NVCounter.Binding(JSONField(binding.json)) }
        require(again.json == binding.json && again.name == binding.name && again.keyDigest == binding.keyDigest, "a binding survives")
    case 2:
        guard let place = try? TPMPlace(file: input.bytes) else { return 0 }
        let text = place.transport.text
        require(
            ["device:/", "swtpm:path=/", "swtpm:host=127.0.0.1,port="].contains(where: text.hasPrefix)
                && text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F }, "a TPM is a device, or a trial's")
    case 3:
        guard let text = input.text else { return 0 }
        let handles = TPMTransport.handles(in: text), printed = handles.map { "- 0x" + String($0, radix: 16) + "\n" }.joined()
        require(TPMTransport.handles(in: printed) == handles, "handles survive being printed")
    case 4:
        guard let key = try? P256VerifierKey(pem: String(decoding: input.part(), as: UTF8.self)) else { return 0 }
        _ = key.isValidSignature(input.part(), for: input.bytes)
    default:
        guard let entry = try? LedgerEntry(encoded: input.bytes), let rebinding = try? Rebinding(entry) else { return 0 }
        let details = rebinding.details
        for name in details.keys { require(details[name] == entry.details[name], "what an entry says of a TPM survives") }
    }
    return 0
}

private func attestation(_ bytes: [UInt8]) {
    guard let certified = try? CertifiedCount(attestation: bytes) else { return }
    require(bytes.starts(with: [0xFF, 0x54, 0x43, 0x47, 0x80, 0x14]), "it is an attestation of a counter")
    require(certified.count == bytes.suffix(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }, "the count is its end")
    require((try? CertifiedCount(attestation: bytes.dropLast())) == nil, "none is the beginning of another")
    require((try? CertifiedCount(attestation: bytes + [0])) == nil, "nothing follows one")
    var other = bytes
    other[other.count - 1] ^= 1
    require((try? CertifiedCount(attestation: other))?.count == certified.count ^ 1, "every bit of the count counts")
}
