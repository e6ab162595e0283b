/// What the variance between clusters needs of them, whatever their number: with s successes among the m items of a cluster, sums over
/// all clusters.
package struct ClusterSums: Hashable, Sendable {
    package let clusters: Int
    /// Σ m, Σ s.
    package let items, successes: Double
    /// Σ s², Σ s m, Σ m².
    package let squares, products, sizes: Double

    package init(_ values: ClusteredValues) {
        var (sums, counts) = ([Double](repeating: 0, count: values.clusterCount), [Double](repeating: 0, count: values.clusterCount))
        for (value, cluster) in zip(values.values, values.clusters) {
            sums[cluster] += value
            counts[cluster] += 1
        }
        clusters = values.clusterCount
        items = Double(values.count)
        successes = sums.reduce(0, +)
        squares = sums.reduce(0) { $0 + $1 * $1 }
        products = zip(sums, counts).reduce(0) { $0 + $1.0 * $1.1 }
        sizes = counts.reduce(0) { $0 + $1 * $1 }
    }

    /// How many times more items are needed than independent ones, at least 1: the variance of the rate between clusters over that of
    /// independent items, both with one more cluster of the usual size M = Σ m² / Σ m, half of whose weight is a cluster of successes
    /// and half one of failures. It vanishes in many clusters, and keeps few that came out alike from counting as independent items.
    package var guardedDesignEffect: Double {
        let usual = sizes / items
        let (count, groups) = (items + usual, Double(clusters + 1))
        let rate = (successes + usual / 2) / count
        let half = usual * usual / 2
        let spread = squares + half - 2 * rate * (products + half) + rate * rate * (sizes + usual * usual)
        let variance = groups / (groups - 1) * spread / (count * count)
        return max(1, variance * count / (rate * (1 - rate)))
    }
}
