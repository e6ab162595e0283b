/// A proportion that was observed, with what it is worth.
///
/// Items that belong together (paraphrases of one prompt, questions on one text) are not independent. Where items
/// carry a cluster, Wilson's interval gets Korn and Graubard's effective sample size (`EffectiveCount`).
package struct Proportion: Hashable, Sendable {
    package let successes: Int
    /// Observations; at least 1.
    package let count: Int
    /// Clusters; equal to `count` where items are independent.
    package let clusters: Int
    /// What the observations are worth, at most `count`.
    package let effectiveCount: Double
    /// Wilson's, unless `with(_:)` gave another.
    package private(set) var interval: ConfidenceInterval
    /// Whether it is.
    package private(set) var hasWilsonInterval = true
    /// The normal quantile used.
    package let z: Double
    /// Of observations in clusters; nil for independent ones.
    package let sums: ClusterSums?

    package var rate: Double { Double(successes) / Double(count) }
    /// How many times more items a result needs than if they were independent.
    package var designEffect: Double { Double(count) / effectiveCount }

    /// Independent observations.
    /// - Returns: nil without observations, or with a confidence level outside (0, 1).
    package init?(successes: Int, count: Int, confidence: Double) {
        guard count > 0, (0...count).contains(successes) else { return nil }
        self.init(successes: successes, count: count, clusters: count, effective: Double(count), confidence: confidence)
    }

    /// Observations in clusters. An observation whose cluster is nil is a cluster of its own.
    package init?(outcomes: [(success: Bool, cluster: String?)], confidence: Double) {
        guard let values = ClusteredValues(outcomes.map { (value: $0.success ? 1 : 0, cluster: $0.cluster) }) else { return nil }
        self.init(values, confidence: confidence)
    }

    /// Observations in clusters, each 0 or 1.
    package init?(_ values: ClusteredValues, confidence: Double) {
        guard values.values.allSatisfy({ $0 == 0 || $0 == 1 }) else { return nil }
        var (effective, sums) = (Double(values.count), ClusterSums?.none)
        if values.clusterCount < values.count {
            guard let worth = EffectiveCount.kornGraubard(values, confidence: confidence) else { return nil }
            (effective, sums) = (worth, ClusterSums(values))
        }
        self.init(
            successes: values.values.count { $0 == 1 }, count: values.count, clusters: values.clusterCount,
            effective: effective, confidence: confidence, sums: sums)
    }

    /// The same observations with an interval that holds for them in Wilson's place: a confidence sequence's, where it depended on
    /// the outcomes when one stopped looking.
    package func with(_ interval: ConfidenceInterval) -> Proportion {
        var other = self
        other.interval = interval
        other.hasWilsonInterval = false
        return other
    }

    private init?(successes: Int, count: Int, clusters: Int, effective: Double, confidence: Double, sums: ClusterSums? = nil) {
        let rate = Double(successes) / Double(count)
        guard confidence > 0, confidence < 1, let z = NormalDistribution.quantile(0.5 + confidence / 2),
            let interval = WilsonInterval.bounds(rate: rate, count: effective, z: z)
        else { return nil }
        self.successes = successes
        self.count = count
        self.clusters = clusters
        effectiveCount = effective
        self.interval = interval
        self.z = z
        self.sums = sums
    }
}
