import CanonicalEncoding
import EngineProtocol

/// llama.cpp's server. It has no `echo`: a prompt is scored by having each of its tokens written. A bias that no logit outweighs
/// makes the server choose the token, and the log-probability that it tells is the model's own, from before the bias.
struct LlamaServerDialect: RemoteDialect {
    let client: RemoteClient
    /// The model's entry in `/v1/models`.
    let entry: JSONField

    private static let bias: JSONValue = 1_000_000
    private let vocabulary: Int
    /// A token that ends nothing.
    private let plainToken: Int

    init(client: RemoteClient, entry: JSONField) throws {
        (self.client, self.entry) = (client, entry)
        vocabulary = Int(try entry.field("meta").field("n_vocab").integer(in: 1...Int64(WireLimits.tokens)))
        let letter = try client.post("/tokenize", ["content": "a", "add_special": false, "parse_special": false]).field("tokens").remoteTokens()
        guard let token = letter.first else { throw entry.failure("the server's tokenizer has no token for a letter") }
        plainToken = token
    }

    func information() throws -> ModelInformation {
        let meta = try entry.field("meta"), properties = try client.get("/props")
        func token(_ name: String) throws -> Int? {
            guard let text = properties.value[name]?.string, !text.isEmpty else { return nil }
            let tokens = try tokenize(text, special: true, adding: false)
            return tokens.count == 1 ? tokens[0] : nil
        }
        func count(_ name: String) throws -> Int { Int(try meta.field(name).integer(in: 0...Int64(WireLimits.integer))) }
        let template = properties.value["chat_template"]?.string.flatMap { $0.isEmpty ? nil : $0 }
        return ModelInformation(
            architecture: "remote", parameterCount: try count("n_params"), vocabularySize: try count("n_vocab"),
            contextLength: try contextLength(), layerCount: 0,
            embeddingLength: try count("n_embd"), headCount: 0, keyValueHeadCount: 0, feedForwardLength: 0,
            beginOfTextToken: try token("bos_token"), endOfTextToken: try token("eos_token"), hasChatTemplate: template != nil,
            chatTemplate: template, tensors: [])
    }

    private func contextLength() throws -> Int {
        let meta = try entry.field("meta")
        return Int(try (meta.optional("n_ctx") ?? meta.field("n_ctx_train")).integer(in: 1...Int64(Int32.max)))
    }

    func tokenize(_ text: String, special: Bool, adding: Bool) throws -> [Int] {
        try client.post("/tokenize", ["content": .string(text), "add_special": .bool(adding), "parse_special": .bool(special)])
            .field("tokens").remoteTokens()
    }

    /// A token that is half a character comes back as U+FFFD.
    func piece(_ token: Int) throws -> TokenPiece {
        let text = try client.post("/detokenize", ["tokens": [.integer(Int64(token))]]).field("content")
        return TokenPiece(bytes: Array(try text.string(maxBytes: WireLimits.textBytes).utf8), isSpecial: false)
    }

    func render(_ messages: [ChatMessage], generationPrompt: Bool) throws -> String {
        let list = messages.map { message -> JSONValue in ["role": .string(message.role), "content": .string(message.content)] }
        return try client.post("/apply-template", ["messages": .array(list), "add_generation_prompt": .bool(generationPrompt)])
            .field("prompt").string(maxBytes: WireLimits.textBytes)
    }

    func score(_ tokens: [Int], from start: Int, alternatives: Int) throws -> [ScoredToken] {
        try (start..<tokens.count).map { place in
            let forced = try force(tokens[place], after: tokens[..<place], count: max(1, alternatives))
            // A token that ends a text is not told of when it is written: it is looked for among all, as another is.
            let told = try forced ?? force(plainToken, after: tokens[..<place], count: vocabulary)
            guard let told else { throw entry.failure("the server tells no log-probability") }
            let top = try Self.alternatives(told)
            guard let own = forced == nil ? top.first(where: { $0.token == tokens[place] })?.logprob : Float(try told.field("logprob").remoteNumber())
            else { throw told.failure("the server does not tell the log-probability of the token \(tokens[place])") }
            return ScoredToken(
                logprob: own, alternatives: JSONField.ordered(top, count: alternatives), isLikeliest: own >= top.map(\.logprob).max() ?? own)
        }
    }

