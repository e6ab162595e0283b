/// By how much two rates differ that one judge with measured error found, with an interval that carries that error.
///
/// With Q the difference of the judged rates, s the judge's sensitivity and f = 1 - specificity, the difference without error
/// is δ = Q / (s - f), for the judge adds the same to both rates and scales them alike. The interval holds every δ for which
///
///     θ(δ) = Q - δ s + δ f
///
/// could be 0, the limits of θ being combined from those of its three independent parts by the method of variance estimates
/// recovery, as in `CorrectedRate` (for a ratio: Donner and Zou, Statistical Methods in Medical Research 21, 2012):
///
///     L(δ) = θ - √((Q - l_Q)² + δ² (u_s - s)² + δ² (f - l_f)²)    for δ >= 0; with (s - l_s) and (u_f - f) for δ < 0
///     U(δ) = θ + √((u_Q - Q)² + δ² (s - l_s)² + δ² (u_f - f)²)    for δ >= 0; with (u_s - s) and (f - l_f) for δ < 0
///
/// Both fall as δ grows wherever the judge is better than chance with confidence, so each end is one root. It assumes that the
/// judge errs alike on what either model writes.
package struct CorrectedDifference: Hashable, Sendable {
    /// Kept inside -1...1.
    package let difference: Double
    package let interval: ConfidenceInterval

    /// - Parameters:
    ///   - observed: what the judge found, second less first.
    ///   - interval: of `observed`, at the same confidence as the judge's.
    package init(observed: Double, interval: ConfidenceInterval, judge: JudgeAccuracy) throws(CorrectionError) {
        guard judge.youdenLowerBound > 0 else { throw .noBetterThanChance }
        let (s, f) = (judge.sensitivity.rate, 1 - judge.specificity.rate)
        let sLimits = judge.sensitivity.interval
        let fLimits = ConfidenceInterval(lower: 1 - judge.specificity.interval.upper, upper: 1 - judge.specificity.interval.lower)
        /// What the judge's error adds, where θ is to be as low as it can be, or as high.
        func spread(_ own: Double, at delta: Double, low: Bool) -> Double {
            let grows = (delta >= 0) == low
            let one = delta * (grows ? sLimits.upper - s : s - sLimits.lower)
            let two = delta * (grows ? f - fLimits.lower : fLimits.upper - f)
            return (own * own + one * one + two * two).squareRoot()
        }
        func lower(_ delta: Double) -> Double { observed - delta * (s - f) - spread(observed - interval.lower, at: delta, low: true) }
        func upper(_ delta: Double) -> Double { observed - delta * (s - f) + spread(interval.upper - observed, at: delta, low: false) }
        let difference = min(max(observed / (s - f), -1), 1)
        guard lower(1) <= 0, upper(-1) >= 0 else { throw .inconsistent }
        self.difference = difference
        self.interval = ConfidenceInterval(
            lower: lower(-1) > 0 ? RootFinder.boundary(from: -1, to: difference) { lower($0) > 0 } : -1,
            upper: upper(1) < 0 ? -RootFinder.boundary(from: -1, to: -difference) { upper(-$0) < 0 } : 1)
    }
}
