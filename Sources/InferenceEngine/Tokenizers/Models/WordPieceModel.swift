/// WordPiece (Schuster and Nakajima 2012, as BERT has it): the longest token at each place of a word, or else one
/// token for the whole of it.
struct WordPieceModel: Sendable {
    private let trie: PieceTrie
    /// Where the trie goes on for tokens within a word; −1 if there are none.
    private let inner: Int32
    private let unknown: Int32
    private let maximumCharacters: Int

    /// - Parameters:
    ///   - prefix: what tokens within a word are spelled with before them.
    ///   - maximumCharacters: a longer word is unknown.
    init(trie: PieceTrie, prefix: [UInt8], unknown: Int32, maximumCharacters: Int) {
        self.trie = trie
        inner = trie.node(after: prefix)
        self.unknown = unknown
        self.maximumCharacters = maximumCharacters
    }

    func encode(_ text: UnsafeRawBufferPointer, _ range: Range<Int>, into tokens: inout [Int32]) {
        if range.count > maximumCharacters {
            var position = range.lowerBound
            var characters = 0
            while position < range.upperBound {
                position += Characters.length(text, position, range.upperBound)
                characters += 1
            }
            if characters > maximumCharacters { return tokens.append(unknown) }
        }
        let count = tokens.count
        var position = range.lowerBound
        while position < range.upperBound {
            let start = position == range.lowerBound ? 0 : inner
            guard start >= 0, let (id, length) = trie.longest(text, position, range.upperBound, from: start) else {
                tokens.removeLast(tokens.count - count)
                return tokens.append(unknown)
            }
            tokens.append(id)
            position += length
        }
    }
}
