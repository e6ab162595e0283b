import CanonicalEncoding
import Testing

/// `/v1/chat/completions`
@Suite(.serialized) struct ChatTests {
    private static let messages: JSONValue = [["role": "user", "content": "Name a fruit."]]

    /// The prompt and what follows it are those of `transformers` with the model's own template.
    @Test func aChatIsItsRenderedPromptContinued() throws {
        let reference = try #require(try Reference.lines("smollm2-greedy.jsonl").first { $0.text.contains("<|im_start|>user") })
        // The reference has no system turn, which the template would add: the same tokens as a plain prompt.
        let plain = try Served.post(
            "/v1/completions",
            ["prompt": .string(reference.text), "max_tokens": 8, "temperature": 0, "logprobs": 0, "return_tokens_as_token_ids": true])
        #expect(plain.json["choices"]?[0]?["logprobs"]?["tokens"]?.strings == reference.written.prefix(8).map { "token_id:\($0)" })
        let rendered = try Served.post("/tokenize", ["messages": Self.messages])
        let chat = try Served.post("/v1/chat/completions", ["messages": Self.messages, "max_tokens": 6, "temperature": 0])
        let same = try Served.post(
            "/v1/completions", ["prompt": try #require(rendered.json["tokens"]), "max_tokens": 6, "temperature": 0])
        #expect(chat.status == 200)
        let choice = try #require(chat.json["choices"]?[0])
        #expect(choice["message"]?["content"] == same.json["choices"]?[0]?["text"])
        #expect(choice["message"]?["role"] == "assistant" && chat.json["object"] == "chat.completion")
        #expect(chat.json["usage"]?["prompt_tokens"] == rendered.json["count"])
    }

    @Test func textPartsAreAText() throws {
        let parts: JSONValue = [["role": "user", "content": [["type": "text", "text": "Name a"], ["type": "text", "text": "fruit."]]]]
        let joined: JSONValue = [["role": "user", "content": "Name a\nfruit."]]
        let replies = try [parts, joined].map { try Served.post("/tokenize", ["messages": $0]).json["tokens"] }
        #expect(replies[0] != nil && replies[0] == replies[1])
    }

    @Test func logprobsHaveBytesAndAlternatives() throws {
        let (_, json, _) = try Served.post(
            "/v1/chat/completions", ["messages": Self.messages, "max_completion_tokens": 4, "temperature": 0, "logprobs": true, "top_logprobs": 3])
        let content = try #require(json["choices"]?[0]?["logprobs"]?["content"]?.array)
        #expect(content.count == 4)
        for entry in content {
            let top = try #require(entry["top_logprobs"]?.array)
            #expect(top.count == 3 && top[0]["token"] == entry["token"] && top[0]["logprob"] == entry["logprob"])
            #expect(zip(top, top.dropFirst()).allSatisfy { $0["logprob"]?.double ?? 0 >= $1["logprob"]?.double ?? 0 })
            #expect(entry["bytes"]?.integers.map { UInt8($0) } == entry["token"]?.string.map { Array($0.utf8) })
        }
        #expect(content.compactMap { $0["token"]?.string }.joined() == json["choices"]?[0]?["message"]?["content"]?.string)
    }

    @Test func aStreamIsTheWholeInParts() throws {
        let body: JSONObject = ["messages": Self.messages, "max_tokens": 8, "temperature": .number(0.7), "seed": 3, "n": 2, "logprobs": true]
        let whole = try #require(try Served.post("/v1/chat/completions", .object(body)).json["choices"]?.array)
        var streamed = body
        streamed["stream"] = true
        let events = try Served.stream("/v1/chat/completions", .object(streamed))
        #expect(events.allSatisfy { $0["object"] == "chat.completion.chunk" && $0["usage"] == nil })
        for index in 0..<2 {
            let parts = events.compactMap { $0["choices"]?[0] }.filter { $0["index"]?.integer == Int64(index) }
            #expect(parts.first?["delta"]?["role"] == "assistant")
            #expect(parts.compactMap { $0["delta"]?["content"]?.string }.joined() == whole[index]["message"]?["content"]?.string)
            #expect(parts.flatMap { $0["logprobs"]?["content"]?.array ?? [] } == whole[index]["logprobs"]?["content"]?.array)
            #expect(parts.last?["finish_reason"] == whole[index]["finish_reason"])
        }
    }
}
