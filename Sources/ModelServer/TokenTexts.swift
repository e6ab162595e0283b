import EngineProtocol

/// What tokens are called in replies. What the worker said once is kept.
final actor TokenTexts {
    private var known: [Int: TokenPiece] = [:]
    /// More than any vocabulary.
    private static let most = 1 << 20

    /// The pieces of all `tokens`, by id.
    func pieces(of tokens: [Int], _ turn: Turn) async throws -> [Int: TokenPiece] {
        let missing = Array(Set(tokens.filter { known[$0] == nil })).sorted()
        if !missing.isEmpty {
            if known.count + missing.count > Self.most { known = [:] }
            for (token, piece) in zip(missing, try await turn.pieces(missing)) { known[token] = piece }
        }
        var found: [Int: TokenPiece] = [:]
        for token in tokens { found[token] = known[token] }
        return found
    }
}

extension TokenPiece {
    /// The text; bytes that are no text by themselves as OpenAI writes them, `bytes:\xe2\x80`.
    var shown: String {
        if let text = String(validating: bytes, as: UTF8.self) { return text }
        return "bytes:" + bytes.map { "\\x" + ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }
}
