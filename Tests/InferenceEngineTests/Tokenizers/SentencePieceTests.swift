import InferenceEngine
import Testing

/// What a `tokenizer_config.json` adds to a SentencePiece model.
@Suite struct SentencePieceTests {
    private func tokenizer(_ configuration: String?) throws -> Tokenizer {
        try Tokenizer(
            sentencePieceModel: try Family.bytes("spm-bpe.model"), configuration: configuration.map { Array($0.utf8) })
    }

    @Test func knowsItsOwnMarks() throws {
        let tokenizer = try tokenizer(nil)
        #expect(tokenizer.beginOfText == 1)
        #expect(tokenizer.endOfText == 2)
        #expect(tokenizer.endOfTurn == [2])
        #expect(tokenizer.token(1)?.isSpecial == true)
        #expect(tokenizer.encode("</s>") == [2])
        #expect(!tokenizer.encode("</s>", parseSpecial: false).contains(2))
        #expect(tokenizer.encode("t", addSpecial: true) == tokenizer.encode("t"))
        let byte = try #require(tokenizer.id(ofSpelling: "<0x0A>"))
        #expect(tokenizer.token(byte)?.bytes == [0x0a])
        let word = try #require(tokenizer.id(ofSpelling: "▁t"))
        #expect(tokenizer.token(word)?.bytes == Array(" t".utf8))
    }

    @Test func addsTokens() throws {
        let size = try tokenizer(nil).vocabularySize
        let configuration = """
            {"add_bos_token": true, "add_eos_token": true, "bos_token": "<s>", "eos_token": {"content": "<|im_end|>"}, "legacy": false,
             "added_tokens_decoder": {"1": {"content": "<s>", "special": true}, "\(size + 1)": {"content": "<|im_end|>", "special": true,
             "normalized": false, "lstrip": false, "rstrip": true, "single_word": false}}}
            """
        let tokenizer = try tokenizer(configuration)
        let end = Int32(size + 1)
        #expect(tokenizer.vocabularySize == size + 2)
        #expect(tokenizer.token(Int32(size)) == nil)
        #expect(tokenizer.endOfText == end)
        #expect(tokenizer.endOfTurn == [2, end])
        let t = tokenizer.encode("t")
        #expect(tokenizer.encode("t", addSpecial: true) == [1] + t + [end])
        // Without `legacy` only the start of a text gets the space that is put before it.
        #expect(tokenizer.encode("t<|im_end|>  t") == t + [end, try #require(tokenizer.id(ofSpelling: "t"))])
        #expect(try self.tokenizer(nil).encode("t<s>t") == t + [1] + t)
        #expect(tokenizer.decode([end] + t) == Array("<|im_end|> t".utf8))
        #expect(tokenizer.decode([end] + t, skipSpecial: true) == Array("t".utf8))
    }

    @Test(arguments: [
        #"{"added_tokens_decoder": {"1": {"content": "<other>"}}}"#, #"{"added_tokens_decoder": {"x": {"content": "a"}}}"#,
        #"{"added_tokens_decoder": {"9999999": {"content": "a"}}}"#, #"{"bos_token": "nothing of the kind"}"#, "[]",
    ])
    func refusesWhatDoesNotFit(configuration: String) {
        #expect(throws: TokenizerError.self) { try tokenizer(configuration) }
    }
}
