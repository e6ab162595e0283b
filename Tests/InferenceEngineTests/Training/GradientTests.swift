import InferenceEngine
import Testing

/// Gradients of whole models against PyTorch's, and their bits against each other.
@Suite struct GradientTests {
    static func everything(_ model: LoadedModel, recomputes: Bool? = nil) throws -> Trainer {
        var full = FullTraining(layers: Array(model.model.shape.layers.indices))
        (full.outputNorm, full.embedding, full.output) = (true, true, true)
        var configuration = TrainingConfiguration(.full(full), rate: LearningRate(.constant, highest: 1e-3, warmup: 0, steps: 1))
        configuration.longest = 80
        configuration.recomputes = recomputes
        return try Trainer(model, configuration)
    }

    @Test func thereAreFixtures() { #expect(TrainingFixture.gradients.count >= 25) }

    @Test(arguments: TrainingFixture.gradients)
    func gradientsAreThoseOfTorch(fixture: TrainingFixture) throws {
        let model = try fixture.load()
        let found = try Self.everything(model).gradients(fixture.examples("batch"))
        #expect(abs(found.loss - fixture.number("loss")) < 2e-5 * max(1, fixture.number("loss")))
        let expected = try #require(fixture.value["gradients"]?.object).members
        #expect(Set(expected.map(\.key)) == Set(found.gradients.keys))
        for (name, summary) in expected {
            let error = NumberSummary(summary).error(found.gradients[name] ?? [])
            #expect(error < 1e-4, "\(name)")
        }
    }

    /// Threads, and computing layers again, change no bit.
    @Test(arguments: TrainingFixture.gradients)
    func bitsDependOnNothingElse(fixture: TrainingFixture) throws {
        let examples = try fixture.examples("batch")
        let expected = try Self.everything(fixture.load(EngineConfiguration(threads: 1)), recomputes: false).gradients(examples)
        for (threads, recomputes) in [(2, true), (3, false)] {
            let found = try Self.everything(fixture.load(EngineConfiguration(threads: threads)), recomputes: recomputes).gradients(examples)
            #expect(found.loss == expected.loss)
            for (name, gradient) in expected.gradients { #expect(found.gradients[name]?.map(\.bitPattern) == gradient.map(\.bitPattern), "\(name)") }
        }
    }

    /// Several passes give what one with all texts gives.
    @Test func accumulationIsOneLargeBatch() throws {
        let fixture = try #require(TrainingFixture.gradients.first)
        let examples = try fixture.examples("batch")
        func gradients(_ texts: Int) throws -> (loss: Double, gradients: [String: [Float]]) {
            var configuration = TrainingConfiguration(
                .adapter(AdapterConfiguration(rank: 4, alpha: 8, targets: .all)), rate: LearningRate(.constant, highest: 1, warmup: 0, steps: 1))
            configuration.texts = texts
            configuration.longest = 70
            return try Trainer(fixture.load(), configuration).gradients(examples)
        }
        let (whole, parts) = (try gradients(3), try gradients(1))
        #expect(abs(whole.loss - parts.loss) < 1e-12 * whole.loss)
        for (name, gradient) in whole.gradients { #expect(parts.gradients[name] == gradient, "\(name)") }
    }

    @Test func whatCannotBeTrainedIsRefused() throws {
        let fixture = try #require(TrainingFixture.gradients.first)
        let model = try fixture.load()
        func trainer(_ change: (inout TrainingConfiguration) -> Void) throws -> Trainer {
            var configuration = TrainingConfiguration(
                .adapter(AdapterConfiguration(rank: 2, alpha: 4, targets: .named(["q_proj"]))), rate: LearningRate(.linear, highest: 1e-3, warmup: 0, steps: 3))
            configuration.longest = 16
            change(&configuration)
            return try Trainer(model, configuration)
        }
        for change: (inout TrainingConfiguration) -> Void in [
            { $0.method = .adapter(AdapterConfiguration(rank: 0, alpha: 1, targets: .all)) },
            { $0.method = .adapter(AdapterConfiguration(rank: 4, alpha: .nan, targets: .all)) },
            { $0.method = .adapter(AdapterConfiguration(rank: 4, alpha: 1, targets: .named(["qkv_proj"]))) },
            { $0.method = .full(FullTraining(layers: [7])) }, { $0.method = .full(FullTraining(layers: [])) }, { $0.texts = 0 },
            { $0.longest = 1 << 30 }, { $0.rate.highest = -1 }, { $0.rate.steps = 0 }, { $0.optimizer.firstDecay = 1 }, { $0.optimizer.maximumNorm = 0 },
        ] {
            #expect(throws: EngineError.self) { try trainer(change) }
        }
        let plain = try trainer { _ in }
        #expect(throws: EngineError.self) { try plain.train([TrainingExample(tokens: [1, 9999], isLabel: [true, true])]) }
        #expect(throws: EngineError.self) { try plain.train([TrainingExample(tokens: [1, 2], isLabel: [true, false])]) }
        #expect(throws: EngineError.self) { try plain.train([]) }
        #expect(try plain.train([TrainingExample(tokens: [1, 2], isLabel: [false, true])]).labels == 1)
    }

    /// Too little memory is said, not run into.
    @Test func memoryIsLimited() throws {
        let fixture = try #require(TrainingFixture.gradients.first)
        #expect(throws: EngineError.self) {
            var configuration = TrainingConfiguration(
                .adapter(AdapterConfiguration(rank: 2, alpha: 4, targets: .all)), rate: LearningRate(.linear, highest: 1e-3, warmup: 0, steps: 3))
            configuration.longest = 2000
            configuration.texts = 64
            _ = try Trainer(fixture.load(EngineConfiguration(maximumMemoryBytes: 64 << 20)), configuration)
        }
    }
}
