import InferenceEngine
import Testing
import WeightFormats

/// Small GGUF files without tensors, one for each pre-tokenizer, against the `tokenizers` library with
/// llama.cpp's expressions for these names.
@Suite struct GGUFTokenizerTests {
    @Test(arguments: ["smollm", "gpt-2", "default"])
    func makesTheSameTokens(name: String) throws {
        let file = try MappedFile(path: TokenFixtures.path("small-\(name).gguf"))
        let tokenizer = try Tokenizer(gguf: try GGUFFile(file))
        let begin = try #require(tokenizer.beginOfText)
        let end = try #require(tokenizer.endOfText)
        let texts = try TokenFixtures.texts("small-gguf-tokens.jsonl", tokens: name)
        #expect(texts.count > 150)
        for text in texts {
            let tokens = tokenizer.encode(text.text)
            #expect(text.tokens.match(tokens), "\(text.text.debugDescription)")
            #expect(tokenizer.encode(text.text, addSpecial: true) == [begin] + tokens + [end])
            #expect(tokenizer.decode(tokens) == Array(text.text.utf8))
        }
    }

    /// Replacements of the same length in a sound file, each with the error's code and the key that it must name.
    @Test(arguments: [
        Edit("tokenizer.ggml.model", "tokenizer.ggml.xodel", .missing, "tokenizer.ggml.model"),
        Edit("tokenizer.ggml.pre", "tokenizer.ggml.xre", .missing, "tokenizer.ggml.pre"),
        Edit("tokenizer.ggml.tokens", "tokenizer.ggml.xokens", .missing, "tokenizer.ggml.tokens"),
        Edit("tokenizer.ggml.merges", "tokenizer.ggml.xerges", .missing, "tokenizer.ggml.merges"),
        Edit("tokenizer.ggml.bos_token_id", "tokenizer.ggml.xos_token_id", .missing, "tokenizer.ggml.bos_token_id"),
        Edit("gpt2", "rwkv", .unsupported, "tokenizer.ggml.model"),
        Edit("smollm", "qwen2x", .unsupported, "tokenizer.ggml.pre"),
        Edit("</s>", "samp", .inconsistent, "tokenizer.ggml.tokens[401]"),
        Edit("Ġ t", "ĠXt", .badValue, "tokenizer.ggml.merges[1]"),
        Edit("Ġ t", "Ġ \t", .inconsistent, "tokenizer.ggml.merges[1]"),
    ])
    func refusesWhatDoesNotFit(edit: Edit) throws {
        let bytes = try edit.applied(to: try TokenFixtures.bytes("small-smollm.gguf"))
        let file = try TokenFixtures.mapped(bytes)
        let error = #expect(throws: TokenizerError.self) { try Tokenizer(gguf: try GGUFFile(file)) }
        #expect(error?.code == edit.code)
        #expect(error?.place == edit.place)
    }

    struct Edit: Sendable, CustomTestStringConvertible {
        let old: [UInt8]
        let new: [UInt8]
        let code: TokenizerError.Code
        let place: String

        init(_ old: String, _ new: String, _ code: TokenizerError.Code, _ place: String) {
            (self.old, self.new, self.code, self.place) = (Array(old.utf8), Array(new.utf8), code, place)
        }

        var testDescription: String { String(decoding: old, as: UTF8.self) + " to " + String(decoding: new, as: UTF8.self) }

        func applied(to bytes: [UInt8]) throws -> [UInt8] {
            guard old.count == new.count,
                let start = bytes.indices.first(where: { bytes[$0...].starts(with: old) })
            else { throw BadFixture() }
            var edited = bytes
            edited.replaceSubrange(start..<start + old.count, with: new)
            return edited
        }
    }
}
