/// Intervals for any statistic, by drawing clusters again with replacement (Efron and Tibshirani, "An introduction to
/// the bootstrap", 1993). Independent observations are clusters of one.
///
/// It is for statistics without a formula; it needs a few dozen clusters, and says too little near 0 and 1. The cost is
/// `resamples` times the statistic's.
package struct Bootstrap: Hashable, Sendable {
    package enum Method: String, Hashable, Sendable, CaseIterable {
        /// The quantiles of what the resamples gave (section 13.3).
        case percentile
        /// The same, with the bias and the change of spread taken out (section 14.3: equations 14.10, 14.14 and 14.15).
        case biasCorrectedAccelerated
    }

    package let resamples: Int
    package let seed: UInt64

    /// - Returns: nil outside 1 to 1,000,000 resamples.
    package init?(resamples: Int = 2_000, seed: UInt64) {
        guard (1...1_000_000).contains(resamples) else { return nil }
        self.resamples = resamples
        self.seed = seed
    }

    /// The statistic of each resample, in ascending order.
    ///
    /// One resample takes G draws of `SeededGenerator.index(below: G)` from one generator, G being the number of clusters.
    /// - Parameter statistic: nil, or not finite, where it is not defined; such resamples are left out.
    package func distribution<Element>(clusters: [[Element]], statistic: ([Element]) -> Double?) -> [Double] {
        var generator = SeededGenerator(seed: seed)
        var found: [Double] = []
        found.reserveCapacity(resamples)
        var drawn: [Element] = []
        for _ in 0..<resamples {
            drawn.removeAll(keepingCapacity: true)
            for _ in clusters.indices { drawn += clusters[generator.index(below: clusters.count)] }
            if let value = statistic(drawn), value.isFinite { found.append(value) }
        }
        return found.sorted()
    }

    /// - Returns: nil for fewer than two clusters, a confidence level outside (0, 1), a statistic that is not defined for
    ///   what was observed, or one that is not for more than half of the resamples.
    package func interval<Element>(
        clusters: [[Element]], confidence: Double, method: Method = .biasCorrectedAccelerated,
        statistic: ([Element]) -> Double?
    ) -> ConfidenceInterval? {
        let clusters = clusters.filter { !$0.isEmpty }
        guard clusters.count > 1, confidence > 0, confidence < 1, let observed = statistic(Array(clusters.joined())),
            observed.isFinite
        else { return nil }
        let sorted = distribution(clusters: clusters, statistic: statistic)
        guard sorted.count * 2 >= resamples, let low = sorted.first else { return nil }
        let tail = (1 - confidence) / 2
        var tails = (tail, 1 - tail)
        if method == .biasCorrectedAccelerated {
            let below = sorted.count { $0 < observed }
            let ties = sorted.count { $0 == observed }
            // Ties count half; and the share is kept from 0 and 1, where the bias would be without bound.
            let half = 0.5 / Double(sorted.count)
            let share = min(max((Double(below) + Double(ties) / 2) / Double(sorted.count), half), 1 - half)
            guard let bias = NormalDistribution.quantile(share), let z = NormalDistribution.quantile(tail) else { return nil }
            let acceleration = Self.acceleration(clusters: clusters, statistic: statistic)
            func adjusted(_ z: Double) -> Double {
                let moved = bias + (bias + z) / (1 - acceleration * (bias + z))
                return moved.isFinite ? NormalDistribution.cumulative(moved) : 0.5
            }
            tails = (adjusted(z), adjusted(-z))
        }
        return ConfidenceInterval(
            lower: Quantile.linear(ofSorted: sorted, at: tails.0) ?? low,
            upper: Quantile.linear(ofSorted: sorted, at: tails.1) ?? low)
    }

    /// The interval of the mean.
    package func meanInterval(
        of values: ClusteredValues, confidence: Double, method: Method = .biasCorrectedAccelerated
    ) -> ConfidenceInterval? {
        interval(clusters: values.groups, confidence: confidence, method: method) { drawn in
            drawn.isEmpty ? nil : drawn.reduce(0, +) / Double(drawn.count)
        }
    }

    /// The acceleration by the jackknife: Σ d³ / (6 (Σ d²)^(3/2)), d the jackknife values' mean less each of them.
    ///
    /// At most 200 blocks of clusters are left out in turn, so that the cost stays linear; the sums over blocks have the
    /// same expectation as those over clusters.
    private static func acceleration<Element>(clusters: [[Element]], statistic: ([Element]) -> Double?) -> Double {
        let blocks = min(clusters.count, 200)
        var values: [Double] = []
        for block in 0..<blocks {
            let (first, end) = (block * clusters.count / blocks, (block + 1) * clusters.count / blocks)
            let kept = Array(clusters[..<first].joined()) + Array(clusters[end...].joined())
            if let value = statistic(kept), value.isFinite { values.append(value) }
        }
        guard values.count > 1 else { return 0 }
        let mean = values.reduce(0, +) / Double(values.count)
        var (squares, cubes) = (0.0, 0.0)
        for value in values {
            let difference = mean - value
            squares += difference * difference
            cubes += difference * difference * difference
        }
        guard squares > 0 else { return 0 }
        let acceleration = cubes / (6 * squares * squares.squareRoot())
        return acceleration.isFinite ? acceleration : 0
    }
}
