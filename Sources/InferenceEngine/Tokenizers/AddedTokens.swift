/// A token that is found in the text as a whole, before the rest is cut into pieces.
struct AddedToken: Sendable, Hashable {
    var id: Int32
    let text: [UInt8]
    /// Marks such as `<|im_end|>`: plain text where special tokens are not to be recognised.
    let isSpecial: Bool
    /// Looked for, normalized itself, only in normalized text that the tokens without this flag have left over.
    var isNormalized = false
    /// Takes the white space before it too.
    var stripsLeft = false
    /// Takes the white space after it too.
    var stripsRight = false
    /// Only where neither neighbour is a word character (`\w`).
    var isSingleWord = false
}

/// Finds added tokens in a text.
struct AddedTokens: Sendable {
    enum Part: Hashable {
        case text(Range<Int>)
        case token(Int32)
    }

    enum Order: Sendable {
        /// Leftmost first, the longest of those that start there: the `tokenizers` library.
        case leftmost
        /// The longest tokens first, wherever they are: llama.cpp.
        case longest
    }

    static let maximumBytes = 512
    /// Tokens that one starts with, itself included, where all are looked at: twice as many as Gemma's runs of spaces.
    private static let maximumNested = 64

    private let tokens: [AddedToken]
    private let order: Order
    /// The ids are places in `tokens`.
    private var trie = PieceTrie()
    /// The bytes that a token starts with.
    private var isFirst = [Bool](repeating: false, count: 256)

    /// - Throws: `tooLarge` for a token over `maximumBytes`; `badValue` for an empty one; `inconsistent` for two that are equal.
    init(_ tokens: [AddedToken], order: Order = .leftmost, place: String) throws(TokenizerError) {
        self.tokens = tokens
        self.order = order
        for (index, token) in tokens.enumerated() {
            guard let first = token.text.first else {
                throw TokenizerError(.badValue, "token \(token.id) is empty", at: place)
            }
            guard token.text.count <= Self.maximumBytes else {
                throw TokenizerError(.tooLarge, "token \(token.id) has over \(Self.maximumBytes) bytes", at: place)
            }
            let node = trie.node(after: token.text)
            guard node < 0 || trie.id(node) < 0 else {
                throw TokenizerError(.inconsistent, "token \(token.id) is looked for as another is", at: place)
            }
            isFirst[Int(first)] = true
            try trie.insert(token.text, id: Int32(truncatingIfNeeded: index), place: place)
        }
        guard order == .longest else { return }
        for token in tokens {
            var node: Int32 = 0
            var count = 0
            for byte in token.text {
                node = trie.next(node, byte)
                if trie.id(node) >= 0 { count += 1 }
            }
            guard count <= Self.maximumNested else {
                throw TokenizerError(.tooLarge, "token \(token.id) starts with \(count - 1) others", at: place)
            }
        }
    }

    /// Calls `body` with the tokens in `text[range]` and what lies between them, in order.
    func split(
        _ text: UnsafeRawBufferPointer, _ range: Range<Int>, parseSpecial: Bool, _ body: (Part) -> Void
    ) {
        if tokens.isEmpty {
            if !range.isEmpty { body(.text(range)) }
        } else if order == .leftmost {
            splitLeftmost(text, range, parseSpecial, body)
        } else {
            splitLongest(text, range, parseSpecial, body)
        }
    }

