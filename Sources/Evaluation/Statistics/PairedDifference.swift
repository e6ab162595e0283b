/// The mean difference of two measurements on the same items, whose correlation makes it sharper than the difference of
/// two means (Miller, arXiv:2411.00640, section 4).
package struct PairedDifference: Hashable, Sendable {
    /// First less second.
    package let estimate: MeanEstimate
    /// The items' differences.
    package let differences: ClusteredValues

    /// - Returns: nil without items, or where a value or a difference is not finite.
    package init?(_ pairs: [(first: Double, second: Double, cluster: String?)]) {
        guard let differences = ClusteredValues(pairs.map { (value: $0.first - $0.second, cluster: $0.cluster) }),
            let estimate = MeanEstimate(differences)
        else { return nil }
        self.differences = differences
        self.estimate = estimate
    }

    /// Student's interval, robust to clusters; nil for fewer than two clusters.
    package func interval(confidence: Double) -> ConfidenceInterval? { estimate.interval(confidence: confidence) }

    /// Of the paired t test that the mean difference is 0, with G - 1 degrees of freedom.
    package var pValue: Double? { estimate.pValue() }

    /// The interval of the mean difference with whole clusters of pairs drawn again.
    package func interval(confidence: Double, bootstrap: Bootstrap, method: Bootstrap.Method) -> ConfidenceInterval? {
        bootstrap.meanInterval(of: differences, confidence: confidence, method: method)
    }
}
