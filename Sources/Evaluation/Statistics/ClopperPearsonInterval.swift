/// The exact interval for a proportion (C. J. Clopper and E. S. Pearson, Biometrika 26, 1934): it covers at least as
/// often as it says for every rate, and for most rates more often, so it is wider than Wilson's.
package enum ClopperPearsonInterval {
    /// - Returns: the interval; nil without observations, or with a confidence level outside (0, 1).
    package static func bounds(successes: Int, count: Int, confidence: Double) -> ConfidenceInterval? {
        guard count > 0, (0...count).contains(successes), confidence > 0, confidence < 1 else { return nil }
        let (k, n) = (Double(successes), Double(count))
        let tail = (1 - confidence) / 2
        guard
            let lower = k == 0 ? 0 : BetaDistribution.quantile(tail, k, n - k + 1),
            let upper = k == n ? 1 : BetaDistribution.quantile(1 - tail, k + 1, n - k)
        else { return nil }
        return ConfidenceInterval(lower: lower, upper: upper)
    }
}
