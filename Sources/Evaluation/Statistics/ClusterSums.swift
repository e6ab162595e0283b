/// What the variance between clusters needs of them, whatever their number: with s successes among the m items of a cluster, sums over
/// all clusters.
package struct ClusterSums: Hashable, Sendable {
    package let clusters: Int
    /// Σ m, Σ s.
    package let items, successes: Double
    /// Σ s², Σ s m, Σ m².
    package let squares, products, sizes: Double
    /// The greatest m.
    package let largest: Double

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
        largest = counts.max() ?? 0
    }

    /// How many clusters of one size they are worth: (Σ m)² / Σ m², which is their number where all have one size.
    package var effectiveClusters: Double { items * items / sizes }

    /// How many times more items are needed than independent ones, at least 1: the variance of the rate between clusters over that of
    /// independent items, both with one more cluster as large as the largest, half of whose weight is a cluster of successes and half
    /// one of failures. It vanishes in many clusters, and keeps few that came out alike from counting as independent items.
    package var guardedDesignEffect: Double {
        let (count, groups) = (items + largest, Double(clusters + 1))
        let rate = (successes + largest / 2) / count
        let half = largest * largest / 2
        let spread = squares + half - 2 * rate * (products + half) + rate * rate * (sizes + largest * largest)
        let variance = groups / (groups - 1) * spread / (count * count)
        return max(1, variance * count / (rate * (1 - rate)))
    }
}
