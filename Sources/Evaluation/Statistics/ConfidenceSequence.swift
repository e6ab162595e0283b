import Glibc

/// An interval for a rate that may be looked at after every unit: it covers the true rate at all times together with the
/// confidence it says, whenever and for whatever reason one stops.
///
/// It is the hedged capital of Waudby-Smith and Ramdas (JRSS B 86, 2024, arXiv:2010.09686) with fixed bets. Were the rate
/// m, then betting the share c of one's capital on more than m,
///
///     K(c, m) = Π over units of 1 + c / m × (S - m n) / N
///
/// S being the unit's sum, n its items and N the most that a unit has, would be a fair game, since E(S) = m E(n); and so
/// would be the mean of K over several c. By Ville's inequality such a capital ever reaches 2 / α with a chance of at
/// most α / 2. The interval holds every m against which neither the capital on more nor the one on less has got there.
/// K falls as m grows, so the bounds are found by halving.
///
/// It assumes that units are independent draws from the same source, in the order in which they were drawn: hence the
/// random order of `SequentialUnit.order`. Within a unit items may depend on one another as they like; only whole units
/// count. For single items with outcomes 0 and 1 this is the test of Wald's likelihood ratios, mixed over alternatives.
package struct ConfidenceSequence: Hashable, Sendable {
    package let confidence: Double
    /// N, the most items in one unit.
    package let largestUnit: Int
    /// Units so far.
    package private(set) var units = 0
    /// Items so far.
    package private(set) var items = 0
    package private(set) var sum = 0.0
    /// How often each unit was seen: with the order of no importance to the interval, it takes no more than that.
    private var tally: [SequentialUnit: Int] = [:]
    let stakes: BettingStakes

    /// - Parameters:
    ///   - threshold, plannedUnits: what the stakes are made for; the interval holds whatever they are.
    /// - Returns: nil for a confidence or a threshold outside (0, 1), less than one unit, or a unit outside 1...2^32 items.
    package init?(confidence: Double, threshold: Double, plannedUnits: Int, largestUnit: Int = 1) {
        guard confidence > 0, confidence < 1, (1...1 << 32).contains(largestUnit),
            let stakes = BettingStakes(threshold: threshold, plannedUnits: plannedUnits, confidence: confidence)
        else { return nil }
        self.confidence = confidence
        self.largestUnit = largestUnit
        self.stakes = stakes
    }

    /// - Returns: false, and nothing changes, for a unit larger than the largest.
    package mutating func observe(_ unit: SequentialUnit) -> Bool {
        guard unit.count <= largestUnit else { return false }
        units += 1
        items += unit.count
        sum += unit.sum
        tally[unit, default: 0] += 1
        return true
    }

    /// The rate so far; nil before the first unit.
    package var rate: Double? { items > 0 ? sum / Double(items) : nil }

    /// All of 0...1 before the first unit.
    package var interval: ConfidenceInterval {
        // In a fixed order: the sums must come out the same each time.
        let seen = tally.sorted { ($0.key.sum, $0.key.count) < ($1.key.sum, $1.key.count) }
        let limit = log(2 / (1 - confidence))
        func reaches(_ rate: Double, above: Bool) -> Bool {
            rate == 0 || stakes.logCapital(against: rate, above: above, units: seen, largestUnit: largestUnit) >= limit
        }
        return ConfidenceInterval(
            lower: RootFinder.boundary(from: 0, to: 1) { reaches($0, above: true) },
            upper: 1 - RootFinder.boundary(from: 0, to: 1) { reaches($0, above: false) })
    }
}
