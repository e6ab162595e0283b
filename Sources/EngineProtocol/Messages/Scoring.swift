import CanonicalEncoding

/// Asks how likely continuations are.
package struct ScoreRequest: Hashable, Sendable {
    /// What may follow a context.
    package enum Continuation: Hashable, Sendable {
        /// After a `.text` context, the split is that of lm-evaluation-harness (`_encode_pair`): white space at the
        /// context's end moves to the continuation, context and continuation are tokenised as one text, and the
        /// continuation's tokens are those beyond the number that the context has alone. After `.tokens` or
        /// `.messages` the continuation is tokenised by itself.
        case text(String)
        case tokens([Int])
    }

    /// A context and what may follow it. All continuations of an item share the context's work.
    package struct Item: Hashable, Sendable {
        /// At least one token: with an empty text the handler uses the model's beginning (or else end) of text token.
        package var context: Prompt
        package var continuations: [Continuation]

        package init(context: Prompt, continuations: [Continuation]) {
            self.context = context
            self.continuations = continuations
        }
    }

    package var items: [Item]
    /// Whether the log-probability of every single token is wanted too.
    package var includesTokenLogprobs: Bool
    /// How many of the likeliest tokens are told at each place; 0 for none.
    package var alternativeCount: Int

    package init(items: [Item], includesTokenLogprobs: Bool = false, alternativeCount: Int = 0) {
        self.items = items
        self.includesTokenLogprobs = includesTokenLogprobs
        self.alternativeCount = alternativeCount
    }
}

/// The scores of one item's continuations.
package struct ScoreResult: Hashable, Sendable {
    package struct Score: Hashable, Sendable {
        /// Sum over the continuation's tokens of the natural logarithm of each token's probability given all before it.
        package var logprob: Double
        package var tokenCount: Int
        /// Whether every token was the most likely one at its place (the lowest id among equals).
        package var isGreedy: Bool
        /// In order, `tokenCount` of them; nil unless they were asked for.
        package var tokenLogprobs: [Float]?
        /// At each token's place; nil unless they were asked for.
        package var alternatives: TokenAlternatives?

        package init(
            logprob: Double, tokenCount: Int, isGreedy: Bool, tokenLogprobs: [Float]? = nil, alternatives: TokenAlternatives? = nil
        ) {
            self.logprob = logprob
            self.tokenCount = tokenCount
            self.isGreedy = isGreedy
            self.tokenLogprobs = tokenLogprobs
            self.alternatives = alternatives
        }
    }

    package var scores: [Score]
    package var contextTokenCount: Int

    package init(scores: [Score], contextTokenCount: Int) {
        self.scores = scores
        self.contextTokenCount = contextTokenCount
    }
}

extension ScoreRequest: WireMessage {
    package var json: JSONValue {
        [
            "items": .array(of: items), "includesTokenLogprobs": .bool(includesTokenLogprobs),
            "alternativeCount": .count(alternativeCount),
        ]
    }

    package init(_ field: JSONField) throws(JSONFieldError) {
        try field.allow(only: ["items", "includesTokenLogprobs", "alternativeCount"])
        self.init(
            items: try Item.array(field.field("items")),
            includesTokenLogprobs: try field.field("includesTokenLogprobs").bool(),
            alternativeCount: try field.optional("alternativeCount")?.count(in: 0...TokenAlternatives.maximumCount) ?? 0)
    }
}

extension ScoreRequest.Item: WireMessage {
    package var json: JSONValue { ["context": context.json, "continuations": .array(of: continuations)] }

    package init(_ field: JSONField) throws(JSONFieldError) {
        try field.allow(only: ["context", "continuations"])
        self.init(
            context: try Prompt(field.field("context")),
            continuations: try ScoreRequest.Continuation.array(field.field("continuations")))
    }
}

extension ScoreRequest.Continuation: WireMessage {
    package var json: JSONValue {
        switch self {
        case .text(let text): ["text": .string(text)]
        case .tokens(let tokens): ["tokens": .tokens(tokens)]
        }
    }

    package init(_ field: JSONField) throws(JSONFieldError) {
        try field.allow(only: ["text", "tokens"])
        guard try field.object().count == 1 else { throw field.failure("one of text, tokens was expected") }
        if let text = try field.optional("text") {
            self = .text(try text.string(maxBytes: WireLimits.textBytes))
        } else {
            self = .tokens(try field.field("tokens").tokens())
        }
    }
}

extension ScoreResult: WireMessage {
    package var json: JSONValue {
        ["scores": .array(of: scores), "contextTokenCount": .count(contextTokenCount)]
    }

    package init(_ field: JSONField) throws(JSONFieldError) {
        try field.allow(only: ["scores", "contextTokenCount"])
        self.init(
            scores: try Score.array(field.field("scores")),
            contextTokenCount: try field.field("contextTokenCount").count(in: 0...WireLimits.tokens))
    }
}

extension ScoreResult.Score: WireMessage {
    package var json: JSONValue {
        var object: JSONObject = [
            "logprob": .exact(logprob), "tokenCount": .count(tokenCount), "isGreedy": .bool(isGreedy),
        ]
        object["tokenLogprobs"] = tokenLogprobs.map { .exact($0) }
        object["alternatives"] = alternatives?.json
        return .object(object)
    }

    package init(_ field: JSONField) throws(JSONFieldError) {
        try field.allow(only: ["logprob", "tokenCount", "isGreedy", "tokenLogprobs", "alternatives"])
        let tokenCount = try field.field("tokenCount").count(in: 0...WireLimits.tokens)
        let tokenLogprobs = try field.optional("tokenLogprobs")?.exactFloats()
        guard tokenLogprobs == nil || tokenLogprobs?.count == tokenCount else {
            throw field.failure("tokenLogprobs does not hold tokenCount numbers")
        }
        var alternatives: TokenAlternatives?
        if let given = try field.optional("alternatives") { alternatives = try TokenAlternatives(given) }
        guard alternatives == nil || alternatives?.places.count == tokenCount else {
            throw field.failure("alternatives does not hold tokenCount places")
        }
        self.init(
            logprob: try field.field("logprob").exactDouble(), tokenCount: tokenCount,
            isGreedy: try field.field("isGreedy").bool(), tokenLogprobs: tokenLogprobs, alternatives: alternatives)
    }
}
