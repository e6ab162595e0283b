import AgeFormat
import AuditCrypto
import AuditSigning
import CanonicalEncoding
import FuzzSupport
import SealedMedia

private let fileKey = mustSucceed("16 bytes are a file key") { try FileKey(bytes: [UInt8](repeating: 9, count: 16)) }
private let ledgerKey = mustSucceed("a fixed seed") { try Ed25519PrivateKey(seed: [UInt8](repeating: 1, count: 32)) }
private let appliance = mustSucceed("an appliance's keys") {
    try ApplianceKeys(
        name: "fuzz", recipient: X25519Identity(secret: [UInt8](repeating: 7, count: 32)).recipient.text,
        ledgerKey: NoteVerifierKey(name: "fuzz.example", publicKey: ledgerKey.publicKey), verdictKey: ledgerKey.publicKey)
}

/// What comes with sealed media: the signed statement, a declaration, an appliance's keys, a receipt, and a segment's
/// zstd frames, which are sealed here so that they are looked at.
@_cdecl("LLVMFuzzerTestOneInput")
package func fuzz(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    var input = FuzzInput(start, count)
    switch input.choice(of: 5) {
    case 0:
        guard let manifest = try? SubmissionManifest(statement: input.bytes) else { return 0 }
        let written = mustSucceed("a manifest that was read can be written") { try manifest.statement() }
        let again = mustSucceed("a manifest that was written can be read") { try SubmissionManifest(statement: written) }
        require(again == manifest, "a manifest survives being written")
        for file in manifest.files { require(!file.path.isEmpty && !file.path.utf8.starts(with: [0x2F]), "no path leads out") }
    case 1:
        guard let declaration = try? Declaration(json: input.bytes) else { return 0 }
        require(mustSucceed("a declaration holds") { try declaration.validated() } == declaration, "a declaration survives")
    case 2:
        guard let keys = try? ApplianceKeys(json: input.bytes) else { return 0 }
        let written = mustSucceed("keys that were read can be written") { try keys.canonicalBytes() }
        let again = mustSucceed("keys that were written can be read") { try ApplianceKeys(json: written) }
        require((try? again.fingerprint()) == (try? keys.fingerprint()), "keys survive being written")
    case 3:
        let envelope = DSSEEnvelope.sign(
            payload: input.bytes, payloadType: SubmissionManifest.payloadType, with: [ledgerKey])
        _ = try? SubmissionReceipt.verify(envelope.encoded(), from: appliance)
        _ = try? SubmissionReceipt.verify(input.bytes, from: appliance)
    default: decompress(&input)
    }
    return 0
}

/// A plain size, a transform, then zstd frames: never more comes out than the size that the lab signed.
private func decompress(_ input: inout FuzzInput) {
    let size = 1 + (Int(input.byte()) << 16 | Int(input.byte()) << 8 | Int(input.byte()))
    let transform = MediaTransform.allCases[input.choice(of: MediaTransform.allCases.count)]
    let sink = MemorySink(), frames = input.bytes
    mustSucceed("anything can be sealed") {
        let writer = try AgePayloadWriter(sink: sink, fileKey: fileKey)
        try frames.withUnsafeBytes { try writer.write($0) }
        try writer.finish()
    }
    let segment = MediaSegment(
        MediaPart(path: "segments/000000.zst.age", sealedSize: sink.bytes.count, sealedDigest: .of(sink.bytes)), plainOffset: 0,
        plainSize: size, transform: transform)
    var plain = 0
    try? SegmentDecoder.decode(payload: MemorySource(sink.bytes), fileKey: fileKey, segment: segment) { bytes in
        plain += bytes.count
    }
    require(plain <= size, "\(plain) bytes came out, \(size) were signed for")
}
