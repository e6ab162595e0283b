import CanonicalEncoding
import InferenceEngine
import Testing
import WeightFormats

/// Small tokenizers with the settings of published ones, each on 20,000 texts against the program that it is for:
/// `tokenizers`, `sentencepiece` or llama.cpp (`Fixtures/generate-tokenizer-families.py`, which also says how to find
/// out what differs where a hash does).
@Suite(.timeLimit(.minutes(5))) struct FamilyTests {
    @Test(arguments: [
        "gpt2", "roberta", "neox", "starcoder", "falcon", "llama3", "qwen2", "qwen35", "cl100k", "o200k", "tekken", "kimi", "deepseek3",
        "deepseek", "bloom", "exaone", "aya", "superbpe", "behaviours", "alphabet",
        "llama2", "mistral", "gemma", "unknowns", "t5", "xlm", "xlnet", "unigram-bytes", "bert-uncased", "bert-cased", "words", "affixes",
    ])
    func doesAsTokenizers(name: String) throws {
        let family = try Family(name)
        let tokenizer = try Tokenizer(tokenizerJSON: try family.tokenizerJSON())
        try family.check { number, text in
            let tokens = tokenizer.encode(text, parseSpecial: number % 4 != 3, addSpecial: true)
            return (tokens, tokenizer, number % 2 == 1)
        }
    }

    @Test(arguments: ["spm-bpe", "spm-bpe-rules", "spm-unigram", "spm-unigram-bytes", "spm-bpe-suffix"])
    func doesAsSentencePiece(name: String) throws {
        let tokenizer = try Tokenizer(sentencePieceModel: try Family.bytes(name + ".model"))
        try Family(name).check { _, text in (tokenizer.encode(text, parseSpecial: false), tokenizer, false) }
    }

    @Test(arguments: ["gguf-llama", "gguf-llama-bare", "gguf-t5", "gguf-bert"])
    func doesAsLlamaCpp(name: String) throws {
        let tokenizer = try Tokenizer(gguf: try GGUFFile(try MappedFile(path: Family.path(name + ".gguf"))))
        // What llama.cpp makes of BERT's tokens is no text; it takes no zero bytes.
        try Family(name).check(decodes: name != "gguf-bert") { number, text in
            let text = String(String.UnicodeScalarView(text.unicodeScalars.filter { $0.value != 0 }))
            return (tokenizer.encode(text, parseSpecial: number % 4 != 3, addSpecial: true), tokenizer, false)
        }
    }
}

/// What the reference makes of the generated texts.
struct Family {
    private static let count = 20_000
    private static let chunk = 100

    let name: String
    private let document: JSONObject

    init(_ name: String) throws {
        self.name = name
        guard let document = try StrictJSON.parse(try Self.bytes(name + ".json"), limits: Self.limits).object else { throw BadFixture() }
        self.document = document
    }

    private static let limits = JSONLimits(maxBytes: 1 << 20, maxDepth: 24, maxValues: 1 << 16)

    static func path(_ name: String) -> String { TokenFixtures.path("families/" + name) }
    static func bytes(_ name: String) throws -> [UInt8] { try TokenFixtures.bytes("families/" + name) }

    /// The tokenizer, with what it has from another.
    func tokenizerJSON() throws -> [UInt8] {
        var document = document
        if let other = document["vocabularyOf"]?.string {
            guard let source = try StrictJSON.parse(try Self.bytes(other + ".json"), limits: Self.limits).object,
                var model = document["model"]?.object
            else { throw BadFixture() }
            let parts = source["model"]?.object ?? source
            for member in ["vocab", "merges"] { if let value = parts[member] { model[member] = value } }
            document["model"] = .object(model)
        }
        return try CanonicalJSON.encode(.object(document), numbers: .any)
    }

