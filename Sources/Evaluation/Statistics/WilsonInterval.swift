/// Wilson's score interval for a proportion (E. B. Wilson, JASA 22, 1927, equation 4), without continuity correction.
package enum WilsonInterval {
    /// - Parameters:
    ///   - rate: the observed proportion, 0...1.
    ///   - count: how many observations it is worth; need not be whole, so that an effective sample size fits.
    ///   - z: the normal quantile of the confidence level (1.95996… for 95 %).
    /// - Returns: the interval, inside 0...1; nil without observations.
    package static func bounds(rate: Double, count: Double, z: Double) -> ConfidenceInterval? {
        guard count > 0, count.isFinite, rate >= 0, rate <= 1, z > 0, z.isFinite else { return nil }
        let share = z * z / count
        let centre = (rate + share / 2) / (1 + share)
        let half = z / (1 + share) * (rate * (1 - rate) / count + share / (4 * count)).squareRoot()
        // At 0 and 1 the bound is exactly 0 or 1; the subtraction would leave a rounding error.
        return ConfidenceInterval(
            lower: rate == 0 ? 0 : max(0, centre - half), upper: rate == 1 ? 1 : min(1, centre + half))
    }
}
