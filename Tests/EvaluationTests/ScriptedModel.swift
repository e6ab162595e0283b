import AuditCrypto
import Evaluation

/// A model whose answers are given by functions, and which can be told to fail.
actor ScriptedModel: LanguageModel {
    struct Gone: Error {}

    private let scores: @Sendable (ContinuationRequest, Int) -> Double
    private let answer: @Sendable (GenerationRequest) -> Result<String, RequestFailure>
    private let facts: LanguageModelInformation
    /// After so many requests (items, not batches) the model is gone.
    private var life: Int
    private(set) var scoreRequests: [ContinuationRequest] = []
    private(set) var generateRequests: [GenerationRequest] = []

    init(
        scores: @escaping @Sendable (ContinuationRequest, Int) -> Double = { request, index in
            ScriptedModel.value("\(request.plainText)|\(request.continuations[index])")
        },
        answer: @escaping @Sendable (GenerationRequest) -> Result<String, RequestFailure> = { _ in
            .success("I'm sorry, but I can't help with that.")
        },
        threads: Int = 2, blasCore: String = "Haswell", life: Int = .max
    ) {
        self.scores = scores
        self.answer = answer
        self.life = life
        facts = LanguageModelInformation(
            architecture: "scripted", contextLength: 128, hasChatTemplate: true, threads: threads, blasCore: blasCore,
            numerics: ["tileRows": "64"], engine: "test")
    }

    /// Between -32 and 0, from a digest.
    static func value(_ text: String) -> Double {
        let bytes = SHA256Digest.of(Array(text.utf8)).bytes
        return -Double(Int(bytes[0]) * 256 + Int(bytes[1])) / 2048
    }

    func information() -> LanguageModelInformation { facts }

    func renderChat(_ conversations: [[ChatTurn]]) -> [Result<String, RequestFailure>] {
        conversations.map { turns in
            let text = turns.map { "<\($0.role)>\($0.content)</>" }.joined()
            return .success(turns.last?.role == "assistant" ? String(text.dropLast(3)) : text + "<assistant>")
        }
    }

    func scoreContinuations(
        _ requests: [ContinuationRequest]
    ) throws -> [Result<[ContinuationScore], RequestFailure>] {
        try live(requests.count)
        scoreRequests += requests
        return requests.map { request in
            .success(
                request.continuations.indices.map { index in
                    let value = scores(request, index)
                    return ContinuationScore(
                        logLikelihood: value, tokenLogLikelihoods: [Float(value)], isGreedy: false)
                })
        }
    }

    func scoreTexts(_ texts: [String]) throws -> [Result<ContinuationScore, RequestFailure>] {
        try live(texts.count)
        return texts.map { text in
            .success(ContinuationScore(logLikelihood: Self.value(text), tokenLogLikelihoods: [Float(Self.value(text))], isGreedy: false))
        }
    }

    func generate(_ requests: [GenerationRequest]) throws -> [Result<GeneratedText, RequestFailure>] {
        try live(requests.count)
        generateRequests += requests
        return requests.map { request in
            answer(request).map {
                GeneratedText(text: $0, tokens: [1, 2, 3], finish: "end-of-text", promptTokenCount: 4)
            }
        }
    }

    private func live(_ count: Int) throws {
        guard life >= count else { throw Gone() }
        life -= count
    }
}

extension ContinuationRequest {
    var plainText: String { if case .text(let text) = prompt { text } else { "" } }
}

extension GenerationRequest {
    var plainText: String { if case .text(let text) = prompt { text } else { "" } }
}
