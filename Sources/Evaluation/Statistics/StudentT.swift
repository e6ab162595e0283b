import Glibc

/// Student's t distribution.
package enum StudentT {
    /// P(T <= t) with `freedom` degrees of freedom (more than 0).
    package static func cumulative(_ t: Double, freedom: Double) -> Double {
        let tail = 0.5 * BetaDistribution.cumulative(freedom / (freedom + t * t), freedom / 2, 0.5)
        return t > 0 ? 1 - tail : tail
    }

    /// The t with P(T <= t) = `probability`; nil outside (0, 1) or without a positive number of degrees of freedom.
    package static func quantile(_ probability: Double, freedom: Double) -> Double? {
        guard probability > 0, probability < 1, freedom > 0, freedom.isFinite else { return nil }
        guard probability <= 0.5 else { return quantile(1 - probability, freedom: freedom).map { -$0 } }
        if probability == 0.5 { return 0 }
        // One degree of freedom has the heaviest tails, and there the quantile is known exactly (Cauchy),
        // so it bounds the others; below one degree nothing does, and nothing here asks.
        guard freedom >= 1 else { return nil }
        let bound = -1 / tan(Double.pi * probability)
        let logNormaliser =
            GammaFunction.logarithm((freedom + 1) / 2) - GammaFunction.logarithm(freedom / 2) - 0.5 * log(freedom * Double.pi)
        return RootFinder.increasing(from: min(bound * 1.000001, -1e-300), to: 0, start: max(bound, -2)) { t in
            let density = exp(logNormaliser - (freedom + 1) / 2 * log1p(t * t / freedom))
            return (cumulative(t, freedom: freedom) - probability, density)
        }
    }
}
