/// GPT-2's reversible spelling of bytes as visible characters (`bytes_to_unicode` in its `encoder.py`):
/// the printable bytes of Latin-1 stand for themselves, the other 68 are U+0100 to U+0143 in order.
enum ByteAlphabet {
    /// The character for each byte.
    static let characters: [Unicode.Scalar] = {
        var next: UInt32 = 0x100
        return (UInt8.min...UInt8.max).map { byte in
            if isPrintable(byte) { return Unicode.Scalar(byte) }
            defer { next += 1 }
            return Unicode.Scalar(next) ?? "\u{fffd}"
        }
    }()

    /// The UTF-8 spelling of each byte: how its single-byte token is written in a vocabulary.
    static let spellings: [[UInt8]] = characters.map { Array(String($0).utf8) }

    /// The bytes that `text` spells, or nil if it has anything outside the alphabet.
    static func bytes(spelledBy text: some Collection<UInt8>) -> [UInt8]? {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.count)
        var iterator = text.makeIterator()
        while let lead = iterator.next() {
            var scalar = Int(lead)
            if lead >= 0x80 {
                // The alphabet ends below U+0144, so two bytes, the first of them C2 to C5.
                guard (0xc2...0xc5).contains(lead), let trail = iterator.next(), trail & 0xc0 == 0x80 else { return nil }
                scalar = (scalar & 0x1f) << 6 | Int(trail & 0x3f)
            }
            guard scalar < values.count, values[scalar] >= 0 else { return nil }
            bytes.append(UInt8(truncatingIfNeeded: values[scalar]))
        }
        return bytes
    }

    /// The byte for each character up to U+0143, or −1.
    private static let values: [Int16] = {
        var values = [Int16](repeating: -1, count: 0x144)
        for (byte, character) in characters.enumerated() { values[Int(character.value)] = Int16(byte) }
        return values
    }()

    private static func isPrintable(_ byte: UInt8) -> Bool {
        (0x21...0x7e).contains(byte) || (0xa1...0xac).contains(byte) || byte >= 0xae
    }
}