    private func splitLeftmost(
        _ text: UnsafeRawBufferPointer, _ range: Range<Int>, _ parseSpecial: Bool, _ body: (Part) -> Void
    ) {
        var start = range.lowerBound
        var position = start
        // White space that has been walked through, so that it is not walked again from each token in it.
        var spaces = start..<start
        while position < range.upperBound {
            guard isFirst[Int(text[position])], let (index, length) = trie.longest(text, position, range.upperBound) else {
                position += 1
                continue
            }
            let token = tokens[Int(index)]
            // A match that does not count is passed over whole, as the reference does.
            let found = position
            var end = position + length
            position = end
            if token.isSpecial, !parseSpecial { continue }
            if token.isSingleWord, !isSingleWord(text, found..<end, in: range) { continue }
            let from = token.stripsLeft ? spacesStart(text, min(start, found), found) : found
            if token.stripsRight {
                if !spaces.contains(end) { spaces = end..<spacesEnd(text, end, range.upperBound) }
                end = spaces.upperBound
            }
            if start < from { body(.text(start..<from)) }
            body(.token(token.id))
            // What the reference looks for next is not after the white space that was taken, but after the token.
            start = end
        }
        if start < range.upperBound { body(.text(start..<range.upperBound)) }
    }

    private func splitLongest(
        _ text: UnsafeRawBufferPointer, _ range: Range<Int>, _ parseSpecial: Bool, _ body: (Part) -> Void
    ) {
        var found: [(range: Range<Int>, token: AddedToken)] = []
        for position in range where isFirst[Int(text[position])] {
            var node: Int32 = 0
            var place = position
            while place < range.upperBound {
                node = trie.next(node, text[place])
                if node < 0 { break }
                place += 1
                let index = trie.id(node)
                guard index >= 0, parseSpecial || !tokens[Int(index)].isSpecial else { continue }
                found.append((position..<place, tokens[Int(index)]))
            }
        }
        found.sort { one, other in
            (-one.range.count, one.token.id, one.range.lowerBound) < (-other.range.count, other.token.id, other.range.lowerBound)
        }
        var isTaken = [Bool](repeating: false, count: range.count)
        var accepted: [(range: Range<Int>, id: Int32)] = []
        for (match, token) in found {
            guard match.allSatisfy({ !isTaken[$0 - range.lowerBound] }) else { continue }
            var taken = match
            func isFreeSpace(_ position: Int) -> Bool {
                range.contains(position) && !isTaken[position - range.lowerBound] && (text[position] == 0x20 || (0x09...0x0d).contains(text[position]))
            }
            if token.stripsLeft { while isFreeSpace(taken.lowerBound - 1) { taken = taken.lowerBound - 1..<taken.upperBound } }
            if token.stripsRight { while isFreeSpace(taken.upperBound) { taken = taken.lowerBound..<taken.upperBound + 1 } }
            for position in taken { isTaken[position - range.lowerBound] = true }
            accepted.append((taken, token.id))
        }
        accepted.sort { $0.range.lowerBound < $1.range.lowerBound }
        var start = range.lowerBound
        for (taken, id) in accepted {
            if start < taken.lowerBound { body(.text(start..<taken.lowerBound)) }
            body(.token(id))
            start = taken.upperBound
        }
        if start < range.upperBound { body(.text(start..<range.upperBound)) }
    }

    private func spacesEnd(_ text: UnsafeRawBufferPointer, _ start: Int, _ end: Int) -> Int {
        var position = start
        while position < end {
            let (scalar, length) = Characters.at(text, position, end)
            if !CharacterTraits.of(scalar).isWhitespace { break }
            position += length
        }
        return position
    }

    private func spacesStart(_ text: UnsafeRawBufferPointer, _ start: Int, _ end: Int) -> Int {
        var position = end
        while let before = Characters.start(text, start, endingAt: position),
            CharacterTraits.of(Characters.at(text, before, position).scalar).isWhitespace
        {
            position = before
        }
        return position
    }

    private func isSingleWord(_ text: UnsafeRawBufferPointer, _ match: Range<Int>, in range: Range<Int>) -> Bool {
        if let before = Characters.start(text, range.lowerBound, endingAt: match.lowerBound),
            PieceCharacters.isWord(Characters.at(text, before, match.lowerBound).scalar)
        {
            return false
        }
        return match.upperBound == range.upperBound
            || !PieceCharacters.isWord(Characters.at(text, match.upperBound, range.upperBound).scalar)
    }
}
