import Glibc

/// The beta distribution.
package enum BetaDistribution {
    /// P(X <= x) for shapes `a` and `b` (both more than 0): the regularised incomplete beta function I_x(a, b), by its
    /// continued fraction (Abramowitz and Stegun 26.5.8), evaluated from the front (Lentz's method).
    package static func cumulative(_ x: Double, _ a: Double, _ b: Double) -> Double {
        guard a > 0, b > 0, a.isFinite, b.isFinite, !x.isNaN else { return .nan }
        if x <= 0 { return 0 }
        if x >= 1 { return 1 }
        // The fraction converges fast only on this side of the mean; I_x(a, b) = 1 - I_{1-x}(b, a).
        if x > (a + 1) / (a + b + 2) { return 1 - lower(1 - x, b, a) }
        return lower(x, a, b)
    }

    /// The x with P(X <= x) = `probability`; nil outside (0, 1) or without positive shapes.
    package static func quantile(_ probability: Double, _ a: Double, _ b: Double) -> Double? {
        guard probability > 0, probability < 1, a > 0, b > 0, a.isFinite, b.isFinite else { return nil }
        let logNormaliser = logNormaliser(a, b)
        return RootFinder.increasing(from: 0, to: 1, start: a / (a + b)) { x in
            let density = exp(logNormaliser + (a - 1) * log(x) + (b - 1) * log1p(-x))
            return (cumulative(x, a, b) - probability, density)
        }
    }

    private static func logNormaliser(_ a: Double, _ b: Double) -> Double {
        GammaFunction.logarithm(a + b) - GammaFunction.logarithm(a) - GammaFunction.logarithm(b)
    }

    private static func lower(_ x: Double, _ a: Double, _ b: Double) -> Double {
        let logFront = logNormaliser(a, b) + a * log(x) + b * log1p(-x)
        var c = 1.0
        var d = 1 / nonZero(1 - (a + b) * x / (a + 1))
        var fraction = d
        for step in 1...10_000 {
            let m = Double(step)
            let even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
            d = 1 / nonZero(1 + even * d)
            c = nonZero(1 + even / c)
            fraction *= c * d
            let odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
            d = 1 / nonZero(1 + odd * d)
            c = nonZero(1 + odd / c)
            fraction *= c * d
            if abs(c * d - 1) < 1e-16 { break }
        }
        return exp(logFront) * fraction / a
    }

    private static func nonZero(_ value: Double) -> Double { abs(value) < 1e-300 ? 1e-300 : value }
}
