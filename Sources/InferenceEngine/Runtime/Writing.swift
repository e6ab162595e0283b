/// Text that the model writes in steps, so that it can be read as it comes and given up at any time.
///
/// What each prompt gives is what `generate` gives.
package final class Writing {
    /// How text is to be written.
    package struct Terms: Sendable {
        package var maximumNewTokens: Int
        package var sampling: SamplingParameters
        package var stopStrings: [String]
        /// How many of the likeliest tokens are told at each place.
        package var alternativeCount: Int
        /// Whether the model's end of text is written like any other token.
        package var ignoresEndOfText: Bool
        /// Whether special tokens leave no trace in the text.
        package var skipsSpecialTokens: Bool
        /// Nil, or the only texts that may be written; which one it is, the model's probabilities decide token by token.
        package var choices: [String]?

        package init(
            maximumNewTokens: Int, sampling: SamplingParameters, stopStrings: [String] = [], alternativeCount: Int = 0,
            ignoresEndOfText: Bool = false, skipsSpecialTokens: Bool = false, choices: [String]? = nil
        ) {
            self.maximumNewTokens = maximumNewTokens
            self.sampling = sampling
            self.stopStrings = stopStrings
            self.alternativeCount = alternativeCount
            self.ignoresEndOfText = ignoresEndOfText
            self.skipsSpecialTokens = skipsSpecialTokens
            self.choices = choices
        }
    }

    /// What has come since it was last asked for.
    package struct Part: Sendable {
        package var tokens: [Int32] = []
        package var logprobs: [Float] = []
        /// Empty where none were asked for, else one of each token.
        package var alternatives: [TopLogprobs] = []
        package var text = ""
        /// Said once.
        package var finish: LoadedModel.Generated.Finish?

        package init() {}

        mutating func append(_ next: Part) {
            tokens += next.tokens
            logprobs += next.logprobs
            alternatives += next.alternatives
            text += next.text
            finish = finish ?? next.finish
        }
    }

    /// A text that is being written.
    private struct UnderWay {
        /// The prompt's place.
        let number: Int
        let cache: KeyValueCache
        var sampler: Sampler
        /// Tokens that the model has not seen yet.
        var unread: [Int32]
    }

    private let loaded: LoadedModel
    private let prompts: [[Int32]]
    private let terms: Terms
    private let constraint: ChoiceConstraint?
    private var texts: [WrittenText]
    private var underWay: [UnderWay] = []
    /// The next prompt that has not been begun.
    private var next = 0

    /// - Parameter prompts: of at least one token each.
    /// - Throws: `invalidRequest`; `contextExceeded` for a prompt that is longer than the context.
    package init(_ loaded: LoadedModel, prompts: [[Int32]], terms: Terms) throws(EngineError) {
        for prompt in prompts {
            guard !prompt.isEmpty else { throw EngineError(.invalidRequest, "a prompt of no tokens cannot be continued") }
            guard prompt.count <= loaded.model.contextLimit else {
                throw EngineError(.contextExceeded, "\(prompt.count) tokens; at most \(loaded.model.contextLimit) are allowed")
            }
        }
        constraint = try terms.choices.map { choices throws(EngineError) in
            guard choices.allSatisfy({ !$0.isEmpty }), !choices.isEmpty else {
                throw EngineError(.invalidRequest, "there is nothing to choose among, or one of the choices is empty")
            }
            return ChoiceConstraint(choices.map { Array($0.utf8) }, loaded.tokensByFirstByte, ends: loaded.tokenizer.endOfTurn)
        }
        self.loaded = loaded
        self.prompts = prompts
        self.terms = terms
        let stops = StopStrings(terms.stopStrings)
        texts = prompts.map { _ in WrittenText(stops: stops) }
    }

    package var isFinished: Bool { texts.allSatisfy { $0.finish != nil } }

    /// Goes on for up to `steps` passes through the model, or to the end. A pass writes a token of each text that is under way,
    /// and reads the prompts of those that it begins.
    package func advance(steps: Int) throws(EngineError) -> [Part] {
        if terms.maximumNewTokens < 1 {
            for number in texts.indices { texts[number].end(.length) }
        }
        for _ in 0..<steps where !isFinished { try pass() }
        return texts.indices.map { texts[$0].take() }
    }

    private func pass() throws(EngineError) {
        let model = loaded.model
        if next == 0 { try loaded.shareBeginning(of: prompts) }
        while next < prompts.count, underWay.count < model.configuration.decodeRows {
            let prompt = prompts[next]
            let embeddedLength = model.shape.embeddedLength(of: prompt.count)
            let cache = loaded.prefixes.cache(for: prompt[...], upTo: prompt.count - 1, embeddedLength: embeddedLength, model)
            underWay.append(
                UnderWay(
                    number: next, cache: cache, sampler: Sampler(terms.sampling, sequence: next, prompt: prompt),
                    unread: Array(prompt[cache.count...])))
            next += 1
        }
        var choices = [Choice?](repeating: nil, count: underWay.count)
        let segments = underWay.map { Transformer.Segment(cache: $0.cache, tokens: $0.unread, firstLogits: $0.unread.count - 1) }
        try loaded.forward(segments) { logits in
            let place = logits.sequence
            choices[place] = Choice(
                logits, &underWay[place].sampler, among: constraint?.allowed(after: texts[underWay[place].number].bytes),
                alternatives: terms.alternativeCount)
        }
        for (place, choice) in choices.enumerated() {
            guard let choice else { continue }
            underWay[place].unread = [choice.token]
            take(choice, underWay[place])
        }
        underWay.removeAll { texts[$0.number].finish != nil }
    }

    private func take(_ choice: Choice, _ text: UnderWay) {
        guard terms.ignoresEndOfText || !loaded.tokenizer.endOfTurn.contains(choice.token) else {
            return texts[text.number].end(.endOfText)
        }
        // By itself: what is written continues a text, whose beginning is not decoded with it.
        let token = loaded.tokenizer.token(choice.token)
        let leavesNoTrace = terms.skipsSpecialTokens && token?.isSpecial == true
        texts[text.number].append(choice, bytes: leavesNoTrace ? [] : token?.bytes ?? [])
        guard texts[text.number].finish == nil else { return }
        if constraint?.isComplete(texts[text.number].bytes) == true { return texts[text.number].end(.endOfText) }
        if texts[text.number].count >= terms.maximumNewTokens {
            texts[text.number].end(.length)
        } else if text.cache.count >= loaded.model.contextLimit {
            texts[text.number].end(.contextFull)
        }
    }
}

/// A token chosen, and how likely it was.
struct Choice {
    let token: Int32
    let logprob: Float
    /// Nil where none are wanted.
    let alternatives: TopLogprobs?

    /// - Parameter allowed: the only tokens that may be chosen; nil for any.
    init(_ logits: Transformer.Logits, _ sampler: inout Sampler, among allowed: [Int32]?, alternatives count: Int) {
        token = sampler.choose(logits, among: allowed)
        logprob = Float(Double(logits.values[Int(token)]) - logits.logSum)
        alternatives = count > 0 ? TopLogprobs(count, of: logits.values, logSum: logits.logSum) : nil
    }
}
