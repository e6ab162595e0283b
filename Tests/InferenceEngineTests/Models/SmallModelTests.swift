import InferenceEngine
import Testing

/// Random models of every weight type and both containers, against transformers in float32.
@Suite struct SmallModelTests {
    @Test func thereAreFixtures() {
        #expect(ModelFixture.small.count == 4)
        #expect(ModelFixture.small.allSatisfy { $0.sequences.contains { $0.tokens.count > 512 } && !$0.greedy.isEmpty })
    }

    @Test(arguments: ModelFixture.small)
    func logprobsAreThoseOfTransformers(fixture: ModelFixture) throws {
        let model = try fixture.load()
        for sequence in fixture.sequences {
            let distance = sequence.distance(try model.logprobs(of: sequence.tokens))
            #expect(distance < 1e-4, "\(sequence.tokens.count) tokens")
        }
    }

    /// However a sequence is cut, and whichever kernels compute: the same bits.
    @Test(arguments: ModelFixture.small)
    func anyCutAndAnyKernelsGiveTheSameBits(fixture: ModelFixture) throws {
        let model = try fixture.load()
        let levels = VectorKernels.Level.allCases.filter { VectorKernels($0) != nil && $0 != .portable }
        let others = try levels.map { try fixture.load(EngineConfiguration(threads: 3, tileRows: 37, decodeRows: 3, logitRows: 7, kernels: $0)) }
        for sequence in fixture.sequences {
            let expected = try model.logprobs(of: sequence.tokens)
            for other in others { #expect(try other.logprobs(of: sequence.tokens) == expected, "\(sequence.tokens.count) tokens") }
        }
        // Without a fused multiply-add in the processor it is slow.
        let portable = try fixture.load(EngineConfiguration(kernels: .portable))
        let short = fixture.sequences[2].tokens
        #expect(try portable.logprobs(of: short) == model.logprobs(of: short))
    }

    /// An item alone, among 3 and among 32: the same bits.
    @Test(arguments: ModelFixture.small)
    func batchesChangeNoBit(fixture: ModelFixture) throws {
        let model = try fixture.load()
        let tokens = fixture.sequences[4].tokens
        let items = (0..<32).map { number in
            // Some begin alike, some do not.
            LoadedModel.ScoredSequence(tokens: Array(tokens[(number % 3)..<(60 + 5 * number)]) + [Int32(number)], start: 20 + number)
        }
        let alone = try items.map { try fixture.load().score([$0])[0] }
        #expect(try model.score(items) == alone)
        #expect(try model.score(Array(items[4..<7])) == Array(alone[4..<7]))
        #expect(try model.score(items.reversed()) == alone.reversed())
    }

    @Test(arguments: ModelFixture.small)
    func greedyContinuationsAreThoseOfTransformers(fixture: ModelFixture) throws {
        let model = try fixture.load()
        let prompts = fixture.greedy.map(\.tokens)
        let ends = model.tokenizer.endOfTurn
        let results = try model.generate(prompts, maximumNewTokens: 12)
        for (result, expected) in zip(results, fixture.greedy) {
            let cut = Array(expected.written.prefix { !ends.contains($0) })
            #expect(result.tokens == cut)
            #expect(result.finish == (cut.count < 12 ? .endOfText : .length))
        }
    }

    @Test(arguments: ModelFixture.small)
    func resultsDoNotDependOnTheThreads(fixture: ModelFixture) throws {
        let one = try fixture.load(EngineConfiguration(threads: 1))
        let five = try fixture.load(EngineConfiguration(threads: 5))
        for sequence in fixture.sequences {
            let found = try one.logprobs(of: sequence.tokens)
            // Bit for bit, and again.
            #expect(try found == five.logprobs(of: sequence.tokens))
            #expect(try found == one.logprobs(of: sequence.tokens))
        }
    }

    /// A prompt's result depends on its place, not on the other prompts, and is the same tokens alone.
    @Test(arguments: ModelFixture.small)
    func batchesGiveWhatEachPromptGivesAlone(fixture: ModelFixture) throws {
        let model = try fixture.load(EngineConfiguration(decodeRows: 3))
        let single = try fixture.load(EngineConfiguration(decodeRows: 1))
        let prompts = fixture.greedy.map(\.tokens) + fixture.sequences.prefix(3).map(\.tokens)
        let together = try model.generate(prompts, maximumNewTokens: 10)
        for (prompt, result) in zip(prompts, together) {
            #expect(try model.generate([prompt], maximumNewTokens: 10) == [result])
            #expect(try single.generate([prompt], maximumNewTokens: 10) == [result])
        }
        // Sampling too, where places are kept.
        let sampling = SamplingParameters(temperature: 1.5, topK: 50, topP: 0.9, seed: 7)
        let sampled = try model.generate(prompts, maximumNewTokens: 10, sampling: sampling)
        var others = prompts
        others[0] = [5]
        let changed = try model.generate(others, maximumNewTokens: 10, sampling: sampling)
        #expect(sampled.dropFirst() == changed.dropFirst())
        #expect(sampled[0] != changed[0])
    }

    /// The choices of a question share its beginning, which is computed once; each must get what it gets alone.
    @Test(arguments: ModelFixture.small)
    func sharedBeginningsChangeNothing(fixture: ModelFixture) throws {
        let model = try fixture.load()
        let context = Array(fixture.sequences[2].tokens.prefix(40))
        let tail = fixture.sequences[3].tokens
        let choices = [Array(tail[0..<5]), Array(tail[0..<3]) + [7, 9], [], [tail[0]], Array(tail[20..<90])]
        let scores = try model.score(context: context, continuations: choices)
        for (choice, score) in zip(choices, scores) {
            let alone = try model.logprobs(of: context + choice).suffix(choice.count).map { $0 ?? .nan }
            #expect(score.logprobs.count == choice.count)
            #expect(score.logprobs == alone)
        }
        #expect(scores[2].sum == 0 && scores[2].isGreedy)
    }

    @Test(arguments: ModelFixture.small)
    func whatTheModelWouldWriteIsGreedy(fixture: ModelFixture) throws {
        let model = try fixture.load()
        let expected = fixture.greedy[0]
        var other = expected.written
        other[other.count - 1] = (other[other.count - 1] + 1) % 400
        let scores = try model.score(context: expected.tokens, continuations: [expected.written, other])
        #expect(scores.map(\.isGreedy) == [true, false])
        #expect(scores[0].sum > scores[1].sum)
    }
}