    /// - Parameter encode: of a text and its number, the tokens, what decodes them, and whether without special ones.
    func check(decodes: Bool = true, _ encode: (Int, String) throws -> ([Int32], Tokenizer, skipSpecial: Bool)) throws {
        guard let hashes = document["hashes"]?.string, let examples = document["examples"]?.array else { throw BadFixture() }
        #expect(hashes.utf8.count == 16 * Self.count / Self.chunk)
        let texts = try GeneratedText()
        var different: [Int] = []
        for start in stride(from: 0, to: Self.count, by: Self.chunk) {
            var hash: UInt64 = 0xcbf2_9ce4_8422_2325
            func add(_ byte: UInt8) { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
            for number in start..<start + Self.chunk {
                let text = texts.text(number)
                let (tokens, tokenizer, skipSpecial) = try encode(number, text)
                let decoded = decodes ? String(decoding: tokenizer.decode(tokens, skipSpecial: skipSpecial), as: UTF8.self) : ""
                if decodes, number % 8 < 2 { #expect(Self.streamed(tokens, tokenizer, skipSpecial) == decoded, "text \(number) in a stream") }
                if number < examples.count {
                    let expected = examples[number]
                    #expect(tokens.map { Int64($0) } == expected["tokens"]?.array?.compactMap(\.integer), "\(text.debugDescription)")
                    #expect(ExactString(decoded) == expected["decoded"]?.string.map { ExactString($0) })
                }
                for token in tokens { for shift in stride(from: UInt32(0), to: 32, by: 8) { add(UInt8(truncatingIfNeeded: token >> Int32(shift))) } }
                for _ in 0..<4 { add(0xff) }
                for byte in decoded.utf8 { add(byte) }
                add(0xff)
            }
            let expected = hashes.utf8.dropFirst(start / Self.chunk * 16).prefix(16)
            guard UInt64(String(decoding: Array(expected), as: UTF8.self), radix: 16) != hash else { continue }
            different.append(start / Self.chunk)
            guard different.count == 1 else { continue }
            print("\(name), chunk \(start / Self.chunk):")
            for number in start..<start + Self.chunk {
                let (tokens, tokenizer, skipSpecial) = try encode(number, texts.text(number))
                let decoded = decodes ? String(decoding: tokenizer.decode(tokens, skipSpecial: skipSpecial), as: UTF8.self) : ""
                print(Self.line(texts.text(number), tokens, decoded))
            }
        }
        #expect(different.isEmpty, "\(name): generate-tokenizer-families.py --show \(name) CHUNK for the chunks \(different.prefix(10))")
    }

    private static func streamed(_ tokens: [Int32], _ tokenizer: Tokenizer, _ skipSpecial: Bool) -> String {
        var stream = StreamingDecoder(tokenizer, skipSpecial: skipSpecial)
        var bytes = tokens.flatMap { stream.append($0) }
        bytes += stream.finish()
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func line(_ text: String, _ tokens: [Int32], _ decoded: String) -> String {
        func quoted(_ text: String) -> String {
            var result = "\""
            for unit in text.utf16 {
                switch unit {
                case 0x22, 0x5c: result += "\\" + String(UnicodeScalar(UInt8(unit)))
                case 0x0a: result += "\\n"
                case 0x0d: result += "\\r"
                case 0x09: result += "\\t"
                case 0x08: result += "\\b"
                case 0x0c: result += "\\f"
                case 0x20...0x7e: result += String(UnicodeScalar(UInt8(unit)))
                default:
                    let digits = String(unit, radix: 16)
                    result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
                }
            }
            return result + "\""
        }
        return "{\"text\":\(quoted(text)),\"tokens\":[\(tokens.map(String.init).joined(separator: ","))],\"decoded\":\(quoted(decoded))}"
    }
}

/// Texts by number, the same as the generator's.
struct GeneratedText {
    private let words: [String]
    private let spaces: [String]
    private let marks: [String]
    private let special: [String]

    init() throws {
        let pools = try StrictJSON.parse(try Family.bytes("texts.json"))
        func pool(_ name: String) throws -> [String] {
            guard let strings = pools[name]?.array?.map({ $0.string ?? "" }), !strings.isEmpty else { throw BadFixture() }
            return strings
        }
        words = try pool("words")
        spaces = try pool("spaces")
        marks = try pool("marks")
        special = try pool("special")
    }

    func text(_ number: Int) -> String {
        var random = SplitMix64(state: UInt64(number) &* 0x632b_e59b_d9b4_e019)
        var result = String.UnicodeScalarView()
        for _ in 0..<1 + random.below(12) {
            let kind = random.below(20)
            switch kind {
            case 0..<8: result += words[random.below(words.count)].unicodeScalars
            case 8..<13: result += spaces[random.below(spaces.count)].unicodeScalars
            case 13:
                let scalar = Unicode.Scalar(UInt8(33 + random.below(94)))
                result += repeatElement(scalar, count: 1 + random.below(4))
            case 14: result.append(scalar(&random, 0x3000))
            case 15: result.append(scalar(&random, 0x10000))
            case 16: result.append(scalar(&random, 0x110000))
            case 17: result += marks[random.below(marks.count)].unicodeScalars
            case 18: result += special[random.below(special.count)].unicodeScalars
            default:
                var bound = 10
                for _ in 0..<random.below(7) { bound *= 10 }
                result += String(random.below(bound)).unicodeScalars
            }
        }
        return String(result)
    }

    private func scalar(_ random: inout SplitMix64, _ bound: Int) -> Unicode.Scalar {
        let value = UInt32(random.below(bound))
        return Unicode.Scalar((0xd800..<0xe000).contains(value) ? value - 0x800 : value) ?? "?"
    }
}

/// Steele, Lea and Flood's generator (2014).
struct SplitMix64 {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var value = state
        value = (value ^ value >> 30) &* 0xbf58_476d_1ce4_e5b9
        value = (value ^ value >> 27) &* 0x94d0_49bb_1331_11eb
        return value ^ value >> 31
    }

    mutating func below(_ bound: Int) -> Int { Int(next() % UInt64(bound)) }
}
