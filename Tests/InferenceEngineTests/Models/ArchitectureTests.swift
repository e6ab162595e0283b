import CanonicalEncoding
import InferenceEngine
import Testing
import WeightFormats

/// Random models of every architecture, and of all that their configurations can say, against transformers in float32.
@Suite struct ArchitectureTests {
    @Test func thereAreFixtures() {
        #expect(ModelFixture.architectures.count == 71)
        #expect(ModelFixture.architectures.count { $0.config == nil } == 15)
        #expect(ModelFixture.architectures.allSatisfy { $0.sequences.map(\.tokens.count) == [3, 30, 120] && $0.greedy.count == 1 })
    }

    @Test(arguments: ModelFixture.architectures)
    func logprobsAndContinuationsAreThoseOfTransformers(fixture: ModelFixture) throws {
        let model = try fixture.load()
        for sequence in fixture.sequences {
            let distance = sequence.distance(try model.logprobs(of: sequence.tokens))
            #expect(distance < 1e-4, "\(sequence.tokens.count) tokens: \(distance)")
        }
        let ends = model.tokenizer.endOfTurn
        for continuation in fixture.greedy {
            let cut = Array(continuation.written.prefix { !ends.contains($0) })
            #expect(try model.generate([continuation.tokens], maximumNewTokens: 12)[0].tokens == cut)
        }
    }

    /// However a sequence is cut, on however many threads: the same bits.
    @Test(arguments: ModelFixture.architectures)
    func anyCutGivesTheSameBits(fixture: ModelFixture) throws {
        let model = try fixture.load()
        let cut = try fixture.load(EngineConfiguration(threads: 3, tileRows: 7, decodeRows: 3, logitRows: 2))
        for sequence in fixture.sequences {
            #expect(try cut.logprobs(of: sequence.tokens) == model.logprobs(of: sequence.tokens), "\(sequence.tokens.count) tokens")
        }
    }

    /// Items alone and together: the same bits, be they of lengths that are embedded in different ways.
    @Test(arguments: ModelFixture.architectures)
    func batchesChangeNoBit(fixture: ModelFixture) throws {
        let model = try fixture.load()
        let tokens = fixture.sequences[2].tokens
        let lengths = [12, 31, 32, 33, 34, 63, 64, 65, 66, 66, 110]
        let items = lengths.enumerated().map { number, length in
            // Some begin alike, some do not.
            LoadedModel.ScoredSequence(tokens: Array(tokens[(number % 3)..<length]) + [Int32(number)], start: 5 + number % 4)
        }
        let alone = try items.map { try fixture.load().score([$0])[0] }
        #expect(try model.score(items) == alone)
        #expect(try model.score(items.reversed()) == alone.reversed())
        let prompts = lengths.map { Array(tokens.prefix($0)) }
        let together = try fixture.load(EngineConfiguration(decodeRows: 4)).generate(prompts, maximumNewTokens: 4)
        #expect(try prompts.map { try model.generate([$0], maximumNewTokens: 4)[0] } == together)
    }

    /// A sequence that grows to a length at which it is embedded otherwise gives what it would if it had been read at once.
    @Test(arguments: ["llama-dynamic", "llama-longrope", "phi3-longrope", "llama"])
    func growingSequencesAreThoseReadAtOnce(name: String) throws {
        let fixture = try ModelFixture.architecture(name)
        let model = try fixture.load()
        for length in [29, 61] {
            let prompt = Array(fixture.sequences[2].tokens.prefix(length))
            let written = try model.generate([prompt], maximumNewTokens: 8)[0].tokens
            var read = prompt
            for token in written {
                #expect(try fixture.load().generate([read], maximumNewTokens: 1)[0].tokens == [token])
                read.append(token)
            }
        }
    }

    @Test func unknownArchitecturesAreNamedWithTheNearest() throws {
        let found = HostileModelTests.error { _ = try ModelFixture.architecture("qwen3").load(changing: ["model_type": "qwen4"]) }
        #expect(found?.code == .unsupportedModel)
        #expect(found?.message.contains("\"qwen4\" is not known") == true && found?.message.contains("\"qwen3\"") == true)
        let gguf = try #require(ModelFixture.architectures.first { $0.file == "architecture-gemma3.gguf" })
        var bytes = try TokenFixtures.bytes(gguf.file)
        Self.replace("gemma3", by: "gemma9", in: &bytes)
        let other = HostileModelTests.error { _ = try gguf.load(TokenFixtures.mapped(bytes)) }
        #expect(other?.code == .unsupportedModel && other?.message.contains("\"gemma2\"") == true)
    }

    /// Only the first.
    static func replace(_ old: String, by new: String, in bytes: inout [UInt8]) {
        precondition(old.utf8.count == new.utf8.count)
        let pattern = Array(old.utf8)
        if let place = bytes.indices.first(where: { bytes[$0...].starts(with: pattern) }) {
            bytes.replaceSubrange(place..<(place + pattern.count), with: Array(new.utf8))
        }
    }
}
