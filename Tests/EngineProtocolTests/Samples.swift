import EngineProtocol

/// One of every message, with values at the edges of what they may hold.
enum Samples {
    static let identity = EngineIdentity(
        version: "1.0", build: "Swift 6.3 -O", blasConfiguration: "OpenBLAS 0.3.21 DYNAMIC_ARCH", blasCore: "Zen",
        threads: 2, numerics: ["tile": "64x256", "cache": "f32"])

    static let confinement = WorkerConfinement(
        landlockABI: 7, seccompMode: 2, noNewPrivileges: true, dumpable: false, capabilities: UInt64.max, userID: 65_534,
        groupID: 0, limits: ["data": 1 << 33], refusals: ["fork": 1, "list-root": 13])

    static let information = ModelInformation(
        architecture: "llama", parameterCount: 134_515_008, vocabularySize: 49_152, contextLength: 2048, layerCount: 30,
        embeddingLength: 576, headCount: 9, keyValueHeadCount: 3, feedForwardLength: 1536, beginOfTextToken: 1,
        endOfTextToken: nil, hasChatTemplate: true,
        tensors: [
            .init(name: "token_embd.weight", type: "Q8_0", shape: [49_152, 576], byteCount: 30_081_024),
            .init(name: "scalar \u{e9}", type: "F32", shape: [], byteCount: 4),
        ])

    static let templated: ModelInformation = {
        var templated = information
        templated.chatTemplate = "{{ messages }}"
        return templated
    }()

    static let prompts: [Prompt] = [
        .text("a\u{0}\n\u{1F600} e\u{301}"), .text(""), .tokens([0, 49_151, Int(Int32.max)]), .tokens([]),
        .messages([ChatMessage(role: "user", content: "hello"), ChatMessage(role: "assistant", content: "")]),
    ]

    static let requests: [EngineRequest] = [
        .hello,
        .load(LoadRequest(
            container: .safetensors,
            files: [.init(role: .weights, size: 1 << 40), .init(role: .tokenizerConfiguration, size: 0)], threads: 2,
            maximumContextTokens: 512)),
        .load(LoadRequest(container: .gguf, files: [.init(role: .weights, size: 98_362_432)], threads: 1)),
        .information,
        .tokenize(TokenizeRequest(texts: ["a", "", "<|im_start|>"], recognisesSpecialTokens: true)),
        .renderChat(RenderChatRequest(
            conversations: [[ChatMessage(role: "system", content: "x")], []], addsGenerationPrompt: false)),
        .score(ScoreRequest(
            items: prompts.map {
                .init(context: $0, continuations: [.text(" yes"), .tokens([5, 6]), .text("")])
            }, includesTokenLogprobs: true)),
        .generate(GenerateRequest(
            prompts: prompts, maximumNewTokens: 64,
            sampling: Sampling(
                temperature: 0.7, topK: 40, topP: 0.95, minP: 0.05, typicalP: 0.9, repetitionPenalty: 1.1, presencePenalty: -0.5,
                frequencyPenalty: 0.25, seed: .max), stopStrings: ["\n\n", "Q:"])),
        .generate(GenerateRequest(prompts: [], maximumNewTokens: 0)),
        .tensorStatistics(TensorStatisticsRequest(name: "blk.0.attn_q.weight", histogramBins: 64)),
        .shutdown, .openWeights(OpenWeightsRequest(files: [.init(size: 1 << 40, present: [0..<8, 100..<(1 << 40)]), .init(size: 0)], threads: 2)),
        .tensorValues(TensorValuesRequest(name: "w", from: 7, count: 4096)),
        .tensorSpectrum(TensorSpectrumRequest(name: "w", count: 64, seed: .max)),
        .compareTensors(TensorComparisonRequest(name: "w", spectrumCount: 8, seed: 1)),
        .weightMetadata(WeightMetadataRequest(file: 1)),
        .tokenize(TokenizeRequest(texts: ["a"], addsSpecialTokens: true)),
        .score(ScoreRequest(items: [], includesTokenLogprobs: true, alternativeCount: 128)),
        .load(LoadRequest(container: .remote, files: [.init(role: .configuration, size: 64)], threads: 1)),
        .load(LoadRequest(
            container: .safetensors, files: [.init(role: .weights, name: "m.safetensors", size: 8), .init(role: .chatTemplate, size: 9)]
                + [.tokenizerModel, .weightsIndex, .gptqConfiguration, .awqConfiguration].map { .init(role: $0, size: 1) }, threads: 1)),
        .detokenize(DetokenizeRequest(tokens: [0, Int(Int32.max)])), .detokenize(DetokenizeRequest(tokens: [])),
        .beginWriting(WritingRequest(
            prompts: prompts, maximumNewTokens: 7, sampling: Sampling(temperature: 0.5, seed: 9), stopStrings: ["\n"], alternativeCount: 20,
            ignoresEndOfText: true, skipsSpecialTokens: true)),
        .beginWriting(WritingRequest(prompts: [], maximumNewTokens: 0)),
        .continueWriting(WritingStep(id: 3, steps: WritingStep.maximumSteps)), .endWriting(WireLimits.integer),
    ]

