import ArgumentParser
import CanonicalEncoding
import InferenceEngine

struct Score: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Log-probabilities of a text's tokens, or of continuations.",
        discussion: """
            {"text":…} or {"tokens":[…]} gives {"tokens":[…],"logprobs":[null,…]}: the natural logarithm of each token's \
            probability given all those before it.

            {"context":…,"continuations":[…]} gives {"scores":[{"logprob":…,"tokens":N,"greedy":…},…]}: of each \
            continuation the sum over its tokens, split from the context as lm-evaluation-harness does, and whether the \
            model would have written it. With --together, what several lines begin with is read once; it changes no result.

            Example: echo '{"context":"The sky is","continuations":[" blue"," green"]}' | assay-engine score --model model.gguf
            """)

    @OptionGroup var options: ModelOptions
    @Option(name: .long, help: "Lines that are read before they are answered, together; 1 answers each at once.") var together = 1

    func validate() throws {
        guard (1...4096).contains(together) else { throw ValidationError("--together is 1 to 4096.") }
    }

    func run() throws {
        let model = try options.load()
        try JSONLines.answer(together: together) { lines in
            let questions = try lines.map { try Question($0, model) }
            return try zip(questions, model.score(groups: questions.map(\.sequences))).map { try $0.answer($1) }
        }
    }
}

/// What one line asks.
private struct Question {
    let sequences: [LoadedModel.ScoredSequence]
    /// A whole text in place of a context with continuations.
    private let whole: [Int32]?

    init(_ line: JSONField, _ model: LoadedModel) throws {
        if let context = try line.optional("context") {
            try line.allow(only: ["context", "continuations"])
            let text = try context.string(maxBytes: JSONLines.maximumTextBytes)
            sequences = try line.field("continuations").array(maxCount: 4096).map {
                model.sequence(context: text, continuation: try $0.string(maxBytes: JSONLines.maximumTextBytes))
            }
            whole = nil
            return
        }
        try line.allow(only: ["text", "tokens"])
        let tokens =
            if let given = try line.optional("tokens") { try JSONLines.tokens(given) } else {
                model.tokenizer.encode(try line.field("text").string(maxBytes: JSONLines.maximumTextBytes))
            }
        whole = tokens
        // Of a single token nothing is known; it must still be one that the model has.
        if tokens.count == 1 { _ = try model.logprobs(of: tokens) }
        sequences = tokens.count > 1 ? [.init(tokens: tokens, start: 1)] : []
    }

    func answer(_ scores: [LoadedModel.ContinuationScore]) throws -> JSONValue {
        guard let whole else {
            return ["scores": .array(try scores.map { score in
                ["logprob": try Self.number(score.sum), "tokens": .integer(Int64(score.logprobs.count)), "greedy": .bool(score.isGreedy)]
            })]
        }
        let logprobs = try scores.flatMap(\.logprobs).map { logprob in
            // The shortest digits that read back as this very float.
            try Self.number(Double(logprob.description) ?? Double(logprob))
        }
        return ["tokens": JSONLines.json(whole), "logprobs": .array(whole.isEmpty ? [] : [.null] + logprobs)]
    }

    private static func number(_ logprob: Double) throws -> JSONValue {
        guard logprob.isFinite else {
            throw EngineError(.malformedModel, "the model gives a logprob of \(logprob): its weights hold NaN or infinities")
        }
        return .number(logprob)
    }
}
