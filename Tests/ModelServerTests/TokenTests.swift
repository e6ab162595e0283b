import CanonicalEncoding
import Testing

/// `/tokenize`, `/detokenize`, `/tokenizer_info`, `/v1/models`, `/health`
@Suite(.serialized) struct TokenTests {
    /// The tokens are those of `transformers`.
    @Test func textsGoToTokensAndBack() throws {
        for reference in try Reference.lines("smollm2-logprobs.jsonl").prefix(6) {
            let (_, json, _) = try Served.post("/tokenize", ["prompt": .string(reference.text), "return_token_strs": true])
            #expect(json["tokens"]?.integers == reference.tokens)
            #expect(json["count"]?.integer == Int64(reference.tokens.count) && json["max_model_len"]?.integer == 1024)
            #expect(json["token_strs"]?.array?.count == reference.tokens.count)
            let back = try Served.post("/detokenize", ["tokens": .array(reference.tokens.map { .integer($0) })])
            #expect(back.json["prompt"]?.string == reference.text)
        }
    }

    @Test func theTokenizerSaysWhatHarnessesAsk() throws {
        let (status, body) = try Served.get("/tokenizer_info")
        let json = try StrictJSON.parse(body)
        #expect(status == 200 && json["eos_token"] == "<|im_end|>" && json["bos_token"] == "<|im_start|>")
        #expect(json["chat_template"]?.string?.contains("add_generation_prompt") == true)
        #expect(json["model_max_length"]?.integer == 1024)
    }

    @Test func modelsAndHealth() throws {
        #expect(try Served.get("/health").status == 200)
        let list = try StrictJSON.parse(try Served.get("/v1/models").body)
        #expect(list["object"] == "list" && list["data"]?[0]?["id"]?.string == Served.name && list["data"]?[0]?["object"] == "model")
        #expect(try Served.get("/v1/models/\(Served.name)").status == 200)
        #expect(try Served.get("/v1/models/other/model").status == 404)
    }
}
