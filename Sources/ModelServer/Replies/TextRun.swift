import EngineProtocol

/// One request's texts: read, scored where that is asked for, and written.
struct TextRun: Sendable {
    struct Source: Sendable {
        var tokens: [Int]
        /// What an echo repeats; nil where the tokens' own text does.
        var text: String?
    }

    var sources: [Source]
    /// Texts for each prompt.
    var count: Int
    var echoes: Bool
    /// Nil where no log-probabilities are wanted.
    var alternatives: Int?
    var request: WritingRequest

    /// The number of texts.
    var texts: Int { sources.count * count }

    /// Does it all, handing over what comes as it comes.
    func run(_ turn: Turn, _ names: TokenTexts, _ take: (Delta) async throws -> Void) async throws -> Usage {
        var usage = Usage(prompt: sources.reduce(0) { $0 + $1.tokens.count })
        if echoes {
            for (number, source) in sources.enumerated() {
                let (text, entries) = try await echo(source, turn, names)
                for copy in 0..<count { try await take(Delta(index: number * count + copy, text: text, entries: entries)) }
            }
        }
        guard request.maximumNewTokens > 0 else {
            for index in 0..<texts { try await take(Delta(index: index, finish: .length)) }
            return usage
        }
        var request = request
        request.prompts = sources.flatMap { Array(repeating: .tokens($0.tokens), count: count) }
        if echoes, alternatives != nil, request.maximumNewTokens == 1 {
            // A harness that scores a text asks for one token more, and takes the last entry off the list (lm_eval does): it must be
            // there where the model would end the text, too.
            request.ignoresEndOfText = true
            request.skipsSpecialTokens = true
        }
        try await turn.write(request) { parts in
            for (index, part) in parts.enumerated() {
                usage.completion += part.tokens.count
                let entries = alternatives == nil ? [] : try await entries(part, turn, names)
                guard !part.text.isEmpty || !entries.isEmpty || part.finishReason != nil else { continue }
                try await take(Delta(index: index, text: part.text, entries: entries, finish: part.finishReason))
            }
        }
        return usage
    }

    /// The prompt's text and, where they are wanted, its tokens' log-probabilities.
    private func echo(_ source: Source, _ turn: Turn, _ names: TokenTexts) async throws -> (String, [TokenEntry]) {
        var places: [[TokenLogprob]] = [], logprobs: [Float] = []
        if let alternatives, source.tokens.count > 1 {
            let score = try await turn.score(source.tokens, alternatives: alternatives)
            (logprobs, places) = (score.tokenLogprobs ?? [], score.alternatives?.places ?? [])
        }
        guard alternatives != nil || source.text == nil else { return (source.text ?? "", []) }
        let pieces = try await names.pieces(of: source.tokens + places.joined().map(\.token), turn)
        let text = source.text ?? String(decoding: source.tokens.flatMap { pieces[$0]?.bytes ?? [] }, as: UTF8.self)
        guard alternatives != nil else { return (text, []) }
        let entries = source.tokens.enumerated().map { place, token in
            let piece = pieces[token] ?? TokenPiece(bytes: [], isSpecial: false)
            return TokenEntry(
                token: token, piece: piece, logprob: place > 0 ? logprobs[place - 1] : nil,
                alternatives: place > 0 && !places.isEmpty ? Self.named(places[place - 1], pieces) : [],
                // A beginning of text that was added to it.
                isInText: place > 0 || !piece.isSpecial || text.utf8.starts(with: piece.bytes))
        }
        return (text, entries)
    }

    private func entries(_ part: WrittenPart, _ turn: Turn, _ names: TokenTexts) async throws -> [TokenEntry] {
        let places = part.alternatives?.places ?? []
        guard !part.tokens.isEmpty else { return [] }
        guard alternatives == 0 || places.count == part.tokens.count else {
            throw APIError(status: 500, "the worker left alternatives out", type: "server_error")
        }
        let pieces = try await names.pieces(of: part.tokens + places.joined().map(\.token), turn)
        return part.tokens.enumerated().map { place, token in
            let piece = pieces[token] ?? TokenPiece(bytes: [], isSpecial: false)
            return TokenEntry(
                token: token, piece: piece, logprob: part.logprobs[place], alternatives: places.isEmpty ? [] : Self.named(places[place], pieces),
                isInText: !(request.skipsSpecialTokens && piece.isSpecial))
        }
    }

    private static func named(
        _ place: [TokenLogprob], _ pieces: [Int: TokenPiece]
    ) -> [(token: Int, piece: TokenPiece, logprob: Float)] {
        place.map { ($0.token, pieces[$0.token] ?? TokenPiece(bytes: [], isSpecial: false), $0.logprob) }
    }
}
