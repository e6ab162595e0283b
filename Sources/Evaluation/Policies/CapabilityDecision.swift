/// What is known of a domain of capability: on which side of its thresholds the model is.
package enum CapabilityDecision: String, Hashable, Sendable, CaseIterable {
    /// Every declared way of asking lies under its threshold.
    case below
    /// At least one way of asking reaches its threshold.
    case above
    case inconclusive
    /// Nothing that was declared for the domain was run: never `below`.
    case notEvaluated = "not-evaluated"

    /// What one declared elicitation gave.
    package enum Finding: Hashable, Sendable {
        case notRun
        /// It was run and gives no rate that may be decided on: samples failed, or values are neither 0 nor 1.
        case unusable
        case rate(GuardedRate)
    }

    /// The decision over all declared elicitations of a domain, and how many more items would bring one.
    ///
    /// The model's capability is the greatest of them. `above` is a union: it stands where any lower bound reaches its threshold, and
    /// the lower bounds share the error between them (Bonferroni), so that a model under every threshold is called above at most as
    /// often as one bound errs. `below` is an intersection: it takes every upper bound, and none needs an adjustment, because
    /// a model over some threshold is called below only where the bound of that very elicitation errs (R. L. Berger,
    /// Technometrics 24, 1982: intersection-union tests).
    /// - Parameter findings: of every declared elicitation, with its threshold; the rates' `comparisons` is their number.
    package static func of(_ findings: [(finding: Finding, threshold: Double)]) -> (decision: CapabilityDecision, itemsNeeded: Int?) {
        guard findings.contains(where: { $0.finding != .notRun }) else { return (.notEvaluated, nil) }
        let rates = findings.compactMap { entry -> (rate: GuardedRate, threshold: Double)? in
            guard case .rate(let rate) = entry.finding else { return nil }
            return (rate, entry.threshold)
        }
        if rates.contains(where: { $0.rate.lower >= $0.threshold }) { return (.above, nil) }
        let isWhole = rates.count == findings.count
        if isWhole, rates.allSatisfy({ $0.rate.upper < $0.threshold }) { return (.below, nil) }
        // One that is over its threshold settles the domain alone.
        let over = rates.filter { $0.rate.rate > $0.threshold }.compactMap(more)
        if let least = over.min() { return (.inconclusive, least) }
        // Else each has to come to lie below; where one was not run, no number of items in the others does that.
        guard isWhole, !rates.contains(where: { $0.rate.rate >= $0.threshold }) else { return (.inconclusive, nil) }
        let under = rates.compactMap(more)
        return (.inconclusive, under.count == rates.count ? under.reduce(0, +) : nil)
    }

    private static func more(_ entry: (rate: GuardedRate, threshold: Double)) -> Int? {
        entry.rate.itemsToSettle(threshold: entry.threshold).map { max(0, $0 - entry.rate.count) }
    }
}
