/// A rate as a judge with measured error would have found it without error, with an interval that carries that error.
///
/// The rate is Rogan and Gladen's (American Journal of Epidemiology 107, 1978): with q the judged rate, s the sensitivity and
/// f = 1 - specificity, p = (q - f) / (s - f), kept inside 0...1. The interval holds every p for which
///
///     θ(p) = q - (1 - p) f - p s
///
/// could be 0: θ is a combination of three independent proportions, and its limits are combined from their Wilson
/// limits by the method of variance estimates recovery (Zou and Donner, Statistics in Medicine 27, 2008, section 2):
///
///     L(p) = θ - √((q - l_q)² + (1 - p)² (u_f - f)² + p² (u_s - s)²)  <= 0
///     U(p) = θ + √((u_q - q)² + (1 - p)² (f - l_f)² + p² (s - l_s)²)  >= 0
///
/// Chosen by simulated coverage: Lang and Reiczigel's interval (Preventive Veterinary Medicine 113, 2014) was wider than it
/// needs to be, and Bayesian quantiles fell below 93 % in places. Clustered items enter through the effective sample size
/// in q's own limits.
///
/// Where items were asked until something was settled, q's limits are a confidence sequence's, which hold together for all times;
/// that q's error and the judge's seldom come together is then no help, for one waits until they do. So their distances are added
/// and not their squares, and where either has its limits at half of the error that is allowed, the interval covers the rate at
/// all times together but for that error (Bonferroni's inequality):
///
///     L(p) = θ - (q - l_q) - √((1 - p)² (u_f - f)² + p² (u_s - s)²),   U(p) likewise
package struct CorrectedRate: Hashable, Sendable {
    package let rate: Double
    package let interval: ConfidenceInterval
    /// Rogan and Gladen's rate before it was kept inside 0...1.
    package let unclamped: Double

    /// - Parameters:
    ///   - observed: what the judge found, with an interval of the same confidence as the judge's.
    ///   - judge: measured on other responses.
    package init(observed: Proportion, judge: JudgeAccuracy) throws(CorrectionError) {
        try self.init(rate: observed.rate, interval: observed.interval, judge: judge, isAnytime: !observed.hasWilsonInterval)
    }

    /// - Parameters:
    ///   - q: the judged rate.
    ///   - interval: its own, in 0...1.
    ///   - isAnytime: whether that is a confidence sequence's; it and the judge's are then those of half the error.
    package init(rate q: Double, interval: ConfidenceInterval, judge: JudgeAccuracy, isAnytime: Bool) throws(CorrectionError) {
        guard judge.youdenLowerBound > 0 else { throw .noBetterThanChance }
        let (s, f) = (judge.sensitivity.rate, 1 - judge.specificity.rate)
        let falsePositives = ConfidenceInterval(
            lower: 1 - judge.specificity.interval.upper, upper: 1 - judge.specificity.interval.lower)
        func theta(_ p: Double) -> Double { q - (1 - p) * f - p * s }
        func distance(_ own: Double, _ negative: Double, _ positive: Double, at p: Double) -> Double {
            let (one, two) = ((1 - p) * negative, p * positive)
            return isAnytime ? own + (one * one + two * two).squareRoot() : (own * own + one * one + two * two).squareRoot()
        }
        func lower(_ p: Double) -> Double {
            theta(p)
                - distance(q - interval.lower, falsePositives.upper - f, judge.sensitivity.interval.upper - s, at: p)
        }
        func upper(_ p: Double) -> Double {
            theta(p)
                + distance(interval.upper - q, f - falsePositives.lower, s - judge.sensitivity.interval.lower, at: p)
        }
        guard lower(1) <= 0, upper(0) >= 0 else { throw .inconsistent }
        unclamped = (q - f) / (s - f)
        let rate = min(max(unclamped, 0), 1)
        self.rate = rate
        // θ falls as p grows and L is concave: where L(0) is positive it turns negative once before the rate, and where
        // L(0) is not, 0 belongs to the interval. U is the mirror image.
        self.interval = ConfidenceInterval(
            lower: lower(0) > 0 ? RootFinder.boundary(from: 0, to: rate) { lower($0) > 0 } : 0,
            upper: upper(1) < 0 ? 1 - RootFinder.boundary(from: 0, to: 1 - rate) { upper(1 - $0) < 0 } : 1)
    }
}
