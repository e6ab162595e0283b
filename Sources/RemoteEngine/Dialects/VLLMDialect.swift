import CanonicalEncoding
import EngineProtocol

/// vLLM's: `echo` with `logprobs` scores a prompt, `/tokenize` and `/detokenize` stand beside the API. assay-serve speaks it too.
struct VLLMDialect: RemoteDialect {
    let client: RemoteClient
    /// The model's entry in `/v1/models`.
    let entry: JSONField

    private var model: JSONValue { .string(client.location.model) }

    func information() throws -> ModelInformation {
        let tokenizer = try? client.get("/tokenizer_info")
        func token(_ name: String) throws -> Int? {
            guard let text = tokenizer?.value[name]?.string else { return nil }
            let tokens = try tokenize(text, special: true, adding: false)
            return tokens.count == 1 ? tokens[0] : nil
        }
        let template = tokenizer?.value["chat_template"]?.string
        return ModelInformation(
            architecture: "remote", parameterCount: 0, vocabularySize: tokenizer?.value["vocab_size"]?.integer.flatMap { Int(exactly: $0) } ?? 0,
            contextLength: Int(try entry.field("max_model_len").integer(in: 1...Int64(WireLimits.integer))), layerCount: 0, embeddingLength: 0,
            headCount: 0, keyValueHeadCount: 0, feedForwardLength: 0, beginOfTextToken: try token("bos_token"),
            endOfTextToken: try token("eos_token"), hasChatTemplate: template != nil, chatTemplate: template, tensors: [])
    }

    /// Special tokens are always recognised there.
    func tokenize(_ text: String, special: Bool, adding: Bool) throws -> [Int] {
        try client.post("/tokenize", ["model": model, "prompt": .string(text), "add_special_tokens": .bool(adding)])
            .field("tokens").remoteTokens()
    }

    /// A token that is half a character comes back as U+FFFD.
    func piece(_ token: Int) throws -> TokenPiece {
        let text = try client.post("/detokenize", ["model": model, "tokens": [.integer(Int64(token))]]).field("prompt")
        return TokenPiece(bytes: Array(try text.string(maxBytes: WireLimits.textBytes).utf8), isSpecial: false)
    }

    func render(_ messages: [ChatMessage], generationPrompt: Bool) throws -> String {
        let list = messages.map { message -> JSONValue in ["role": .string(message.role), "content": .string(message.content)] }
        let tokens = try client.post(
            "/tokenize", ["model": model, "messages": .array(list), "add_generation_prompt": .bool(generationPrompt), "add_special_tokens": false]
        ).field("tokens")
        return try client.post("/detokenize", ["model": model, "tokens": tokens.value]).field("prompt").string(maxBytes: WireLimits.textBytes)
    }

    func score(_ tokens: [Int], from start: Int, alternatives: Int) throws -> [ScoredToken] {
        let reply = try client.post(
            "/v1/completions",
            [
                "model": model, "prompt": .array(tokens.map { .integer(Int64($0)) }), "max_tokens": 1, "temperature": 0, "echo": true,
                "logprobs": .integer(Int64(max(1, alternatives))), "return_tokens_as_token_ids": true,
            ])
        let logprobs = try choice(reply).field("logprobs")
        let names = try logprobs.field("tokens").array(maxCount: WireLimits.tokens)
        let values = try logprobs.field("token_logprobs").array(maxCount: WireLimits.tokens)
        let tops = try logprobs.field("top_logprobs").array(maxCount: WireLimits.tokens)
        guard values.count >= tokens.count, tops.count == values.count, names.count == values.count else {
            throw logprobs.failure("the prompt's log-probabilities are not all there: the server may not do \"echo\"")
        }
        return try (start..<tokens.count).map { place in
            guard try Self.token(names[place]) == tokens[place] else { throw names[place].failure("another token than was sent") }
            let own = Float(try values[place].remoteNumber())
            let top = try Self.alternatives(tops[place])
            return ScoredToken(
                logprob: own, alternatives: JSONField.ordered(top, count: alternatives), isLikeliest: own >= top.map(\.logprob).max() ?? own)
        }
    }

