/// A mean with its standard error.
package struct MeanEstimate: Hashable, Sendable {
    package let mean: Double
    /// Robust to correlation within clusters (`ClusteredValues.varianceOfMean`); for independent values the standard
    /// deviation with n - 1, over √n. Nil for fewer than two clusters.
    package let standardError: Double?
    package let count: Int
    /// Equal to `count` where values are independent.
    package let clusters: Int

    /// Independent values.
    /// - Returns: nil without values, or where one is not finite.
    package init?(_ values: [Double]) {
        guard let values = ClusteredValues(values) else { return nil }
        self.init(values)
    }

    /// - Returns: nil where the sum overflows.
    package init?(_ values: ClusteredValues) {
        guard values.mean.isFinite else { return nil }
        mean = values.mean
        standardError = values.varianceOfMean?.squareRoot()
        count = values.count
        clusters = values.clusterCount
    }

    /// Student's interval, mean ± t(G - 1) × standard error, G the number of clusters.
    /// - Returns: nil where there is no standard error, or with a confidence level outside (0, 1).
    package func interval(confidence: Double) -> ConfidenceInterval? {
        guard confidence > 0, confidence < 1, let standardError,
            let t = StudentT.quantile(0.5 + confidence / 2, freedom: Double(clusters - 1))
        else { return nil }
        return ConfidenceInterval(lower: mean - t * standardError, upper: mean + t * standardError)
    }

    /// Two-sided p-value of Student's test that the mean is `value`; nil where there is no standard error.
    /// Without any spread it is 1 where the mean is `value`, else 0.
    package func pValue(against value: Double = 0) -> Double? {
        guard let standardError, value.isFinite else { return nil }
        guard standardError > 0 else { return mean == value ? 1 : 0 }
        return 2 * StudentT.cumulative(-abs(mean - value) / standardError, freedom: Double(clusters - 1))
    }
}
