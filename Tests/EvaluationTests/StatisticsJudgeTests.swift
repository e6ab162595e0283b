import Evaluation
import Testing

@Suite struct StatisticsJudgeTests {
    /// Held against SciPy's root finder on the same equations with statsmodels' Wilson limits.
    @Test func correctedRates() throws {
        for row in try StatisticsReference.table().corrected {
            let c = row.counts
            let observed = try #require(Proportion(successes: c[0], count: c[1], confidence: 0.95))
            let judge = try #require(
                JudgeAccuracy(hits: c[2], positives: c[3], rejections: c[4], negatives: c[5], confidence: 0.95))
            let corrected = try CorrectedRate(observed: observed, judge: judge)
            #expect(abs(corrected.rate - row.rate) < 1e-12, "\(row)")
            #expect(StatisticsInspectTests.near(corrected.interval, row.interval), "\(row): \(corrected)")
        }
    }

    /// A sequence's interval of 0.2 to 0.42 about 0.3, each with half of the error. Worked out by halving L(p) and U(p) as they stand
    /// in `CorrectedRate`, in Python: the distances of q and of the judge are added. The fixed design has 0.18133 to 0.41417.
    @Test func correctedSequence() throws {
        let judge = try #require(JudgeAccuracy(hits: 90, positives: 100, rejections: 95, negatives: 100, confidence: 0.975))
        let own = ConfidenceInterval(lower: 0.2, upper: 0.42)
        let corrected = try CorrectedRate(rate: 0.3, interval: own, judge: judge, isAnytime: true)
        #expect(abs(corrected.rate - 0.2941176470588235) < 1e-12)
        #expect(abs(corrected.interval.lower - 0.09791298007897184) < 1e-9 && abs(corrected.interval.upper - 0.48890709635791774) < 1e-9)
        let proportion = try #require(Proportion(successes: 30, count: 100, confidence: 0.95))
        #expect(try CorrectedRate(observed: proportion.with(own), judge: judge) == corrected)
    }

    /// With 30 of 100 and these labels more items cannot settle a threshold of 0.30, as the judge's own error holds it; 0.6 they do.
    @Test func itemsThatSettleAJudgedRate() throws {
        let judge = try #require(JudgeAccuracy(hits: 18, positives: 20, rejections: 19, negatives: 20, confidence: 0.95))
        let observed = try #require(Proportion(successes: 30, count: 100, confidence: 0.95))
        func needed(_ value: String) throws -> (Int?, Int?) {
            let threshold = Threshold(metric: "m", direction: .atMost, value: try #require(DecimalText(value)))
            return (threshold.itemsToSettle(observed), threshold.itemsToSettle(observed, judge: judge))
        }
        #expect(try needed("0.25").0 != nil && needed("0.25").1 == nil)
        let (plain, judged) = try needed("0.5")
        #expect(try #require(plain) < #require(judged))
    }

    @Test func aJudgeNoBetterThanChanceCorrectsNothing() throws {
        let observed = try #require(Proportion(successes: 30, count: 100, confidence: 0.95))
        for (hits, rejections) in [(10, 10), (5, 15), (0, 0), (12, 11)] {
            let judge = try #require(
                JudgeAccuracy(hits: hits, positives: 20, rejections: rejections, negatives: 20, confidence: 0.95))
            #expect(throws: CorrectionError.noBetterThanChance) { try CorrectedRate(observed: observed, judge: judge) }
        }
        #expect(JudgeAccuracy(hits: 0, positives: 0, rejections: 1, negatives: 1, confidence: 0.95) == nil)
    }

    @Test func aRateThatNoTruthGivesIsRefused() throws {
        let judge = try #require(JudgeAccuracy(hits: 95, positives: 100, rejections: 60, negatives: 100, confidence: 0.95))
        let observed = try #require(Proportion(successes: 5, count: 200, confidence: 0.95))
        #expect(throws: CorrectionError.inconsistent) { try CorrectedRate(observed: observed, judge: judge) }
    }

    /// A judge without error leaves the rate, and the more labels stand behind it, the nearer the interval is to Wilson's.
    @Test func aPerfectJudge() throws {
        let observed = try #require(Proportion(successes: 16, count: 60, confidence: 0.95))
        var width = Double.infinity
        for labels in [20, 200, 1_000_000] {
            let judge = try #require(
                JudgeAccuracy(hits: labels, positives: labels, rejections: labels, negatives: labels, confidence: 0.95))
            let corrected = try CorrectedRate(observed: observed, judge: judge)
            #expect(abs(corrected.rate - 16.0 / 60) < 1e-12)
            #expect(corrected.interval.upper - corrected.interval.lower < width)
            width = corrected.interval.upper - corrected.interval.lower
            if labels == 1_000_000 {
                #expect(abs(corrected.interval.lower - observed.interval.lower) < 1e-4)
                #expect(abs(corrected.interval.upper - observed.interval.upper) < 1e-4)
            }
        }
    }
}