    func writing(_ tokens: [Int], _ request: WritingRequest, seed: UInt64) throws -> (path: String, body: JSONValue) {
        let sampling = request.sampling
        guard sampling.typicalP == 1 else { throw EngineFailure(.invalidRequest, "the server does not do locally typical sampling") }
        var body: JSONObject = [
            "model": model, "prompt": .array(tokens.map { .integer(Int64($0)) }), "max_tokens": .integer(Int64(request.maximumNewTokens)),
            "temperature": .number(sampling.temperature), "seed": .integer(Int64(seed & 0x7FFF_FFFF)), "stream": true,
            "logprobs": .integer(Int64(max(1, request.alternativeCount))), "return_tokens_as_token_ids": true,
            "skip_special_tokens": .bool(request.skipsSpecialTokens), "ignore_eos": .bool(request.ignoresEndOfText),
            // The server's generation_config may say otherwise.
            "top_p": .number(sampling.topP), "top_k": sampling.topK > 0 ? .integer(Int64(sampling.topK)) : -1,
            "min_p": .number(sampling.minP), "repetition_penalty": .number(sampling.repetitionPenalty),
            "presence_penalty": .number(sampling.presencePenalty), "frequency_penalty": .number(sampling.frequencyPenalty),
        ]
        if !request.stopStrings.isEmpty { body["stop"] = .array(request.stopStrings.map { .string($0) }) }
        return ("/v1/completions", .object(body))
    }

    func part(_ event: JSONField, alternatives: Int) throws -> WrittenPart {
        if let message = event.value["error"]?["message"]?.string {
            throw EngineFailure(.internalFault, "the server says: \(PlainText.of(message, maximumBytes: 1024))")
        }
        var part = WrittenPart()
        guard let choice = try event.field("choices").array(maxCount: 1).first else { return part }
        part.text = try choice.field("text").string(maxBytes: WireLimits.textBytes)
        if let logprobs = try choice.optional("logprobs"), logprobs.value != .null {
            part.tokens = try logprobs.field("tokens").array(maxCount: WireLimits.tokens).map(Self.token)
            part.logprobs = try logprobs.field("token_logprobs").array(maxCount: WireLimits.tokens).map { Float(try $0.remoteNumber()) }
            let tops = try logprobs.field("top_logprobs").array(maxCount: WireLimits.tokens)
            if alternatives > 0 { part.alternatives = TokenAlternatives(try tops.map { JSONField.ordered(try Self.alternatives($0), count: alternatives) }) }
            guard part.logprobs.count == part.tokens.count, part.alternatives == nil || tops.count == part.tokens.count else {
                throw logprobs.failure("a token without its log-probability")
            }
        }
        switch choice.value["finish_reason"] {
        case .string("length"): part.finishReason = .length
        case .string("stop"): part.finishReason = choice.value["stop_reason"]?.string == nil ? .endOfText : .stopString
        case .string(let other): throw choice.failure("the text ended for \(other.prefix(40))")
        default: break
        }
        return part
    }

    private func choice(_ reply: JSONField) throws -> JSONField {
        guard let choice = try reply.field("choices").array(maxCount: 1).first else { throw reply.failure("there is no choice") }
        return choice
    }

    /// `token_id:N`
    private static func token(_ field: JSONField) throws -> Int {
        guard let token = token(try field.string(maxBytes: 64)) else {
            throw field.failure("the server does not name tokens by id (\"return_tokens_as_token_ids\")")
        }
        return token
    }

    private static func token(_ name: String) -> Int? {
        guard name.hasPrefix("token_id:"), let id = Int(name.dropFirst("token_id:".count)), (0...WireLimits.tokenID).contains(id) else { return nil }
        return id
    }

    private static func alternatives(_ field: JSONField) throws -> [TokenLogprob] {
        guard field.value != .null else { return [] }
        return try field.object().members.map { name, value in
            guard let token = token(name), let logprob = value.double else { throw field.failure("no token's log-probability") }
            return TokenLogprob(token: token, logprob: Float(logprob))
        }
    }
}
