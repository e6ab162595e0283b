import CanonicalEncoding

/// When a suite ends before all its items are asked: as soon as an always-valid interval lies on one side of its threshold.
///
/// Items are then asked in a random order, whole clusters at a time, because a beginning of the file is no sample of it. The
/// order, the rule and the batches, after which the rule is looked at, are in the plan: the same plan stops at the same sample.
struct StoppingRule: Sendable {
    /// The items in the order in which they are asked.
    let order: [Int]
    /// How many items each unit has, in that order.
    private let sizes: [Int]
    private let metric: String

    private var test: SequentialTest
    private var unit = 0
    private var (sum, count) = (0.0, 0)
    /// A sample without a value decides nothing, and nor does what comes after it.
    private var isSpoilt = false

    /// - Parameters:
    ///   - clusters: of each item; nil for an item of its own.
    ///   - seed: of the order.
    /// - Returns: nil where the threshold is 0 or 1, which no number of items can settle.
    init?(threshold: Threshold, confidence: DecimalText, clusters: [String?], seed: UInt64) {
        let units = SequentialUnit.order(clusters: clusters, seed: seed)
        guard
            let test = SequentialTest(
                threshold: threshold.value.double, plannedUnits: units.count, largestUnit: units.map(\.count).max() ?? 1,
                confidence: confidence.double)
        else { return nil }
        order = units.flatMap { $0 }
        sizes = units.map(\.count)
        metric = threshold.metric
        self.test = test
    }

    /// Takes in the next sample of the order.
    mutating func add(_ record: SampleRecord) {
        guard let value = record.score?.values[metric]?.number, (0...1).contains(value), !isSpoilt else {
            isSpoilt = true
            return
        }
        sum += value
        count += 1
        guard unit < sizes.count, count == sizes[unit] else { return }
        if let whole = SequentialUnit(sum: sum, count: count) { _ = test.observe(whole) } else { isSpoilt = true }
        unit += 1
        (sum, count) = (0, 0)
    }

    var isSettled: Bool { !isSpoilt && (test.state == .above || test.state == .below) }

    /// What the samples so far come to; nil where one had no value.
    var outcome: SequentialOutcome? {
        guard !isSpoilt else { return nil }
        return SequentialOutcome(state: test.state, units: test.sequence.units, plannedUnits: test.plannedUnits, interval: test.sequence.interval)
    }
}

/// How a sequential test ended.
package struct SequentialOutcome: Hashable, Sendable {
    package let state: SequentialTest.State
    /// Items or, where items have them, clusters: seen, and planned.
    package let units: Int
    package let plannedUnits: Int
    /// Of the confidence sequence: it covers the rate however many items were asked.
    package let interval: ConfidenceInterval

    package var decision: ThresholdDecision {
        switch state {
        case .above: .above
        case .below: .below
        case .undecided, .exhausted: .inconclusive
        }
    }

    package var json: JSONValue {
        [
            "state": .string(state.rawValue), "units": .integer(Int64(units)), "plannedUnits": .integer(Int64(plannedUnits)),
            "lower": .string(DecimalText.fixed(interval.lower) ?? ""), "upper": .string(DecimalText.fixed(interval.upper) ?? ""),
        ]
    }
}
