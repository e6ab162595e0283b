/// Splits a document's text into passages that a model can read whole.
package enum Passages {
    /// A passage ends at a blank line where there is one, else behind a sentence, else between words, else anywhere.
    ///
    /// - Parameter maximumBytes: of a passage, at least 16.
    /// - Returns: the passages in order, without white space around them; empty ones are left out.
    package static func split(_ text: String, maximumBytes: Int = 1200) -> [String] {
        let limit = max(16, maximumBytes)
        let bytes = Array(text.utf8)
        var passages: [String] = []
        var start = 0
        while start < bytes.count {
            var end = bytes.count
            if end - start > limit {
                // In the second half of the room that there is, so that passages are not tiny.
                let room = (start + limit / 2)...(start + limit)
                end = room.last { isBlankLine(bytes, endingAt: $0) } ?? room.last { isSentenceEnd(bytes, endingAt: $0) }
                    ?? room.last { isSpace(bytes[$0 - 1]) } ?? boundary(bytes, atMost: start + limit)
            }
            let trimmed = bytes[start..<end].drop(while: isSpace).reversed().drop(while: isSpace).reversed()
            if !trimmed.isEmpty { passages.append(String(decoding: Array(trimmed), as: UTF8.self)) }
            start = end
        }
        return passages
    }

    private static func isBlankLine(_ bytes: [UInt8], endingAt end: Int) -> Bool {
        end >= 2 && bytes[end - 1] == UInt8(ascii: "\n") && bytes[end - 2] == UInt8(ascii: "\n")
    }

    private static func isSentenceEnd(_ bytes: [UInt8], endingAt end: Int) -> Bool {
        end >= 2 && isSpace(bytes[end - 1])
            && [UInt8(ascii: "."), UInt8(ascii: "!"), UInt8(ascii: "?")].contains(bytes[end - 2])
    }

    private static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0D).contains(byte) }

    /// Not inside a character.
    private static func boundary(_ bytes: [UInt8], atMost end: Int) -> Int {
        var end = end
        while end > 0, end < bytes.count, bytes[end] & 0xC0 == 0x80 { end -= 1 }
        return end
    }
}
