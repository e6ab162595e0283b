import Foundation
import InferenceEngine
import Testing
import WeightFormats

/// Whole trainings, step by step, against PyTorch's AdamW, clipping and schedules.
@Suite struct CurveTests {
    static func trainer(_ fixture: TrainingFixture, threads: Int = 2, accumulation: Int = 1, recomputes: Bool? = nil) throws -> Trainer {
        let model = try fixture.load(EngineConfiguration(threads: threads))
        let kind = try #require(LearningRate.Kind(rawValue: fixture.string("schedule")))
        let rate = LearningRate(kind, highest: fixture.number("rate"), warmup: fixture.integer("warmup"), steps: fixture.integer("steps"))
        var adapter: Adapter?
        var method: TrainingConfiguration.Method
        if fixture.string("adapter").isEmpty {
            var full = FullTraining(layers: fixture.numbers("layers").map { Int($0) })
            (full.outputNorm, full.embedding) = (true, true)
            method = .full(full)
        } else {
            let written = try TrainingFixture.adapter("small")
            let own = try written.adapter(model)
            adapter = own
            method = .adapter(own.configuration)
        }
        var configuration = TrainingConfiguration(method, rate: rate)
        configuration.optimizer.weightDecay = fixture.number("decay")
        configuration.optimizer.maximumNorm = fixture.number("clip")
        configuration.texts = fixture.integer("per_step") / accumulation
        configuration.accumulation = accumulation
        configuration.longest = 20
        configuration.recomputes = recomputes
        return try Trainer(model, configuration, adapter: adapter)
    }

    static func batch(_ fixture: TrainingFixture, _ examples: [TrainingExample], _ step: Int) -> [TrainingExample] {
        let count = fixture.integer("per_step")
        return (0..<count).map { examples[(step * count + $0) % examples.count] }
    }

    @Test(arguments: TrainingFixture.curves)
    func lossesNormsAndRatesAreThoseOfTorch(fixture: TrainingFixture) throws {
        let trainer = try Self.trainer(fixture)
        let examples = try fixture.examples("examples")
        let (losses, norms, rates) = (fixture.numbers("losses"), fixture.numbers("norms"), fixture.numbers("rates"))
        #expect(losses.count >= 20)
        for step in losses.indices {
            let found = try trainer.train(Self.batch(fixture, examples, step))
            #expect(abs(found.loss - losses[step]) < 1e-3, "step \(step)")
            #expect(abs(found.gradientNorm / norms[step] - 1) < 2e-3, "step \(step)")
            #expect(abs(found.learningRate - rates[step]) < 1e-7 * rates[step] + 1e-12)
        }
        #expect(losses.last.map { $0 < losses[0] - 0.5 } == true, "something is learnt")
    }

    @Test func ratesAreThoseOfTransformers() throws {
        #expect(TrainingFixture.rates.count == 9)
        for fixture in TrainingFixture.rates {
            let rate = LearningRate(
                try #require(.init(rawValue: fixture.string("kind"))), highest: fixture.number("highest"), warmup: fixture.integer("warmup"),
                steps: fixture.integer("steps"))
            for (step, expected) in fixture.numbers("rates").enumerated() { #expect(abs(rate.rate(at: step) - expected) < 1e-12) }
        }
    }

    /// Stopped, written, read by another and gone on: the bits of a run without a stop. Threads, accumulation and
    /// computing again change none either.
    @Test(arguments: TrainingFixture.curves)
    func resumingChangesNoBit(fixture: TrainingFixture) throws {
        let examples = try fixture.examples("examples")
        let whole = try Self.trainer(fixture, threads: 1)
        var losses: [Double] = []
        for step in 0..<8 { losses.append(try whole.train(Self.batch(fixture, examples, step)).loss) }

        let folder = try TemporaryFolder()
        let path = folder.path + "/state.safetensors"
        let digest = TrainingExample.digest(examples)
        let first = try Self.trainer(fixture, threads: 2, recomputes: true)
        for step in 0..<3 { #expect(try first.train(Self.batch(fixture, examples, step)).loss == losses[step]) }
        try first.writeCheckpoint(to: path, data: digest)
        let second = try Self.trainer(fixture, threads: 3)
        try second.readCheckpoint(MappedFile(path: path), data: digest)
        for step in 3..<8 {
            #expect(second.step == step)
            #expect(try second.train(Self.batch(fixture, examples, step)).loss == losses[step])
        }
        #expect(second.parameters == whole.parameters)
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["state.safetensors"])
    }

    @Test func statesOfOtherRunsAreRefused() throws {
        let fixture = try #require(TrainingFixture.curves.first)
        let examples = try fixture.examples("examples")
        let folder = try TemporaryFolder()
        let path = folder.path + "/state.safetensors"
        let trainer = try Self.trainer(fixture)
        _ = try trainer.train(Self.batch(fixture, examples, 0))
        try trainer.writeCheckpoint(to: path, data: 1)
        let before = trainer.parameters
        #expect(throws: EngineError.self) { try trainer.readCheckpoint(MappedFile(path: path), data: 2) }
        let other = try Self.trainer(try #require(TrainingFixture.curves.last))
        #expect(throws: EngineError.self) { try other.readCheckpoint(MappedFile(path: path), data: 1) }
        #expect(throws: EngineError.self) {
            try trainer.readCheckpoint(MappedFile(path: TokenFixtures.path("adapter-small.safetensors")), data: 1)
        }
        // Cut anywhere it is no file of its format.
        let bytes = try Data(contentsOf: URL(filePath: path))
        for count in [0, 7, 100, bytes.count / 2, bytes.count - 1] {
            try bytes.prefix(count).write(to: URL(filePath: path + ".cut"))
            #expect(throws: EngineError.self) { try trainer.readCheckpoint(MappedFile(path: path + ".cut"), data: 1) }
        }
        #expect(trainer.parameters == before && trainer.step == 1)
    }

    @Test func everyTextComesOnceARound() {
        var order = TrainingOrder(count: 17, seed: 3)
        let rounds = (0..<3).map { round in (0..<17).map { order.index(at: round * 17 + $0) } }
        #expect(rounds.allSatisfy { $0.sorted() == Array(0..<17) })
        #expect(rounds[0] != rounds[1] && rounds[1] != rounds[2])
        var again = TrainingOrder(count: 17, seed: 3)
        #expect(again.index(at: 20) == rounds[1][3] && again.index(at: 2) == rounds[0][2])
        var plain = TrainingOrder(count: 3, seed: 3, shuffles: false)
        #expect((0..<5).map { plain.index(at: $0) } == [0, 1, 2, 0, 1])
    }
}
