import InferenceEngine
import TestTools
import Testing
import WeightFormats

/// SmolLM2's own tokenizer, from its GGUF, against the `tokenizers` library.
@Suite struct ModelTokenizerTests {
    let tokenizer: Tokenizer

    init() throws {
        tokenizer = try Tokenizer(gguf: try GGUFFile(try MappedFile(path: try DemonstrationModel.path())))
    }

    @Test func knowsItsSpecialTokens() {
        #expect(tokenizer.vocabularySize == 49152)
        #expect(tokenizer.beginOfText == 1)
        #expect(tokenizer.endOfText == 2)
        #expect(tokenizer.endOfTurn == [0, 2])
        #expect(tokenizer.token(2)?.bytes == Array("<|im_end|>".utf8))
        #expect(tokenizer.token(2)?.isSpecial == true)
        #expect(tokenizer.token(281)?.isSpecial == false)
        #expect(tokenizer.token(49152) == nil)
        #expect(tokenizer.token(-1) == nil)
        #expect(tokenizer.id(ofSpelling: "<|im_start|>") == 1)
    }

    @Test func makesTheSameTokens() throws {
        let texts = try TokenFixtures.texts("smollm2-tokens.jsonl")
        #expect(texts.count > 500)
        for text in texts {
            #expect(text.tokens.match(tokenizer.encode(text.text)), "\(text.text.prefix(80).debugDescription)")
            #expect(
                text.plain.match(tokenizer.encode(text.text, parseSpecial: false)),
                "plain \(text.text.prefix(80).debugDescription)")
        }
    }

    @Test func decodesToTheSameBytes() throws {
        let lost = Set(tokenizer.unencodableBytes)
        #expect(!lost.contains(UInt8(ascii: "a")))
        for text in try TokenFixtures.texts("smollm2-tokens.jsonl") {
            for parseSpecial in [true, false] {
                let bytes = tokenizer.decode(tokenizer.encode(text.text, parseSpecial: parseSpecial))
                #expect(bytes == text.text.utf8.filter { !lost.contains($0) })
            }
        }
    }

    @Test func keepsBytesThatAreNotUTF8() {
        let bytes: [UInt8] = [0x61, 0x80, 0xbf, 0xe4, 0xb8, 0x20, 0xed, 0xa0, 0x80, 0x62, 0xf0, 0x9f, 0x98]
        #expect(tokenizer.decode(tokenizer.encode(bytes)) == bytes)
    }

    @Test func leavesSpecialTokensOutWhenAsked() {
        let tokens = tokenizer.encode("<|im_start|>user\nHi<|im_end|>")
        #expect(tokenizer.decode(tokens, skipSpecial: true) == Array("user\nHi".utf8))
        #expect(tokenizer.decode([-1, 49152, .max]) == [])
        // This model declares none to add.
        #expect(tokenizer.encode("Hi", addSpecial: true) == tokenizer.encode("Hi"))
    }

    /// A megabyte of one letter is one piece of a million symbols: a quadratic merge would take hours.
    @Test(.timeLimit(.minutes(10)), arguments: ["a", " ", "'", "é", "9", "<|im_start|", "aaab", "\u{3000}"])
    func takesTimeInProportion(unit: String) {
        let text = String(repeating: unit, count: 1_000_000 / unit.utf8.count)
        #expect(tokenizer.decode(tokenizer.encode(text)).count == text.utf8.count)
    }
}
