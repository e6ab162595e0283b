/// Which tokens may come next so that what is written becomes one of some strings.
///
/// By bytes, so that every way of cutting a choice into tokens is open to the model, as in guided decoding (Willard and Louf
/// 2023), of which this is the case of a finite language.
struct ChoiceConstraint {
    private let choices: [[UInt8]]
    private let tokens: TokensByFirstByte
    private let ends: [Int32]

    /// - Parameters:
    ///   - ends: tokens that end a turn; one must be chosen where the text is a choice and could become a longer one.
    init(_ choices: [[UInt8]], _ tokens: TokensByFirstByte, ends: [Int32]) {
        self.choices = choices
        self.tokens = tokens
        self.ends = ends
    }

    /// In the order of their ids.
    func allowed(after written: [UInt8]) -> [Int32] {
        let rests = choices.filter { $0.starts(with: written) }.map { $0[written.count...] }
        var allowed: Set<Int32> = []
        for rest in rests {
            guard let first = rest.first else {
                allowed.formUnion(ends)
                continue
            }
            for token in tokens[first] where rest.starts(with: token.bytes) { allowed.insert(token.id) }
        }
        return allowed.sorted()
    }

    /// Whether the text is one of the choices and no beginning of another.
    func isComplete(_ written: [UInt8]) -> Bool {
        let left = choices.filter { $0.starts(with: written) }
        return left.contains { $0.count == written.count } && left.allSatisfy { $0.count == written.count }
    }
}

/// A vocabulary's tokens by the byte that their text begins with. Tokens without text, and special
/// ones, are not among them.
struct TokensByFirstByte {
    struct Token {
        let id: Int32
        let bytes: [UInt8]
    }

    private let lists: [[Token]]

    init(_ tokenizer: Tokenizer) {
        var lists = [[Token]](repeating: [], count: 256)
        for id in 0..<Int32(clamping: tokenizer.vocabularySize) {
            guard let token = tokenizer.token(id), !token.isSpecial, let first = token.bytes.first else { continue }
            lists[Int(first)].append(Token(id: id, bytes: token.bytes))
        }
        self.lists = lists
    }

    subscript(first: UInt8) -> [Token] { lists[Int(first)] }
}
