import EngineProtocol
import Evaluation
import Foundation
import Testing

/// The adapter, against the protocol's own server in this process.
@Suite struct EngineLanguageModelTests {
    /// Answers worked out from the request; refuses a batch with "long" in it, ends on "fault".
    struct Handler: EngineHandler {
        func identity() -> EngineIdentity {
            EngineIdentity(
                version: "1", build: "test", blasConfiguration: "none", blasCore: "Haswell", threads: 2,
                numerics: ["tileRows": "64"])
        }

        func load(_ request: LoadRequest, descriptors: [Int32]) throws(EngineFailure) -> ModelInformation {
            throw EngineFailure(.notLoaded, "")
        }

        func information() throws(EngineFailure) -> ModelInformation { throw EngineFailure(.notLoaded, "") }
        /// A token for each byte, where marks are to be seen in the text.
        func tokenize(_ request: TokenizeRequest) throws(EngineFailure) -> [[Int]] {
            request.texts.map { text in request.recognisesSpecialTokens ? text.utf8.map { Int($0) } : [] }
        }

        func renderChat(_ request: RenderChatRequest) throws(EngineFailure) -> [String] {
            request.conversations.map {
                $0.map { "\($0.role):\($0.content)" }.joined(separator: "|") + (request.addsGenerationPrompt ? "" : "|end")
            }
        }

        func score(_ request: ScoreRequest) throws(EngineFailure) -> [ScoreResult] {
            var results: [ScoreResult] = []
            for item in request.items {
                let context = try text(item.context)
                let scores = item.continuations.map { continuation in
                    var length = 0
                    switch continuation {
                    case .text(let text): length = text.utf8.count
                    case .tokens(let tokens): length = tokens.count
                    }
                    return ScoreResult.Score(
                        logprob: -0.1 * Double(length + context.utf8.count), tokenCount: 1, isGreedy: length == 1,
                        tokenLogprobs: request.includesTokenLogprobs ? [-0.1] : nil)
                }
                results.append(ScoreResult(scores: scores, contextTokenCount: 1))
            }
            return results
        }

        /// The text tells how the prompt was asked: the batch's size, seed and place.
        func generate(_ request: GenerateRequest) throws(EngineFailure) -> [GenerateResult] {
            var results: [GenerateResult] = []
            for (place, prompt) in request.prompts.enumerated() {
                let text = "\(try text(prompt)) \(request.prompts.count) \(request.sampling.seed) \(place)"
                results.append(
                    GenerateResult(tokens: [place], text: text, finishReason: .length, promptTokenCount: 1))
            }
            return results
        }

        func tensorStatistics(_ request: TensorStatisticsRequest) throws(EngineFailure) -> TensorStatistics {
            throw EngineFailure(.invalidRequest, "")
        }

        private func text(_ prompt: Prompt) throws(EngineFailure) -> String {
            let text =
                switch prompt {
                case .text(let text): text
                case .messages(let messages): messages.map { "\($0.role):\($0.content)" }.joined(separator: "|")
                case .tokens(let tokens): String(decoding: tokens.map { UInt8($0) }, as: UTF8.self)
                }
            if text.contains("long") { throw EngineFailure(.contextExceeded, "too long") }
            if text.contains("slow") { usleep(400_000) }
            if text.contains("stuck") { sleep(60) }
            if text.contains("fault") { throw EngineFailure(.internalFault, "broken") }
            return text
        }
    }

    let model: EngineLanguageModel

    init() throws { model = try Self.engine(EnginePatience(item: .seconds(20))) }

    static func engine(_ patience: EnginePatience) throws -> EngineLanguageModel {
        var pair: [Int32] = [-1, -1]
        try #require(socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, &pair) == 0)
        let server = pair[1]
        Thread.detachNewThread {
            var handler = Handler()
            try? EngineServer.run(fd: server, confinement: nil, handler: &handler)
            close(server)
        }
        let client = EngineClient(descriptor: pair[0])
        let identity = try client.hello().identity
        return EngineLanguageModel(
            client: client, identity: identity,
            model: ModelInformation(
                architecture: "llama", parameterCount: 1, vocabularySize: 2, contextLength: 64, layerCount: 1,
                embeddingLength: 1, headCount: 1, keyValueHeadCount: 1, feedForwardLength: 1, beginOfTextToken: nil,
                endOfTextToken: nil, hasChatTemplate: true, tensors: []), patience: patience)
    }

    /// Time is for an item: three slow ones may take 1.2 s where one may take 1. One that is stuck ends the run with a reason.
    @Test func timeGrowsWithTheBatch() async throws {
        let slow = try Self.engine(EnginePatience(item: .seconds(1)))
        func requests(_ texts: [String]) -> [ContinuationRequest] { texts.map { ContinuationRequest(prompt: .text($0), continuations: ["x"]) } }
        #expect(try await slow.scoreContinuations(requests(["slow", "slow", "slow"])).allSatisfy { (try? $0.get()) != nil })
        let error = await #expect(throws: EvaluationError.self) { try await slow.scoreContinuations(requests(["a", "stuck"])) }
        #expect(error?.description.contains("2.0 seconds for one request (score)") == true && error?.description.contains("--patience") == true, "\(String(describing: error))")
        // What may be written counts as well: 1,200 tokens are three times 512.
        let long = GenerationRequest(prompt: .text("slow slow"), maximumTokens: 1200, stopStrings: [], temperature: 0, seed: 1)
        #expect(try await Self.engine(EnginePatience(item: .milliseconds(390))).generate([long]).count == 1)
    }

