/// The paired permutation test that differences lie symmetrically around 0 (R. A. Fisher, "The design of experiments", 1935,
/// section 21): how often their mean is as large when each sign is thrown by a coin. With clusters a cluster's
/// differences keep or change their signs together.
package struct SignFlipTest: Hashable, Sendable {
    package let mean: Double
    /// Two-sided.
    package let pValue: Double
    /// That the mean is above 0.
    package let pValueGreater: Double
    /// Whether every choice of signs was counted.
    package let isExact: Bool

    /// With up to 16 clusters every choice of signs is counted; else `draws` of them, what was observed counting as one
    /// more (Phipson and Smyth, Statistical Applications in Genetics and Molecular Biology 9, 2010), so that p is never 0.
    /// - Returns: nil outside of 1 to 1,000,000 draws, or where a sum overflows.
    package init?(_ differences: ClusteredValues, draws: Int = 9_999, seed: UInt64) {
        guard (1...1_000_000).contains(draws) else { return nil }
        let sums = differences.groups.map { $0.reduce(0, +) }
        let observed = sums.reduce(0, +)
        let scale = sums.reduce(0) { $0 + abs($1) }
        guard scale.isFinite else { return nil }
        mean = observed / Double(differences.count)
        // What differs from the observed sum by rounding alone is as large as it.
        let slack = 1e-12 * scale
        var (asFar, asHigh, count) = (0, 0, 0)
        func take(_ sum: Double) {
            count += 1
            if abs(sum) >= abs(observed) - slack { asFar += 1 }
            if sum >= observed - slack { asHigh += 1 }
        }
        isExact = sums.count <= 16
        if sums.count <= 16 {
            for signs in 0..<(1 << sums.count) {
                take(sums.indices.reduce(0.0) { $0 + (signs >> $1 & 1 == 0 ? sums[$1] : -sums[$1]) })
            }
        } else {
            take(observed)
            var generator = SeededGenerator(seed: seed)
            for _ in 0..<draws {
                var (sum, bits, left) = (0.0, UInt64(0), 0)
                for value in sums {
                    if left == 0 { (bits, left) = (generator.next(), 64) }
                    sum += bits & 1 == 0 ? value : -value
                    bits >>= 1
                    left -= 1
                }
                take(sum)
            }
        }
        pValue = Double(asFar) / Double(count)
        pValueGreater = Double(asHigh) / Double(count)
    }
}
