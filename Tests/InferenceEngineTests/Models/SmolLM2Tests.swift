import CanonicalEncoding
import InferenceEngine
import TestTools
import Testing
import WeightFormats

/// The demonstration model against transformers in float32, on its dequantised weights.
@Suite(.serialized) struct SmolLM2Tests {
    static func load(_ configuration: EngineConfiguration = EngineConfiguration()) throws -> LoadedModel {
        try LoadedModel(MappedFile(path: DemonstrationModel.path()), configuration: configuration)
    }

    @Test func logprobsAreThoseOfTransformers() throws {
        let model = try Self.load()
        let lines = try ModelFixture.lines("smollm2-logprobs.jsonl")
        #expect(lines.count >= 10)
        for line in lines {
            let expected = try ModelFixture.Sequence(line)
            let text = line["text"]?.string ?? ""
            #expect(model.tokenizer.encode(text) == expected.tokens)
            let distance = expected.distance(try model.logprobs(of: expected.tokens))
            #expect(distance < 2e-3, "\(text.prefix(40).debugDescription): \(distance)")
        }
    }

    @Test func greedyContinuationsAreThoseOfTransformers() throws {
        let expected = try ModelFixture.lines("smollm2-greedy.jsonl").map(ModelFixture.Continuation.init)
        for configuration in [EngineConfiguration(decodeRows: 1), EngineConfiguration(decodeRows: 16)] {
            let model = try Self.load(configuration)
            let results = try model.generate(expected.map(\.tokens), maximumNewTokens: 24)
            for (result, expected) in zip(results, expected) {
                #expect(result.tokens == Array(expected.written.prefix { !model.tokenizer.endOfTurn.contains($0) }))
            }
        }
    }

    @Test func twoRunsGiveTheSameBits() throws {
        let tokens = try ModelFixture.lines("smollm2-logprobs.jsonl").map { try ModelFixture.Sequence($0).tokens }
        let one = try Self.load(EngineConfiguration(threads: 2))
        let other = try Self.load(EngineConfiguration(threads: 1))
        for tokens in tokens {
            let found = try one.logprobs(of: tokens)
            #expect(try found == one.logprobs(of: tokens))
            #expect(try found == other.logprobs(of: tokens))
        }
    }

    @Test func stopStringsEndAndCutTheText() throws {
        let model = try Self.load()
        let prompt = model.tokenizer.encode("One, two, three, four, five, six,")
        let free = try model.generate([prompt], maximumNewTokens: 12)[0]
        let word = " nine"
        try #require(free.text.contains(word), "the model counts: \(free.text)")
        let cut = try model.generate([prompt], maximumNewTokens: 12, stopStrings: ["absent", "e,", word])[0]
        #expect(cut.finish == .stopString)
        #expect(free.text.utf8.starts(with: cut.text.utf8))
        #expect(!cut.text.contains("e,") && cut.tokens.count < free.tokens.count)
        #expect(free.tokens.starts(with: cut.tokens))
    }

    @Test func chatsAreRenderedByTheModelsOwnTemplate() throws {
        let model = try Self.load()
        let text = try model.render([.init(role: "user", content: "Hi")])
        #expect(
            text == """
                <|im_start|>system
                You are a helpful AI assistant named SmolLM, trained by Hugging Face<|im_end|>
                <|im_start|>user
                Hi<|im_end|>
                <|im_start|>assistant

                """)
    }

    /// As `_encode_pair` of lm-evaluation-harness splits.
    @Test func spacesBeforeAContinuationBelongToIt() throws {
        let model = try Self.load()
        let plain = model.sequence(context: "Question: 1?\nAnswer:", continuation: " one")
        let moved = model.sequence(context: "Question: 1?\nAnswer: ", continuation: "one")
        #expect(plain == moved)
        #expect(plain.start == model.tokenizer.encode("Question: 1?\nAnswer:").count)
        #expect(model.sequence(context: "", continuation: "one").start == 1)
        #expect(model.sequence(context: " \n", continuation: "one").tokens.first == model.tokenizer.beginOfText)
    }
}
