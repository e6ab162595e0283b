/// What the pre-tokenizers that are no expressions ask of a character, by the tables of the crates that the
/// `tokenizers` library asks: the standard library of Rust for numbers, `unicode_categories` 0.1 (Unicode 8) for
/// punctuation, `regex` (Unicode 16) for words.
enum PieceCharacters {
    static func isNumeric(_ scalar: Unicode.Scalar) -> Bool {
        CharacterClass.of(scalar, version: CharacterClass.digitsVersion) == .number
    }

    static func isPunctuation(_ scalar: Unicode.Scalar) -> Bool {
        if scalar.isASCII {
            switch scalar.value {
            case 0x21...0x2f, 0x3a...0x40, 0x5b...0x60, 0x7b...0x7e: return true
            default: return false
            }
        }
        // These two were punctuation then.
        if scalar.value == 0x166d || scalar.value == 0x111c9 { return true }
        return CharacterTraits.Categories.punctuation.contains(CharacterTraits.of(scalar).category(version: 8))
    }

    /// `\w` of Unicode Technical Standard 18, annex C.
    static func isWord(_ scalar: Unicode.Scalar) -> Bool {
        if scalar.value == 0x200c || scalar.value == 0x200d { return true }
        let version = CharacterClass.expressionsVersion
        let traits = CharacterTraits.of(scalar)
        let category = traits.category(version: version)
        return traits.isAlphabetic(version: version) || CharacterTraits.Categories.mark.contains(category)
            || category == .decimalNumber || category == .connectorPunctuation
    }

    /// The matches of `\w+|[^\w\s]+`.
    static func forEachWord(_ text: UnsafeRawBufferPointer, _ range: Range<Int>, _ body: (Range<Int>) -> Void) {
        enum Kind { case word, space, other }
        var start = range.lowerBound
        var kind = Kind.space
        var position = start
        while position < range.upperBound {
            let (scalar, length) = Characters.at(text, position, range.upperBound)
            let next: Kind = isWord(scalar) ? .word : CharacterTraits.of(scalar).isWhitespace ? .space : .other
            if next != kind {
                if kind != .space { body(start..<position) }
                start = position
                kind = next
            }
            position += length
        }
        if kind != .space { body(start..<range.upperBound) }
    }
}

/// Finding a byte string in another.
enum ByteSearch {
    /// Calls `body` with each place of `wanted` in `text[range]`, in order; they do not overlap. An empty string is
    /// nowhere. (Knuth, Morris and Pratt 1977: in proportion to the two lengths.)
    static func forEachMatch(
        of wanted: [UInt8], _ text: UnsafeRawBufferPointer, _ range: Range<Int>, _ body: (Range<Int>) -> Void
    ) {
        guard let first = wanted.first else { return }
        if wanted.count <= 8 {
            var position = range.lowerBound
            while position + wanted.count <= range.upperBound {
                var length = 0
                if text[position] == first { while length < wanted.count, text[position + length] == wanted[length] { length += 1 } }
                if length == wanted.count {
                    body(position..<position + length)
                    position += length
                } else {
                    position += 1
                }
            }
            return
        }
        var borders = [Int](repeating: 0, count: wanted.count)
        var border = 0
        for index in 1..<wanted.count {
            while border > 0, wanted[index] != wanted[border] { border = borders[border - 1] }
            if wanted[index] == wanted[border] { border += 1 }
            borders[index] = border
        }
        var matched = 0
        for position in range {
            while matched > 0, text[position] != wanted[matched] { matched = borders[matched - 1] }
            if text[position] == wanted[matched] { matched += 1 }
            if matched == wanted.count {
                body(position + 1 - matched..<position + 1)
                matched = 0
            }
        }
    }
}
