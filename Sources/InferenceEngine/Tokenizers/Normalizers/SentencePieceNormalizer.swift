/// SentencePiece's normalizer: a character map, and what is to be done with spaces.
struct SentencePieceNormalizer: Sendable, Hashable {
    var map: CharacterMap?
    var addsDummyPrefix = true
    var removesExtraSpaces = true
    var escapesSpaces = true
    /// Whether the dummy prefix is a suffix.
    var treatsSpaceAsSuffix = false
    /// User-defined symbols, which are left as they are.
    var symbols: PieceTrieBox?

    func normalize(_ text: [UInt8]) -> [UInt8] { text.withUnsafeBytes { normalize($0, 0..<$0.count) } }

    /// - Parameter addsPrefix: whether the dummy prefix is wanted here.
    func normalize(_ text: UnsafeRawBufferPointer, _ range: Range<Int>, addsPrefix: Bool = true) -> [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(range.count + range.count / 2 + 3)
        let space = escapesSpaces ? EscapedSpace.bytes : [0x20]
        var position = range.lowerBound
        if removesExtraSpaces {
            while position < range.upperBound, case let (length, replacement) = next(text, position, range.upperBound),
                replacement?.elementsEqual([0x20]) ?? (length == 1 && text[position] == 0x20)
            {
                position += length
            }
        }
        guard position < range.upperBound else { return [] }
        if addsDummyPrefix, !treatsSpaceAsSuffix, addsPrefix { result += space }
        var followsSpace = removesExtraSpaces
        func add(_ part: some BidirectionalCollection<UInt8>) {
            var isLeading = followsSpace
            for byte in part {
                if byte == 0x20 {
                    if isLeading { continue }
                    result += space
                } else {
                    result.append(byte)
                }
                isLeading = false
            }
            // What was all spaces to be left out leaves things as they are.
            if !isLeading, let last = part.last { followsSpace = removesExtraSpaces && last == 0x20 }
        }
        while position < range.upperBound {
            let (length, replacement) = next(text, position, range.upperBound)
            if let replacement { add(replacement) } else { add(text[position..<position + length]) }
            position += length
        }
        if removesExtraSpaces {
            while result.count >= space.count, result.suffix(space.count).elementsEqual(space) { result.removeLast(space.count) }
        }
        if addsDummyPrefix, treatsSpaceAsSuffix, addsPrefix { result += space }
        return result
    }

    /// How many bytes at `position` are normalized together, and to what; nil if they stay.
    @inline(__always)
    private func next(_ text: UnsafeRawBufferPointer, _ position: Int, _ end: Int) -> (length: Int, ArraySlice<UInt8>?) {
        if let (_, length) = symbols?.trie.longest(text, position, end) { return (length, nil) }
        if let (length, replacement) = map?.longestPrefix(text, position, end) { return (length, replacement) }
        if text[position] < 0x80 { return (1, nil) }
        guard let (_, length) = Characters.multibyte(text, position, end) else { return (1, [0xef, 0xbf, 0xbd]) }
        return (length, nil)
    }
}

/// A trie that is equal to none but itself, so that what holds it may be compared.
final class PieceTrieBox: Sendable, Hashable {
    let trie: PieceTrie

    init(_ trie: PieceTrie) { self.trie = trie }

    static func == (one: PieceTrieBox, other: PieceTrieBox) -> Bool { one === other }
    func hash(into hasher: inout Hasher) { hasher.combine(ObjectIdentifier(self)) }
}
