import EngineProtocol
import InferenceEngine
import PromptTemplates
import WeightFormats

/// Answers the appliance's requests with a loaded model.
struct ModelHandler: EngineHandler {
    private var loaded: LoadedModel?
    /// Files that are looked into without a model made of them.
    private var opened: OpenedWeights?
    /// Before a model is loaded, what the environment that we were started in asks for.
    private var threads = BLASKernels.threads
    /// Texts that are being written in steps, by their ids.
    var writings: [Int: Writing] = [:]
    var nextWriting = 1

    mutating func identity() -> EngineIdentity {
        #if DEBUG
            let build = "debug"
        #else
            let build = "release"
        #endif
        return EngineIdentity(
            version: AssayEngine.version, build: build, blasConfiguration: BLASKernels.configuration,
            blasCore: BLASKernels.core, threads: threads, numerics: EngineConfiguration.numerics)
    }

    mutating func load(_ request: LoadRequest, descriptors: [Int32]) throws(EngineFailure) -> ModelInformation {
        forget()
        var configuration = EngineConfiguration(threads: request.threads)
        configuration.maximumContextTokens = request.maximumContextTokens
        do {
            var weights: [(path: String, container: WeightContainer)] = []
            var index: WeightShards.Index?
            var sides = LoadedModel.SideFiles()
            for (file, descriptor) in zip(request.files, descriptors) {
                let mapped = try MappedFile(fileDescriptor: descriptor)
                guard mapped.count == file.size else {
                    throw EngineFailure(.invalidRequest, "a file has \(mapped.count) bytes where \(file.size) were announced")
                }
                switch file.role {
                case .weights:
                    weights.append((path: file.name ?? "weights file \(weights.count + 1)", container: try WeightContainer.open(mapped)))
                case .weightsIndex:
                    index = try WeightShards.Index(path: file.name ?? "the weights' index", json: mapped.copy())
                default: sides[file.role] = mapped.copy()
                }
            }
            guard !weights.isEmpty else { throw EngineFailure(.invalidRequest, "no weights were passed") }
            loaded = try LoadedModel(WeightTable(weights, index: index), sideFiles: sides, configuration: configuration)
            threads = request.threads
        } catch {
            throw Self.failure(error)
        }
        return try information()
    }

    mutating func information() throws(EngineFailure) -> ModelInformation {
        let loaded = try model()
        let shape = loaded.model.shape
        return ModelInformation(
            architecture: shape.architecture, parameterCount: loaded.parameterCount,
            vocabularySize: shape.vocabulary, contextLength: loaded.model.contextLimit, layerCount: shape.layers.count,
            embeddingLength: shape.width, headCount: shape.heads, keyValueHeadCount: shape.keyValueHeads,
            feedForwardLength: shape.feedForwardWidth, beginOfTextToken: loaded.tokenizer.beginOfText.map { Int($0) },
            endOfTextToken: loaded.tokenizer.endOfText.map { Int($0) }, hasChatTemplate: loaded.hasChatTemplate,
            chatTemplate: loaded.templateSource, tensors: loaded.weights.tensors.map(ModelInformation.Tensor.init))
    }

    mutating func tokenize(_ request: TokenizeRequest) throws(EngineFailure) -> [[Int]] {
        let loaded = try model()
        return request.texts.map { text in
            loaded.tokenizer.encode(
                text, parseSpecial: request.recognisesSpecialTokens, addSpecial: request.addsSpecialTokens
            ).map { Int($0) }
        }
    }

    mutating func renderChat(_ request: RenderChatRequest) throws(EngineFailure) -> [String] {
        let loaded = try model()
        var texts: [String] = []
        for conversation in request.conversations {
            texts.append(try Self.text(conversation, loaded, generationPrompt: request.addsGenerationPrompt))
        }
        return texts
    }

    mutating func score(_ request: ScoreRequest) throws(EngineFailure) -> [ScoreResult] {
        let loaded = try model()
        do {
            let items = try request.items.map { try Self.sequences($0, loaded) }
            // All together: what items begin with is read once.
            let scores = try loaded.score(groups: items.map(\.sequences), alternatives: request.alternativeCount)
            return zip(items, scores).map { item, own in
                ScoreResult(
                    scores: own.map { score in
                        .init(
                            logprob: score.sum, tokenCount: score.logprobs.count, isGreedy: score.isGreedy,
                            tokenLogprobs: request.includesTokenLogprobs ? score.logprobs : nil,
                            alternatives: request.alternativeCount > 0 ? TokenAlternatives(score.alternatives.map(\.list)) : nil)
                    }, contextTokenCount: item.contextTokenCount)
            }
        } catch {
            throw Self.failure(error)
        }
    }

    /// An item's context with each of its continuations.
    private static func sequences(
        _ item: ScoreRequest.Item, _ loaded: LoadedModel
    ) throws -> (sequences: [LoadedModel.ScoredSequence], contextTokenCount: Int) {
        var context: [Int32] = []
        if case .text = item.context {} else { context = try tokens(item.context, loaded) }
        let sequences = item.continuations.map { continuation -> LoadedModel.ScoredSequence in
            switch (item.context, continuation) {
            case (.text(let text), .text(let more)): return loaded.sequence(context: text, continuation: more)
            case (.text(let text), .tokens(let more)):
                let own = loaded.sequence(context: text, continuation: "")
                return .init(tokens: own.tokens + more.map { Int32(clamping: $0) }, start: own.tokens.count)
            case (_, .text(let more)):
                return .init(tokens: context + loaded.tokenizer.encode(more, parseSpecial: false), start: context.count)
            case (_, .tokens(let more)):
                return .init(tokens: context + more.map { Int32(clamping: $0) }, start: context.count)
            }
        }
        return (sequences, sequences.first?.start ?? context.count)
    }

