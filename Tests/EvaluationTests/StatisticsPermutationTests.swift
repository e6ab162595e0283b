import Evaluation
import Testing

/// Held against SciPy.
@Suite struct StatisticsPermutationTests {
    @Test func signedRanks() throws {
        for row in try StatisticsReference.table().signedRank {
            for (alternative, expected) in [
                (SignedRankTest.Alternative.twoSided, row.twoSided), (.greater, row.greater), (.less, row.less),
            ] {
                let test = try #require(SignedRankTest(row.differences, alternative: alternative))
                #expect(test.isExact == row.isExact)
                #expect(abs(test.pValue - expected) < 1e-9, "\(alternative): \(test.pValue), \(expected)")
            }
        }
        #expect(SignedRankTest([])?.pValue == 1)
        #expect(SignedRankTest([0, 0])?.pValue == 1)
        #expect(SignedRankTest([1, .nan]) == nil)
        #expect(SignedRankTest([1, .infinity]) == nil)
    }

    @Test func signFlips() throws {
        for row in try StatisticsReference.table().signFlip {
            let differences = try #require(ClusteredValues(row.differences))
            let test = try #require(SignFlipTest(differences, seed: 1))
            #expect(test.isExact)
            #expect(abs(test.pValue - row.pValue) < 1e-12)
            #expect(abs(test.pValueGreater - row.greater) < 1e-12)
        }
        // More than are counted one by one: near what the exact rank test says of like data, and never 0.
        let many = try #require(ClusteredValues((0..<40).map { Double($0 % 5) - 1.5 }))
        let drawn = try #require(SignFlipTest(many, seed: 1))
        #expect(!drawn.isExact)
        #expect(drawn.pValue > 0)
        #expect(drawn == SignFlipTest(many, seed: 1))
        let t = try #require(MeanEstimate(many)?.pValue())
        #expect(abs(drawn.pValue - t) < 0.02)
        // Clusters keep or change their signs together: with two of them nothing can be shown.
        let two = try #require(ClusteredValues(groups: [[1, 1, 1, 1, 1], [1, 1, 1, 1, 1]]))
        #expect(try #require(SignFlipTest(two, seed: 1)).pValue == 0.5)
        #expect(SignFlipTest(many, draws: 0, seed: 1) == nil)
        let huge = try #require(ClusteredValues([1e308, 1e308]))
        #expect(SignFlipTest(huge, seed: 1) == nil)
    }

    @Test func canaries() throws {
        let controls = (1...99).map(Double.init)
        let first = try #require(CanaryRank(canary: 0.5, controls: controls))
        #expect(first.rank == 1)
        #expect(first.pValue == 0.01)
        #expect(abs(first.exposure - 6.643856189774724) < 1e-12)
        // An equal loss is no sign of having been seen.
        #expect(try #require(CanaryRank(canary: 1, controls: controls)).rank == 2)
        #expect(try #require(CanaryRank(canary: 1_000, controls: controls)).pValue == 1)
        #expect(CanaryRank(canary: .nan, controls: controls) == nil)
        #expect(CanaryRank(canary: 1, controls: []) == nil)
    }

    /// Under the null hypothesis p-values of at most 5 % come up in at most 5 % of draws.
    @Test func canaryRanksAreValid() throws {
        var generator = SeededGenerator(seed: 9)
        var small = 0
        for _ in 0..<4_000 {
            let controls = (0..<39).map { _ in generator.uniform() }
            if try #require(CanaryRank(canary: generator.uniform(), controls: controls)).pValue <= 0.05 { small += 1 }
        }
        #expect(abs(Double(small) / 4_000 - 0.05) < 0.015, "\(small)")
    }
}
