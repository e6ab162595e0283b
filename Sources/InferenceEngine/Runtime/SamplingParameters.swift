/// How the next token is chosen, as the libraries do that models are used with (`transformers`, vLLM).
package struct SamplingParameters: Hashable, Sendable {
    /// 0 is greedy: the most likely token, the lowest id among equals.
    package var temperature: Double
    /// Only the most likely so many stay; 0 keeps all.
    package var topK: Int
    /// The smallest set of most likely tokens whose probability reaches this stays; 1 keeps all.
    package var topP: Double
    /// What has less than this share of the likeliest token's probability goes (Nguyen et al. 2024); 0 keeps all.
    package var minP: Double
    /// The tokens whose surprise is nearest to the expected one stay, until their probability reaches this (locally typical
    /// sampling, Meister et al. 2022); 1 keeps all.
    package var typicalP: Double
    /// Logits of tokens in the prompt or in what was written are divided by this where they are positive, and multiplied where they
    /// are negative (Keskar et al. 2019); 1 changes nothing.
    package var repetitionPenalty: Double
    /// Taken from the logit of a token that was written, and as often as it was.
    package var presencePenalty: Double
    package var frequencyPenalty: Double
    package var seed: UInt64

    package static let greedy = SamplingParameters(temperature: 0)

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

    /// Whether what came before has a say.
    var hasPenalties: Bool { repetitionPenalty != 1 || presencePenalty != 0 || frequencyPenalty != 0 }
    /// Whether tokens are left out that have a probability.
    var cuts: Bool { topK > 0 || topP < 1 || minP > 0 || typicalP < 1 }
}
