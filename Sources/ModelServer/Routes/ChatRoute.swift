import CanonicalEncoding
import EngineProtocol
import HTTPTypes
import Hummingbird

/// `/v1/chat/completions`
extension Endpoint {
    @Sendable func chat(_ request: Request, _ context: BasicRequestContext) async throws -> Response {
        let (members, request) = try await read(request, known: ChatMembers.names)
        let wanted = try ChatMembers(members)
        let run = try await queue.withTurn { try await self.run(wanted, $0) }
        let names = TokenNames(byID: wanted.writing.namesTokensByID)
        let id = await numbers.id("chatcmpl")
        if wanted.writing.isStreamed {
            return EventStream.response(request, headers: Self.headers(run)) { send in
                func chunk(_ choices: [JSONValue], _ usage: Usage? = nil) -> JSONValue { reply(id, "chat.completion.chunk", choices, usage) }
                for index in 0..<run.texts {
                    try await send(chunk([Self.choice(index, "delta", ["role": "assistant", "content": ""], nil, nil)]))
                }
                let usage = try await queue.withTurn { turn in
                    try await run.run(turn, texts) { delta in
                        let shown = delta.entries.isEmpty ? nil : try ChatLogprobs.json(delta.entries, names: names)
                        let content: JSONValue = delta.text.isEmpty ? [:] : ["content": .string(delta.text)]
                        try await send(chunk([Self.choice(delta.index, "delta", content, shown, delta.finish)]))
                    }
                }
                if wanted.writing.streamsUsage { try await send(chunk([], usage)) }
            }
        }
        return try await whileConnected(request, headers: Self.headers(run)) {
            let (whole, usage) = try await whole(run)
            let choices = try whole.enumerated().map { index, text -> JSONValue in
                let logprobs = wanted.logprobs == nil ? nil : try ChatLogprobs.json(text.entries, names: names)
                let message: JSONValue = ["role": "assistant", "content": .string(text.text), "refusal": .null]
                return Self.choice(index, "message", message, logprobs, text.finish)
            }
            return try Self.json(reply(id, "chat.completion", choices, usage))
        }
    }

    private func run(_ wanted: ChatMembers, _ turn: Turn) async throws -> TextRun {
        let text = try await turn.render(wanted.messages, addsGenerationPrompt: wanted.addsGenerationPrompt)
        let tokens = try await turn.tokenize([text], addsSpecialTokens: false)[0]
        try check(tokens, newTokens: wanted.maximumNewTokens ?? 1, member: "messages")
        return TextRun(
            sources: [.init(tokens: tokens, text: text)], count: wanted.writing.count, echoes: false, alternatives: wanted.logprobs,
            request: wanted.writing.request(
                [], maximumNewTokens: wanted.maximumNewTokens ?? model.contextLength - tokens.count, alternatives: wanted.logprobs ?? 0))
    }
}
