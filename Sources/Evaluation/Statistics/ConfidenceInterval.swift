/// A two-sided confidence interval.
package struct ConfidenceInterval: Hashable, Sendable {
    package let lower: Double
    package let upper: Double

    package init(lower: Double, upper: Double) {
        self.lower = lower
        self.upper = upper
    }

    package func contains(_ value: Double) -> Bool { lower <= value && value <= upper }

    /// The part of it inside `low`...`high`; a bound outside becomes the nearer end.
    package func clamped(_ low: Double, _ high: Double) -> ConfidenceInterval {
        ConfidenceInterval(lower: min(max(lower, low), high), upper: min(max(upper, low), high))
    }
}
