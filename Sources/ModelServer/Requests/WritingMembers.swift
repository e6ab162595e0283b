import CanonicalEncoding
import EngineProtocol

/// The members that completions and chats share: how text is chosen, and how it is handed over.
struct WritingMembers {
    var sampling: Sampling
    var stopStrings: [String]
    /// Texts for each prompt.
    var count: Int
    var isStreamed: Bool
    var streamsUsage: Bool
    var ignoresEndOfText: Bool
    var skipsSpecialTokens: Bool
    /// Whether tokens are called `token_id:N`, as vLLM does on request.
    var namesTokensByID: Bool

    static let names: Set<String> = [
        "model", "temperature", "top_p", "top_k", "min_p", "typical_p", "repetition_penalty", "presence_penalty", "frequency_penalty", "seed",
        "stop", "n", "best_of", "stream", "stream_options", "ignore_eos", "skip_special_tokens", "return_tokens_as_token_ids",
        "add_special_tokens",
    ]

    init(_ members: RequestMembers) throws {
        // -1 is vLLM's word for all.
        let topK = try members.integer("top_k", in: -1...Int64(Int32.max)) ?? 0
        let seed = try members.integer("seed", in: .min ... .max).map { UInt64(bitPattern: Int64($0)) }
        sampling = Sampling(
            temperature: try members.number("temperature", in: Sampling.temperatures) ?? 1, topK: max(0, topK),
            topP: try members.number("top_p", in: Sampling.shares) ?? 1, minP: try members.number("min_p", in: 0...1) ?? 0,
            typicalP: try members.number("typical_p", in: Sampling.shares) ?? 1,
            repetitionPenalty: try members.number("repetition_penalty", in: Sampling.repetitionPenalties) ?? 1,
            presencePenalty: try members.number("presence_penalty", in: -2...2) ?? 0,
            frequencyPenalty: try members.number("frequency_penalty", in: -2...2) ?? 0,
            // Who asks twice without a seed wants two answers. A number that every JSON reader keeps.
            seed: seed ?? .random(in: 0..<1 << 53))
        stopStrings = try members.strings("stop", maxCount: 64, maxBytes: 4096)
        guard !stopStrings.contains(where: \.isEmpty) else { throw APIError.wrong("stop", "a stop string is empty") }
        count = try members.integer("n", in: 1...Int64(ServerLimits.texts)) ?? 1
        if let best = try members.integer("best_of", in: 1...Int64(ServerLimits.texts)), best > count {
            throw APIError.unsupported("best_of", "more texts than n are not written; leave it out")
        }
        isStreamed = try members.bool("stream") ?? false
        streamsUsage = try Self.streamsUsage(members, isStreamed: isStreamed)
        ignoresEndOfText = try members.bool("ignore_eos") ?? false
        skipsSpecialTokens = try members.bool("skip_special_tokens") ?? true
        namesTokensByID = try members.bool("return_tokens_as_token_ids") ?? false
    }

    private static func streamsUsage(_ members: RequestMembers, isStreamed: Bool) throws -> Bool {
        guard let options = members.given("stream_options") else { return false }
        guard isStreamed else { throw APIError.wrong("stream_options", "it goes with \"stream\": true only") }
        var includes = false
        for (name, value) in try options.object().members {
            switch (name, value) {
            case ("include_usage", .bool(let given)): includes = given
            case ("continuous_usage_stats", .bool(false)), ("include_obfuscation", .bool), (_, .null): break
            default: throw APIError.unsupported("stream_options.\(name.prefix(64))", "this server does not do that; leave it out")
            }
        }
        return includes
    }

    func request(_ prompts: [Prompt], maximumNewTokens: Int, alternatives: Int) -> WritingRequest {
        WritingRequest(
            prompts: prompts, maximumNewTokens: maximumNewTokens, sampling: sampling, stopStrings: stopStrings, alternativeCount: alternatives,
            ignoresEndOfText: ignoresEndOfText, skipsSpecialTokens: skipsSpecialTokens)
    }
}
