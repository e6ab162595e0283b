import Dispatch
import EngineProtocol

/// The one worker, and those who wait for it: first come, first served.
package actor WorkerQueue {
    private let client: EngineClient
    private let process: (any EngineProcess)?
    private let whenGone: @Sendable () -> Void
    /// Calls to the worker block their thread, which must not be one of Swift's own.
    private let thread = DispatchQueue(label: "assay-serve.worker")

    private var isTaken = false
    private var waiting: [(id: Int, continuation: CheckedContinuation<Void, any Error>)] = []
    private var nextID = 0
    private var isStopped = false
    /// Why the worker ended by itself, where it has.
    private(set) var end: EngineError?

    /// - Parameters:
    ///   - process: ended by `stop`, in the middle of a request too.
    ///   - whenGone: called once, when the worker has ended by itself.
    package init(client: EngineClient, process: (any EngineProcess)? = nil, whenGone: @escaping @Sendable () -> Void = {}) {
        self.client = client
        self.process = process
        self.whenGone = whenGone
    }

    /// Runs `body` with the worker to itself.
    nonisolated func withTurn<Value>(_ body: (Turn) async throws -> Value) async throws -> Value {
        try await takeTurn()
        do {
            let value = try await body(Turn(queue: self))
            await passTurn()
            return value
        } catch {
            await passTurn()
            throw error
        }
    }

    /// Asks the worker within a turn.
    fileprivate func ask<Value: Sendable>(_ body: @escaping @Sendable (EngineClient) throws -> Value) async throws -> Value {
        try Task.checkCancellation()
        guard !isStopped else { throw APIError.stopping }
        let client = client
        do {
            return try await withCheckedThrowingContinuation { continuation in
                thread.async { continuation.resume(with: Result { try body(client) }) }
            }
        } catch let error as EngineError {
            guard !isStopped else { throw APIError.stopping }
            switch error {
            case .refused, .unsendable: break
            case .timedOut, .ended, .violation, .gone:
                if end == nil {
                    end = error
                    whenGone()
                }
            }
            throw APIError(error)
        }
    }

    /// Nobody gets a turn any more, and the worker ends.
    package func stop() async {
        guard !isStopped else { return }
        isStopped = true
        for waiter in waiting { waiter.continuation.resume(throwing: APIError.stopping) }
        waiting = []
        // In the middle of a request there is no asking it to.
        if let process, isTaken { process.terminate() }
        let client = client
        await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
            thread.async {
                client.shutdown()
                continuation.resume()
            }
        }
    }

    private func takeTurn() async throws {
        guard !isStopped else { throw APIError.stopping }
        if let end { throw APIError(end) }
        guard isTaken else {
            isTaken = true
            return
        }
        guard waiting.count < ServerLimits.waiting else { throw APIError.busy }
        let id = nextID
        nextID += 1
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
                guard !Task.isCancelled else { return continuation.resume(throwing: CancellationError()) }
                waiting.append((id, continuation))
            }
        } onCancel: {
            Task { await self.leave(id) }
        }
    }

    private func passTurn() {
        guard !waiting.isEmpty else {
            isTaken = false
            return
        }
        waiting.removeFirst().continuation.resume()
    }

    private func leave(_ id: Int) {
        guard let place = waiting.firstIndex(where: { $0.id == id }) else { return }
        waiting.remove(at: place).continuation.resume(throwing: CancellationError())
    }
}

/// The worker, for as long as a request has it.
struct Turn: Sendable {
    fileprivate let queue: WorkerQueue

    func tokenize(_ texts: [String], addsSpecialTokens: Bool) async throws -> [[Int]] {
        let request = TokenizeRequest(texts: texts, recognisesSpecialTokens: true, addsSpecialTokens: addsSpecialTokens)
        return try await queue.ask { try $0.tokenize(request, within: ServerLimits.step) }
    }

    func pieces(_ tokens: [Int]) async throws -> [TokenPiece] {
        try await queue.ask { try $0.detokenize(DetokenizeRequest(tokens: tokens), within: ServerLimits.step) }
    }

    func render(_ messages: [ChatMessage], addsGenerationPrompt: Bool) async throws -> String {
        let request = RenderChatRequest(conversations: [messages], addsGenerationPrompt: addsGenerationPrompt)
        return try await queue.ask { try $0.renderChat(request, within: ServerLimits.step).first ?? "" }
    }

    /// The scores of all tokens but the first, which is at least one.
    func score(_ tokens: [Int], alternatives: Int) async throws -> ScoreResult.Score {
        let request = ScoreRequest(
            items: [.init(context: .tokens([tokens[0]]), continuations: [.tokens(Array(tokens.dropFirst()))])],
            includesTokenLogprobs: true, alternativeCount: alternatives)
        let results = try await queue.ask { try $0.score(request, within: ServerLimits.step) }
        guard let score = results.first?.scores.first, score.tokenLogprobs?.count == tokens.count - 1,
            alternatives == 0 || score.alternatives?.places.count == tokens.count - 1
        else { throw APIError(status: 500, "the worker did not score every token", type: "server_error") }
        return score
    }

    /// Writes, handing over what comes as it comes; ends the writing when `body` throws or the task is cancelled.
    func write(_ request: WritingRequest, _ body: ([WrittenPart]) async throws -> Void) async throws {
        let start = try await queue.ask { try $0.beginWriting(request, within: ServerLimits.step) }
        let texts = request.prompts.count
        var open = Set(0..<texts)
        do {
            while !open.isEmpty {
                let parts = try await queue.ask {
                    try $0.continueWriting(WritingStep(id: start.id, steps: 1), texts: texts, within: ServerLimits.step)
                }
                for (number, part) in parts.enumerated() where part.finishReason != nil { open.remove(number) }
                try await body(parts)
            }
        } catch {
            await end(start.id)
            throw error
        }
    }

    /// Whatever became of the request: the next one finds the worker free.
    private func end(_ id: Int) async {
        let queue = queue
        // A cancelled task asks for nothing more.
        _ = await Task.detached { try? await queue.ask { try $0.endWriting(id) } }.value
    }
}
