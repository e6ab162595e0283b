import CanonicalEncoding
import InferenceEngine
import Testing

/// Tokenizers and texts that are made to take long: each must be refused, or done in proportion to its size.
@Suite(.timeLimit(.minutes(10))) struct HostileTokenizerTests {
    /// Expressions that a backtracking matcher takes exponential or quadratic time for.
    @Test(arguments: [
        #"(?:a+)+b"#, #"(?:a|a)+b"#, #"(?:a+a+)+b"#, #"(?:a|aa)+$"#, #"a+a+a+a+b|a"#, #"(?:a{1,9}){1,9}b|a"#, #"a++b|a"#, #"a*b|a"#,
        #"(?=a+b)a|a"#, #"(?=(?:a+)+b)a|a"#, #"(?:a?){30}(?:a){30}b|a"#, #"a{1,3}(?=(?:a{3})*\b)"#, #"a+?b|a"#, #"(?!a+c)a"#, #"a+$|ab|a"#,
        #"(?:(?:a|b)+(?:a|c)+)+d|a"#, #"(?>a{2,})b|a"#, #"(){1024}{1024}{1024}{1024}a|a"#, #"(?:ab){0}{1024}{1024}{1024}{1024}a|a"#,
    ])
    func runsExpressionsInProportion(expression: String) throws {
        let tokenizer = try tokenizer(pre: Self.split(expression))
        for text in [String(repeating: "a", count: 100_000), String(repeating: "aaab", count: 25_000), String(repeating: "aé", count: 25_000)] {
            #expect(tokenizer.decode(tokenizer.encode(text)) == Array(text.utf8))
        }
    }

    /// Long texts without a place to cut them, by every kind of model.
    @Test(arguments: ["gpt2", "o200k", "llama2", "gemma", "t5", "xlnet", "unigram-bytes", "bert-uncased", "affixes"])
    func takesLongTexts(name: String) throws {
        let tokenizer = try Tokenizer(tokenizerJSON: try Family(name).tokenizerJSON())
        for unit in ["a", " ", "\n", "1", "ab", "'", "日", "\u{301}", "e\u{301}", "\u{1100}", "𐀀", "<s>", "\u{200b}", "-"] {
            let text = String(repeating: unit, count: 200_000 / unit.utf8.count)
            #expect(tokenizer.decode(tokenizer.encode(text)).count <= 3 * text.utf8.count + 16)
        }
    }

    @Test(arguments: ["spm-bpe", "spm-unigram"])
    func takesLongTextsForSentencePiece(name: String) throws {
        let tokenizer = try Tokenizer(sentencePieceModel: try Family.bytes(name + ".model"))
        for unit in ["a", " ", "1", "ab", "日", "e\u{301}", "<sep>"] {
            let text = String(repeating: unit, count: 500_000 / unit.utf8.count)
            #expect(!tokenizer.encode(text).isEmpty || unit == " ")
        }
    }

    /// Damaged at random, but always in the same way.
    @Test(arguments: ["llama2.json", "t5.json", "bert-uncased.json", "behaviours.json", "spm-bpe.model", "spm-unigram.model"])
    func damagedFilesAreRefusedOrWork(name: String) throws {
        let isJSON = name.hasSuffix(".json")
        let original = try isJSON ? Family(String(name.dropLast(5))).tokenizerJSON() : Family.bytes(name)
        var random = SplitMix64(state: 7)
        var refused = 0
        for _ in 0..<150 {
            var bytes = original
            let position = random.below(bytes.count)
            switch random.below(4) {
            case 0: bytes[position] ^= UInt8(1) << UInt8(random.below(8))
            case 1: bytes[position] ^= UInt8(random.below(4))
            case 2: bytes.swapAt(position, random.below(bytes.count))
            default: bytes.removeSubrange(position..<min(bytes.count, position + random.below(8)))
            }
            do {
                let tokenizer = try isJSON ? Tokenizer(tokenizerJSON: bytes) : Tokenizer(sentencePieceModel: bytes)
                let tokens = tokenizer.encode("The assay, naïve Ångström ½ <s> 日本語\n\n 12345 don't", addSpecial: true)
                #expect(tokens.allSatisfy { tokenizer.token($0) != nil })
                _ = tokenizer.decode(tokens)
            } catch {
                refused += 1
            }
        }
        #expect(refused > 0 && refused < 150)
    }

    @Test(arguments: [
        [], [0], [0xff], Array("not a model at all".utf8), [0x0a, 0xff, 0xff, 0xff, 0xff, 0x7f], [0x0a, 0x00],
        [UInt8](repeating: 0x80, count: 100), [0x0a, 0x03, 0x0a, 0x01, 0x61],
    ])
    func refusesWhatIsNoModel(bytes: [UInt8]) {
        #expect(throws: TokenizerError.self) { try Tokenizer(sentencePieceModel: bytes) }
    }

    private static func split(_ expression: String) -> JSONValue {
        ["type": "Split", "pattern": ["Regex": .string(expression)], "behavior": "Isolated", "invert": false]
    }

    /// Byte-level, with the 256 bytes alone.
    private func tokenizer(pre: JSONValue) throws -> Tokenizer {
        guard let base = try StrictJSON.parse(try Family.bytes("base.json"))["vocab"]?.object else { throw BadFixture() }
        var vocabulary = JSONObject()
        for (text, id) in base.members where text.unicodeScalars.count == 1 { vocabulary[text] = id }
        let document: JSONValue = [
            "pre_tokenizer": ["type": "Sequence", "pretokenizers": [pre, ["type": "ByteLevel", "add_prefix_space": false, "use_regex": false]]],
            "decoder": ["type": "ByteLevel"], "model": ["type": "BPE", "vocab": .object(vocabulary), "merges": []],
        ]
        return try Tokenizer(tokenizerJSON: try CanonicalJSON.encode(document, numbers: .any))
    }
}
