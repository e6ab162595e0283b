/// A file's name as both formats number their parts: `model-00002-of-00004.safetensors`, counted from 1.
package struct PartName: Hashable, Sendable {
    /// The path up to the number, and what follows the count: the same for all parts of one model.
    package let stem: String
    package let suffix: String
    package let number: Int
    package let count: Int

    /// Nil for a name of another kind.
    package init?(_ path: String) {
        let bytes = Array(path.utf8)
        guard let dot = bytes.lastIndex(of: UInt8(ascii: ".")) else { return nil }
        let middle = Array("-of-".utf8)
        let counting = bytes[..<dot].reversed().prefix { Self.isDigit($0) }.count
        let end = dot - counting - middle.count
        guard counting >= 5, end > 0, bytes[end..<dot - counting].elementsEqual(middle) else { return nil }
        let numbering = bytes[..<end].reversed().prefix { Self.isDigit($0) }.count
        guard numbering == counting, end > numbering, bytes[end - numbering - 1] == UInt8(ascii: "-"),
            let number = Int(String(decoding: bytes[end - numbering..<end], as: UTF8.self)),
            let count = Int(String(decoding: bytes[dot - counting..<dot], as: UTF8.self)), count > 0
        else { return nil }
        stem = String(decoding: bytes[..<(end - numbering - 1)], as: UTF8.self)
        suffix = String(decoding: bytes[dot...], as: UTF8.self)
        (self.number, self.count) = (number, count)
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }
}
