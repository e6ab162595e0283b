import Glibc

/// The standard normal distribution.
package enum NormalDistribution {
    /// P(Z <= z), to the accuracy of the C library's `erfc`.
    package static func cumulative(_ z: Double) -> Double { 0.5 * erfc(-z / 2.0.squareRoot()) }

    /// The z with P(Z <= z) = `probability`; nil outside (0, 1).
    ///
    /// Newton's method on `cumulative`, kept inside a bracket that every step halves or better, so that it
    /// always ends. Agrees with SciPy's `norm.ppf` to 1e-12 for probabilities between 1e-9 and 1 - 1e-9.
    package static func quantile(_ probability: Double) -> Double? {
        guard probability > 0, probability < 1 else { return nil }
        // The lower tail keeps its relative accuracy; the upper one is its mirror image.
        guard probability <= 0.5 else { return quantile(1 - probability).map { -$0 } }
        return RootFinder.increasing(from: -40, to: 0, start: -1) { z in
            let density = exp(-z * z / 2) / (2 * Double.pi).squareRoot()
            return (cumulative(z) - probability, density)
        }
    }
}
