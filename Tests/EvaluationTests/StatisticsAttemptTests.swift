import Evaluation
import Testing

/// Held against binomial coefficients of whole numbers, and against every choice of k attempts.
@Suite struct StatisticsAttemptTests {
    @Test func passAtK() throws {
        for row in try StatisticsReference.table().passAtK {
            let any = try #require(PassAtK.anyPasses(attempts: row.attempts, passed: row.passed, k: row.k))
            #expect(abs(any - row.any) < 1e-12, "\(row)")
            let all = try #require(PassAtK.allPass(attempts: row.attempts, passed: row.passed, k: row.k))
            #expect(abs(all - row.all) < 1e-12, "\(row)")
            if let expected = row.best {
                #expect(abs(try #require(PassAtK.bestOf(row.k, scores: row.scores)) - expected) < 1e-12, "\(row)")
            }
        }
        // C(100000, 50000) has thirty thousand digits.
        let large = try #require(PassAtK.anyPasses(attempts: 100_000, passed: 3, k: 50_000))
        #expect(abs(large - 0.875) < 1e-4)
        #expect(PassAtK.anyPasses(attempts: 3, passed: 1, k: 4) == nil)
        #expect(PassAtK.anyPasses(attempts: 3, passed: 4, k: 1) == nil)
        #expect(PassAtK.allPass(attempts: 3, passed: 1, k: 0) == nil)
        for passed in [0, 1, Int.max / 2, .max] {
            #expect(PassAtK.anyPasses(attempts: .max, passed: passed, k: 1) == nil)
            #expect(PassAtK.allPass(attempts: .max, passed: passed, k: .max) == nil)
        }
        #expect(PassAtK.bestOf(1, scores: []) == nil)
        #expect(PassAtK.bestOf(1, scores: [.nan]) == nil)
    }

    /// With k = 1 it is the rate, and the prompt's attempts are a cluster.
    @Test func thePromptIsTheUnit() throws {
        let passed = [0, 5, 3, 1, 4, 0, 2, 5, 5, 1]
        let prompts = passed.map { PassAtK.Prompt(attempts: 5, passed: $0) }
        let mean = try #require(PassAtK.mean(prompts, k: 1, confidence: 0.95))
        let proportion = try #require(
            Proportion(outcomes: passed.enumerated().flatMap { index, count in
                (0..<5).map { ($0 < count, Optional("p\(index)")) }
            }, confidence: 0.95))
        #expect(abs(mean.mean - proportion.rate) < 1e-12)
        #expect(mean.clusters == 10)
        #expect(mean.effectiveCount < 20)
        #expect(abs(mean.interval.lower - proportion.interval.lower) < 0.03)
        #expect(abs(mean.interval.upper - proportion.interval.upper) < 0.03)
        let any = try #require(PassAtK.mean(prompts, k: 3, confidence: 0.95))
        let all = try #require(PassAtK.mean(prompts, k: 3, kind: .all, confidence: 0.95))
        #expect(any.mean > mean.mean)
        #expect(all.mean < mean.mean)
        #expect(PassAtK.mean([], k: 1, confidence: 0.95) == nil)
        #expect(PassAtK.mean(prompts, k: 6, confidence: 0.95) == nil)
        // Paraphrases of one prompt count together.
        let paraphrases = passed.enumerated().map { PassAtK.Prompt(attempts: 5, passed: $1, cluster: "q\($0 / 5)") }
        #expect(try #require(PassAtK.mean(paraphrases, k: 1, confidence: 0.95)).clusters == 2)
    }
}
