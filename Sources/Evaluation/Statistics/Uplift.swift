/// How much more often the first of two arms succeeds than the second: a difference of proportions in -1...1.
package struct Uplift: Hashable, Sendable {
    package let difference: Double
    package let interval: ConfidenceInterval

    /// Arms with different items, or with different people: Newcombe's hybrid of two score intervals (Statistics in
    /// Medicine 17, 1998, 873–890, method 10). Where an arm is clustered its own interval carries the effective sample size.
    package init(first: Proportion, second: Proportion) {
        self.init(first: (first.rate, first.interval), second: (second.rate, second.interval))
    }

    /// The same of two rates with intervals of the same confidence.
    package init(first: (rate: Double, interval: ConfidenceInterval), second: (rate: Double, interval: ConfidenceInterval)) {
        let (one, two) = (first.interval, second.interval)
        difference = first.rate - second.rate
        interval = ConfidenceInterval(
            lower: difference - Self.distance(first.rate - one.lower, two.upper - second.rate),
            upper: difference + Self.distance(one.upper - first.rate, second.rate - two.lower)
        ).clamped(-1, 1)
    }

    /// Both arms on the same independent items: Newcombe's hybrid with the arms' correlation (Statistics in Medicine 17,
    /// 1998, 2635–2650, method 10, with its correction of the correlation for continuity).
    /// - Returns: nil without items or with a confidence level outside (0, 1).
    package init?(both: Int, firstOnly: Int, secondOnly: Int, neither: Int, confidence: Double) {
        let cells = [both, firstOnly, secondOnly, neither]
        guard cells.allSatisfy({ (0...1 << 40).contains($0) }),
            let first = Proportion(successes: both + firstOnly, count: cells.reduce(0, +), confidence: confidence),
            let second = Proportion(successes: both + secondOnly, count: first.count, confidence: confidence)
        else { return nil }
        let (a, b, c, d) = (Double(both), Double(firstOnly), Double(secondOnly), Double(neither))
        let margins = (a + b) * (c + d) * (a + c) * (b + d)
        let product = a * d - b * c
        let corrected = product > 0 ? max(0, product - Double(first.count) / 2) : product
        let correlation = margins > 0 ? corrected / margins.squareRoot() : 0
        func distance(_ one: Double, _ two: Double) -> Double {
            max(0, one * one - 2 * correlation * one * two + two * two).squareRoot()
        }
        difference = (b - c) / Double(first.count)
        interval = ConfidenceInterval(
            lower: difference - distance(first.rate - first.interval.lower, second.interval.upper - second.rate),
            upper: difference + distance(first.interval.upper - first.rate, second.rate - second.interval.lower)
        ).clamped(-1, 1)
    }

    private static func distance(_ one: Double, _ two: Double) -> Double { (one * one + two * two).squareRoot() }
}
