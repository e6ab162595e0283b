import CanonicalEncoding
import EngineProtocol
import TestTools
import Testing

/// The worker over assay-serve, which speaks vLLM's dialect, with the demonstration model: what passes through two protocols
/// and HTTP is what the engine says and what `transformers` says.
@Suite(.serialized) struct ServedModelTests {
    private static let time = Duration.seconds(120)

    @Test func scoresWritesAndTokenises() throws {
        let program = try ServeProgram(["--model", DemonstrationModel.path(), "--served-model-name", "far", "--context", "512"])
        let socket = try #require(program.socket)
        try RemoteWorker.with { client in
            let information = try RemoteWorker.load(client, socket: socket, model: "far")
            #expect(information.contextLength == 512 && information.vocabularySize == 49_152 && information.hasChatTemplate)
            #expect(information.endOfTextToken == 2 && information.beginOfTextToken == 1)
            for line in try DemonstrationModel.fixture("smollm2-logprobs.jsonl").prefix(3) {
                let value = try StrictJSON.parse(line)
                let text = try #require(value["text"]?.string)
                let tokens = try #require(value["tokens"]?.array).compactMap { $0.integer.map { Int($0) } }
                let expected = try #require(value["logprobs"]?.array).map(\.double)
                #expect(try client.tokenize(.init(texts: [text]), within: Self.time) == [tokens])
                let pieces = try client.detokenize(.init(tokens: tokens), within: Self.time)
                #expect(String(decoding: pieces.flatMap(\.bytes), as: UTF8.self) == text || text.unicodeScalars.contains { !$0.isASCII })
                let result = try client.score(
                    .init(items: [.init(context: .tokens([tokens[0]]), continuations: [.tokens(Array(tokens.dropFirst())), .tokens([])])],
                        includesTokenLogprobs: true, alternativeCount: 2), within: Self.time)[0]
                let score = result.scores[0]
                #expect(score.tokenCount == tokens.count - 1 && result.scores[1].tokenCount == 0 && result.scores[1].isGreedy)
                for (own, other) in zip(try #require(score.tokenLogprobs), expected.dropFirst()) {
                    // transformers in float32, as the engine's own tests have it.
                    #expect(abs(Double(own) - (try #require(other))) < 2e-3)
                }
                for place in try #require(score.alternatives?.places) { #expect(place.count == 2 && place[0].logprob >= place[1].logprob) }
            }
            let line = try StrictJSON.parse(try #require(DemonstrationModel.fixture("smollm2-greedy.jsonl").first))
            let prompt = try #require(line["tokens"]?.array).compactMap { $0.integer.map { Int($0) } }
            let written = try #require(line["written"]?.array).compactMap { $0.integer.map { Int($0) } }
            let results = try client.generate(.init(prompts: [.tokens(prompt), .tokens(prompt)], maximumNewTokens: 12), within: Self.time)
            #expect(results.map(\.tokens) == [Array(written.prefix(12)), Array(written.prefix(12))])
            #expect(results.map(\.finishReason) == [.length, .length])
            // In steps, given up in the middle, and the next text is written all the same.
            let start = try client.beginWriting(
                .init(prompts: [.tokens(prompt)], maximumNewTokens: 200, alternativeCount: 2, ignoresEndOfText: true), within: Self.time)
            let part = try client.continueWriting(.init(id: start.id, steps: 3), texts: 1, within: Self.time)[0]
            #expect(part.tokens == Array(written.prefix(3)) && part.alternatives?.places.count == 3)
            try client.endWriting(start.id)
            let chat = try client.renderChat(.init(conversations: [[.init(role: "user", content: "Hi")]]), within: Self.time)[0]
            #expect(chat.hasSuffix("<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\n"))
            let error = #expect(throws: EngineError.self) { try client.tensorStatistics(.init(name: "w"), within: Self.time) }
            #expect(RemoteWorker.failure(error)?.code == .invalidRequest)
        }
    }
}
