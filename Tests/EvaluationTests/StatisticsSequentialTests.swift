import Evaluation
import Foundation
import Testing

@Suite struct StatisticsSequentialTests {
    static func test(
        _ threshold: Double, planned: Int = 200, largest: Int = 1
    ) throws -> SequentialTest {
        try #require(SequentialTest(threshold: threshold, plannedUnits: planned, largestUnit: largest))
    }

    /// Runs of the threshold's own rate, the worst case: seldom decided. Runs from far away: decided early, and rightly.
    @Test func errsSeldomAndStopsEarly() throws {
        for (threshold, rate) in [(0.5, 0.5), (0.1, 0.1), (0.1, 0.3), (0.8, 0.5), (0.25, 0.02)] {
            var generator = SeededGenerator(seed: 11)
            var (above, below, items) = (0, 0, 0)
            for _ in 0..<400 {
                var test = try Self.test(threshold)
                while test.state == .undecided { _ = test.observe(SequentialUnit(success: generator.uniform() < rate)) }
                above += test.state == .above ? 1 : 0
                below += test.state == .below ? 1 : 0
                items += test.sequence.units
            }
            let (wrong, saved) = (
                rate == threshold ? above + below : rate > threshold ? below : above, 1 - Double(items) / (400 * 200)
            )
            #expect(Double(wrong) / 400 <= 0.05, "\(threshold), \(rate): \(above), \(below)")
            if rate != threshold { #expect(saved > 0.5, "\(threshold), \(rate): \(saved)") }
        }
    }

    /// The whole path of intervals covers the rate in at least 95 % of runs.
    @Test func sequencesCoverAtAllTimes() throws {
        var generator = SeededGenerator(seed: 12)
        var missed = 0
        for _ in 0..<300 {
            var sequence = try #require(ConfidenceSequence(confidence: 0.95, threshold: 0.5, plannedUnits: 60, largestUnit: 4))
            var covers = true
            for _ in 0..<60 {
                // Clusters of one to four items that are all alike, with a rate of 0.3.
                let count = 1 + generator.index(below: 4)
                let unit = try #require(SequentialUnit(sum: generator.uniform() < 0.3 ? Double(count) : 0, count: count))
                _ = sequence.observe(unit)
                covers = covers && sequence.interval.contains(0.3)
            }
            missed += covers ? 0 : 1
        }
        #expect(missed <= 15, "\(missed) of 300")
    }

    /// The bounds are where the capital reaches 2 / α: recomputed for outcomes 0 and 1 from the stakes' own formula.
    @Test func boundsAreWhereTheCapitalGetsThere() throws {
        var sequence = try #require(ConfidenceSequence(confidence: 0.95, threshold: 0.5, plannedUnits: 1))
        for index in 0..<40 { _ = sequence.observe(SequentialUnit(success: index % 4 == 0)) }
        #expect(sequence.items == 40)
        // For one planned unit the stakes are one share, 0.95.
        func capital(_ share: Double, _ rate: Double, _ hits: Double, _ misses: Double) -> Double {
            pow(1 - share + share / rate, hits) * pow(1 - share, misses)
        }
        let interval = sequence.interval
        #expect(abs(capital(0.95, interval.lower, 10, 30) / 40 - 1) < 1e-6)
        #expect(abs(capital(0.95, 1 - interval.upper, 30, 10) / 40 - 1) < 1e-6)
        #expect(interval.contains(0.25))
    }

    /// The decision is the sequence's: it falls when the interval leaves the threshold out.
    @Test func decidesWithTheSequence() throws {
        var generator = SeededGenerator(seed: 13)
        for rate in [0.2, 0.45, 0.7] {
            var test = try Self.test(0.45, planned: 150, largest: 5)
            while test.state == .undecided {
                let sum = (0..<5).reduce(0.0) { sum, _ in sum + (generator.uniform() < rate ? 1 : 0) }
                _ = test.observe(try #require(SequentialUnit(sum: sum, count: 5)))
                let interval = test.sequence.interval
                switch test.state {
                case .undecided, .exhausted: #expect(interval.contains(0.45))
                case .above: #expect(interval.lower > 0.45 - 1e-9)
                case .below: #expect(interval.upper < 0.45 + 1e-9)
                }
            }
        }
    }

    /// A run that was cut off takes its units in again and is where it was.
    @Test func isRebuiltFromItsUnits() throws {
        var generator = SeededGenerator(seed: 14)
        let units = (0..<30).map { _ in SequentialUnit(success: generator.uniform() < 0.5) }
        var whole = try Self.test(0.5)
        for unit in units { _ = whole.observe(unit) }
        var again = try Self.test(0.5)
        for unit in units[..<17] { _ = again.observe(unit) }
        let kept = again
        for unit in units[17...] { _ = again.observe(unit) }
        #expect(again == whole)
        #expect(kept.sequence.units == 17)
        // What comes after the decision is not taken in.
        var decided = try Self.test(0.5)
        for _ in 0..<100 { _ = decided.observe(SequentialUnit(success: true)) }
        #expect(decided.state == .above)
        #expect(decided.sequence.units < 20)
        var few = try Self.test(0.5, planned: 3)
        for index in 0..<3 { _ = few.observe(SequentialUnit(success: index == 0)) }
        #expect(few.state == .exhausted)
    }

    @Test func orderIsSeededAndWhole() throws {
        let clusters = ["a", nil, "b", "a", nil, "b", "b"]
        let order = SequentialUnit.order(clusters: clusters, seed: 3)
        #expect(order == SequentialUnit.order(clusters: clusters, seed: 3))
        #expect(Set(order) == [[0, 3], [1], [2, 5, 6], [4]])
        #expect(Set((0..<50).map { SequentialUnit.order(clusters: clusters, seed: $0).first }).count == 4)
        #expect(SequentialUnit.order(clusters: [], seed: 1).isEmpty)
    }

    @Test func impossibleTestsAreNil() throws {
        for threshold in [0, 1, -1, Double.nan] { #expect(SequentialTest(threshold: threshold, plannedUnits: 10) == nil) }
        #expect(SequentialTest(threshold: 0.5, plannedUnits: 0) == nil)
        #expect(SequentialTest(threshold: 0.5, plannedUnits: 1, largestUnit: 0) == nil)
        #expect(SequentialTest(threshold: 0.5, plannedUnits: 1, largestUnit: .max) == nil)
        #expect(SequentialTest(threshold: 0.5, plannedUnits: 1, confidence: 1) == nil)
        #expect(SequentialUnit(sum: 2, count: 1) == nil)
        #expect(SequentialUnit(sum: .nan, count: 1) == nil)
        #expect(SequentialUnit(sum: 0, count: 0) == nil)
        var test = try Self.test(0.5)
        let refused = test.observe(try #require(SequentialUnit(sum: 1, count: 2)))
        #expect(refused == nil)
        #expect(test.sequence.units == 0)
        #expect(test.sequence.interval == ConfidenceInterval(lower: 0, upper: 1))
        // Thresholds so small that nothing can be told from them, and unlike any rate.
        var tiny = try Self.test(1e-12, planned: .max)
        for index in 0..<1_000 { _ = tiny.observe(SequentialUnit(success: index == 500)) }
        #expect(tiny.state == .above)
    }
}
