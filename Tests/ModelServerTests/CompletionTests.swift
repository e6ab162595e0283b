import CanonicalEncoding
import Foundation
import Testing

/// `/v1/completions`
@Suite(.serialized) struct CompletionTests {
    /// `transformers` in float32 on the same dequantised weights; the engine's own tests hold it to the same.
    private static let tolerance = 2e-3

    @Test func aPromptsLogprobsAreThoseOfTransformers() throws {
        for reference in try Reference.lines("smollm2-logprobs.jsonl").prefix(4) where reference.tokens.count < 100 {
            let (status, json, _) = try Served.post(
                "/v1/completions",
                ["prompt": .string(reference.text), "echo": true, "max_tokens": 0, "logprobs": 2, "model": .string(Served.name)])
            #expect(status == 200)
            let choice = try #require(json["choices"]?[0]), logprobs = try #require(choice["logprobs"])
            #expect(choice["text"]?.string == reference.text)
            #expect(choice["finish_reason"] == "length")
            let values = try #require(logprobs["token_logprobs"]).doubles
            try #require(values.count == reference.logprobs.count)
            #expect(values[0] == nil && logprobs["top_logprobs"]?[0] == .null)
            for (value, expected) in zip(values, reference.logprobs).dropFirst() {
                #expect(abs(try #require(value) - (try #require(expected))) < Self.tolerance)
            }
            // The tokens are the text, and the offsets are where they stand in it.
            let tokens = try #require(logprobs["tokens"]).strings, offsets = try #require(logprobs["text_offset"]).integers
            if tokens.allSatisfy({ !$0.hasPrefix("bytes:") }) {
                #expect(tokens.joined() == reference.text)
                for (token, offset) in zip(tokens, offsets) {
                    let scalars = Array(reference.text.unicodeScalars.dropFirst(Int(offset)))
                    #expect(scalars.starts(with: token.unicodeScalars))
                }
            }
            for (place, top) in try #require(logprobs["top_logprobs"]?.array).enumerated().dropFirst() {
                let alternatives = try #require(top.object)
                #expect((2...3).contains(alternatives.count))
                // The token itself is always among them.
                #expect(alternatives[tokens[place]]?.double == values[place])
                #expect(alternatives.members.compactMap(\.value.double).max() ?? 0 >= (values[place] ?? 0))
            }
            #expect(json["usage"]?["prompt_tokens"]?.integer == Int64(reference.tokens.count))
        }
    }

    @Test func whatIsWrittenGreedilyIsWhatTransformersWrites() throws {
        for reference in try Reference.lines("smollm2-greedy.jsonl").prefix(2) {
            let (status, json, _) = try Served.post(
                "/v1/completions",
                [
                    "prompt": .array(reference.tokens.map { .integer($0) }), "max_tokens": .integer(Int64(reference.written.count)),
                    "temperature": 0, "logprobs": 1, "return_tokens_as_token_ids": true, "ignore_eos": true,
                ])
            #expect(status == 200)
            let logprobs = try #require(json["choices"]?[0]?["logprobs"])
            #expect(logprobs["tokens"]?.strings == reference.written.map { "token_id:\($0)" })
            // What is greedy is the likeliest.
            for (own, top) in zip(logprobs["token_logprobs"]?.doubles ?? [], logprobs["top_logprobs"]?.array ?? []) {
                #expect(own == top.object?.members.compactMap(\.value.double).max())
            }
        }
    }

    @Test func promptsComeInFourForms() throws {
        let tokens = try #require(try Served.post("/tokenize", ["prompt": "The sky is"]).json["tokens"])
        let forms: [JSONValue] = ["The sky is", ["The sky is"], tokens, [tokens]]
        let texts = try forms.map { form in
            try Served.post("/v1/completions", ["prompt": form, "max_tokens": 4, "temperature": 0, "echo": true]).json["choices"]?[0]?["text"]?.string
        }
        #expect(Set(texts).count == 1)
        #expect(texts[0]?.hasPrefix("The sky is") == true)
    }

    /// Choices come by prompt, then by text; what each prompt gets depends on no other.
    @Test func severalPromptsWithSeveralTexts() throws {
        let body: JSONValue = ["prompt": ["One, two,", "Red, green,"], "n": 2, "max_tokens": 5, "temperature": 1, "seed": 7]
        let first = try Served.post("/v1/completions", body), again = try Served.post("/v1/completions", body)
        let choices = try #require(first.json["choices"]?.array)
        #expect(choices.map { $0["index"]?.integer } == [0, 1, 2, 3])
        #expect(choices.map { $0["text"] } == again.json["choices"]?.array?.map { $0["text"] })
        #expect(choices[0]["text"] != choices[1]["text"])
        #expect(first.headers["x-seed"] == "7")
        #expect(first.json["usage"]?["completion_tokens"]?.integer == 20)
        // Without a seed each request draws its own, and tells it.
        var seedless = try #require(body.object)
        seedless["seed"] = nil
        let other = try Served.post("/v1/completions", .object(seedless))
        let seed = try #require(other.headers["x-seed"].flatMap { Int64($0) })
        seedless["seed"] = .integer(seed)
        let repeated = try Served.post("/v1/completions", .object(seedless))
        #expect(repeated.json["choices"]?.array?.map { $0["text"] } == other.json["choices"]?.array?.map { $0["text"] })
    }

    @Test func aStopStringEndsTheTextAndIsCutOff() throws {
        let whole = try Served.post("/v1/completions", ["prompt": "The sky is", "max_tokens": 8, "temperature": 0])
        let text = try #require(whole.json["choices"]?[0]?["text"]?.string)
        let stop = String(text.dropFirst(6).prefix(5))
        let cut = try Served.post(
            "/v1/completions", ["prompt": "The sky is", "max_tokens": 8, "temperature": 0, "stop": .string(stop)])
        #expect(cut.json["choices"]?[0]?["text"]?.string == text.range(of: stop).map { String(text[..<$0.lowerBound]) })
        #expect(cut.json["choices"]?[0]?["finish_reason"] == "stop")
    }

    @Test func aStreamIsTheWholeInParts() throws {
        let body: JSONObject = [
            "prompt": ["The sky is", "caf\u{E9} \u{1F600} \u{1F600}"], "max_tokens": 8, "temperature": 0, "logprobs": 1, "echo": true, "stop": ["zzz", "\n"],
        ]
        let whole = try #require(try Served.post("/v1/completions", .object(body)).json["choices"]?.array)
        var streamed = body
        streamed["stream"] = true
        streamed["stream_options"] = ["include_usage": true]
        let events = try Served.stream("/v1/completions", .object(streamed))
        #expect(events.count > 4)
        for index in 0..<2 {
            let parts = events.compactMap { $0["choices"]?[0] }.filter { $0["index"]?.integer == Int64(index) }
            #expect(parts.compactMap { $0["text"]?.string }.joined() == whole[index]["text"]?.string)
            for list in ["tokens", "token_logprobs", "top_logprobs", "text_offset"] {
                #expect(parts.flatMap { $0["logprobs"]?[list]?.array ?? [] } == whole[index]["logprobs"]?[list]?.array)
            }
            #expect(parts.compactMap { $0["finish_reason"]?.string } == [whole[index]["finish_reason"]?.string])
        }
        #expect(events.last?["choices"] == [] && events.last?["usage"]?["completion_tokens"]?.integer ?? 0 > 0)
    }
}
