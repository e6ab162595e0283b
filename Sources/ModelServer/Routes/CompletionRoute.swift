import CanonicalEncoding
import EngineProtocol
import HTTPTypes
import Hummingbird

/// `/v1/completions`
extension Endpoint {
    @Sendable func completion(_ request: Request, _ context: BasicRequestContext) async throws -> Response {
        let (members, request) = try await read(request, known: CompletionMembers.names)
        let wanted = try CompletionMembers(members)
        let run = try await queue.withTurn { try await self.run(wanted, $0) }
        let names = TokenNames(byID: wanted.writing.namesTokensByID)
        let id = await numbers.id("cmpl")
        if wanted.writing.isStreamed {
            return EventStream.response(request, headers: Self.headers(run)) { send in
                var logprobs = (0..<run.texts).map { _ in CompletionLogprobs(names: names) }
                let usage = try await queue.withTurn { turn in
                    try await run.run(turn, texts) { delta in
                        let shown = wanted.logprobs == nil || delta.entries.isEmpty ? nil : try logprobs[delta.index].json(delta.entries)
                        let choice = Self.choice(delta.index, "text", .string(delta.text), shown, delta.finish)
                        try await send(reply(id, "text_completion", [choice]))
                    }
                }
                if wanted.writing.streamsUsage { try await send(reply(id, "text_completion", [], usage)) }
            }
        }
        return try await whileConnected(request, headers: Self.headers(run)) {
            let (whole, usage) = try await whole(run)
            let choices = try whole.enumerated().map { index, text in
                var logprobs = CompletionLogprobs(names: names)
                let shown = wanted.logprobs == nil ? nil : try logprobs.json(text.entries)
                return Self.choice(index, "text", .string(text.text), shown, text.finish)
            }
            return try Self.json(reply(id, "text_completion", choices, usage))
        }
    }

    /// Tokenised, and held against the context.
    private func run(_ wanted: CompletionMembers, _ turn: Turn) async throws -> TextRun {
        var sources: [TextRun.Source] = []
        for (number, prompt) in wanted.prompts.enumerated() {
            let source: TextRun.Source
            switch prompt {
            case .text(let text):
                let tokens = try await turn.tokenize([text], addsSpecialTokens: wanted.addsSpecialTokens)[0]
                source = TextRun.Source(tokens: tokens, text: text)
            case .tokens(let tokens): source = TextRun.Source(tokens: tokens, text: nil)
            }
            try check(
                source.tokens, newTokens: wanted.maximumNewTokens, member: wanted.prompts.count > 1 ? "prompt[\(number)]" : "prompt")
            sources.append(source)
        }
        return TextRun(
            sources: sources, count: wanted.writing.count, echoes: wanted.echoes, alternatives: wanted.logprobs,
            request: wanted.writing.request([], maximumNewTokens: wanted.maximumNewTokens, alternatives: wanted.logprobs ?? 0))
    }

    /// All of it at once.
    func whole(_ run: TextRun) async throws -> ([WholeText], Usage) {
        var whole = [WholeText](repeating: WholeText(), count: run.texts)
        let usage = try await queue.withTurn { turn in
            try await run.run(turn, texts) { whole[$0.index].add($0) }
        }
        return (whole, usage)
    }

    /// With which seed the texts can be had again.
    static func headers(_ run: TextRun) -> HTTPFields {
        var headers = HTTPFields()
        if let name = HTTPField.Name("x-seed") { headers[name] = "\(Int64(bitPattern: run.request.sampling.seed))" }
        return headers
    }

    /// A whole reply, or an event of a stream.
    func reply(_ id: String, _ kind: String, _ choices: [JSONValue], _ usage: Usage? = nil) -> JSONValue {
        var object: JSONObject = [
            "id": .string(id), "object": .string(kind), "created": .integer(model.created), "model": .string(model.name),
            "choices": .array(choices),
        ]
        object["usage"] = usage?.json
        return .object(object)
    }

    /// One text, or what has come of it, under the member `name`.
    static func choice(
        _ index: Int, _ name: String, _ content: JSONValue, _ logprobs: JSONValue?, _ finish: GenerateResult.FinishReason?
    ) -> JSONValue {
        var object: JSONObject = [
            "index": .integer(Int64(index)), "logprobs": logprobs ?? .null, "finish_reason": finish?.word ?? .null,
        ]
        object[name] = content
        return .object(object)
    }
}
