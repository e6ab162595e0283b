/// The permutation test that two groups' values come from one distribution (R. A. Fisher, "The design of experiments", 1935;
/// Phipson and Smyth, Statistical Applications in Genetics and Molecular Biology 9, 2010), against the first's mean being
/// larger: how often it is as far above the second's when clusters are dealt to the two groups at random.
package struct TwoSampleTest: Hashable, Sendable {
    /// The first mean less the second.
    package let difference: Double
    /// One-sided; what was observed counts as one of the draws, so that it is never 0.
    package let pValueGreater: Double

    /// - Returns: nil outside of 1 to 1,000,000 draws, or where a sum overflows.
    package init?(first: ClusteredValues, second: ClusteredValues, draws: Int = 9_999, seed: UInt64) {
        guard (1...1_000_000).contains(draws) else { return nil }
        let units = (first.groups + second.groups).map { (sum: $0.reduce(0, +), count: Double($0.count)) }
        let all = units.reduce((sum: 0.0, count: 0.0)) { ($0.sum + $1.sum, $0.count + $1.count) }
        let split = first.clusterCount
        guard all.sum.isFinite, split < units.count else { return nil }
        func difference(_ chosen: ArraySlice<Int>) -> Double {
            let own = chosen.reduce((sum: 0.0, count: 0.0)) { ($0.sum + units[$1].sum, $0.count + units[$1].count) }
            return own.sum / own.count - (all.sum - own.sum) / (all.count - own.count)
        }
        let observed = difference(Array(units.indices)[..<split])
        self.difference = observed
        // What differs from the observed by rounding alone is as large as it.
        let slack = 1e-12 * units.reduce(0) { $0 + abs($1.sum) } / all.count
        var (asHigh, generator) = (1, SeededGenerator(seed: seed))
        for _ in 0..<draws where difference(generator.permutation(units.count)[..<split]) >= observed - slack { asHigh += 1 }
        pValueGreater = Double(asHigh) / Double(draws + 1)
    }
}
