import EngineProtocol
import InferenceEngine

/// Writes in steps, and tells what tokens stand for.
extension ModelHandler {
    mutating func detokenize(_ request: DetokenizeRequest) throws(EngineFailure) -> [TokenPiece] {
        let tokenizer = try model().tokenizer
        return request.tokens.map { id in
            let token = Int32(exactly: id).flatMap { tokenizer.token($0) }
            return TokenPiece(bytes: token?.bytes ?? [], isSpecial: token?.isSpecial ?? false)
        }
    }

    mutating func beginWriting(_ request: WritingRequest) throws(EngineFailure) -> WritingStart {
        let loaded = try model()
        guard writings.count < WritingRequest.maximumOpen else {
            throw EngineFailure(.limitExceeded, "\(writings.count) texts are being written: end one of them first")
        }
        do {
            let prompts = try request.prompts.map { try Self.tokens($0, loaded) }
            let writing = try Writing(
                loaded, prompts: prompts,
                terms: .init(
                    maximumNewTokens: request.maximumNewTokens, sampling: SamplingParameters(request.sampling),
                    stopStrings: request.stopStrings, alternativeCount: request.alternativeCount,
                    ignoresEndOfText: request.ignoresEndOfText, skipsSpecialTokens: request.skipsSpecialTokens))
            let id = nextWriting
            nextWriting += 1
            writings[id] = writing
            return WritingStart(id: id, promptTokenCounts: prompts.map(\.count))
        } catch {
            throw Self.failure(error)
        }
    }

    mutating func continueWriting(_ step: WritingStep) throws(EngineFailure) -> [WrittenPart] {
        guard let writing = writings[step.id] else { throw EngineFailure(.invalidRequest, "nothing is being written under \(step.id)") }
        do {
            let parts = try writing.advance(steps: step.steps)
            if writing.isFinished { endWriting(step.id) }
            return parts.map(WrittenPart.init)
        } catch {
            endWriting(step.id)
            throw Self.failure(error)
        }
    }

    mutating func endWriting(_ id: Int) { writings[id] = nil }
}

extension WrittenPart {
    init(_ part: Writing.Part) {
        self.init(
            tokens: part.tokens.map { Int($0) }, logprobs: part.logprobs,
            alternatives: part.alternatives.isEmpty ? nil : TokenAlternatives(part.alternatives.map(\.list)), text: part.text,
            finishReason: part.finish.map(ModelHandler.reason))
    }
}

extension TopLogprobs {
    var list: [TokenLogprob] { entries.map { TokenLogprob(token: Int($0.token), logprob: $0.logprob) } }
}
