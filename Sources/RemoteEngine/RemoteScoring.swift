import EngineProtocol

/// Items and prompts in the tokens of a server.
struct RemoteScoring {
    private let dialect: any RemoteDialect

    init(_ dialect: any RemoteDialect) { self.dialect = dialect }

    func tokens(_ prompt: Prompt) throws -> [Int] {
        switch prompt {
        case .text(let text): try dialect.tokenize(text, special: false, adding: false)
        case .tokens(let tokens): tokens
        case .messages(let messages): try dialect.tokenize(dialect.render(messages, generationPrompt: true), special: true, adding: false)
        }
    }

    func score(_ item: ScoreRequest.Item, of request: ScoreRequest) throws -> ScoreResult {
        var scores: [ScoreResult.Score] = []
        var contextCount = 0
        for (number, continuation) in item.continuations.enumerated() {
            let (sequence, start) = try sequence(item.context, continuation)
            if number == 0 { contextCount = start }
            guard start >= 1 else { throw EngineFailure(.invalidRequest, "a context of no tokens has no continuation") }
            let tokens = start < sequence.count ? try dialect.score(sequence, from: start, alternatives: request.alternativeCount) : []
            scores.append(.init(
                logprob: tokens.reduce(0) { $0 + Double($1.logprob) }, tokenCount: tokens.count, isGreedy: tokens.allSatisfy(\.isLikeliest),
                tokenLogprobs: request.includesTokenLogprobs ? tokens.map(\.logprob) : nil,
                alternatives: request.alternativeCount > 0 ? TokenAlternatives(tokens.map(\.alternatives)) : nil))
        }
        return ScoreResult(scores: scores, contextTokenCount: contextCount)
    }

    /// All tokens, and where the continuation starts: of two texts as lm-evaluation-harness splits them.
    private func sequence(_ context: Prompt, _ continuation: ScoreRequest.Continuation) throws -> ([Int], Int) {
        switch (context, continuation) {
        case (.text(let text), .text(let more)):
            let scalars = text.unicodeScalars
            let trailing = scalars.reversed().prefix { $0.properties.isWhitespace }.count
            let own = try tokens(.text(String(scalars[..<scalars.index(scalars.endIndex, offsetBy: -trailing)])))
            let whole = try tokens(.text(text + more))
            guard own.isEmpty else { return (whole, min(own.count, whole.count)) }
            let information = try dialect.information()
            guard let first = information.beginOfTextToken ?? information.endOfTextToken else {
                throw EngineFailure(.invalidRequest, "the model has no token to begin an empty context with")
            }
            return ([first] + whole, 1)
        case (_, .text(let more)):
            let own = try tokens(context)
            return (own + (try tokens(.text(more))), own.count)
        case (_, .tokens(let more)):
            let own = try tokens(context)
            return (own + more, own.count)
        }
    }
}