    static let spectrum = TensorSpectrum(
        rows: 2, columns: 3, values: [2, .leastNonzeroMagnitude], norm: 2, stableRank: 1, steps: 1, change: .infinity)

    static let replies: [(EngineRequest.Name, EngineReply)] = [
        (.hello, .hello(EngineHello(identity: identity, confinement: confinement, nonce: Array(0..<32)))),
        (.hello, .hello(EngineHello(identity: identity, confinement: nil, nonce: []))),
        (.load, .load(information)), (.information, .information(information)),
        (.tokenize, .tokenize([[1, 2, 3], []])), (.renderChat, .renderChat(["<|im_start|>user\nhi", ""])),
        (.score, .score([
            ScoreResult(
                scores: [
                    .init(logprob: -0.1 - 0.2, tokenCount: 3, isGreedy: true, tokenLogprobs: [-0.1, -0.2, -Float.infinity]),
                    .init(logprob: -Double.infinity, tokenCount: 0, isGreedy: false),
                    .init(logprob: -Double.leastNonzeroMagnitude, tokenCount: 1, isGreedy: true, tokenLogprobs: [-0.0]),
                ], contextTokenCount: 17)
        ])),
        (.generate, .generate(GenerateResult.FinishReason.allCases.map {
            GenerateResult(tokens: [1, 2], text: "\u{fffd} ok", finishReason: $0, promptTokenCount: 3)
        })),
        (.tensorStatistics, .tensorStatistics(TensorStatistics(
            name: "w", type: "BF16", shape: [2, 3], elementCount: 6, minimum: -1.5, maximum: 1e300, mean: .pi,
            standardDeviation: 0.1, norm: 7.5, zeroCount: 1, nanCount: 2, infinityCount: 3, histogram: [1, 0, 5]))),
        (.shutdown, .shutdown), (.openWeights, .openWeights(WeightTables(files: [
            .init(
                isGGUF: true, headerBytes: 512, split: .init(number: 1, count: 3, tensors: 7), tensors: information.tensors,
                offsets: information.tensors.indices.map { 512 + 32 * $0 }),
            .init(isGGUF: false, headerBytes: 10, tensors: [], offsets: []),
        ]))),
        (.tensorValues, .tensorValues(TensorValues(
            type: "Q4_1", shape: [32], from: 1, width: 4, stored: [15, 0], values: [-0.0, .nan],
            scales: [.init(start: 0, scale: 65_504, minimum: -0.0), .init(start: 32, scale: .nan, minimum: nil)]))),
        (.tensorSpectrum, .tensorSpectrum(spectrum)),
        (.compareTensors, .compareTensors(TensorComparison(
            elementCount: 6, isIdentical: false, differingCount: 5, notFiniteCount: 1, largest: 0.5, norm: 1, firstNorm: 2,
            secondNorm: 3, cosine: -1, roundingFloor: 1e-9, spectrum: spectrum))),
        (.weightMetadata, .weightMetadata(WeightMetadata(
            entries: [
                .init(key: "k \u{e9}", type: "string", values: ["a\u{0}"], isSameInOther: nil),
                .init(key: "long", type: "array of 65 uint32", values: nil, isSameInOther: false),
            ], chatTemplate: "{{ x }}", tokens: ["", "c3a9"]))),
        (.information, .information(templated)),
        (.score, .score([
            ScoreResult(
                scores: [
                    .init(
                        logprob: -1, tokenCount: 2, isGreedy: false, tokenLogprobs: [-1, -0.0],
                        alternatives: TokenAlternatives([[.init(token: 5, logprob: -0.5), .init(token: 0, logprob: -.infinity)], []])),
                ], contextTokenCount: 1)
        ])),
        (.detokenize, .detokenize([.init(bytes: [0xC3], isSpecial: false), .init(bytes: [], isSpecial: false), .init(bytes: [0x3C], isSpecial: true)])),
        (.beginWriting, .beginWriting(WritingStart(id: 1, promptTokenCounts: [3, 0]))),
        (.continueWriting, .continueWriting([
            WrittenPart(), WrittenPart(text: "\u{fffd}", finishReason: .stopString),
            WrittenPart(
                tokens: [1, 2], logprobs: [-0.25, -.leastNonzeroMagnitude],
                alternatives: TokenAlternatives([[.init(token: 1, logprob: -0.25)], [.init(token: 2, logprob: -0.0)]]), text: "ab"),
        ])),
        (.endWriting, .endWriting),
    ] + EngineFailure.Code.allCases.map { (.score, .failure(EngineFailure($0, "what was wrong"))) }
}

