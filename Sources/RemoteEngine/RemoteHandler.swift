import CanonicalEncoding
import EngineProtocol
import Glibc

/// The engine's protocol, answered by a server that speaks the OpenAI API: what a model is too large for the embedded engine
/// needs, and nothing above it changes.
///
/// What a server computes depends on its own settings, hardware and batching: two runs need not agree in the last digits.
package struct RemoteHandler: EngineHandler {
    private struct Loaded {
        let dialect: any RemoteDialect
        let information: ModelInformation
    }

    private var loaded: Loaded?
    private var pieces: [Int: TokenPiece] = [:]
    private var writings: [Int: RemoteWriting] = [:]
    private var nextWriting = 1

    package init() {}

    package mutating func identity() -> EngineIdentity {
        EngineIdentity(version: "1", build: "remote", blasConfiguration: "the server's own", blasCore: "remote", threads: 1)
    }

    package mutating func load(_ request: LoadRequest, descriptors: [Int32]) throws(EngineFailure) -> ModelInformation {
        (loaded, pieces, writings) = (nil, [:], [:])
        guard request.container == .remote, request.files.count == 1, let descriptor = descriptors.first, let file = request.files.first,
            file.role == .configuration, (1...65_536).contains(file.size)
        else { throw EngineFailure(.invalidRequest, "a remote model is loaded from one file that says where it is") }
        return try Self.guarded {
            var bytes = [UInt8](repeating: 0, count: file.size)
            guard pread(descriptor, &bytes, bytes.count, 0) == bytes.count else { throw RemoteError("the file cannot be read") }
            let dialect = try Self.dialect(RemoteLocation(json: bytes))
            let loaded = Loaded(dialect: dialect, information: try dialect.information())
            self.loaded = loaded
            return loaded.information
        }
    }

    /// By who says to own the model.
    private static func dialect(_ location: RemoteLocation) throws -> any RemoteDialect {
        let client = RemoteClient(location: location)
        let entries = try client.get("/v1/models").field("data").array(maxCount: 1024)
        guard let entry = entries.first(where: { $0.value["id"]?.string.map { Array($0.utf8) } == Array(location.model.utf8) }) else {
            throw EngineFailure(.invalidRequest, "the server has no model of that name")
        }
        guard entry.value["owned_by"]?.string == "llamacpp" else { return VLLMDialect(client: client, entry: entry) }
        return try LlamaServerDialect(client: client, entry: entry)
    }

    package mutating func information() throws(EngineFailure) -> ModelInformation { try model().information }

    package mutating func tokenize(_ request: TokenizeRequest) throws(EngineFailure) -> [[Int]] {
        let dialect = try model().dialect
        return try Self.guarded {
            try request.texts.map { try dialect.tokenize($0, special: request.recognisesSpecialTokens, adding: request.addsSpecialTokens) }
        }
    }

    package mutating func detokenize(_ request: DetokenizeRequest) throws(EngineFailure) -> [TokenPiece] {
        let dialect = try model().dialect
        return try Self.guarded {
            try request.tokens.map { token in
                if let known = pieces[token] { return known }
                let piece = try dialect.piece(token)
                pieces[token] = piece
                return piece
            }
        }
    }

    package mutating func renderChat(_ request: RenderChatRequest) throws(EngineFailure) -> [String] {
        let dialect = try model().dialect
        return try Self.guarded { try request.conversations.map { try dialect.render($0, generationPrompt: request.addsGenerationPrompt) } }
    }

    package mutating func score(_ request: ScoreRequest) throws(EngineFailure) -> [ScoreResult] {
        let dialect = try model().dialect
        return try Self.guarded { try request.items.map { try RemoteScoring(dialect).score($0, of: request) } }
    }

    package mutating func generate(_ request: GenerateRequest) throws(EngineFailure) -> [GenerateResult] {
        let start = try beginWriting(
            WritingRequest(
                prompts: request.prompts, maximumNewTokens: request.maximumNewTokens, sampling: request.sampling, stopStrings: request.stopStrings))
        var results = start.promptTokenCounts.map { GenerateResult(tokens: [], text: "", finishReason: .length, promptTokenCount: $0) }
        while writings[start.id] != nil {
            for (number, part) in try continueWriting(WritingStep(id: start.id, steps: 64)).enumerated() {
                results[number].tokens += part.tokens
                results[number].text += part.text
                if let finish = part.finishReason { results[number].finishReason = finish }
            }
        }
        return results
    }

    package mutating func tensorStatistics(_ request: TensorStatisticsRequest) throws(EngineFailure) -> TensorStatistics {
        throw EngineFailure(.invalidRequest, "a remote model's tensors cannot be looked into")
    }

    package mutating func beginWriting(_ request: WritingRequest) throws(EngineFailure) -> WritingStart {
        let loaded = try model()
        guard writings.count < WritingRequest.maximumOpen else {
            throw EngineFailure(.limitExceeded, "\(writings.count) texts are being written: end one of them first")
        }
        return try Self.guarded {
            let prompts = try request.prompts.map { try RemoteScoring(loaded.dialect).tokens($0) }
            guard prompts.allSatisfy({ !$0.isEmpty }) else { throw EngineFailure(.invalidRequest, "a prompt of no tokens cannot be continued") }
            let id = nextWriting
            nextWriting += 1
            writings[id] = RemoteWriting(loaded.dialect, prompts, request, endOfText: loaded.information.endOfTextToken)
            return WritingStart(id: id, promptTokenCounts: prompts.map(\.count))
        }
    }

    package mutating func continueWriting(_ step: WritingStep) throws(EngineFailure) -> [WrittenPart] {
        guard var writing = writings.removeValue(forKey: step.id) else {
            throw EngineFailure(.invalidRequest, "nothing is being written under \(step.id)")
        }
        let parts = try Self.guarded { try writing.advance(steps: step.steps) }
        if !writing.isFinished { writings[step.id] = writing }
        return parts
    }

    /// The stream to the server closes, which ends its work too.
    package mutating func endWriting(_ id: Int) { writings[id] = nil }

    private func model() throws(EngineFailure) -> Loaded {
        guard let loaded else { throw EngineFailure(.notLoaded, "no model is loaded") }
        return loaded
    }

    private static func guarded<Value>(_ body: () throws -> Value) throws(EngineFailure) -> Value {
        do { return try body() } catch let failure as EngineFailure { throw failure } catch {
            throw EngineFailure(.internalFault, PlainText.of("\(error)", maximumBytes: 1024))
        }
    }
}
