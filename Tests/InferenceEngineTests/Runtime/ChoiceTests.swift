import InferenceEngine
import Testing

/// Text confined to some choices, by SmolLM2.
@Suite struct ChoiceTests {
    @Test func oneOfTheChoicesIsWrittenToItsEnd() throws {
        let model = try SmolLM2Tests.load()
        let prompt = model.tokenizer.encode("The capital of France is")
        let cases: [([String], String?)] = [
            ([" Berlin", " Paris", " Rome"], " Paris"),
            // Not what it would write, and cut into tokens as the model likes.
            ([" xylophone", " qqqq"], nil),
            // One begins like another.
            ([" Paris", " Paris, which is not the capital of Spain"], nil),
            ([" \u{1F40C}", " é"], nil),
        ]
        for (choices, expected) in cases {
            let found = try model.generate([prompt, [5]], maximumNewTokens: 30, choices: choices)
            #expect(choices.contains(found[0].text) && choices.contains(found[1].text), "\(found.map(\.text))")
            #expect(found[0].finish == .endOfText)
            if let expected { #expect(found[0].text == expected) }
        }
        // Drawn, too.
        let sampling = SamplingParameters(temperature: 3, seed: 3)
        let drawn = try model.generate(Array(repeating: prompt, count: 20), maximumNewTokens: 9, sampling: sampling, choices: [" yes", " no"])
        #expect(Set(drawn.map(\.text)) == [" yes", " no"])
    }

    /// The first step's probabilities decide between choices of one token.
    @Test func theLikelierIsChosen() throws {
        let model = try SmolLM2Tests.load()
        let prompt = model.tokenizer.encode("Two plus two is")
        let choices = [" three", " four", " five", " six"]
        let scores = try model.score(context: prompt, continuations: choices.map { model.tokenizer.encode($0) })
        let best = try #require(zip(choices, scores).max { $0.1.sum < $1.1.sum }?.0)
        #expect(try model.generate([prompt], maximumNewTokens: 4, choices: choices)[0].text == best)
    }

    @Test func nothingToChooseAmongIsRefused() throws {
        let model = try SmolLM2Tests.load()
        for choices in [[], [""], ["a", ""]] {
            #expect(HostileModelTests.error { _ = try model.generate([[5]], maximumNewTokens: 3, choices: choices) }?.code == .invalidRequest)
        }
    }
}
