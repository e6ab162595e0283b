/// Decodes tokens as they come. It gives out whole characters only, and nothing that a later token could change: all
/// that it has given out, and then `finish()`, is what `decode` makes of all the tokens at once.
package struct StreamingDecoder: Sendable {
    private let tokenizer: Tokenizer
    private let skipsSpecial: Bool
    private var stream: DecodingStream
    /// The start of a character.
    private var held: [UInt8] = []

    /// - Parameter skipSpecial: whether special tokens are left out.
    package init(_ tokenizer: Tokenizer, skipSpecial: Bool = false) {
        self.tokenizer = tokenizer
        skipsSpecial = skipSpecial
        stream = tokenizer.decodingStream
    }

    /// - Returns: the text that is certain after this token; often none. UTF-8, unless the tokens' bytes are not.
    package mutating func append(_ token: Int32) -> [UInt8] {
        guard tokenizer.isDecoded(token, skipSpecial: skipsSpecial) else { return [] }
        tokenizer.append(token, to: &stream, &held)
        let whole = held.count - Self.partialCharacter(held)
        defer { held.removeFirst(whole) }
        return Array(held[..<whole])
    }

    /// - Returns: the rest of the text.
    package mutating func finish() -> [UInt8] {
        defer { held = [] }
        return held + stream.finish()
    }

    /// How many bytes at the end are the start of a character that may still be completed.
    private static func partialCharacter(_ bytes: [UInt8]) -> Int {
        for length in 1..<4 where length <= bytes.count {
            let lead = bytes[bytes.count - length]
            if lead & 0xc0 == 0x80 { continue }
            let wanted = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2
            return (0xc2...0xf4).contains(lead) && length < wanted ? length : 0
        }
        return 0
    }
}
