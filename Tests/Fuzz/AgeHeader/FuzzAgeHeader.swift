import AgeFormat
import FuzzSupport

/// Takes a stanza's body of 16 bytes for the file key itself: the header's code is looked at without the cost of a key exchange.
private struct BareIdentity: AgeIdentity {
    func unwrap(_ stanzas: [AgeStanza]) throws(AgeError) -> FileKey? {
        guard let body = stanzas.first(where: { $0.type == "bare" })?.body else { return nil }
        return try FileKey(bytes: body)
    }
}

/// Age headers, by their grammar and their code. What is read is what stood there, to the byte.
@_cdecl("LLVMFuzzerTestOneInput")
package func fuzz(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let bytes = FuzzInput(start, count).bytes
    guard let (header, end) = try? AgeReader.readHeader(source: MemorySource(bytes)) else { return 0 }
    require(end <= bytes.count && header.encoded == Array(bytes[..<end]), "a header has one spelling")
    require(!header.stanzas.isEmpty, "a header has a recipient")
    require(header.stanzas.count == 1 || !header.stanzas.contains { $0.type == "scrypt" }, "a passphrase stands alone")
    if let key = try? header.fileKey(with: [BareIdentity()]) {
        let opened = try? AgeReader.openHeader(source: MemorySource(bytes), identities: [BareIdentity()])
        require(opened?.payloadOffset == end && opened?.fileKey.bytes == key.bytes, "what opens once opens again")
    }
    return 0
}
