import Foundation
import InferenceEngine
import Testing

@Suite struct SamplerTests {
    /// The reference implementation's first outputs for the seed 1234567 (prng.di.unimi.it/splitmix64.c).
    @Test func splitMixIsSplitMix() {
        var random = RandomSource(seed: 1_234_567)
        #expect((0..<5).map { _ in random.next() } == [
            6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423, 4_593_380_528_125_082_431,
            16_408_922_859_458_223_821,
        ])
        #expect((0..<1000).allSatisfy { _ in (0..<1).contains(random.unit()) })
    }

    static let logits: [Float] = [1, 3, .nan, 2.5, -.infinity, 3, 0, -2]

    /// How often each token is drawn of `count` draws.
    static func shares(_ parameters: SamplingParameters, count: Int = 40_000) -> [Double] {
        var sampler = Sampler(parameters, sequence: 0)
        var found = [Int](repeating: 0, count: logits.count)
        logits.withUnsafeBufferPointer { logits in
            for _ in 0..<count { found[Int(sampler.choose(logits, likeliest: 1))] += 1 }
        }
        return found.map { Double($0) / Double(count) }
    }

    static func probabilities(_ temperature: Double, kept: Set<Int>) -> [Double] {
        let weights = logits.enumerated().map { kept.contains($0) ? exp(Double($1) / temperature) : 0 }
        let sum = weights.reduce(0, +)
        return weights.map { $0 / sum }
    }

    @Test(arguments: [
        (SamplingParameters(temperature: 1, seed: 3), 1.0, Set([0, 1, 3, 5, 6, 7])),
        (SamplingParameters(temperature: 2.5, seed: 4), 2.5, [0, 1, 3, 5, 6, 7]),
        (SamplingParameters(temperature: 1, topK: 3, seed: 5), 1, [1, 3, 5]),
        (SamplingParameters(temperature: 1, topK: 1, seed: 5), 1, [1]),
        // 3, 3 and 2.5 have .36, .36 and .22 of the probability.
        (SamplingParameters(temperature: 1, topP: 0.7, seed: 6), 1, [1, 5]),
        (SamplingParameters(temperature: 1, topP: 0.8, seed: 6), 1, [1, 3, 5]),
        (SamplingParameters(temperature: 1, topP: 1e-9, seed: 6), 1, [1]),
        (SamplingParameters(temperature: 1, topK: 4, topP: 0.99, seed: 6), 1, [0, 1, 3, 5]),
        (SamplingParameters(temperature: 1, topK: 100, seed: 6), 1, [0, 1, 3, 5, 6, 7]),
    ] as [(SamplingParameters, Double, Set<Int>)])
    func drawsFollowTheProbabilities(parameters: SamplingParameters, temperature: Double, kept: Set<Int>) {
        let expected = Self.probabilities(temperature, kept: kept)
        for (share, probability) in zip(Self.shares(parameters), expected) {
            // Four standard deviations of a share among 40,000 draws.
            #expect(abs(share - probability) <= 4 * (probability * (1 - probability) / 40_000).squareRoot())
        }
    }

    private struct Reference: Decodable {
        struct Parameters: Decodable {
            let temperature, top_p, min_p, typical_p, repetition_penalty, presence_penalty, frequency_penalty: Double?
            let top_k: Int?
        }

        let logits: [Float]
        let prompt, written: [Int32]
        let parameters: Parameters
        let probabilities: [Double]
    }

    /// What `transformers` leaves of the same logits, by its own processors.
    @Test func cutsAndPenaltiesAreTheReference() throws {
        let url = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../Fixtures/sampling.jsonl")
        let lines = try String(contentsOf: url, encoding: .utf8).split(separator: "\n")
        #expect(lines.count >= 15)
        for line in lines {
            let reference = try JSONDecoder().decode(Reference.self, from: Data(line.utf8)), given = reference.parameters
            let count = 6000
            var found = [Int](repeating: 0, count: reference.logits.count)
            for draw in 0..<count {
                var sampler = Sampler(
                    SamplingParameters(
                        temperature: given.temperature ?? 1, topK: given.top_k ?? 0, topP: given.top_p ?? 1, minP: given.min_p ?? 0,
                        typicalP: given.typical_p ?? 1, repetitionPenalty: given.repetition_penalty ?? 1,
                        presencePenalty: given.presence_penalty ?? 0, frequencyPenalty: given.frequency_penalty ?? 0, seed: 11),
                    sequence: draw, prompt: reference.prompt)
                for token in reference.written {
                    let only = reference.logits.indices.map { $0 == Int(token) ? Float(1) : -.infinity }
                    #expect(only.withUnsafeBufferPointer { sampler.choose($0, likeliest: token) } == token)
                }
                let likeliest = Int32(reference.logits.indices.max { reference.logits[$0] < reference.logits[$1] } ?? 0)
                found[Int(reference.logits.withUnsafeBufferPointer { sampler.choose($0, likeliest: likeliest) })] += 1
            }
            for (token, probability) in reference.probabilities.enumerated() {
                let share = Double(found[token]) / Double(count)
                #expect(abs(share - probability) <= 4.5 * (probability * (1 - probability) / Double(count)).squareRoot(), "\(line) \(token)")
            }
        }
    }

    /// Greedy too goes by what the penalties leave.
    @Test func greedyWithPenalties() {
        var sampler = Sampler(SamplingParameters(temperature: 0, presencePenalty: 1), sequence: 0)
        let logits: [Float] = [0, 2, 1.5, .nan]
        let choices = logits.withUnsafeBufferPointer { logits in (0..<4).map { _ in sampler.choose(logits, likeliest: 1) } }
        #expect(choices == [1, 2, 1, 1])
    }

    @Test func extremeTemperaturesAreGreedyOrUniform() {
        #expect(Self.shares(SamplingParameters(temperature: 0), count: 10)[1] == 1)
        let cold = Self.shares(SamplingParameters(temperature: 1e-300, seed: 1), count: 1000)
        #expect(cold[1] + cold[5] == 1)
        #expect(Self.shares(SamplingParameters(temperature: 1000, seed: 1)).filter { $0 > 0.15 }.count == 6)
    }

    @Test func aSeedGivesOneStreamForEachSequence() {
        func draws(_ seed: UInt64, _ sequence: Int) -> [Int32] {
            var sampler = Sampler(SamplingParameters(temperature: 3, seed: seed), sequence: sequence)
            return Self.logits.withUnsafeBufferPointer { logits in (0..<40).map { _ in sampler.choose(logits, likeliest: 1) } }
        }
        #expect(draws(1, 0) == draws(1, 0))
        #expect(Set([draws(1, 0), draws(1, 1), draws(1, 2), draws(2, 0), draws(.max, 0), draws(0, 0)]).count == 6)
    }
}
