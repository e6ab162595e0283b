import InferenceEngine
import Testing

/// Text in steps, against the same text in one.
@Suite(.serialized) struct WritingTests {
    /// All that is written, and the parts that had text.
    private static func run(
        _ model: LoadedModel, _ prompts: [[Int32]], _ terms: Writing.Terms, steps: Int
    ) throws -> (whole: [Writing.Part], texts: [[String]]) {
        let writing = try Writing(model, prompts: prompts, terms: terms)
        var whole = prompts.map { _ in Writing.Part() }
        var texts = prompts.map { _ in [String]() }
        while !writing.isFinished {
            for (number, part) in try writing.advance(steps: steps).enumerated() {
                whole[number].tokens += part.tokens
                whole[number].logprobs += part.logprobs
                whole[number].alternatives += part.alternatives
                whole[number].text += part.text
                #expect(whole[number].finish == nil || part.finish == nil, "a reason to finish is said once")
                whole[number].finish = whole[number].finish ?? part.finish
                if !part.text.isEmpty { texts[number].append(part.text) }
            }
        }
        return (whole, texts)
    }

    /// More prompts than go side by side, sampled and greedy, whatever the steps.
    @Test(arguments: [1, 5, 4096]) func stepsGiveWhatOneRequestGives(steps: Int) throws {
        let model = try SmolLM2Tests.load(EngineConfiguration(decodeRows: 2))
        let prompts = ["One, two, three,", "The sky is", "caf\u{E9} \u{1F600}\u{1F600} \u{1F600}"].map { model.tokenizer.encode($0) }
        for sampling in [SamplingParameters.greedy, SamplingParameters(temperature: 0.9, topP: 0.9, repetitionPenalty: 1.1, seed: 5)] {
            let expected = try model.generate(prompts, maximumNewTokens: 14, sampling: sampling, stopStrings: ["absent", "five"])
            let (whole, texts) = try Self.run(
                model, prompts,
                .init(maximumNewTokens: 14, sampling: sampling, stopStrings: ["absent", "five"], alternativeCount: 3), steps: steps)
            for (part, result) in zip(whole, expected) {
                #expect(part.tokens == result.tokens && part.text == result.text && part.finish == result.finish)
                #expect(part.logprobs.count == part.tokens.count && part.alternatives.count == part.tokens.count)
            }
            if steps == 1 { #expect(texts[1].count > 1, "text comes as it is written") }
        }
    }

    /// A token's log-probability when it is written is that of scoring it, bit for bit.
    @Test func logprobsAreThoseOfScoring() throws {
        let model = try SmolLM2Tests.load()
        let prompt = model.tokenizer.encode("The capital of France is")
        let (whole, _) = try Self.run(
            model, [prompt], .init(maximumNewTokens: 8, sampling: .init(temperature: 1.2, seed: 2), alternativeCount: 4), steps: 3)
        let scored = try model.score([.init(tokens: prompt + whole[0].tokens, start: prompt.count)], alternatives: 4)[0]
        for place in whole[0].tokens.indices {
            #expect(whole[0].logprobs[place] == scored.logprobs[place])
            #expect(whole[0].alternatives[place] == scored.alternatives[place])
        }
    }

    @Test func theEndOfTextCanBePassedOver() throws {
        let model = try SmolLM2Tests.load()
        let prompt = model.tokenizer.encode("<|im_start|>user\nSay yes.<|im_end|>\n<|im_start|>assistant\nYes.<|im_end|>\n<|im_start|>assistant\n")
        let ends = try model.generate([prompt], maximumNewTokens: 60)[0]
        try #require(ends.finish == .endOfText)
        let (whole, _) = try Self.run(
            model, [prompt], .init(maximumNewTokens: 60, sampling: .greedy, ignoresEndOfText: true, skipsSpecialTokens: true), steps: 7)
        #expect(whole[0].finish == .length && whole[0].tokens.count == 60)
        #expect(whole[0].tokens.starts(with: ends.tokens) && !whole[0].text.contains("<|im_end|>"))
    }

    @Test func badPromptsAreRefusedBeforeAnythingIsWritten() throws {
        let model = try SmolLM2Tests.load(EngineConfiguration(maximumContextTokens: 8))
        let terms = Writing.Terms(maximumNewTokens: 20, sampling: .greedy, ignoresEndOfText: true)
        #expect(throws: EngineError.self) { try Writing(model, prompts: [[]], terms: terms) }
        #expect(throws: EngineError.self) { try Writing(model, prompts: [Array(repeating: 5, count: 9)], terms: terms) }
        #expect(throws: EngineError.self) { try Writing(model, prompts: [[1 << 30]], terms: terms).advance(steps: 1) }
        let (whole, _) = try Self.run(model, [[504, 6376]], terms, steps: 2)
        // The last token written is never read.
        #expect(whole[0].finish == .contextFull && whole[0].tokens.count == 7)
    }

    @Test func theLikeliestAreThoseOfSorting() {
        let logits: [Float] = [0.5, 3, -.infinity, 3, .nan, 2.5, -1]
        logits.withUnsafeBufferPointer { logits in
            #expect(TopLogprobs(4, of: logits, logSum: 4).entries.map(\.token) == [1, 3, 5, 0])
            #expect(TopLogprobs(2, of: logits, logSum: 4).entries.map(\.logprob) == [-1, -1])
            #expect(TopLogprobs(0, of: logits, logSum: 4).entries.isEmpty)
            #expect(TopLogprobs(100, of: logits, logSum: 4).entries.count == 6)
        }
    }
}
