import AgeFormat
import FuzzSupport

private let secret = [UInt8](repeating: 7, count: 32)
private let x25519 = mustSucceed("32 bytes are a key") { try X25519Identity(secret: secret) }
private let hybrid = mustSucceed("32 bytes are a seed") { try HybridIdentity(seed: secret) }
/// A file may ask for 2 to the power of this, so that no input costs seconds.
private let passphrase = mustSucceed("a passphrase") { try ScryptPassphrase("fuzz", workFactor: 4, maximumWorkFactor: 6) }
private let fileKey = mustSucceed("16 bytes are a file key") { try FileKey(bytes: [UInt8](repeating: 9, count: 16)) }

/// Age files: binary and armored, whole; a payload whose chunks the harness seals; keys' texts.
@_cdecl("LLVMFuzzerTestOneInput")
package func fuzz(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    var input = FuzzInput(start, count)
    switch input.choice(of: 4) {
    case 0: open(MemorySource(input.rest))
    case 1: open(ArmoredSource(MemorySource(input.rest)))
    case 2: sealed(&input)
    default:
        guard let text = input.text else { return 0 }
        _ = try? AgeRecipients.parse(text)
        if let identity = try? X25519Identity(text: text) {
            require(identity.text.utf8.elementsEqual(text.utf8), "an identity has one text")
        }
        _ = try? HybridIdentity(text: text)
    }
    return 0
}

private func open(_ source: any SequentialSource) {
    guard let reader = try? AgeReader(source: source, identities: [x25519, hybrid, passphrase]) else { return }
    while let chunk = try? reader.next() { require(chunk.count <= AgeStream.chunkBytes, "a chunk has at most 64 KiB") }
}

/// A payload sealed over the input, then changed: it opens to what was sealed, or not at all.
private func sealed(_ input: inout FuzzInput) {
    let place = Int(input.byte()) << 8 | Int(input.byte()), change = input.byte(), cut = Int(input.byte())
    let repetitions = Int(input.byte()) << 2
    let plain = Array(repeatElement(input.bytes, count: 1 + repetitions).joined())
    let sink = MemorySink()
    mustSucceed("anything can be sealed") {
        let writer = try AgePayloadWriter(sink: sink, fileKey: fileKey)
        try plain.withUnsafeBytes { try writer.write($0) }
        try writer.finish()
    }
    require(AgeStream.sealedCount(ofPlain: plain.count) == sink.bytes.count, "a payload's size is known beforehand")
    var bytes = Array(sink.bytes.dropLast(cut))
    if !bytes.isEmpty { bytes[place % bytes.count] ^= change }
    var opened: [UInt8] = []
    do {
        let reader = try AgePayloadReader(source: MemorySource(bytes), fileKey: fileKey)
        while let chunk = try reader.next() { chunk.withBytes { opened += $0 } }
        require(bytes == sink.bytes && opened == plain, "only what was sealed opens")
    } catch {
        require(bytes != sink.bytes, "what was sealed opens: \(error)")
        require(plain.starts(with: opened), "what came out before the fault was sealed")
    }
}
