/// What observations in clusters are worth: the number of independent ones with the same variance.
package enum EffectiveCount {
    /// Korn and Graubard's effective sample size (Survey Methodology 24, 1998, section 2), as recommended for
    /// design-based proportions by Franco et al. (J. Survey Statistics and Methodology 7, 2019):
    ///
    ///     n_eff = rate (1 - rate) / v × (t(n - 1) / t(G - 1))²,   at least 1 and never more than n
    ///
    /// with v the variance of the mean between the G clusters and t the 1 - α/2 quantile of Student's t. Where every
    /// value is 0, or every value is 1, v says nothing, and n_eff is the number of clusters: each counts once. One
    /// cluster is one observation.
    ///
    /// - Parameters:
    ///   - values: each 0...1, not necessarily whole (means over epochs).
    ///   - ceiling: the most they may be worth; nil for how many they are.
    /// - Returns: nil for values outside 0...1 or a confidence level outside (0, 1).
    package static func kornGraubard(_ values: ClusteredValues, confidence: Double, ceiling: Int? = nil) -> Double? {
        guard confidence > 0, confidence < 1, values.values.allSatisfy({ (0...1).contains($0) }) else { return nil }
        let (rate, count, clusters) = (values.mean, values.count, values.clusterCount)
        let most = Double(max(1, ceiling ?? count))
        guard clusters > 1 else { return 1 }
        guard rate > 0, rate < 1 else { return min(Double(clusters), most) }
        guard let variance = values.varianceOfMean, variance > 0 else { return most }
        guard
            let wide = StudentT.quantile(0.5 + confidence / 2, freedom: Double(clusters - 1)),
            let narrow = StudentT.quantile(0.5 + confidence / 2, freedom: Double(count - 1))
        else { return nil }
        let ratio = narrow / wide
        return max(1, min(most, rate * (1 - rate) / variance * ratio * ratio))
    }
}
