import CanonicalEncoding
import InferenceEngine
import Testing

/// The engine's gradients in float32 against central differences of a loss in double precision that shares no code with it.
@Suite struct CentralDifferenceTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let model: String
        var changes: JSONObject = [:]
    }

    /// Texts are longer than the blocks of queries that attention takes together; windows are shorter and longer than them.
    static let cases = [
        Case(testDescription: "grouped heads, halves turned", model: "llama"),
        Case(testDescription: "neighbours turned, biases", model: "architecture-llama-biased.gguf"),
        Case(testDescription: "softcaps, a window, norms on both sides, tanh gates", model: "gemma2"),
        Case(testDescription: "a long window with softcaps", model: "gemma2", changes: ["sliding_window": 33]),
        Case(testDescription: "sinks, a window, experts by the chosen's softmax, clamped gates", model: "gpt-oss", changes: gptOss(window: 9)),
        Case(testDescription: "sinks, a long window", model: "gpt-oss", changes: gptOss(window: 32)),
        Case(testDescription: "rows normed and held, experts by the softmax of all", model: "olmoe", changes: ["clip_qkv": .number(0.8)]),
        Case(testDescription: "heads normed, experts' shares renormalised", model: "qwen3-moe"),
        Case(testDescription: "norms behind, rows normed", model: "olmo2"),
        Case(testDescription: "scales of stream, scores and logits", model: "granite"),
        Case(testDescription: "layers without positions", model: "smollm3"),
        Case(testDescription: "positions interpolated, one key head for all", model: "gemma3"),
    ]

    /// With angles that are not scaled: how scaling goes is no question of gradients.
    private static func gptOss(window: Int64) -> JSONObject {
        ["sliding_window": .integer(window), "rope_parameters": ["rope_type": "default", "rope_theta": .number(150_000)]]
    }

    /// Along a random direction d of ±1, the derivative is d · g; the mean of (d · e)² over such d is |e|², e being the error of g.
    @Test(arguments: cases)
    func gradientsAreTheSlopesOfTheLoss(_ tried: Case) throws {
        let fixture = try #require(ModelFixture.architectures.first { [$0.name, $0.file].contains(tried.model) })
        let model = try fixture.load(changing: tried.changes)
        let trainer = try GradientTests.everything(model)
        var random = RandomSource(seed: 11)
        let texts = [3, 71].map { count in
            TrainingExample(
                tokens: (0..<count).map { _ in Int32(random.next() % UInt64(model.model.shape.vocabulary)) },
                isLabel: (0..<count).map { $0 == count - 1 || random.unit() < 0.3 })
        }
        var reference = ReferenceDecoder(shape: model.model.shape, numbers: trainer.parameters.mapValues { $0.map(Double.init) })
        let found = try trainer.gradients(texts)
        #expect(abs(found.loss - reference.loss(texts)) < 2e-6 * found.loss)
        let (directions, step) = (2, 1e-6)
        for (name, values) in reference.numbers.sorted(by: { $0.key < $1.key }) {
            let gradient = try #require(found.gradients[name])
            let norm = gradient.reduce(0) { $0 + Double($1) * Double($1) }.squareRoot()
            var squares = 0.0
            for _ in 0..<directions {
                let direction = values.map { _ in random.next() & 1 == 0 ? step : -step }
                let losses = [1.0, -1].map { sign in
                    reference.numbers[name] = zip(values, direction).map { $0 + sign * $1 }
                    return reference.loss(texts)
                }
                let along = zip(gradient, direction).reduce(0) { $0 + Double($1.0) * $1.1 } / step
                let error = along - (losses[0] - losses[1]) / (2 * step)
                squares += error * error
            }
            reference.numbers[name] = values
            // A gradient may be none, as that of a router whose one share is always 1.
            #expect((squares / Double(directions)).squareRoot() < 1e-4 * norm + 1e-8, "\(name)")
        }
    }
}
