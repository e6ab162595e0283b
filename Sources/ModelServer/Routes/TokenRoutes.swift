import CanonicalEncoding
import EngineProtocol
import Hummingbird

/// `/tokenize`, `/detokenize` and `/tokenizer_info`, as vLLM has them.
extension Endpoint {
    @Sendable func tokenize(_ request: Request, _ context: BasicRequestContext) async throws -> Response {
        try await answer(
            request, known: ["model", "prompt", "messages", "add_special_tokens", "add_generation_prompt", "return_token_strs"]
        ) { members in
            let wantsNames = try members.bool("return_token_strs") ?? false
            return try await queue.withTurn { turn in
                let text: String
                let addsSpecialTokens: Bool
                if let prompt = try members.string("prompt", maxBytes: WireLimits.textBytes) {
                    text = prompt
                    addsSpecialTokens = try members.bool("add_special_tokens") ?? true
                } else {
                    guard members.given("messages") != nil else { throw APIError.wrong("prompt", "it is missing, and so is messages") }
                    text = try await turn.render(
                        try ChatMembers.messages(members), addsGenerationPrompt: try members.bool("add_generation_prompt") ?? true)
                    addsSpecialTokens = try members.bool("add_special_tokens") ?? false
                }
                let tokens = try await turn.tokenize([text], addsSpecialTokens: addsSpecialTokens)[0]
                let pieces = wantsNames ? try await texts.pieces(of: tokens, turn) : [:]
                return try Self.json([
                    "count": .integer(Int64(tokens.count)), "max_model_len": .integer(Int64(model.contextLength)),
                    "tokens": .array(tokens.map { .integer(Int64($0)) }),
                    "token_strs": wantsNames ? .array(tokens.map { .string(pieces[$0]?.shown ?? "") }) : .null,
                ])
            }
        }
    }

    @Sendable func detokenize(_ request: Request, _ context: BasicRequestContext) async throws -> Response {
        try await answer(request, known: ["model", "tokens"]) { members in
            guard let list = members.given("tokens") else { throw APIError.wrong("tokens", "it is missing") }
            let tokens = try CompletionMembers.tokens(list)
            if let strange = tokens.first(where: { $0 >= model.information.vocabularySize }) {
                throw APIError.wrong("tokens", "the token \(strange) is not in the vocabulary of \(model.information.vocabularySize)")
            }
            let pieces = try await queue.withTurn { try await texts.pieces(of: tokens, $0) }
            return try Self.json(["prompt": .string(String(decoding: tokens.flatMap { pieces[$0]?.bytes ?? [] }, as: UTF8.self))])
        }
    }

    @Sendable func tokenizerInformation(_ request: Request, _ context: BasicRequestContext) async throws -> Response {
        try Self.json(model.tokenizerInformation)
    }
}
