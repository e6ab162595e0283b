import AuditCrypto
import FuzzSupport
import SealedMedia

/// A segment's zstd frames, in planes or not: as they come, and as frames whose blocks have the sizes that they should. All that the lab signed for comes out, or it is refused, and never more.
@_cdecl("LLVMFuzzerTestOneInput")
package func fuzz(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    var input = FuzzInput(start, count)
    let isBuilt = input.choice(of: 2) == 1
    let transform = MediaTransform.allCases[input.choice(of: MediaTransform.allCases.count)]
    // Up to 64 KiB; to 4 MiB, more than one block of planes.
    let size = 1 + (Int(input.byte()) << 8 | Int(input.byte())) << (input.byte() & 0xC0 == 0xC0 ? 6 : 0)
    let cut = Int(input.byte())
    var frames: [UInt8] = []
    if isBuilt { while !input.rest.isEmpty { frames += frame(&input) } } else { frames = input.bytes }
    let segment = MediaSegment(
        MediaPart(path: "segments/000000.zst.age", sealedSize: 1, sealedDigest: SHA256Digest.of([])), plainOffset: 0, plainSize: size,
        transform: transform)
    var plain = 0
    do {
        let decoder = try FrameDecoder(segment)
        // In two pieces, as where a chunk of age's ends.
        try frames.withUnsafeBytes { bytes in
            let cut = min(cut, bytes.count)
            for piece in [bytes[..<cut], bytes[cut...]] { try decoder.write(UnsafeRawBufferPointer(rebasing: piece)) { plain += $0.count } }
        }
        try decoder.finish { plain += $0.count }
        require(plain == size, "\(plain) bytes came out, \(size) were signed for")
    } catch let error as MediaError {
        require(plain <= size, "\(plain) bytes came out, \(size) were signed for")
        require([.compression, .decompressionSize].contains(error.code) && error.file == segment.path, "a refusal says what is wrong where")
    } catch {
        require(false, "a refusal is a MediaError: \(error)")
    }
    return 0
}

/// A frame (RFC 8878, section 3.1.1) without checksum or size, of blocks whose types and contents the input gives.
private func frame(_ input: inout FuzzInput) -> [UInt8] {
    // Of a window of 128 KiB or less, for which memory is had sooner.
    var frame: [UInt8] = [0x28, 0xb5, 0x2f, 0xfd, 0x00, input.byte() & 0x3f]
    var isLast = false
    while !isLast {
        let control = input.byte()
        isLast = control & 1 == 1 || input.rest.isEmpty
        let type = Int(control >> 1 & 3)
        var content: [UInt8] = []
        // Of run-length blocks this is what comes out, of others what goes in.
        let length = type == 1 ? Int(input.byte()) << Int(control >> 4) : Int(control >> 3) * 4
        if type == 1 { content = [input.byte()] } else { for _ in 0..<min(length, input.rest.count) { content.append(input.byte()) } }
        let header = (isLast ? 1 : 0) | type << 1 | (type == 1 ? min(length, 1 << 17) : content.count) << 3
        frame += [UInt8(header & 255), UInt8(header >> 8 & 255), UInt8(header >> 16 & 255)] + content
    }
    return frame
}
