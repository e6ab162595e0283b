/// Finite values that belong together in clusters: paraphrases of one prompt, questions on one text, epochs of one item.
///
/// Clusters are numbered in order of first appearance, so that sums over them add up in the same order every time.
package struct ClusteredValues: Hashable, Sendable {
    package let values: [Double]
    /// The cluster of each value, from 0.
    package let clusters: [Int]
    package let clusterCount: Int
    /// False where nobody named clusters: each value is then one of its own.
    package let isClustered: Bool

    /// Independent values.
    /// - Returns: nil without values, or where one is not finite.
    package init?(_ values: [Double]) {
        guard !values.isEmpty, values.allSatisfy(\.isFinite) else { return nil }
        self.values = values
        clusters = Array(values.indices)
        clusterCount = values.count
        isClustered = false
    }

    /// Values with the names of their clusters, compared as bytes. A value whose cluster is nil is one of its own.
    package init?(_ values: [(value: Double, cluster: String?)]) {
        guard !values.isEmpty, values.allSatisfy({ $0.value.isFinite }) else { return nil }
        var numbers: [[UInt8]: Int] = [:]
        var count = 0
        clusters = values.map { value in
            let name = value.cluster.map { Array($0.utf8) }
            if let name, let known = numbers[name] { return known }
            if let name { numbers[name] = count }
            count += 1
            return count - 1
        }
        self.values = values.map(\.value)
        clusterCount = count
        isClustered = values.contains { $0.cluster != nil }
    }

    /// One array for each cluster; an empty one is left out.
    package init?(groups: [[Double]]) {
        let groups = groups.filter { !$0.isEmpty }
        guard !groups.isEmpty, groups.allSatisfy({ $0.allSatisfy(\.isFinite) }) else { return nil }
        values = Array(groups.joined())
        clusters = groups.indices.flatMap { index in groups[index].map { _ in index } }
        clusterCount = groups.count
        isClustered = true
    }

    package var count: Int { values.count }

    package var mean: Double { values.reduce(0, +) / Double(count) }

    /// The values of each cluster.
    package var groups: [[Double]] {
        var groups = [[Double]](repeating: [], count: clusterCount)
        for (value, cluster) in zip(values, clusters) { groups[cluster].append(value) }
        return groups
    }

    /// For each cluster, the sum of its values' deviations from the mean of all.
    package var deviationSums: [Double] {
        let mean = mean
        var sums = [Double](repeating: 0, count: clusterCount)
        for (value, cluster) in zip(values, clusters) { sums[cluster] += value - mean }
        return sums
    }

    /// The mean of each cluster as one independent value: epochs reduced to their items.
    package var clusterMeans: ClusteredValues? {
        ClusteredValues(groups.map { $0.reduce(0, +) / Double($0.count) })
    }

    /// The variance of the mean between clusters (Miller, arXiv:2411.00640, appendix A, with the correction for a
    /// finite number of clusters that `inspect_ai` makes):
    ///
    ///     v = G / (G - 1) × Σ over clusters of (Σ over its values of (x - mean))² / n²
    ///
    /// Where every value is its own cluster it is the sample variance over n.
    /// - Returns: nil with fewer than two clusters, or where it overflows.
    package var varianceOfMean: Double? {
        guard clusterCount > 1 else { return nil }
        let (groups, total) = (Double(clusterCount), Double(count))
        let squares = deviationSums.reduce(0) { $0 + $1 * $1 }
        let variance = groups / (groups - 1) * squares / (total * total)
        return variance.isFinite ? variance : nil
    }
}