    /// Nobody waits for a batch that nobody wants any more.
    @Test func cancellationEndsTheRequest() async throws {
        let model = try Self.engine(EnginePatience())
        let task = Task { try await model.scoreContinuations([ContinuationRequest(prompt: .text("stuck"), continuations: ["x"])]) }
        try await Task.sleep(for: .milliseconds(200))
        task.cancel()
        // The engine would answer after a minute.
        await #expect(throws: CancellationError.self) { try await task.value }
    }

    @Test func facts() async {
        let facts = await model.information()
        #expect(facts.threads == 2 && facts.blasCore == "Haswell" && facts.numerics == ["tileRows": "64"])
        #expect(facts.architecture == "llama" && facts.contextLength == 64 && facts.hasChatTemplate)
    }

    @Test func likelihoods() async throws {
        let results = try await model.scoreContinuations([
            ContinuationRequest(prompt: .text("ab"), continuations: ["x", "yyy"]),
            ContinuationRequest(prompt: .chat([ChatTurn(role: "user", content: "q")]), continuations: ["z"]),
        ])
        let first = try results[0].get()
        #expect(first.map(\.logLikelihood) == [-0.1 * 3, -0.1 * 5])
        #expect(first.map(\.isGreedy) == [true, false])
        #expect(first[0].tokenLogLikelihoods == [-0.1])
        #expect(try results[1].get().map(\.logLikelihood) == [-0.1 * 7])
    }

    /// One item's fault stays with that item.
    @Test func aRefusedBatchIsAskedItemByItem() async throws {
        let results = try await model.scoreContinuations(
            ["a", "long", "b"].map { ContinuationRequest(prompt: .text($0), continuations: ["x"]) })
        #expect(try results[0].get().count == 1)
        #expect(results[1] == .failure(RequestFailure(code: "context-exceeded", message: "too long")))
        #expect(try results[2].get().count == 1)
    }

    @Test func aFaultOfTheEngineStopsTheRun() async {
        await #expect(throws: EngineError.self) {
            try await model.scoreContinuations([ContinuationRequest(prompt: .text("fault"), continuations: ["x"])])
        }
    }

    /// Greedy prompts share a batch; a sampled one is alone in its own, so that nothing but its seed decides.
    @Test func batching() async throws {
        func request(_ text: String, temperature: Double, seed: UInt64) -> GenerationRequest {
            GenerationRequest(
                prompt: .text(text), maximumTokens: 5, stopStrings: [], temperature: temperature, seed: seed)
        }
        let results = try await model.generate([
            request("a", temperature: 0, seed: 1), request("b", temperature: 0, seed: 2),
            request("c", temperature: 1, seed: 3), request("d", temperature: 1, seed: 4),
            request("long", temperature: 1, seed: 5), request("e", temperature: 0, seed: 6),
        ])
        let texts = results.map { try? $0.get().text }
        #expect(texts == ["a 2 1 0", "b 2 1 1", "c 1 3 0", "d 1 4 0", nil, "e 1 6 0"])
        #expect(try results[0].get().finish == "length")
    }

    /// A turn that is left open (transformers' `continue_final_message`): the template's end of it is cut off, white space before
    /// the continuation is tokenised with that, and a template that drops the white space keeps it dropped.
    @Test func openTurn() async throws {
        func turns(_ beginning: String) -> [ChatTurn] {
            [ChatTurn(role: "user", content: "It is it"), ChatTurn(role: "assistant", content: beginning)]
        }
        #expect(try await model.renderChat([turns("It is "), turns(" "), turns("It is\n")]).map { try? $0.get() } == ["user:It is it|assistant:It is ", nil, "user:It is it|assistant:It is\n"])
        let scores = try await model.scoreContinuations([
            ContinuationRequest(prompt: .chat(turns("It is ")), continuations: ["A", "BC"]),
            ContinuationRequest(prompt: .chat(turns(" ")), continuations: ["A"]), ContinuationRequest(prompt: .text("ab"), continuations: ["x"]),
        ])
        // "user:It is it|assistant:It is" has 29 bytes, " A" two.
        #expect(try scores[0].get().map(\.logLikelihood) == [-0.1 * 31, -0.1 * 32])
        #expect(scores[1] == .failure(RequestFailure(code: "no-open-turn", message: "the model's chat template does not show the beginning of the answer (gen_prefix) as it stands, so that the answer cannot go on after it")))
        #expect(try scores[2].get().map(\.logLikelihood) == [-0.1 * 3])
        let written = try await model.generate([
            GenerationRequest(prompt: .chat(turns("It is")), maximumTokens: 5, stopStrings: [], temperature: 0, seed: 1)
        ])
        #expect(try written[0].get().text == "user:It is it|assistant:It is 1 1 0")
    }

    @Test func chat() async throws {
        let texts = try await model.renderChat([[ChatTurn(role: "user", content: "hi")]])
        #expect(texts == [.success("user:hi")])
        #expect(try await model.renderChat([]).isEmpty)
    }
}
