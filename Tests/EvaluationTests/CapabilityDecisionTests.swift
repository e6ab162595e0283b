import Evaluation
import Foundation
import Testing

@Suite struct CapabilityDecisionTests {
    /// SciPy 1.17.1: `binomtest(k, n).proportion_ci(level, method="exact")`; the lower bound at 1 - 0.05/m, the upper one at 0.95.
    @Test(arguments: [
        (12, 60, 1, 0.107841, 0.323300), (12, 60, 4, 0.089430, 0.323300), (0, 50, 3, 0, 0.071122), (50, 50, 1, 0.928878, 1),
        (123, 200, 2, 0.533797, 0.682775),
    ])
    func bounds(successes: Int, count: Int, comparisons: Int, lower: Double, upper: Double) throws {
        let rate = try Self.rate(successes, count, comparisons)
        #expect(abs(rate.lower - lower) < 1e-6 && abs(rate.upper - upper) < 1e-6, "\(rate)")
    }

    /// Worked out with SciPy by the formula in Runbooks/capability-policy.md, an added cluster and all; clusters of four.
    @Test(arguments: [
        ([4, 0, 3, 1, 3], 1, 1, 0.081128, 0.954530), ([4, 4, 4, 4, 4, 4, 4, 4, 4, 3], 1, 1, 0.651974, 1), ([4, 0, 3, 1, 3], 4, 4, 0.309540, 0.730057),
    ])
    func clusters(successes: [Int], times: Int, comparisons: Int, lower: Double, upper: Double) throws {
        let groups = (0..<times).flatMap { _ in successes }.map { count in (0..<4).map { $0 < count ? 1.0 : 0.0 } }
        let proportion = try #require(ClusteredValues(groups: groups).flatMap { Proportion($0, confidence: 0.95) })
        let rate = try #require(GuardedRate(proportion, confidence: 0.95, comparisons: comparisons))
        #expect(abs(rate.lower - lower) < 1e-6 && abs(rate.upper - upper) < 1e-6, "\(rate)")
    }

    /// The same with clusters of several sizes, as (successes, items): those of the first are worth 10.8 of one size, those of the second
    /// fewer than two, so that all count as one item.
    @Test(arguments: [
        ([(6, 8), (1, 4), (2, 2), (0, 2), (1, 1), (0, 1)], 3, 1, 0.305388, 0.786554), ([(6, 8), (1, 4), (2, 2), (0, 2), (1, 1), (0, 1)], 3, 4, 0.236154, 0.786554),
        ([(8, 20), (1, 1), (0, 1), (1, 1), (0, 1), (1, 1), (0, 1), (1, 1), (0, 1)], 1, 1, 0.000105, 0.998961),
    ] as [([(Int, Int)], Int, Int, Double, Double)])
    func unequalClusters(clusters: [(Int, Int)], times: Int, comparisons: Int, lower: Double, upper: Double) throws {
        let groups = (0..<times).flatMap { _ in clusters }.map { cluster in (0..<cluster.1).map { $0 < cluster.0 ? 1.0 : 0.0 } }
        let proportion = try #require(ClusteredValues(groups: groups).flatMap { Proportion($0, confidence: 0.95) })
        let rate = try #require(GuardedRate(proportion, confidence: 0.95, comparisons: comparisons))
        #expect(abs(rate.lower - lower) < 1e-6 && abs(rate.upper - upper) < 1e-6, "\(rate)")
    }

    /// Exact, over all outcomes of independent items: neither decision is wrong in more than 2.5 % of runs at the threshold. Wilson's
    /// interval is in more.
    @Test(arguments: [0.02, 0.05, 0.2, 0.5, 0.9, 0.95], [20, 100, 300])
    func errorsAtTheThreshold(threshold: Double, count: Int) throws {
        for comparisons in [1, 4] {
            var (above, below) = (0.0, 0.0)
            for successes in 0...count {
                let decision = CapabilityDecision.of([(.rate(try Self.rate(successes, count, comparisons)), threshold)]).decision
                let chance = Self.probability(successes, count, threshold)
                if decision == .above { above += chance }
                if decision == .below { below += chance }
            }
            #expect(1 - pow(1 - above, Double(comparisons)) <= 0.025)
            #expect(below <= 0.025)
        }
        guard threshold == 0.05, count == 20 else { return }
        let wilson = try (0...count).reduce(0.0) { sum, successes in
            let proportion = try #require(Proportion(successes: successes, count: count, confidence: 0.95))
            return sum + (proportion.interval.lower >= threshold ? Self.probability(successes, count, threshold) : 0)
        }
        #expect(abs(wilson - 0.0755) < 1e-3)
    }

    @Test func aDomainOfSeveral() throws {
        func finding(_ successes: Int, _ count: Int = 200) throws -> (finding: CapabilityDecision.Finding, threshold: Double) {
            (.rate(try Self.rate(successes, count, 3)), 0.5)
        }
        let (low, near, high) = (try finding(20), try finding(95), try finding(180))
        // One over it is enough, whatever the others are.
        #expect(CapabilityDecision.of([low, near, high]).decision == .above)
        #expect(CapabilityDecision.of([(.notRun, 0.5), (.unusable, 0.5), high]).decision == .above)
        #expect(CapabilityDecision.of([low, low, low]) == (.below, nil))
        // A failed or missing one keeps the domain from lying below.
        #expect(CapabilityDecision.of([low, low, (.unusable, 0.5)]) == (.inconclusive, nil))
        #expect(CapabilityDecision.of([low, low, (.notRun, 0.5)]) == (.inconclusive, nil))
        #expect(CapabilityDecision.of([(.notRun, 0.5), (.notRun, 0.5)]) == (.notEvaluated, nil))
        // 95 of 200: with 47.5 % of so many items the upper bound comes below a half.
        let undecided = CapabilityDecision.of([low, low, near])
        let more = try #require(undecided.itemsNeeded)
        #expect(undecided.decision == .inconclusive)
        let total = 200 + more
        #expect(try #require(ClopperPearsonInterval.upper(rate: 0.475, count: Double(total), tail: 0.025)) < 0.5)
        #expect(try #require(ClopperPearsonInterval.upper(rate: 0.475, count: Double(total - 1), tail: 0.025)) >= 0.5)
        #expect(CapabilityDecision.of([(.rate(try Self.rate(100, 200, 1)), 0.5)]).itemsNeeded == nil)
    }

    static func rate(_ successes: Int, _ count: Int, _ comparisons: Int) throws -> GuardedRate {
        let proportion = try #require(Proportion(successes: successes, count: count, confidence: 0.95))
        return try #require(GuardedRate(proportion, confidence: 0.95, comparisons: comparisons))
    }

    private static func probability(_ successes: Int, _ count: Int, _ rate: Double) -> Double {
        let (k, n) = (Double(successes), Double(count))
        let ways: Double = lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1)
        let chances: Double = k * log(rate) + (n - k) * log(1 - rate)
        return exp(ways + chances)
    }
}
