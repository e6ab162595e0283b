/// The figures that `inspect_ai` (0.3.285, `inspect_ai/scorer/_metrics/std.py`) prints for the same scores, for logs
/// that its readers open. They agree with it in its corner cases too, where it prints a standard error of 0 for what
/// cannot be known; no decision rests on them.
package enum InspectMetrics {
    /// `stderr()` and, where the values are clustered, `stderr(cluster=…)`.
    package static func standardError(of values: ClusteredValues) -> Double {
        MeanEstimate(values)?.standardError ?? 0
    }

    /// `ci(level)` and `ci(level, cluster=…)`, of method "t".
    /// - Returns: nil for a level outside (0, 1).
    package static func interval(of values: ClusteredValues, level: Double) -> ConfidenceInterval? {
        let mean = values.mean
        guard level > 0, level < 1,
            let t = StudentT.quantile(0.5 + level / 2, freedom: Double(max(1, values.clusterCount - 1)))
        else { return nil }
        let half = t * standardError(of: values)
        return ConfidenceInterval(lower: mean - half, upper: mean + half)
    }

    /// `ci_wilson(level)` and `ci_wilson(level, cluster=…)`.
    ///
    /// With clusters it puts Student's quantile with G - 1 degrees of freedom in Wilson's formula, and an effective
    /// sample size without Korn and Graubard's correction; where every value is equal it takes all of them as independent.
    /// - Returns: nil for a level outside (0, 1), for values outside 0...1, and for a single cluster.
    package static func wilson(of values: ClusteredValues, level: Double) -> ConfidenceInterval? {
        guard level > 0, level < 1, values.values.allSatisfy({ (0...1).contains($0) }) else { return nil }
        let (rate, count) = (values.mean, Double(values.count))
        guard values.isClustered else {
            return NormalDistribution.quantile(0.5 + level / 2).flatMap { WilsonInterval.bounds(rate: rate, count: count, z: $0) }
        }
        guard let variance = values.varianceOfMean,
            let t = StudentT.quantile(0.5 + level / 2, freedom: Double(values.clusterCount - 1))
        else { return nil }
        let spread = rate * (1 - rate)
        let effective = spread > 0 && variance > 0 ? min(spread / variance, count) : count
        return WilsonInterval.bounds(rate: rate, count: effective, z: t)
    }
}
