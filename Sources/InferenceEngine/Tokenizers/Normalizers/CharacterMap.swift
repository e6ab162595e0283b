/// SentencePiece's `precompiled_charsmap`: a double-array trie of byte strings, each with what replaces it.
///
/// The layout is that of darts-clone (S. Yata), as `Darts::DoubleArray` reads it: four bytes with the length of the
/// array in bytes, the array of 32-bit units, then the replacements, each with a zero byte after it.
struct CharacterMap: Sendable, Hashable {
    static let maximumBytes = 16 << 20

    private let units: [UInt32]
    private let replacements: [UInt8]
    /// How many times longer a text can become: the longest replacement's bytes.
    let growth: Int

    /// In bytes: many times what Unicode's own longest decompositions take.
    private static let maximumReplacement = 512
    /// In bytes: far beyond what published maps replace. Units that lead back to each other would have no end.
    private static let maximumPrefix = 128

    /// - Throws: `badValue` for a length that does not fit, `tooLarge` for too much of it.
    init(_ bytes: [UInt8], place: String) throws(TokenizerError) {
        guard bytes.count <= Self.maximumBytes else {
            throw TokenizerError(.tooLarge, "a character map of \(bytes.count) bytes; at most \(Self.maximumBytes) are read", at: place)
        }
        func unit(_ position: Int) -> UInt32 {
            (0..<4).reduce(0) { $0 | UInt32(bytes[position + $1]) << UInt32(8 * $1) }
        }
        guard bytes.count > 4, case let length = Int(unit(0)), length < bytes.count - 4, length % 4 == 0, length > 0 else {
            throw TokenizerError(.badValue, "the character map's length does not fit; the file is damaged", at: place)
        }
        units = (0..<length / 4).map { unit(4 + 4 * $0) }
        replacements = Array(bytes[(4 + length)...])
        var longest = 0, start = 0
        for (position, byte) in replacements.enumerated() where byte == 0 {
            longest = max(longest, position - start)
            start = position + 1
        }
        growth = max(1, longest, replacements.count - start)
        guard growth <= Self.maximumReplacement else {
            throw TokenizerError(.tooLarge, "a replacement of \(growth) bytes; at most \(Self.maximumReplacement) are read", at: place)
        }
    }

    /// Calls `body` with the length of each prefix of `text[position..<end]` in the map and where its replacement
    /// starts, the shortest first, until it returns false.
    @inline(__always)
    private func forEachPrefix(
        _ text: UnsafeRawBufferPointer, _ position: Int, _ end: Int, _ body: (Int, Int) -> Bool
    ) {
        func offset(_ unit: UInt32) -> Int { Int((unit >> 10) << ((unit & 1 << 9) >> 6)) }
        var node = offset(units[0])
        var place = position
        while place < end, place - position < Self.maximumPrefix, text[place] != 0 {
            node ^= Int(text[place])
            guard node < units.count, units[node] & (1 << 31 | 0xff) == UInt32(text[place]) else { return }
            let unit = units[node]
            node ^= offset(unit)
            place += 1
            if unit >> 8 & 1 == 1 {
                guard node < units.count else { return }
                if !body(place - position, Int(units[node] & (1 << 31 - 1))) { return }
            }
        }
    }

    private func replacement(at start: Int) -> ArraySlice<UInt8> {
        guard start < replacements.count else { return [] }
        return replacements[start...].prefix { $0 != 0 }
    }

    /// The longest prefix that is replaced, and by what.
    func longestPrefix(_ text: UnsafeRawBufferPointer, _ position: Int, _ end: Int) -> (length: Int, replacement: ArraySlice<UInt8>)? {
        var best: (Int, Int)?
        forEachPrefix(text, position, end) { length, start in
            best = (length, start)
            return true
        }
        return best.map { ($0.0, replacement(at: $0.1)) }
    }

    /// What replaces a whole string in the `tokenizers` library: what the shortest of its prefixes is replaced by.
    private func replacement(for text: UnsafeRawBufferPointer, _ position: Int, _ end: Int) -> ArraySlice<UInt8>? {
        var start: Int?
        forEachPrefix(text, position, end) { _, found in
            start = found
            return false
        }
        return start.map { replacement(at: $0) }
    }

    /// As the `tokenizers` library's `Precompiled`: a grapheme of fewer than six bytes is looked up as a whole first,
    /// then its characters.
    func normalizeGraphemes(_ text: [UInt8]) -> [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(text.count)
        text.withUnsafeBytes { text in
            func character(_ position: Int, _ end: Int) {
                if let replacement = replacement(for: text, position, end) { result += replacement } else { result += text[position..<end] }
            }
            func graphemes(_ range: Range<Int>) {
                var position = range.lowerBound
                for grapheme in String(decoding: text[range], as: UTF8.self) {
                    let end = position + grapheme.utf8.count
                    guard end <= range.upperBound else { break }
                    if end - position < 6, let replacement = replacement(for: text, position, end) {
                        result += replacement
                    } else {
                        var place = position
                        for scalar in grapheme.unicodeScalars {
                            let length = UTF8.width(scalar)
                            character(place, place + length)
                            place += length
                        }
                    }
                    position = end
                }
            }
            Self.forEachStretch(text) { range, isSimple in
                if isSimple { for position in range { character(position, position + 1) } } else { graphemes(range) }
            }
        }
        return result
    }

    /// Cuts a text into stretches of ASCII, each character of which is a grapheme, and the rest; bytes that are not
    /// UTF-8 are by themselves, as if simple.
    private static func forEachStretch(_ text: UnsafeRawBufferPointer, _ body: (Range<Int>, Bool) -> Void) {
        var start = 0
        var isSimple = true
        func move(to position: Int, simple: Bool) {
            guard simple != isSimple else { return }
            if start < position { body(start..<position, isSimple) }
            (start, isSimple) = (position, simple)
        }
        var position = 0
        while position < text.count {
            var length = 1
            var simple = true
            if text[position] >= 0x80 {
                if let found = Characters.multibyte(text, position, text.count) { (length, simple) = (found.length, false) }
            } else {
                // What follows may belong to the same grapheme: a mark, or the line feed after a carriage return.
                let next = position + 1 < text.count ? text[position + 1] : 0
                simple = next < 0x80 && text[position] != 0x0d && !(text[position] == 0x0a && position > 0 && text[position - 1] == 0x0d)
            }
            move(to: position, simple: simple)
            position += length
        }
        if start < text.count { body(start..<text.count, isSimple) }
    }
}
