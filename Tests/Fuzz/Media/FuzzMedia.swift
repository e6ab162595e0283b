import AgeFormat
import AuditCrypto
import AuditSigning
import CanonicalEncoding
import FuzzSupport
import SealedMedia

private let ledgerKey = mustSucceed("a fixed seed") { try Ed25519PrivateKey(seed: [UInt8](repeating: 1, count: 32)) }
private let appliance = mustSucceed("an appliance's keys") {
    try ApplianceKeys(
        name: "fuzz", recipient: X25519Identity(secret: [UInt8](repeating: 7, count: 32)).recipient.text,
        ledgerKey: NoteVerifierKey(name: "fuzz.example", publicKey: ledgerKey.publicKey), verdictKey: ledgerKey.publicKey)
}

/// What comes with sealed media, besides the signed statement and the segments: a declaration, an appliance's keys, a receipt.
@_cdecl("LLVMFuzzerTestOneInput")
package func fuzz(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    var input = FuzzInput(start, count)
    switch input.choice(of: 3) {
    case 0:
        guard let declaration = try? Declaration(json: input.bytes) else { return 0 }
        require(mustSucceed("a declaration holds") { try declaration.validated() } == declaration, "a declaration survives")
    case 1:
        guard let keys = try? ApplianceKeys(json: input.bytes) else { return 0 }
        let written = mustSucceed("keys that were read can be written") { try keys.canonicalBytes() }
        let again = mustSucceed("keys that were written can be read") { try ApplianceKeys(json: written) }
        require((try? again.fingerprint()) == (try? keys.fingerprint()), "keys survive being written")
    default:
        let envelope = DSSEEnvelope.sign(
            payload: input.bytes, payloadType: SubmissionManifest.payloadType, with: [ledgerKey])
        _ = try? SubmissionReceipt.verify(envelope.encoded(), from: appliance)
        _ = try? SubmissionReceipt.verify(input.bytes, from: appliance)
    }
    return 0
}
