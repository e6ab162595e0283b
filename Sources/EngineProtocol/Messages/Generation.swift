import CanonicalEncoding

/// How the next token is chosen.
package struct Sampling: Hashable, Sendable {
    /// 0 is greedy: the most likely token, the lowest id among equals; nothing else here matters then.
    package var temperature: Double
    /// Only the `topK` most likely tokens stay; 0 keeps all.
    package var topK: Int
    /// The smallest set of most likely tokens whose probability reaches `topP` stays; 1 keeps all.
    package var topP: Double
    /// What has less than this share of the likeliest token's probability goes; 0 keeps all.
    package var minP: Double
    /// The tokens whose surprise is nearest to the expected one stay, until their probability reaches this; 1 keeps all.
    package var typicalP: Double
    /// Divides positive logits, and multiplies negative ones, of tokens in the prompt or the text so far; 1 changes nothing.
    package var repetitionPenalty: Double
    /// Taken from the logit of each token in the text so far.
    package var presencePenalty: Double
    /// The same, as often as the token is there.
    package var frequencyPenalty: Double
    /// Seeds each prompt's own generator, together with the prompt's position in the batch.
    package var seed: UInt64

    package static let greedy = Sampling(temperature: 0)

    package init(
        temperature: Double, topK: Int = 0, topP: Double = 1, minP: Double = 0, typicalP: Double = 1, repetitionPenalty: Double = 1,
        presencePenalty: Double = 0, frequencyPenalty: Double = 0, seed: UInt64 = 0
    ) {
        self.temperature = temperature
        self.topK = topK
        self.topP = topP
        self.minP = minP
        self.typicalP = typicalP
        self.repetitionPenalty = repetitionPenalty
        self.presencePenalty = presencePenalty
        self.frequencyPenalty = frequencyPenalty
        self.seed = seed
    }
}

/// Asks for text.
package struct GenerateRequest: Hashable, Sendable {
    package var prompts: [Prompt]
    package var maximumNewTokens: Int
    package var sampling: Sampling
    /// Generation ends at the first of these in the text, which is cut before it.
    package var stopStrings: [String]

    package init(
        prompts: [Prompt], maximumNewTokens: Int, sampling: Sampling = .greedy, stopStrings: [String] = []
    ) {
        self.prompts = prompts
        self.maximumNewTokens = maximumNewTokens
        self.sampling = sampling
        self.stopStrings = stopStrings
    }
}

/// What a model wrote.
package struct GenerateResult: Hashable, Sendable {
    package enum FinishReason: String, Hashable, Sendable, CaseIterable {
        /// The model wrote an end of text (or end of turn) token, which is not in `tokens`.
        case endOfText = "end-of-text"
        case stopString = "stop-string"
        /// `maximumNewTokens` were written.
        case length
        /// The context is full.
        case contextFull = "context-full"
    }

    /// Every token written, before a stop string cuts the text.
    package var tokens: [Int]
    /// Their text, ill-formed UTF-8 replaced by U+FFFD.
    package var text: String
    package var finishReason: FinishReason
    package var promptTokenCount: Int

    package init(tokens: [Int], text: String, finishReason: FinishReason, promptTokenCount: Int) {
        self.tokens = tokens
        self.text = text
        self.finishReason = finishReason
        self.promptTokenCount = promptTokenCount
    }
}

extension Sampling: WireMessage {
    package var json: JSONValue {
        [
            "temperature": .exact(temperature), "topK": .count(topK), "topP": .exact(topP), "minP": .exact(minP), "typicalP": .exact(typicalP),
            "repetitionPenalty": .exact(repetitionPenalty), "presencePenalty": .exact(presencePenalty),
            "frequencyPenalty": .exact(frequencyPenalty), "seed": .exact(seed),
        ]
    }

    package init(_ field: JSONField) throws(JSONFieldError) {
        try field.allow(only: [
            "temperature", "topK", "topP", "minP", "typicalP", "repetitionPenalty", "presencePenalty", "frequencyPenalty", "seed",
        ])
        func number(_ name: String, in range: ClosedRange<Double>) throws(JSONFieldError) -> Double {
            let number = try field.field(name).exactDouble()
            guard range.contains(number) else {
                throw try field.field(name).failure("a number from \(range.lowerBound) to \(range.upperBound) was expected")
            }
            return number
        }
        self.init(
            temperature: try number("temperature", in: Self.temperatures), topK: try field.field("topK").count(in: 0...WireLimits.tokenID),
            topP: try number("topP", in: Self.shares), minP: try number("minP", in: 0...1), typicalP: try number("typicalP", in: Self.shares),
            repetitionPenalty: try number("repetitionPenalty", in: Self.repetitionPenalties),
            presencePenalty: try number("presencePenalty", in: Self.penalties),
            frequencyPenalty: try number("frequencyPenalty", in: Self.penalties), seed: try field.field("seed").exactBits())
    }

    package static let temperatures = 0.0...1000
    /// Of a probability that is to stay: not nothing.
    package static let shares = Double.leastNonzeroMagnitude...1
    package static let repetitionPenalties = 0.01...100.0
    package static let penalties = -100.0...100
}

extension GenerateRequest: WireMessage {
    package var json: JSONValue {
        [
            "prompts": .array(of: prompts), "maximumNewTokens": .count(maximumNewTokens), "sampling": sampling.json,
            "stopStrings": .strings(stopStrings),
        ]
    }

    package init(_ field: JSONField) throws(JSONFieldError) {
        try field.allow(only: ["prompts", "maximumNewTokens", "sampling", "stopStrings"])
        let stops = try field.field("stopStrings")
        self.init(
            prompts: try Prompt.array(field.field("prompts")),
            maximumNewTokens: try field.field("maximumNewTokens").count(in: 0...WireLimits.tokens),
            sampling: try Sampling(field.field("sampling")), stopStrings: try stops.strings(maxCount: 64, maxBytes: 4096))
        guard !stopStrings.contains(where: \.isEmpty) else { throw stops.failure("an empty stop string") }
    }
}

extension GenerateResult: WireMessage {
    package var json: JSONValue {
        [
            "tokens": .tokens(tokens), "text": .string(text), "finishReason": .string(finishReason.rawValue),
            "promptTokenCount": .count(promptTokenCount),
        ]
    }

    package init(_ field: JSONField) throws(JSONFieldError) {
        try field.allow(only: ["tokens", "text", "finishReason", "promptTokenCount"])
        self.init(
            tokens: try field.field("tokens").tokens(),
            text: try field.field("text").string(maxBytes: WireLimits.textBytes),
            finishReason: try field.field("finishReason").word(FinishReason.self),
            promptTokenCount: try field.field("promptTokenCount").count(in: 0...WireLimits.tokens))
    }
}
