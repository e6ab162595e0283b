import CanonicalEncoding
import Testing

/// What is not done is said, by member, and nothing is quietly left out.
@Suite(.serialized) struct RefusalTests {
    @Test(arguments: [
        ("suffix", "\"x\""), ("logit_bias", "{\"1\":1}"), ("best_of", "2"), ("tools", "[{\"type\":\"function\"}]"),
        ("response_format", "{\"type\":\"json_object\"}"), ("logprobs", "21"), ("logprobs", "-1"), ("max_tokens", "-1"), ("max_tokens", "0"),
        ("temperature", "-0.1"), ("temperature", "\"hot\""), ("top_p", "0"), ("top_p", "1.5"), ("min_p", "2"), ("top_k", "-2"),
        ("presence_penalty", "3"), ("frequency_penalty", "-3"), ("repetition_penalty", "0"), ("typical_p", "0"), ("n", "0"), ("n", "100000"),
        ("stop", "\"\""), ("stop", "[1]"), ("seed", "1.5"), ("stream", "1"), ("echo", "\"yes\""), ("stream_options", "{}"), ("guided_regex", "\"a\""),
        ("stop_token_ids", "[1]"), ("prompt_logprobs", "1"), ("truncate_prompt_tokens", "5"), ("min_tokens", "1"), ("use_beam_search", "true"),
        ("prompt", "[]"), ("prompt", "5"), ("prompt", "[[]]"), ("prompt", "\"\""), ("prompt", "[1,\"a\"]"), ("prompt", "[-1]"),
        ("prompt", "[49152]"), ("prompt", "null"), ("model", "5"),
    ])
    func completionMembers(name: String, value: String) throws {
        let prompt = name == "prompt" ? "" : "\"prompt\":\"a\","
        let (status, json, _) = try Served.post("/v1/completions", bytes: Array("{\(prompt)\"\(name)\":\(value)}".utf8))
        #expect(status == 400)
        let error = try #require(json["error"])
        #expect(error["type"] == "invalid_request_error")
        #expect(error["param"]?.string?.hasPrefix(name) == true, "\(error)")
        #expect(error["message"]?.string?.isEmpty == false)
    }

    @Test(arguments: [
        ("messages[0].content[0].type", #"{"messages":[{"role":"user","content":[{"type":"image_url","image_url":{"url":"x"}}]}]}"#),
        ("messages[0].tool_calls", #"{"messages":[{"role":"assistant","content":"","tool_calls":[{"id":"1"}]}]}"#),
        ("messages[0].role", #"{"messages":[{"role":"tool","content":"x","tool_call_id":null}]}"#),
        ("messages[0]", #"{"messages":[{"role":"user"}]}"#), ("messages", #"{"messages":[]}"#), ("messages", "{}"), ("messages", #"{"messages":"hi"}"#),
        ("tools", #"{"messages":[{"role":"user","content":"x"}],"tools":[{"type":"function"}]}"#),
        ("tool_choice", #"{"messages":[{"role":"user","content":"x"}],"tool_choice":"required"}"#),
        ("top_logprobs", #"{"messages":[{"role":"user","content":"x"}],"top_logprobs":2}"#),
        ("response_format", #"{"messages":[{"role":"user","content":"x"}],"response_format":{"type":"json_schema"}}"#),
        ("chat_template", #"{"messages":[{"role":"user","content":"x"}],"chat_template":"{{x}}"}"#),
        ("continue_final_message", #"{"messages":[{"role":"user","content":"x"}],"continue_final_message":true}"#),
        ("reasoning_effort", #"{"messages":[{"role":"user","content":"x"}],"reasoning_effort":"low"}"#),
        ("logprobs", #"{"messages":[{"role":"user","content":"x"}],"logprobs":3}"#),
    ])
    func chatMembers(name: String, body: String) throws {
        let (status, json, _) = try Served.post("/v1/chat/completions", bytes: Array(body.utf8))
        #expect(status == 400)
        #expect(json["error"]?["param"]?.string == name, "\(json)")
    }

    /// Clients send what they always send.
    @Test(arguments: [
        #""max_tokens":1,"suffix":null,"logit_bias":{},"user":"me","best_of":1,"n":1"#,
        #""max_tokens":1,"response_format":{"type":"text"},"tools":[],"tool_choice":"none""#,
        #""max_tokens":2.0,"top_k":-1,"min_p":0.0,"length_penalty":1.0,"metadata":{"a":"b"}"#,
        #""max_tokens":1,"seed":-5,"logprobs":null,"stop":null,"stream":false"#,
    ])
    func membersThatChangeNothing(members: String) throws {
        let (status, json, _) = try Served.post("/v1/completions", bytes: Array("{\"prompt\":\"a\",\(members)}".utf8))
        #expect(status == 200, "\(json)")
    }

    /// As vLLM does; the log tells.
    @Test func unknownMembersArePassedOverAndSaid() throws {
        let (status, _, _) = try Served.post("/v1/completions", ["prompt": "a", "max_tokens": 1, "no_such_member": 1])
        #expect(status == 200)
        #expect(try Served.errors().contains("\"no_such_member\", which is not known here"))
    }

    @Test func anotherModelIsNotFound() throws {
        let (status, json, _) = try Served.post("/v1/completions", ["prompt": "a", "model": "gpt"])
        #expect(status == 404 && json["error"]?["code"] == "model_not_found")
    }

    @Test func theContextIsNotExceeded() throws {
        let long = JSONValue.array(Array(repeating: 504, count: 1020))
        let fits = try Served.post("/v1/completions", ["prompt": long, "max_tokens": 4, "temperature": 0])
        #expect(fits.status == 200)
        for (tokens, member) in [(5, "max_tokens"), (1 << 20, "max_tokens")] {
            let (status, json, _) = try Served.post("/v1/completions", ["prompt": long, "max_tokens": .integer(Int64(tokens))])
            #expect(status == 400 && json["error"]?["code"] == "context_length_exceeded" && json["error"]?["param"]?.string == member)
        }
        let (status, json, _) = try Served.post("/v1/completions", ["prompt": .array(Array(repeating: 504, count: 1025)), "max_tokens": 0, "echo": true])
        #expect(status == 400 && json["error"]?["param"] == "prompt")
        let text = JSONValue.string(String(repeating: "word ", count: 2000))
        let chat = try Served.post("/v1/chat/completions", ["messages": [["role": "user", "content": text]]])
        #expect(chat.status == 400 && chat.json["error"]?["code"] == "context_length_exceeded")
    }
}
