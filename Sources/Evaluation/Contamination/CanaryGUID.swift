/// A GUID, and others made the same way.
package struct CanaryGUID: Hashable, Sendable {
    package let text: String
    private let isRandom: Bool

    /// - Returns: nil for what is not 8-4-4-4-12 hexadecimal digits, lower or upper case throughout.
    package init?(_ text: String) {
        let bytes = Array(text.utf8)
        let digits = bytes.filter { $0 != UInt8(ascii: "-") }
        guard bytes.count == 36, [8, 13, 18, 23].allSatisfy({ bytes[$0] == UInt8(ascii: "-") }), digits.count == 32,
            digits.allSatisfy(Self.lower.contains) || digits.allSatisfy(Self.upper.contains)
        else { return nil }
        self.text = text
        isRandom = bytes[14] == UInt8(ascii: "4") && "89abAB".utf8.contains(bytes[19])
    }

    private static let lower = Array("0123456789abcdef".utf8)
    private static let upper = Array("0123456789ABCDEF".utf8)

    /// Another, with every digit drawn anew; of a random GUID (RFC 9562, version 4) those that say so stay as they must be.
    func control(_ generator: inout SeededGenerator) -> String {
        let bytes = Array(text.utf8)
        let alphabet = bytes.contains(where: { (UInt8(ascii: "A")...UInt8(ascii: "F")).contains($0) }) ? Self.upper : Self.lower
        var made = bytes
        for place in bytes.indices where bytes[place] != UInt8(ascii: "-") {
            switch place {
            case 14 where isRandom: continue
            case 19 where isRandom: made[place] = alphabet[8 + generator.index(below: 4)]
            default: made[place] = alphabet[generator.index(below: 16)]
            }
        }
        return String(decoding: made, as: UTF8.self)
    }

    /// What stands before it in a file, down to the file's beginning but at most so many bytes; nil where it is not there.
    package func context(in file: [UInt8], bytes most: Int = 256) -> String? {
        let wanted = Array(text.utf8)
        guard file.count >= wanted.count,
            let place = (0...file.count - wanted.count).first(where: { file[$0] == wanted[0] && file[$0..<$0 + wanted.count].elementsEqual(wanted) })
        else { return nil }
        // Not in the middle of a character.
        var start = max(0, place - most)
        while start < place, file[start] & 0xC0 == 0x80 { start += 1 }
        return String(decoding: file[start..<place], as: UTF8.self)
    }
}
