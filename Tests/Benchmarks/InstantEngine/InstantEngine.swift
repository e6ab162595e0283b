import EngineProtocol
import Glibc

/// An engine that answers at once, in the sandbox of the real one: what an evaluation takes with it is the harness' own.
@main
struct InstantEngine {
    static func main() throws {
        let arguments = ProgramArguments.all
        func value(of option: String) -> String? {
            guard let place = arguments.firstIndex(of: option), place + 1 < arguments.count else { return nil }
            return arguments[place + 1]
        }
        guard let socket = value(of: "--fd").flatMap({ Int32($0) }) else { exit(64) }
        try EngineWorker.serve(fd: socket, plan: value(of: "--confine"), isReentered: arguments.contains("--reentered")) { InstantHandler() }
    }
}

/// Scores are lengths, and text is a number.
private struct InstantHandler: EngineHandler {
    private let facts = ModelInformation(
        architecture: "instant", parameterCount: 1, vocabularySize: 2, contextLength: 8192, layerCount: 1, embeddingLength: 1, headCount: 1,
        keyValueHeadCount: 1, feedForwardLength: 1, beginOfTextToken: nil, endOfTextToken: nil, hasChatTemplate: true, tensors: [])

    func identity() -> EngineIdentity {
        EngineIdentity(version: "1", build: "instant", blasConfiguration: "none", blasCore: "none", threads: 2, numerics: ["none": "none"])
    }

    func load(_ request: LoadRequest, descriptors: [Int32]) -> ModelInformation { facts }
    func information() -> ModelInformation { facts }
    func tokenize(_ request: TokenizeRequest) -> [[Int]] { request.texts.map { $0.utf8.map(Int.init) } }
    func renderChat(_ request: RenderChatRequest) -> [String] { request.conversations.map { $0.map(\.content).joined(separator: "\n") } }

    func score(_ request: ScoreRequest) -> [ScoreResult] {
        request.items.map { item in
            ScoreResult(
                scores: item.continuations.map { continuation in
                    var tokens = 1
                    if case .text(let text) = continuation { tokens = max(1, text.utf8.count / 4) }
                    let each = request.includesTokenLogprobs ? [Float](repeating: -0.5, count: tokens) : nil
                    return ScoreResult.Score(logprob: -0.5 * Double(tokens), tokenCount: tokens, isGreedy: false, tokenLogprobs: each)
                }, contextTokenCount: 1)
        }
    }

    func generate(_ request: GenerateRequest) -> [GenerateResult] {
        request.prompts.indices.map { GenerateResult(tokens: [$0], text: "\($0)", finishReason: .length, promptTokenCount: 1) }
    }

    func tensorStatistics(_ request: TensorStatisticsRequest) throws(EngineFailure) -> TensorStatistics {
        throw EngineFailure(.invalidRequest, "there are no tensors")
    }
}
