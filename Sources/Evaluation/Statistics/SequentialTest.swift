/// Whether a rate is above or below a threshold, asked after every unit, with a chance of at most 1 - confidence of
/// ever deciding for a side where the rate is the threshold itself, and of deciding for the wrong side where it is not.
///
/// It stops as soon as the confidence sequence leaves the threshold out, so that it takes few items where the truth is
/// far away. Its state is a value: a run that was cut off takes its units in again, in their order, and is where it was.
/// Each unit costs a few multiplications.
package struct SequentialTest: Hashable, Sendable {
    package enum State: String, Hashable, Sendable, CaseIterable {
        case undecided
        case above
        case below
        /// Every planned unit was taken in and nothing was decided.
        case exhausted
    }

    package let threshold: Double
    package let plannedUnits: Int
    package private(set) var sequence: ConfidenceSequence
    package private(set) var state = State.undecided
    private var capitalAbove: [Double]
    private var capitalBelow: [Double]

    /// - Parameters:
    ///   - plannedUnits: how many there are: items, or clusters where they have them.
    ///   - largestUnit: the most items in one cluster.
    /// - Returns: nil for a threshold or a confidence outside (0, 1), less than one unit, or a unit outside 1...2^32 items.
    package init?(threshold: Double, plannedUnits: Int, largestUnit: Int = 1, confidence: Double = 0.95) {
        guard
            let sequence = ConfidenceSequence(
                confidence: confidence, threshold: threshold, plannedUnits: plannedUnits, largestUnit: largestUnit)
        else { return nil }
        self.threshold = threshold
        self.plannedUnits = plannedUnits
        self.sequence = sequence
        capitalAbove = sequence.stakes.above.map { _ in 1 }
        capitalBelow = sequence.stakes.below.map { _ in 1 }
    }

    /// Takes in the next unit of the random order (`SequentialUnit.order`). What comes after the decision is not taken in.
    /// - Returns: nil, and nothing changes, for a unit larger than the largest.
    package mutating func observe(_ unit: SequentialUnit) -> State? {
        guard unit.count <= sequence.largestUnit else { return nil }
        guard state == .undecided, sequence.observe(unit) else { return state }
        let largest = sequence.largestUnit
        func bet(_ capital: inout [Double], _ shares: [Double], above: Bool) -> Bool {
            var total = 0.0
            let rate = above ? threshold : 1 - threshold
            for index in shares.indices {
                capital[index] *= BettingStakes.factor(
                    unit, share: shares[index], rate: rate, above: above, largestUnit: largest)
                total += capital[index]
            }
            return total * (1 - sequence.confidence) >= 2 * Double(shares.count)
        }
        let isAbove = bet(&capitalAbove, sequence.stakes.above, above: true)
        let isBelow = bet(&capitalBelow, sequence.stakes.below, above: false)
        // Not both: a unit that raises one capital lowers the other, and each decides as soon as it can.
        if isAbove {
            state = .above
        } else if isBelow {
            state = .below
        } else if sequence.units >= plannedUnits {
            state = .exhausted
        }
        return state
    }
}
