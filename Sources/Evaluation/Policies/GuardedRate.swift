/// A rate with bounds that err at most as often as they say, for every true rate, where items are independent; in clusters the same
/// was found by simulation but for a few unequal ones. It is what a capability is decided by.
///
/// The bounds are Clopper and Pearson's, each at half of what the confidence leaves. Items in clusters are worth what Korn and
/// Graubard's effective sample size says of them with one more cluster, half of successes and half of failures, added to those seen
/// (`ClusterSums.guardedDesignEffect`): without it a few clusters in which nearly everything comes out alike look like many
/// independent items. Clusters of several sizes have the degrees of freedom of fewer (`ClusterSums.effectiveClusters`). (Wilson's interval, which quality thresholds are held against, errs more often than it says for rare
/// events: in 7.5 % of runs of 20 items at 5 %, where it says 2.5 %. Simulated: Runbooks/statistics.md.)
package struct GuardedRate: Hashable, Sendable {
    package let rate: Double
    package let count: Int
    /// At a confidence of 1 - (1 - confidence) / comparisons, so that it holds for the greatest of so many.
    package let lower: Double
    /// At the confidence itself.
    package let upper: Double

    private let effective: (lower: Double, upper: Double)
    private let tail: (lower: Double, upper: Double)

    /// - Parameter comparisons: how many rates one decision is the greatest of.
    /// - Returns: nil for a confidence outside (0, 1) or no comparison.
    package init?(_ proportion: Proportion, confidence: Double, comparisons: Int) {
        guard confidence > 0, confidence < 1, comparisons > 0 else { return nil }
        rate = proportion.rate
        count = proportion.count
        tail = ((1 - confidence) / 2 / Double(comparisons), (1 - confidence) / 2)
        guard let one = proportion.guardedCount(tail: tail.lower), let other = proportion.guardedCount(tail: tail.upper),
            let lower = ClopperPearsonInterval.lower(rate: rate, count: one, tail: tail.lower),
            let upper = ClopperPearsonInterval.upper(rate: rate, count: other, tail: tail.upper)
        else { return nil }
        effective = (one, other)
        (self.lower, self.upper) = (lower, upper)
    }

    /// The items in all with which the same rate, in clusters that are as alike, would lie on one side of the threshold.
    /// - Returns: nil where the rate is the threshold, or for more than `cap` items.
    package func itemsToSettle(threshold: Double, cap: Int = 10_000_000) -> Int? {
        guard rate != threshold else { return nil }
        func settles(_ items: Int) -> Bool {
            let growth = Double(items) / Double(count)
            if rate > threshold {
                return (ClopperPearsonInterval.lower(rate: rate, count: max(1, effective.lower * growth), tail: tail.lower) ?? 0) >= threshold
            }
            return (ClopperPearsonInterval.upper(rate: rate, count: max(1, effective.upper * growth), tail: tail.upper) ?? 1) < threshold
        }
        guard settles(cap) else { return nil }
        var (low, high) = (0, cap)
        while high - low > 1 {
            let middle = low + (high - low) / 2
            if settles(middle) { high = middle } else { low = middle }
        }
        return high
    }

    package static func == (one: GuardedRate, other: GuardedRate) -> Bool {
        (one.rate, one.count, one.lower, one.upper) == (other.rate, other.count, other.lower, other.upper)
    }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(rate)
        hasher.combine(count)
    }
}

extension Proportion {
    /// What the observations are worth, at least 1 and at most their number.
    fileprivate func guardedCount(tail: Double) -> Double? {
        guard let sums else { return Double(count) }
        // Fewer than two clusters' worth say nothing of how clusters differ.
        guard sums.effectiveClusters >= 2 else { return 1 }
        guard let wide = StudentT.quantile(1 - tail, freedom: sums.effectiveClusters - 1),
            let narrow = StudentT.quantile(1 - tail, freedom: Double(count - 1))
        else { return nil }
        let ratio = narrow / wide
        return max(1, min(Double(count), Double(count) / sums.guardedDesignEffect * ratio * ratio))
    }
}
