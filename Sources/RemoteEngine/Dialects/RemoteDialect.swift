import CanonicalEncoding
import EngineProtocol

/// How a kind of server is asked for what the OpenAI API alone does not give.
protocol RemoteDialect: Sendable {
    var client: RemoteClient { get }
    func information() throws -> ModelInformation
    func tokenize(_ text: String, special: Bool, adding: Bool) throws -> [Int]
    func piece(_ token: Int) throws -> TokenPiece
    func render(_ messages: [ChatMessage], generationPrompt: Bool) throws -> String
    /// Each token's score from `start` on, which is at least 1.
    func score(_ tokens: [Int], from start: Int, alternatives: Int) throws -> [ScoredToken]
    /// The request of a stream of text.
    func writing(_ tokens: [Int], _ request: WritingRequest, seed: UInt64) throws -> (path: String, body: JSONValue)
    /// What an event of that stream adds.
    func part(_ event: JSONField, alternatives: Int) throws -> WrittenPart
}

/// A token that was asked about.
struct ScoredToken {
    var logprob: Float
    /// Likeliest first, as many as were asked for.
    var alternatives: [TokenLogprob]
    var isLikeliest: Bool
}

extension JSONField {
    /// A number, whole or not.
    func remoteNumber() throws -> Double {
        guard let number = value.double else { throw failure("a number was expected, not \(value.kind)") }
        return number
    }

    func remoteTokens() throws -> [Int] {
        try array(maxCount: WireLimits.tokens).map { Int(try $0.integer(in: 0...Int64(WireLimits.tokenID))) }
    }

    /// The likeliest first, the lower id among equals.
    static func ordered(_ list: [TokenLogprob], count: Int) -> [TokenLogprob] {
        Array(list.sorted { ($1.logprob, $0.token) < ($0.logprob, $1.token) }.prefix(count))
    }
}
