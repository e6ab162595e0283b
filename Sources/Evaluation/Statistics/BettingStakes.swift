import Glibc

/// The shares of one's capital that are bet against a rate, each on a part of the capital of its own.
struct BettingStakes: Hashable, Sendable {
    /// On more than the rate, and on less.
    let (above, below): ([Double], [Double])

    /// Geometric from the share that is best against the nearest rate which `plannedUnits` units can tell from the
    /// threshold, up to 0.95, no more than twofold apart: between two of them none is far from the best one
    /// (at √2 from it a bet still grows at five sixths of the best rate).
    init?(threshold: Double, plannedUnits: Int, confidence: Double) {
        guard threshold > 0, threshold < 1, plannedUnits >= 1, confidence > 0, confidence < 1 else { return nil }
        let variance = threshold * (1 - threshold)
        // n δ² / 2σ² = log(2 / α), and the best bet on δ is δ / σ².
        let distance = (2 * variance * log(2 / (1 - confidence)) / Double(plannedUnits)).squareRoot()
        func geometric(_ least: Double) -> [Double] {
            let (low, high) = (min(max(least, 0.001), 0.95), 0.95)
            let steps = Int((log2(high / low) - 1e-9).rounded(.up))
            guard steps > 0 else { return [high] }
            return (0...steps).map { low * pow(high / low, Double($0) / Double(steps)) }
        }
        above = geometric(distance / variance * threshold)
        below = geometric(distance / variance * (1 - threshold))
    }

    /// What a unit multiplies the capital behind `share` by.
    /// - Parameter rate: of what is bet on: successes for a bet on more, failures for one on less.
    @inline(__always)
    static func factor(_ unit: SequentialUnit, share: Double, rate: Double, above: Bool, largestUnit: Int) -> Double {
        let whole = Double(largestUnit)
        let sum = above ? unit.sum : Double(unit.count) - unit.sum
        return 1 - share * Double(unit.count) / whole + share * sum / whole / rate
    }

    /// The logarithm of the mean capital over the shares.
    func logCapital(
        against rate: Double, above isAbove: Bool, units: [(key: SequentialUnit, value: Int)], largestUnit: Int
    ) -> Double {
        let shares = isAbove ? above : below
        let logs = shares.map { share in
            units.reduce(0.0) { sum, seen in
                sum + Double(seen.value)
                    * log(Self.factor(seen.key, share: share, rate: rate, above: isAbove, largestUnit: largestUnit))
            }
        }
        let most = logs.max() ?? 0
        guard most > -.infinity, most < .infinity else { return most }
        return most + log(logs.reduce(0) { $0 + exp($1 - most) } / Double(shares.count))
    }
}
