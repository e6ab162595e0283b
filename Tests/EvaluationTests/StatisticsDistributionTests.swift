import Evaluation
import Testing

/// Held against SciPy and statsmodels.
@Suite struct StatisticsDistributionTests {
    @Test func betaAndBinomial() throws {
        let table = try StatisticsReference.table()
        for row in table.beta {
            #expect(abs(BetaDistribution.cumulative(row.x, row.a, row.b) - row.cumulative) < 1e-12, "\(row)")
        }
        for row in table.binomial {
            let cumulative = BinomialDistribution.cumulative(row.successes, count: row.count, rate: row.rate)
            #expect(abs(cumulative - row.cumulative) < 1e-11, "\(row)")
            let probability = BinomialDistribution.probability(row.successes, count: row.count, rate: row.rate)
            #expect(abs(probability - row.probability) < 1e-11, "\(row)")
        }
        #expect(BetaDistribution.cumulative(.nan, 1, 1).isNaN)
        #expect(BetaDistribution.cumulative(0.5, 0, 1).isNaN)
        #expect(BetaDistribution.quantile(0.5, -1, 1) == nil)
        #expect(BinomialDistribution.cumulative(1, count: 2, rate: .nan).isNaN)
        #expect(BinomialDistribution.probability(3, count: 2, rate: 0.5) == 0)
    }

    @Test func clopperPearson() throws {
        for row in try StatisticsReference.table().clopperPearson {
            let found = try #require(
                ClopperPearsonInterval.bounds(successes: row.successes, count: row.count, confidence: row.level))
            #expect(StatisticsInspectTests.near(found, row.interval), "\(row): \(found)")
        }
        #expect(ClopperPearsonInterval.bounds(successes: 1, count: 0, confidence: 0.95) == nil)
        #expect(ClopperPearsonInterval.bounds(successes: 1, count: 2, confidence: .nan) == nil)
    }

    /// Vigna's generator gives these for the seed 1234567, and Python's arithmetic the draws.
    @Test func generator() throws {
        let row = try StatisticsReference.table().generator
        var generator = SeededGenerator(seed: row.seed)
        let numbers = row.numbers.map { _ in String(generator.next()) }
        #expect(numbers == row.numbers)
        let draws = row.below10.map { _ in generator.index(below: 10) }
        #expect(draws == row.below10)
        let (none, order, empty) = (generator.index(below: 0), generator.permutation(100), generator.permutation(-1))
        #expect(none == 0)
        #expect(order != Array(0..<100))
        #expect(order.sorted() == Array(0..<100))
        #expect(empty.isEmpty)
        let shares = (0..<1000).map { _ in generator.uniform() }
        #expect(shares.allSatisfy { $0 >= 0 && $0 < 1 })
        var (one, two) = (generator.stream(1), generator.stream(2))
        let (first, second) = (one.next(), two.next())
        #expect(first != second)
    }

    @Test func boundedMean() throws {
        // As a proportion where values are 0 and 1.
        let groups: [[Double]] = [[1, 1, 0], [0], [1, 0, 0, 0], [1, 1], [0, 0, 0, 1]]
        let values = try #require(ClusteredValues(groups: groups))
        let mean = try #require(BoundedMean(values, confidence: 0.95))
        let proportion = try #require(Proportion(values, confidence: 0.95))
        #expect(mean.interval == proportion.interval)
        #expect(mean.effectiveCount == proportion.effectiveCount)
        let outside = try #require(ClusteredValues([0, 1.5]))
        #expect(BoundedMean(outside, confidence: 0.95) == nil)
        #expect(Proportion(outside, confidence: 0.95) == nil)
        // Where all are equal it still has a width.
        let same = try #require(ClusteredValues([Double](repeating: 1, count: 12)))
        #expect(try #require(BoundedMean(same, confidence: 0.95)).interval.lower < 0.8)
    }

    @Test func quantilesAreNumPys() {
        let sorted = [1.0, 2, 4, 8]
        #expect(Quantile.linear(ofSorted: sorted, at: 0) == 1)
        #expect(Quantile.linear(ofSorted: sorted, at: 1) == 8)
        #expect(Quantile.linear(ofSorted: sorted, at: 0.5) == 3)
        #expect(Quantile.linear(ofSorted: [], at: 0.5) == nil)
        #expect(Quantile.linear(ofSorted: sorted, at: .nan) == nil)
    }
}
