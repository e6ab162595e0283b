import CanonicalEncoding

/// Asks for text that is fetched as it is written: begun, continued a few tokens at a time, and ended.
///
/// Between the steps the worker answers other requests; whoever does not want the rest asks for its end.
package struct WritingRequest: Hashable, Sendable {
    /// How many a worker keeps at a time.
    package static let maximumOpen = 64

    package var prompts: [Prompt]
    package var maximumNewTokens: Int
    package var sampling: Sampling
    /// Writing ends at the first of these in the text, which is cut before it.
    package var stopStrings: [String]
    /// How many of the likeliest tokens are told at each place; 0 for none.
    package var alternativeCount: Int
    /// Whether the model's end of text (or of turn) does not end it.
    package var ignoresEndOfText: Bool
    /// Whether tokens such as `<|im_end|>` leave no trace in the text.
    package var skipsSpecialTokens: Bool

    package init(
        prompts: [Prompt], maximumNewTokens: Int, sampling: Sampling = .greedy, stopStrings: [String] = [], alternativeCount: Int = 0,
        ignoresEndOfText: Bool = false, skipsSpecialTokens: Bool = false
    ) {
        self.prompts = prompts
        self.maximumNewTokens = maximumNewTokens
        self.sampling = sampling
        self.stopStrings = stopStrings
        self.alternativeCount = alternativeCount
        self.ignoresEndOfText = ignoresEndOfText
        self.skipsSpecialTokens = skipsSpecialTokens
    }
}

/// What was begun.
package struct WritingStart: Hashable, Sendable {
    /// What it is called from now on.
    package var id: Int
    /// The number of tokens of each prompt.
    package var promptTokenCounts: [Int]

    package init(id: Int, promptTokenCounts: [Int]) {
        self.id = id
        self.promptTokenCounts = promptTokenCounts
    }
}

/// Asks for more of it.
package struct WritingStep: Hashable, Sendable {
    package static let maximumSteps = 4096

    package var id: Int
    /// Passes through the model: one reads a prompt, or writes a token of each text under way. 1 to `maximumSteps`.
    package var steps: Int

    package init(id: Int, steps: Int) {
        self.id = id
        self.steps = steps
    }
}

/// What a step added to one text.
package struct WrittenPart: Hashable, Sendable {
    package var tokens: [Int]
    /// Of each token.
    package var logprobs: [Float]
    /// At each token's place; nil unless they were asked for.
    package var alternatives: TokenAlternatives?
    /// Text that is certain by now: no half character, and nothing that may become a stop string.
    package var text: String
    /// Nil while there is more to come. Said once.
    package var finishReason: GenerateResult.FinishReason?

    package init(
        tokens: [Int] = [], logprobs: [Float] = [], alternatives: TokenAlternatives? = nil, text: String = "",
        finishReason: GenerateResult.FinishReason? = nil
    ) {
        self.tokens = tokens
        self.logprobs = logprobs
        self.alternatives = alternatives
        self.text = text
        self.finishReason = finishReason
    }
}

extension WritingRequest: WireMessage {
    package var json: JSONValue {
        [
            "prompts": .array(of: prompts), "maximumNewTokens": .count(maximumNewTokens), "sampling": sampling.json,
            "stopStrings": .strings(stopStrings), "alternativeCount": .count(alternativeCount),
            "ignoresEndOfText": .bool(ignoresEndOfText), "skipsSpecialTokens": .bool(skipsSpecialTokens),
        ]
    }

    package init(_ field: JSONField) throws(JSONFieldError) {
        try field.allow(only: [
            "prompts", "maximumNewTokens", "sampling", "stopStrings", "alternativeCount", "ignoresEndOfText", "skipsSpecialTokens",
        ])
        let stops = try field.field("stopStrings")
        self.init(
            prompts: try Prompt.array(field.field("prompts")),
            maximumNewTokens: try field.field("maximumNewTokens").count(in: 0...WireLimits.tokens),
            sampling: try Sampling(field.field("sampling")), stopStrings: try stops.strings(maxCount: 64, maxBytes: 4096),
            alternativeCount: try field.field("alternativeCount").count(in: 0...TokenAlternatives.maximumCount),
            ignoresEndOfText: try field.field("ignoresEndOfText").bool(), skipsSpecialTokens: try field.field("skipsSpecialTokens").bool())
        guard !stopStrings.contains(where: \.isEmpty) else { throw stops.failure("an empty stop string") }
    }
}

extension WritingStart: WireMessage {
    package var json: JSONValue { ["id": .count(id), "promptTokenCounts": .tokens(promptTokenCounts)] }

    package init(_ field: JSONField) throws(JSONFieldError) {
        try field.allow(only: ["id", "promptTokenCounts"])
        self.init(id: try field.field("id").count(in: 0...WireLimits.integer), promptTokenCounts: try field.field("promptTokenCounts").tokens())
    }
}

extension WritingStep: WireMessage {
    package var json: JSONValue { ["id": .count(id), "steps": .count(steps)] }

    package init(_ field: JSONField) throws(JSONFieldError) {
        try field.allow(only: ["id", "steps"])
        self.init(
            id: try field.field("id").count(in: 0...WireLimits.integer), steps: try field.field("steps").count(in: 1...Self.maximumSteps))
    }
}

extension WrittenPart: WireMessage {
    package var json: JSONValue {
        var object: JSONObject = ["tokens": .tokens(tokens), "logprobs": .exact(logprobs), "text": .string(text)]
        object["alternatives"] = alternatives?.json
        object["finishReason"] = finishReason.map { .string($0.rawValue) }
        return .object(object)
    }

    package init(_ field: JSONField) throws(JSONFieldError) {
        try field.allow(only: ["tokens", "logprobs", "alternatives", "text", "finishReason"])
        self.init(
            tokens: try field.field("tokens").tokens(), logprobs: try field.field("logprobs").exactFloats(),
            text: try field.field("text").string(maxBytes: WireLimits.textBytes),
            finishReason: try field.optional("finishReason")?.word(GenerateResult.FinishReason.self))
        if let given = try field.optional("alternatives") { alternatives = try TokenAlternatives(given) }
        guard logprobs.count == tokens.count, alternatives == nil || alternatives?.places.count == tokens.count else {
            throw field.failure("a token without its logprob or alternatives")
        }
    }
}
