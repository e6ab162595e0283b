/// What a sequential test takes in at a time: one independent item, or one whole cluster of items.
package struct SequentialUnit: Hashable, Sendable {
    /// The sum of its items' values, 0...count.
    package let sum: Double
    /// Its items, at least 1.
    package let count: Int

    /// - Returns: nil for what is outside these.
    package init?(sum: Double, count: Int) {
        guard count >= 1, sum >= 0, sum <= Double(count) else { return nil }
        self.sum = sum
        self.count = count
    }

    /// One item that succeeded or did not.
    package init(success: Bool) {
        sum = success ? 1 : 0
        count = 1
    }
}

extension SequentialUnit {
    /// In which order to ask items for a sequential test: the items of each unit, units in a random order.
    ///
    /// A prefix of a file is not a sample of it (files come sorted by topic, source or difficulty); a prefix of a random
    /// order is. The seed belongs in the plan, drawn before anything is known of the outcomes.
    /// - Parameter clusters: of each item; nil for an item of its own.
    package static func order(clusters: [String?], seed: UInt64) -> [[Int]] {
        guard let values = ClusteredValues(clusters.map { (value: 0, cluster: $0) }) else { return [] }
        var units = [[Int]](repeating: [], count: values.clusterCount)
        for (item, cluster) in values.clusters.enumerated() { units[cluster].append(item) }
        var generator = SeededGenerator(seed: seed)
        return generator.permutation(units.count).map { units[$0] }
    }
}
