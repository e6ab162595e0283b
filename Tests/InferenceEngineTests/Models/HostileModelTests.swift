import CanonicalEncoding
import Foundation
import InferenceEngine
import Testing
import WeightFormats

/// Models that contradict themselves, ask for too much, or hold what no number is.
@Suite struct HostileModelTests {
    static func fixture() throws -> ModelFixture { try #require(ModelFixture.small.first { $0.file == "small-f32.safetensors" }) }
    static func quantised() throws -> ModelFixture { try #require(ModelFixture.small.first { $0.file.hasSuffix(".gguf") }) }

    static func error(_ body: () throws -> Void) -> EngineError? {
        do { try body() } catch { return error as? EngineError }
        return nil
    }

    @Test(arguments: [
        ("model_type", "mamba", EngineError.Code.unsupportedModel, "mamba"),
        ("model_type", .string("x\u{1b}[2J\u{202e}y"), .unsupportedModel, "x?[2J?y"),
        ("model_type", nil, .malformedModel, "model_type"),
        ("num_hidden_layers", 3, .malformedModel, "model.layers.2"),
        ("num_hidden_layers", 1, .unsupportedModel, "model.layers.1"),
        ("num_hidden_layers", 0, .malformedModel, "0 layers"),
        ("num_hidden_layers", .integer(.max), .malformedModel, "layers"),
        ("hidden_size", 43, .malformedModel, "shape"),
        ("hidden_size", -1, .malformedModel, "width"),
        ("hidden_size", .integer(.max), .malformedModel, "hidden_size"),
        ("hidden_size", "42", .malformedModel, "hidden_size"),
        ("num_attention_heads", 0, .malformedModel, "heads"),
        ("num_attention_heads", 4, .malformedModel, "shape"),
        ("num_key_value_heads", 4, .malformedModel, "share"),
        ("num_key_value_heads", 0, .malformedModel, "share"),
        ("num_key_value_heads", 1, .malformedModel, "shape"),
        ("head_dim", 7, .malformedModel, "heads of width 7"),
        ("head_dim", 12, .malformedModel, "shape"),
        ("intermediate_size", .integer(1 << 40), .malformedModel, "feed-forward"),
        ("vocab_size", 417, .malformedModel, "shape"),
        ("vocab_size", 100, .malformedModel, "tokenizer"),
        ("vocab_size", .integer(1 << 50), .malformedModel, "vocabulary"),
        ("max_position_embeddings", 0, .malformedModel, "context"),
        ("rms_norm_eps", 0, .malformedModel, "epsilon"),
        ("rms_norm_eps", .number(1e-60), .malformedModel, "epsilon"),
        ("rms_norm_eps", .number(-1), .malformedModel, "epsilon"),
        ("rope_parameters", ["rope_theta": 0], .malformedModel, "RoPE base"),
        ("rope_parameters", ["rope_theta": 500_000, "rope_type": "llama5"], .unsupportedModel, "llama5"),
        ("rope_scaling", ["type": "proportional", "factor": 2], .unsupportedModel, "proportional"),
        ("rope_scaling", "linear", .malformedModel, "rope_scaling"),
        ("attention_bias", true, .malformedModel, "q_proj.bias"),
        ("hidden_act", "gelu", .unsupportedModel, "hidden_act"),
        ("tie_word_embeddings", false, .malformedModel, "lm_head.weight"),
    ] as [(String, JSONValue, EngineError.Code, String)])
    func configurationsAreRefused(key: String, value: JSONValue, code: EngineError.Code, word: String) throws {
        let found = Self.error { _ = try Self.fixture().load(changing: [key: value]) }
        #expect(found?.code == code && found?.message.contains(word) == true, "\(found.map { "\($0)" } ?? "loaded")")
    }

    @Test func memoryIsRefusedBeforeItIsTaken() throws {
        for fixture in ModelFixture.small {
            let found = Self.error { _ = try fixture.load(EngineConfiguration(maximumMemoryBytes: 100_000)) }
            #expect(found?.code == .limitExceeded)
            #expect(found?.message.contains("of the 100000 allowed are left") == true)
        }
        // Enough for the model, not for a long sequence's cache.
        let model = try Self.fixture().load(
            EngineConfiguration(tileRows: 16, decodeRows: 1, logitRows: 1, maximumMemoryBytes: 820_000))
        let long = [Int32](repeating: 9, count: 1000)
        #expect(Self.error { _ = try model.logprobs(of: long) }?.code == .limitExceeded)
        // And it goes on.
        #expect(try model.logprobs(of: Array(long.prefix(8))).count == 8)
    }

    @Test func longTextsAndUnknownTokensAreRefused() throws {
        let model = try Self.fixture().load(EngineConfiguration(maximumContextTokens: 20))
        let tokens = [Int32](repeating: 3, count: 21)
        // The last token is only predicted.
        #expect(try model.logprobs(of: tokens).count == 21)
        #expect(Self.error { _ = try model.logprobs(of: tokens + [3]) }?.code == .contextExceeded)
        #expect(Self.error { _ = try model.generate([tokens + [3]], maximumNewTokens: 1) }?.code == .contextExceeded)
        let full = try model.generate([Array(tokens.prefix(18))], maximumNewTokens: 50)[0]
        #expect(full.finish == .endOfText || (full.finish == .contextFull && full.tokens.count == 3))
        for bad in [[Int32(416)], [-1], [3, .max], [3, 4, .min]] {
            #expect(Self.error { _ = try model.logprobs(of: bad) }?.code == .invalidRequest)
            #expect(Self.error { _ = try model.generate([bad], maximumNewTokens: 1) }?.code == .invalidRequest)
            #expect(Self.error { _ = try model.score(context: [1], continuations: [[2], bad]) }?.code == .invalidRequest)
        }
        #expect(Self.error { _ = try model.generate([[]], maximumNewTokens: 1) }?.code == .invalidRequest)
        #expect(Self.error { _ = try model.score(context: [], continuations: [[2]]) }?.code == .invalidRequest)
        #expect(try model.generate([[1, 2]], maximumNewTokens: 0)[0].tokens.isEmpty)
        #expect(try model.logprobs(of: []).isEmpty && model.generate([], maximumNewTokens: 5).isEmpty)
    }

    @Test(arguments: [
        EngineConfiguration(threads: 0), EngineConfiguration(tileRows: 0), EngineConfiguration(tileRows: 8, decodeRows: 9),
        EngineConfiguration(tileRows: .max), EngineConfiguration(decodeRows: -1), EngineConfiguration(logitRows: 0),
    ])
    func impossibleChoicesAreRefused(configuration: EngineConfiguration) throws {
        #expect(Self.error { _ = try Self.fixture().load(configuration) }?.code == .invalidRequest)
    }

    /// Every weight NaN, infinite or huge: the model says nothing sensible and does not crash.
    @Test(arguments: [Float.nan, .infinity, -.infinity, 3e38, Float.leastNormalMagnitude / 1024, 0])
    func weightsThatAreNoNumbersDoNoHarm(value: Float) throws {
        let fixture = try Self.fixture()
        var bytes = try TokenFixtures.bytes(fixture.file)
        let start = 8 + Int(bytes[0]) + Int(bytes[1]) << 8
        for offset in stride(from: start, to: bytes.count - 3, by: 4) {
            withUnsafeBytes(of: value.bitPattern.littleEndian) { bytes.replaceSubrange(offset..<(offset + 4), with: $0) }
        }
        let model = try fixture.load(TokenFixtures.mapped(bytes))
        #expect(try model.logprobs(of: fixture.sequences[3].tokens).count == 150)
        let sampling = SamplingParameters(temperature: 1, topK: 5, topP: 0.5)
        for sampling in [SamplingParameters.greedy, sampling] {
            let results = try model.generate([[1, 2, 3], [4]], maximumNewTokens: 5, sampling: sampling)
            #expect(results.allSatisfy { $0.tokens.count <= 5 })
        }
    }

    /// One NaN in the embedding of a token that the text does not have must not spread into other rows.
    @Test func aBadRowStaysInItsSequence() throws {
        let fixture = try Self.fixture()
        var bytes = try TokenFixtures.bytes(fixture.file)
        let container = try WeightContainer.open(MappedFile(path: TokenFixtures.path(fixture.file)))
        let embedding = try #require(container.tensors.first { $0.name == "model.embed_tokens.weight" })
        // Token 415, all of its row; it has no spelling, so nothing begins with it.
        for offset in (embedding.byteRange.upperBound - 42 * 4)..<embedding.byteRange.upperBound { bytes[offset] = 0xff }
        let model = try fixture.load(TokenFixtures.mapped(bytes))
        let scores = try model.score(context: [1, 2, 3], continuations: [[4, 5, 6], [415, 5, 6], [7, 8, 9]])
        // Tied to the output, it also spoils every sum over the vocabulary.
        #expect(scores.allSatisfy { $0.logprobs.allSatisfy { !$0.isFinite } })
        let sides = try model.generate([[1, 2, 3], [415], [7, 8]], maximumNewTokens: 4)
        let clean = try model.generate([[1, 2, 3], [9], [7, 8]], maximumNewTokens: 4)
        #expect(sides[0] == clean[0] && sides[2] == clean[2])
    }

    /// Integers of the right shape under a weight's name.
    @Test func integersAreNoWeights() throws {
        let fixture = try Self.fixture()
        let original = try TokenFixtures.bytes(fixture.file)
        let pattern = Array(#""F32""#.utf8), length = 8 + Int(original[0]) + Int(original[1]) << 8
        let places = (0..<length).filter { original[$0...].starts(with: pattern) }
        #expect(!places.isEmpty)
        for place in places {
            var bytes = original
            bytes.replaceSubrange(place..<place + pattern.count, with: Array(#""I32""#.utf8))
            let found = Self.error { _ = try fixture.load(TokenFixtures.mapped(bytes)) }
            #expect(found?.code == .unsupportedModel && found?.message.contains("I32") == true, "\(found.map { "\($0)" } ?? "loaded")")
        }
    }

    // MARK: GGUF

    @Test(arguments: [
        ("llama.block_count", "mamba.block_count", EngineError.Code.malformedModel, "llama.block_count"),
        ("llama.rope.freq_base", "llama.rope.freq_bass", .unsupportedModel, "llama.rope.freq_bass"),
        ("blk.1.attn_k.weight", "blk.1.attn_k.weighs", .malformedModel, "blk.1.attn_k.weight"),
        ("output_norm.weight", "output_nurm.weight", .malformedModel, "output_norm.weight"),
        ("output.weight", "output.wrong!", .unsupportedModel, "output.wrong!"),
        ("general.architecture", "general.architektura", .malformedModel, "general.architecture"),
        ("blk.0.ffn_gate.weight", "blk.0.ffn_gane.weight", .malformedModel, "blk.0.ffn_gate.weight"),
    ])
    func renamedPartsAreMissed(old: String, new: String, code: EngineError.Code, word: String) throws {
        let bytes = try Self.replacing(old, by: new)
        let found = Self.error { _ = try Self.quantised().load(TokenFixtures.mapped(bytes)) }
        #expect(found?.code == code && found?.message.contains(word) == true, "\(found.map { "\($0)" } ?? "loaded")")
    }

    @Test func otherArchitecturesAreNamed() throws {
        let bytes = try Self.replacing("llama", by: "gpt-j")
        let found = Self.error { _ = try Self.quantised().load(TokenFixtures.mapped(bytes)) }
        #expect(found?.code == .unsupportedModel && found?.message.contains("\"gpt-j\"") == true)
    }

    /// Any byte of the header, any value: an error or a model, never a crash.
    @Test func changedBytesNeverCrash() throws {
        let fixture = try Self.quantised()
        let original = try TokenFixtures.bytes(fixture.file)
        var random = RandomSource(seed: 99)
        for _ in 0..<300 {
            var bytes = original
            for _ in 0..<(1 + Int(random.next() % 3)) {
                let place = Int(random.next() % UInt64(random.next() % 2 == 0 ? 1200 : original.count))
                bytes[place] = UInt8(truncatingIfNeeded: random.next())
            }
            let configuration = EngineConfiguration(tileRows: 16, decodeRows: 2, logitRows: 4, maximumMemoryBytes: 8 << 20)
            guard let model = try? fixture.load(TokenFixtures.mapped(bytes), configuration) else { continue }
            #expect(try model.logprobs(of: [1, 2, 3]).count == 3)
            _ = try model.generate([[1, 2, 3]], maximumNewTokens: 2)
        }
    }

    static func replacing(_ old: String, by new: String) throws -> [UInt8] {
        precondition(old.utf8.count == new.utf8.count)
        var bytes = try TokenFixtures.bytes(try quantised().file)
        let pattern = Array(old.utf8)
        // The first one, but for the last tensor's name, which others end with.
        let places = bytes.indices.filter { bytes[$0...].starts(with: pattern) }
        let place = try #require(old == "output.weight" ? places.last : places.first)
        bytes.replaceSubrange(place..<(place + pattern.count), with: Array(new.utf8))
        return bytes
    }
}
