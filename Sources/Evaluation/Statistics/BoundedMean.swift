/// The mean of values in 0...1 that need not be whole: means over epochs, partial credit, pass@k of each prompt.
///
/// Its interval is Wilson's with Korn and Graubard's effective sample size, which stays inside 0...1 and has a width
/// where all values are equal; Student's does not.
package struct BoundedMean: Hashable, Sendable {
    package let mean: Double
    package let count: Int
    package let clusters: Int
    package let effectiveCount: Double
    package let interval: ConfidenceInterval

    /// - Parameter observations: how many outcomes the values were made of, the most they may be worth; nil for how many
    ///   values there are.
    /// - Returns: nil for values outside 0...1 or a confidence level outside (0, 1).
    package init?(_ values: ClusteredValues, observations: Int? = nil, confidence: Double) {
        guard
            let effective = EffectiveCount.kornGraubard(values, confidence: confidence, ceiling: observations),
            let z = NormalDistribution.quantile(0.5 + confidence / 2),
            let interval = WilsonInterval.bounds(rate: min(1, values.mean), count: effective, z: z)
        else { return nil }
        mean = values.mean
        count = values.count
        clusters = values.clusterCount
        effectiveCount = effective
        self.interval = interval
    }
}