    mutating func generate(_ request: GenerateRequest) throws(EngineFailure) -> [GenerateResult] {
        let loaded = try model()
        do {
            let prompts = try request.prompts.map { try Self.tokens($0, loaded) }
            let results = try loaded.generate(
                prompts, maximumNewTokens: request.maximumNewTokens, sampling: SamplingParameters(request.sampling),
                stopStrings: request.stopStrings)
            return zip(prompts, results).map { prompt, result in
                GenerateResult(
                    tokens: result.tokens.map { Int($0) }, text: result.text, finishReason: Self.reason(result.finish),
                    promptTokenCount: prompt.count)
            }
        } catch {
            throw Self.failure(error)
        }
    }

    static func reason(_ finish: LoadedModel.Generated.Finish) -> GenerateResult.FinishReason {
        switch finish {
        case .endOfText: .endOfText
        case .stopString: .stopString
        case .length: .length
        case .contextFull: .contextFull
        }
    }

    mutating func tensorStatistics(_ request: TensorStatisticsRequest) throws(EngineFailure) -> TensorStatistics {
        let container: WeightContainer, tensor: TensorInfo
        if let opened {
            (container, tensor) = (opened.containers[0], try Self.tensor(request.name, in: opened))
        } else {
            let weights = try model().weights
            guard let found = weights.tensor(request.name), let file = weights.container(of: request.name) else {
                throw EngineFailure(.invalidRequest, "there is no such tensor")
            }
            (container, tensor) = (file, found)
        }
        do {
            let summary = try TensorSummary(tensor, in: container, bins: request.histogramBins)
            return TensorStatistics(
                name: tensor.name, type: tensor.type.name, shape: tensor.shape, elementCount: summary.count,
                minimum: summary.minimum, maximum: summary.maximum, mean: summary.mean,
                standardDeviation: summary.standardDeviation, norm: summary.norm, zeroCount: summary.zeroCount,
                nanCount: summary.nanCount, infinityCount: summary.infinityCount, histogram: summary.histogram)
        } catch {
            throw Self.failure(error)
        }
    }

    // MARK: What requests share

    func model() throws(EngineFailure) -> LoadedModel {
        guard let loaded else { throw EngineFailure(.notLoaded, "no model is loaded") }
        return loaded
    }

    func weights() throws(EngineFailure) -> OpenedWeights {
        guard let opened else { throw EngineFailure(.notLoaded, "no weights are open") }
        return opened
    }

    mutating func keep(_ weights: OpenedWeights) { opened = weights }

    mutating func forget() { (loaded, opened, writings) = (nil, nil, [:]) }

    private static func text(
        _ conversation: [EngineProtocol.ChatMessage], _ loaded: LoadedModel, generationPrompt: Bool = true
    ) throws(EngineFailure) -> String {
        do {
            let messages = conversation.map { PromptTemplates.ChatMessage(role: $0.role, content: $0.content) }
            return try loaded.render(messages, addGenerationPrompt: generationPrompt)
        } catch {
            throw failure(error)
        }
    }

    static func tokens(_ prompt: Prompt, _ loaded: LoadedModel) throws -> [Int32] {
        switch prompt {
        case .text(let text): loaded.tokenizer.encode(text, parseSpecial: false)
        case .tokens(let tokens): tokens.map { Int32(clamping: $0) }
        case .messages(let messages): loaded.tokenizer.encode(try text(messages, loaded), parseSpecial: true)
        }
    }

    static func failure(_ error: any Error) -> EngineFailure {
        switch error {
        case let failure as EngineFailure: failure
        case let error as InferenceEngine.EngineError:
            EngineFailure(EngineFailure.Code(rawValue: error.code.rawValue) ?? .internalFault, error.message)
        case let error as WeightError: EngineFailure(.malformedModel, "\(error)")
        case let error as ShardError: EngineFailure(.malformedModel, "\(error)")
        default: EngineFailure(.internalFault, "\(error)")
        }
    }
}

extension SamplingParameters {
    init(_ sampling: Sampling) {
        self.init(
            temperature: sampling.temperature, topK: sampling.topK, topP: sampling.topP, minP: sampling.minP, typicalP: sampling.typicalP,
            repetitionPenalty: sampling.repetitionPenalty, presencePenalty: sampling.presencePenalty,
            frequencyPenalty: sampling.frequencyPenalty, seed: sampling.seed)
    }
}

extension LoadedModel.SideFiles {
    /// The file of a role; none of weights and their index.
    subscript(role: LoadRequest.Role) -> [UInt8]? {
        get { Self.path(role).flatMap { self[keyPath: $0] } }
        set { if let path = Self.path(role) { self[keyPath: path] = newValue } }
    }

    private static func path(_ role: LoadRequest.Role) -> WritableKeyPath<Self, [UInt8]?>? {
        switch role {
        case .weights, .weightsIndex: nil
        case .configuration: \.configuration
        case .tokenizer: \.tokenizer
        case .tokenizerModel: \.tokenizerModel
        case .tokenizerConfiguration: \.tokenizerConfiguration
        case .chatTemplate: \.chatTemplate
        case .gptqConfiguration: \.gptqConfiguration
        case .awqConfiguration: \.awqConfiguration
        }
    }
}