/// A handler whose answers are worked out from the request, so that a mix-up shows.
struct EchoHandler: EngineHandler {
    var loadedBytes: [UInt8] = []

    mutating func identity() -> EngineIdentity { Samples.identity }

    mutating func load(_ request: LoadRequest, descriptors: [Int32]) throws(EngineFailure) -> ModelInformation {
        var information = Samples.information
        information.tensors = []
        for (file, descriptor) in zip(request.files, descriptors) {
            let bytes = Descriptors.contents(descriptor, count: file.size)
            information.tensors.append(.init(
                name: String(decoding: bytes, as: UTF8.self), type: file.role.rawValue, shape: [], byteCount: file.size))
        }
        return information
    }

    mutating func information() throws(EngineFailure) -> ModelInformation {
        throw EngineFailure(.notLoaded, "no model is loaded")
    }

    mutating func tokenize(_ request: TokenizeRequest) throws(EngineFailure) -> [[Int]] {
        request.texts.map { $0.utf8.map(Int.init) }
    }

    mutating func renderChat(_ request: RenderChatRequest) throws(EngineFailure) -> [String] {
        request.conversations.map { $0.map { "\($0.role): \($0.content)" }.joined(separator: "\n") }
    }

    mutating func score(_ request: ScoreRequest) throws(EngineFailure) -> [ScoreResult] {
        request.items.map { item in
            ScoreResult(
                scores: item.continuations.indices.map { .init(logprob: -0.1 * Double($0), tokenCount: $0, isGreedy: false) },
                contextTokenCount: 1)
        }
    }

    /// One result too few: the client must notice.
    mutating func generate(_ request: GenerateRequest) throws(EngineFailure) -> [GenerateResult] { [] }

    mutating func tensorStatistics(_ request: TensorStatisticsRequest) throws(EngineFailure) -> TensorStatistics {
        // A reply beyond the frame's limit.
        TensorStatistics(
            name: String(repeating: "x", count: WireLimits.frameBytes), type: "F32", shape: [], elementCount: 0, minimum: 0,
            maximum: 0, mean: 0, standardDeviation: 0, norm: 0, zeroCount: 0, nanCount: 0, infinityCount: 0)
    }

    /// A part too many for the second writing, and a token too many for the third.
    mutating func beginWriting(_ request: WritingRequest) throws(EngineFailure) -> WritingStart {
        WritingStart(id: request.maximumNewTokens, promptTokenCounts: request.prompts.map { _ in 1 })
    }

    mutating func continueWriting(_ step: WritingStep) throws(EngineFailure) -> [WrittenPart] {
        let part = WrittenPart(
            tokens: Array(repeating: 7, count: step.id == 3 ? step.steps + 1 : step.steps),
            logprobs: Array(repeating: -1, count: step.id == 3 ? step.steps + 1 : step.steps), text: "x")
        return Array(repeating: part, count: step.id == 2 ? 2 : 1)
    }

    mutating func detokenize(_ request: DetokenizeRequest) throws(EngineFailure) -> [TokenPiece] {
        request.tokens.map { TokenPiece(bytes: [UInt8(truncatingIfNeeded: $0)], isSpecial: $0 > 255) }
    }

    mutating func openWeights(_ request: OpenWeightsRequest, descriptors: [Int32]) throws(EngineFailure) -> WeightTables {
        WeightTables(
            files: zip(request.files, descriptors).map { file, descriptor in
                let bytes = Descriptors.contents(descriptor, count: file.size)
                return .init(
                    isGGUF: false, headerBytes: 0,
                    tensors: [.init(name: String(decoding: bytes, as: UTF8.self), type: "F32", shape: [], byteCount: file.size)],
                    // A file that begins with `!` is said to hold more than it has.
                    offsets: [bytes.first == UInt8(ascii: "!") ? 1 : 0])
            })
    }

    mutating func tensorSpectrum(_ request: TensorSpectrumRequest) throws(EngineFailure) -> TensorSpectrum {
        var spectrum = Samples.spectrum
        spectrum.steps = request.count
        return spectrum
    }
}