    /// What is told of `token` when it is written after `context`; nil where nothing is.
    private func force(_ token: Int, after context: ArraySlice<Int>, count: Int) throws -> JSONField? {
        let reply = try client.post(
            "/completion",
            [
                "prompt": .array(context.map { .integer(Int64($0)) }), "n_predict": 1, "temperature": 0, "cache_prompt": true,
                "n_probs": .integer(Int64(count)), "logit_bias": [[.integer(Int64(token)), Self.bias]],
            ])
        guard let told = try reply.optional("completion_probabilities")?.array(maxCount: 16).first else { return nil }
        guard Int(try told.field("id").integer(in: 0...Int64(WireLimits.tokenID))) == token else {
            throw told.failure("the server wrote another token than it was made to")
        }
        return told
    }

    func writing(_ tokens: [Int], _ request: WritingRequest, seed: UInt64) throws -> (path: String, body: JSONValue) {
        let sampling = request.sampling
        return (
            "/completion",
            [
                "prompt": .array(tokens.map { .integer(Int64($0)) }), "n_predict": .integer(Int64(request.maximumNewTokens)), "stream": true,
                "cache_prompt": true, "return_tokens": true, "n_probs": .integer(Int64(max(1, request.alternativeCount))),
                "seed": .integer(Int64(seed & 0x7FFF_FFFF)), "stop": .array(request.stopStrings.map { .string($0) }),
                "ignore_eos": .bool(request.ignoresEndOfText),
                // In our order, and nothing of the server's own.
                "samplers": ["penalties", "temperature", "top_k", "top_p", "min_p", "typ_p"],
                "temperature": .number(sampling.temperature), "top_k": .integer(Int64(sampling.topK)), "top_p": .number(sampling.topP),
                "min_p": .number(sampling.minP), "typical_p": .number(sampling.typicalP), "repeat_last_n": .integer(Int64(try contextLength())),
                "repeat_penalty": .number(sampling.repetitionPenalty), "presence_penalty": .number(sampling.presencePenalty),
                "frequency_penalty": .number(sampling.frequencyPenalty),
            ]
        )
    }

    func part(_ event: JSONField, alternatives: Int) throws -> WrittenPart {
        if let message = event.value["error"]?["message"]?.string {
            throw EngineFailure(.internalFault, "the server says: \(PlainText.of(message, maximumBytes: 1024))")
        }
        var part = WrittenPart(text: try event.field("content").string(maxBytes: WireLimits.textBytes))
        var places: [[TokenLogprob]] = []
        for told in try event.optional("completion_probabilities")?.array(maxCount: WireLimits.batch) ?? [] {
            part.tokens.append(Int(try told.field("id").integer(in: 0...Int64(WireLimits.tokenID))))
            part.logprobs.append(Float(try told.field("logprob").remoteNumber()))
            places.append(JSONField.ordered(try Self.alternatives(told), count: alternatives))
        }
        if alternatives > 0 { part.alternatives = TokenAlternatives(places) }
        guard try event.field("stop").bool() else { return part }
        switch event.value["stop_type"] {
        case .string("eos"): part.finishReason = .endOfText
        case .string("word"): part.finishReason = .stopString
        case .string("limit"): part.finishReason = event.value["truncated"] == .bool(true) ? .contextFull : .length
        default: throw event.failure("the text ended for no known reason")
        }
        return part
    }

    private static func alternatives(_ told: JSONField) throws -> [TokenLogprob] {
        try told.field("top_logprobs").array(maxCount: WireLimits.tokens).map {
            TokenLogprob(token: Int(try $0.field("id").integer(in: 0...Int64(WireLimits.tokenID))), logprob: Float(try $0.field("logprob").remoteNumber()))
        }
    }
}
