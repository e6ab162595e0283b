/// The exact interval for a proportion (C. J. Clopper and E. S. Pearson, Biometrika 26, 1934): it covers at least as
/// often as it says for every rate, and for most rates more often, so it is wider than Wilson's.
package enum ClopperPearsonInterval {
    /// - Returns: the interval; nil without observations, or with a confidence level outside (0, 1).
    package static func bounds(successes: Int, count: Int, confidence: Double) -> ConfidenceInterval? {
        guard count > 0, (0...count).contains(successes), confidence > 0, confidence < 1 else { return nil }
        let (rate, n, tail) = (Double(successes) / Double(count), Double(count), (1 - confidence) / 2)
        guard let lower = lower(rate: rate, count: n, tail: tail), let upper = upper(rate: rate, count: n, tail: tail) else { return nil }
        return ConfidenceInterval(lower: lower, upper: upper)
    }

    /// The lower bound that errs with a chance of at most `tail`.
    /// - Parameter count: how many observations the rate is worth; need not be whole, so that an effective sample size fits.
    package static func lower(rate: Double, count: Double, tail: Double) -> Double? {
        guard (0...1).contains(rate), count > 0, tail > 0, tail < 1 else { return nil }
        let successes = rate * count
        return successes == 0 ? 0 : BetaDistribution.quantile(tail, successes, count - successes + 1)
    }

    package static func upper(rate: Double, count: Double, tail: Double) -> Double? {
        guard (0...1).contains(rate), count > 0, tail > 0, tail < 1 else { return nil }
        let successes = rate * count
        return rate == 1 ? 1 : BetaDistribution.quantile(1 - tail, successes + 1, count - successes)
    }
}
