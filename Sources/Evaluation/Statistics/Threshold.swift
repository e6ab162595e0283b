/// Where a rate has to lie.
package struct Threshold: Hashable, Sendable {
    /// Which side of `value` is asked for.
    package enum Direction: String, Hashable, Sendable, CaseIterable {
        case atLeast
        case atMost
    }

    package let metric: String
    package let direction: Direction
    package let value: DecimalText

    package init(metric: String, direction: Direction, value: DecimalText) {
        self.metric = metric
        self.direction = direction
        self.value = value
    }

    /// Compares a proportion's whole interval with the threshold, which itself belongs to the side that is asked for.
    package func decision(for proportion: Proportion) -> ThresholdDecision { decision(for: proportion.interval) }

    /// The same for any interval.
    package func decision(for interval: ConfidenceInterval) -> ThresholdDecision {
        switch direction {
        case .atLeast:
            if interval.lower >= value.double { return .above }
            return interval.upper < value.double ? .below : .inconclusive
        case .atMost:
            if interval.upper <= value.double { return .below }
            return interval.lower > value.double ? .above : .inconclusive
        }
    }

    /// Whether a decision satisfies the threshold; nil where nothing was decided.
    package func isMet(by decision: ThresholdDecision) -> Bool? {
        switch decision {
        case .above: direction == .atLeast
        case .below: direction == .atMost
        case .inconclusive: nil
        }
    }

    /// The number of items, in all, with which the same rate would settle the question: the smallest n whose
    /// Wilson interval at the observed rate, and with the observed design effect, lies on one side; where a judge found the
    /// rate, the corrected interval.
    ///
    /// For a fixed rate the intervals of growing n are nested, so the smallest n is found by halving.
    /// - Returns: nil when the rate is the threshold itself, when it would take more than `cap` items, or when no number of
    ///   items would do, as the judge's own error is too large.
    package func itemsToSettle(_ proportion: Proportion, judge: JudgeAccuracy? = nil, cap: Int = 10_000_000) -> Int? {
        func settles(_ count: Int) -> Bool {
            let effective = Double(count) / proportion.designEffect
            guard
                var interval = WilsonInterval.bounds(rate: proportion.rate, count: effective, z: proportion.z)
            else { return false }
            if let judge {
                guard let corrected = try? CorrectedRate(rate: proportion.rate, interval: interval, judge: judge, isAnytime: false)
                else { return false }
                interval = corrected.interval
            }
            return decision(for: interval) != .inconclusive
        }
        guard cap > 0, settles(cap) else { return nil }
        var (low, high) = (0, cap)
        while high - low > 1 {
            let middle = low + (high - low) / 2
            if settles(middle) { high = middle } else { low = middle }
        }
        return high
    }
}

/// On which side of a threshold the whole confidence interval lies.
package enum ThresholdDecision: String, Hashable, Sendable, CaseIterable {
    case below
    case above
    case inconclusive
}
