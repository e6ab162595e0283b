import Glibc

/// The binomial distribution: successes among `count` independent trials.
package enum BinomialDistribution {
    /// P(X <= successes).
    package static func cumulative(_ successes: Int, count: Int, rate: Double) -> Double {
        guard count >= 0, rate >= 0, rate <= 1 else { return .nan }
        if successes < 0 { return 0 }
        if successes >= count { return 1 }
        return BetaDistribution.cumulative(1 - rate, Double(count) - Double(successes), Double(successes) + 1)
    }

    /// P(X = successes).
    package static func probability(_ successes: Int, count: Int, rate: Double) -> Double {
        guard count >= 0, rate >= 0, rate <= 1 else { return .nan }
        guard (0...count).contains(successes) else { return 0 }
        let (k, n) = (Double(successes), Double(count))
        // 0 log 0 is 0 here.
        let hits = k == 0 ? 0 : k * log(rate)
        let misses = k == n ? 0 : (n - k) * log1p(-rate)
        let ways = GammaFunction.logarithm(n + 1) - GammaFunction.logarithm(k + 1) - GammaFunction.logarithm(n - k + 1)
        return exp(ways + hits + misses)
    }
}
