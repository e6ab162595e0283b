import Dispatch
import EngineProtocol

/// The engine in its sandbox, as an evaluation sees it.
///
/// `EngineClient` blocks the thread that calls it, so this actor runs on a queue of its own and not on the threads that
/// everything asynchronous shares. A request that the engine refuses as one batch is asked again item by item, so that
/// one item's fault stays with that item; results do not depend on the batch, so this changes nothing else.
///
/// When the task is cancelled the worker is ended, so that nobody waits for a batch: the run throws `CancellationError`, and goes
/// on with another worker after the last sample that was recorded.
package actor EngineLanguageModel: LanguageModel {
    private let client: EngineClient
    private let facts: LanguageModelInformation
    private let patience: EnginePatience
    private let executor = QueueExecutor()

    package nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    /// - Parameters:
    ///   - client: with a model loaded.
    ///   - identity: from the handshake.
    ///   - model: what loading told.
    ///   - patience: how long an answer may take; the worker is ended after that.
    package init(
        client: EngineClient, identity: EngineIdentity, model: ModelInformation, patience: EnginePatience = EnginePatience()
    ) {
        self.client = client
        self.patience = patience
        facts = LanguageModelInformation(
            architecture: model.architecture, contextLength: model.contextLength,
            hasChatTemplate: model.hasChatTemplate, threads: identity.threads, blasCore: identity.blasCore,
            numerics: identity.numerics, engine: "\(identity.version), \(identity.build), \(identity.blasConfiguration)"
        )
    }

    package func information() -> LanguageModelInformation { facts }

    package func renderChat(_ conversations: [[ChatTurn]]) async throws -> [Result<String, RequestFailure>] {
        try await cancellable { try render(conversations) }
    }

    private func render(_ conversations: [[ChatTurn]]) throws -> [Result<String, RequestFailure>] {
        var results = [Result<String, RequestFailure>](
            repeating: .failure(RequestFailure(code: "no-answer", message: "the model gave no result")), count: conversations.count)
        for isOpen in [false, true] {
            let places = conversations.indices.filter { (OpenTurn.beginning(of: conversations[$0]) != nil) == isOpen }
            let texts = try each(places) { places throws(EngineError) in
                try client.renderChat(
                    RenderChatRequest(conversations: places.map { conversations[$0].map(Self.message) }, addsGenerationPrompt: !isOpen),
                    within: patience.duration(places.count))
            }
            for (place, text) in zip(places, texts) {
                results[place] =
                    if let beginning = OpenTurn.beginning(of: conversations[place]) {
                        text.flatMap { OpenTurn.cut($0, after: beginning) }
                    } else {
                        text
                    }
            }
        }
        return results
    }

    package func scoreContinuations(
        _ requests: [ContinuationRequest]
    ) async throws -> [Result<[ContinuationScore], RequestFailure>] {
        try await cancellable { try scores(requests) }
    }

    private func scores(_ requests: [ContinuationRequest]) throws -> [Result<[ContinuationScore], RequestFailure>] {
        let items = try requests.map(item)
        let answers = try each(items.compactMap { try? $0.get() }) { items throws(EngineError) in
            let results = try client.score(
                ScoreRequest(items: items, includesTokenLogprobs: true),
                within: patience.duration(items.count, continuations: items.reduce(0) { $0 + $1.continuations.count }))
            return results.map { result in
                result.scores.map { score in
                    ContinuationScore(
                        logLikelihood: score.logprob, tokenLogLikelihoods: score.tokenLogprobs ?? [],
                        isGreedy: score.isGreedy)
                }
            }
        }
        return Self.merged(items, answers)
    }

    /// As `_encode_pair` of the harness has it where the model reads on after the beginning of its answer: prompt and continuation
    /// are tokenised as one, and what is beyond the prompt's own tokens is the continuation.
    private func item(_ request: ContinuationRequest) throws -> Result<ScoreRequest.Item, RequestFailure> {
        guard case .chat(let turns) = request.prompt, OpenTurn.beginning(of: turns) != nil else {
            return .success(ScoreRequest.Item(context: Self.prompt(request.prompt), continuations: request.continuations.map { .text($0) }))
        }
        switch try render([turns])[0] {
        case .failure(let failure): return .failure(failure)
        case .success(let text):
            let (context, space) = OpenTurn.split(text)
            return try tokens([context] + request.continuations.map { context + space + $0 }).map { tokens in
                ScoreRequest.Item(
                    context: .tokens(tokens[0]), continuations: tokens.dropFirst().map { .tokens(Array($0.dropFirst(tokens[0].count))) })
            }
        }
    }

    /// Of texts in the chat template.
    private func tokens(_ texts: [String]) throws -> Result<[[Int]], RequestFailure> {
        let request = TokenizeRequest(texts: texts, recognisesSpecialTokens: true)
        return try each([request]) { requests throws(EngineError) in
            try requests.map { request throws(EngineError) in try client.tokenize(request, within: patience.duration(texts.count)) }
        }[0].flatMap { tokens in
            tokens.count == texts.count ? .success(tokens) : .failure(RequestFailure(code: "no-answer", message: "the model gave no result"))
        }
    }

    /// What was asked with its answer, in order; what could not be asked with why.
    private static func merged<Request, Answer>(
        _ requests: [Result<Request, RequestFailure>], _ answers: [Result<Answer, RequestFailure>]
    ) -> [Result<Answer, RequestFailure>] {
        var rest = answers[...]
        return requests.map { request in
            if case .failure(let failure) = request { return .failure(failure) }
            return rest.popFirst() ?? .failure(RequestFailure(code: "no-answer", message: "the model gave no result"))
        }
    }

    package func scoreTexts(_ texts: [String]) async throws -> [Result<ContinuationScore, RequestFailure>] {
        try await cancellable {
            var results: [Result<ContinuationScore, RequestFailure>] = []
            let tokenised = try each(texts) { texts throws(EngineError) in
                try client.tokenize(TokenizeRequest(texts: texts), within: patience.duration(texts.count))
            }
            for tokens in tokenised {
                switch tokens {
                case .failure(let failure): results.append(.failure(failure))
                case .success(let tokens): results.append(try score(tokens))
                }
            }
            return results
        }
    }

    /// A text of so many tokens, in one window or several.
    private func score(_ tokens: [Int]) throws -> Result<ContinuationScore, RequestFailure> {
        let windows = TokenWindows.windows(count: tokens.count, length: facts.contextLength)
        let items = windows.map { window in
            ScoreRequest.Item(
                context: window.context.isEmpty ? .text("") : .tokens(Array(tokens[window.context])),
                continuations: [.tokens(Array(tokens[window.predicted]))])
        }
        var (sum, likelihoods, isGreedy) = (0.0, [Float](), true)
        for part in try each(items, { items throws(EngineError) in
            try client.score(ScoreRequest(items: items, includesTokenLogprobs: true), within: patience.duration(items.count))
        }) {
            switch part {
            case .failure(let failure): return .failure(failure)
            case .success(let result):
                guard let score = result.scores.first else { return .failure(RequestFailure(code: "no-answer", message: "the model gave no result")) }
                sum += score.logprob
                likelihoods += score.tokenLogprobs ?? []
                isGreedy = isGreedy && score.isGreedy
            }
        }
        return .success(ContinuationScore(logLikelihood: sum, tokenLogLikelihoods: likelihoods, isGreedy: isGreedy))
    }

    package func generate(_ requests: [GenerationRequest]) async throws -> [Result<GeneratedText, RequestFailure>] {
        // A batch has one sampling for all its prompts, and the engine seeds by the place in the batch: greedy prompts
        // with the same limits go together, a sampled one goes alone, so that its seed is its own.
        try await cancellable {
            var results: [Result<GeneratedText, RequestFailure>] = []
            var start = 0
            while start < requests.count {
                var end = start + 1
                if requests[start].temperature == 0 {
                    while end < requests.count, Self.mayShareBatch(requests[start], requests[end]) { end += 1 }
                }
                results += try generateTogether(Array(requests[start..<end]))
                start = end
            }
            return results
        }
    }

    private func generateTogether(_ requests: [GenerationRequest]) throws -> [Result<GeneratedText, RequestFailure>] {
        guard let first = requests.first else { return [] }
        let prompts = try requests.map { try prompt($0.prompt) }
        let answers = try each(prompts.compactMap { try? $0.get() }) { prompts throws(EngineError) in
            let results = try client.generate(
                GenerateRequest(
                    prompts: prompts, maximumNewTokens: first.maximumTokens,
                    sampling: Sampling(temperature: first.temperature, topK: first.topK, topP: first.topP, seed: first.seed),
                    stopStrings: first.stopStrings),
                within: patience.duration(prompts.count, tokens: prompts.count * first.maximumTokens))
            return results.map { result in
                GeneratedText(
                    text: result.text, tokens: result.tokens, finish: result.finishReason.rawValue,
                    promptTokenCount: result.promptTokenCount)
            }
        }
        return Self.merged(prompts, answers)
    }

    private func prompt(_ prompt: ModelPrompt) throws -> Result<Prompt, RequestFailure> {
        guard case .chat(let turns) = prompt, OpenTurn.beginning(of: turns) != nil else { return .success(Self.prompt(prompt)) }
        switch try render([turns])[0] {
        case .failure(let failure): return .failure(failure)
        case .success(let text): return try tokens([text]).map { .tokens($0[0]) }
        }
    }

    private static func mayShareBatch(_ one: GenerationRequest, _ other: GenerationRequest) -> Bool {
        one.temperature == other.temperature && one.maximumTokens == other.maximumTokens
            && one.stopStrings == other.stopStrings
    }

    /// Requests to the engine, which a cancelled task does not wait for.
    /// - Throws: `CancellationError`; `EvaluationError.engineTooSlow`; `EngineError`.
    private func cancellable<Answer>(_ ask: () throws -> Answer) async throws -> Answer {
        try Task.checkCancellation()
        let client = client
        do {
            return try await withTaskCancellationHandler { try answer(ask) } onCancel: { client.interrupt() }
        } catch {
            if Task.isCancelled { throw CancellationError() }
            guard case EngineError.timedOut(let request, let duration) = error else { throw error }
            throw EvaluationError.engineTooSlow("it had \(duration) for one request (\(request.rawValue)), and was ended")
        }
    }

    /// A method, because a closure is run where the actor is only if it uses the actor.
    private func answer<Answer>(_ ask: () throws -> Answer) throws -> Answer { try ask() }

    private func each<Request, Answer>(
        _ requests: [Request], _ ask: ([Request]) throws(EngineError) -> [Answer]
    ) throws -> [Result<Answer, RequestFailure>] {
        guard !requests.isEmpty else { return [] }
        do throws(EngineError) {
            return try ask(requests).map { .success($0) }
        } catch {
            guard let failure = Self.failure(error) else { throw error }
            guard requests.count > 1 else { return [.failure(failure)] }
        }
        var results: [Result<Answer, RequestFailure>] = []
        for request in requests {
            do throws(EngineError) {
                results += try ask([request]).map { .success($0) }
            } catch {
                guard let failure = Self.failure(error) else { throw error }
                results.append(.failure(failure))
            }
        }
        return results
    }

    /// The item's own fault, or nil when the worker is gone or was never ready.
    private static func failure(_ error: EngineError) -> RequestFailure? {
        guard case .refused(let failure) = error else { return nil }
        switch failure.code {
        case .invalidRequest, .contextExceeded, .limitExceeded, .malformedModel, .unsupportedModel:
            return RequestFailure(code: failure.code.rawValue, message: String(failure.message.prefix(1024)))
        case .notLoaded, .internalFault: return nil
        }
    }

    private static func prompt(_ prompt: ModelPrompt) -> Prompt {
        switch prompt {
        case .text(let text): .text(text)
        case .chat(let turns): .messages(turns.map(message))
        }
    }

    private static func message(_ turn: ChatTurn) -> ChatMessage {
        ChatMessage(role: turn.role, content: turn.content)
    }
}

/// Runs an actor's work on a serial queue, where it may block.
private final class QueueExecutor: SerialExecutor {
    private let queue = DispatchQueue(label: "assay.engine-language-model")

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        queue.async { job.runSynchronously(on: self.asUnownedSerialExecutor()) }
    }
}
