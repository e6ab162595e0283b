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
                for index in 0..<run.texts {
                    try await send(chunk(id, [Self.part(index, ["role": "assistant", "content": ""], nil, nil)]))
                }
                let usage = try await queue.withTurn { turn in
                    try await run.run(turn, texts) { delta in
                        let shown = delta.entries.isEmpty ? nil : try ChatLogprobs.json(delta.entries, names: names)
                        let content: JSONValue = delta.text.isEmpty ? [:] : ["content": .string(delta.text)]
                        try await send(chunk(id, [Self.part(delta.index, content, shown, delta.finish)]))
                    }
                }
                if wanted.writing.streamsUsage { try await send(chunk(id, [], usage)) }
            }
        }
        var response = try await request.body.consumeWithCancellationOnInboundClose { _ in
            let (whole, usage) = try await whole(run)
            let choices = try whole.enumerated().map { index, text -> JSONValue in
                [
                    "index": .integer(Int64(index)),
                    "message": ["role": "assistant", "content": .string(text.text), "refusal": .null],
                    "logprobs": wanted.logprobs == nil ? .null : try ChatLogprobs.json(text.entries, names: names),
                    "finish_reason": text.finish?.word ?? .null,
                ]
            }
            return try Self.json([
                "id": .string(id), "object": "chat.completion", "created": .integer(model.created), "model": .string(model.name),
                "choices": .array(choices), "usage": usage.json,
            ])
        }
        response.headers.append(contentsOf: Self.headers(run))
        response.headers[.connection] = "close"
        return response
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

    private func chunk(_ id: String, _ choices: [JSONValue], _ usage: Usage? = nil) -> JSONValue {
        var object: JSONObject = [
            "id": .string(id), "object": "chat.completion.chunk", "created": .integer(model.created), "model": .string(model.name),
            "choices": .array(choices),
        ]
        object["usage"] = usage?.json
        return .object(object)
    }

    private static func part(
        _ index: Int, _ delta: JSONValue, _ logprobs: JSONValue?, _ finish: GenerateResult.FinishReason?
    ) -> JSONValue {
        [
            "index": .integer(Int64(index)), "delta": delta, "logprobs": logprobs ?? .null, "finish_reason": finish?.word ?? .null,
        ]
    }
}
