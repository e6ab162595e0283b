import CanonicalEncoding

/// When a suite ends before all its items are asked: as soon as an always-valid interval lies on one side of its threshold.
///
/// Items are then asked in a random order, whole clusters at a time, because a beginning of the file is no sample of it. The
/// order, the rule and the batches, after which the rule is looked at, are in the plan: the same plan stops at the same sample.
///
/// Every rate of the suite, and the threshold's within each domain, has a confidence sequence of its own: an interval for a number
/// of items that was fixed before does not hold for one that depended on them. Where a judge finds the rate, the decision is that
/// of the corrected interval, with half of the error for the sequence and half for the judge (`CorrectedRate`).
struct StoppingRule: Sendable {
    /// The items in the order in which they are asked.
    let order: [Int]
    /// Where each unit ends, in that order.
    private let ends: [Int]
    private let threshold: Threshold
    /// Whether a judge finds the rates; how good it is at half of the error, nil where that is not known.
    private let isJudged: Bool
    private let judge: JudgeAccuracy?

    /// By the names of the rates, and of the threshold's by domain; a unit that has begun with them.
    private var rates: [String: Sequence] = [:]
    private var domains: [ExactString: Sequence] = [:]
    private let empty: Sequence
    private var (count, units) = (0, 0)
    /// A sample without a value decides nothing, and nor does what comes after it.
    private var isSpoilt = false

    private struct Sequence {
        var sequence: ConfidenceSequence
        private var (sum, count) = (0.0, 0)

        init(_ sequence: ConfidenceSequence) { self.sequence = sequence }

        mutating func add(_ value: Double) {
            sum += value
            count += 1
        }

        /// - Returns: false where the unit is none.
        mutating func endUnit() -> Bool {
            defer { (sum, count) = (0, 0) }
            guard count > 0 else { return true }
            return SequentialUnit(sum: sum, count: count).map { sequence.observe($0) } ?? false
        }
    }

    /// - Parameters:
    ///   - rates: the names of the task's rates.
    ///   - clusters: of each item; nil for an item of its own.
    ///   - seed: of the order.
    ///   - judge: the one that finds the rates, where one does.
    /// - Returns: nil where the threshold is 0 or 1, which no number of items can settle.
    init?(threshold: Threshold, rates: [String], confidence: DecimalText, clusters: [String?], seed: UInt64, judge: JudgeReport?) {
        let units = SequentialUnit.order(clusters: clusters, seed: seed)
        let level = judge == nil ? confidence.double : Self.half(confidence.double)
        isJudged = judge != nil
        self.judge = judge?.accuracy(confidence: level)
        // What is bet against is the rate that the judge would find where the true one is the threshold.
        var mark = threshold.value.double
        if let judge = self.judge, judge.youdenLowerBound > 0 {
            mark = mark * judge.sensitivity.rate + (1 - mark) * (1 - judge.specificity.rate)
        }
        guard threshold.value.double > 0, threshold.value.double < 1,
            let sequence = ConfidenceSequence(
                confidence: level, threshold: mark, plannedUnits: max(1, units.count), largestUnit: units.map(\.count).max() ?? 1)
        else { return nil }
        order = units.flatMap { $0 }
        var ends: [Int] = []
        for unit in units { ends.append((ends.last ?? 0) + unit.count) }
        self.ends = ends
        self.threshold = threshold
        empty = Sequence(sequence)
        for name in rates { self.rates[name] = empty }
    }

    /// Half of the error for each of two intervals that must hold together.
    static func half(_ confidence: Double) -> Double { 1 - (1 - confidence) / 2 }

    /// Where a batch that begins at `place` ends: with a unit, if one ends in it, so that nothing is decided on a part of one.
    func end(after place: Int, batch: Int) -> Int {
        let limit = min(place + batch, order.count)
        let next = ends.partitioningIndex { $0 > limit }
        guard next > 0, ends[next - 1] > place else { return limit }
        return ends[next - 1]
    }

    /// Takes in the next sample of the order.
    mutating func add(_ record: SampleRecord) {
        guard let score = record.score, !isSpoilt else {
            isSpoilt = true
            return
        }
        for name in rates.keys {
            guard let value = score.values[name]?.number, value == 0 || value == 1 else {
                // Only a task's own functions can give such a value to what could be a rate.
                guard name != threshold.metric else {
                    isSpoilt = true
                    return
                }
                rates[name] = nil
                continue
            }
            rates[name]?.add(value)
            if name == threshold.metric, let domain = record.domain { domains[ExactString(domain), default: empty].add(value) }
        }
        count += 1
        guard units < ends.count, count == ends[units] else { return }
        units += 1
        for name in rates.keys where rates[name]?.endUnit() != true { isSpoilt = true }
        for name in domains.keys where domains[name]?.endUnit() != true { isSpoilt = true }
    }

    /// Whether all that was asked is whole units, and settles the threshold.
    var isSettled: Bool {
        guard !isSpoilt, units > 0, count == ends[units - 1], let interval = rates[threshold.metric]?.sequence else { return false }
        return decision(interval) != .inconclusive
    }

    private func decision(_ sequence: ConfidenceSequence) -> ThresholdDecision {
        guard let rate = sequence.rate else { return .inconclusive }
        guard isJudged else { return threshold.decision(for: sequence.interval) }
        guard let judge, let corrected = try? CorrectedRate(rate: rate, interval: sequence.interval, judge: judge, isAnytime: true) else { return .inconclusive }
        return threshold.decision(for: corrected.interval)
    }

    /// What the samples so far come to; nil where one had no value.
    var outcome: SequentialOutcome? {
        guard !isSpoilt, let own = rates[threshold.metric]?.sequence else { return nil }
        let state: SequentialTest.State =
            switch decision(own) {
            case .above: .above
            case .below: .below
            case .inconclusive: units >= ends.count ? .exhausted : .undecided
            }
        return SequentialOutcome(
            state: state, units: units, plannedUnits: ends.count, confidence: own.confidence,
            intervals: rates.mapValues(\.sequence.interval), domains: domains.mapValues(\.sequence.interval))
    }
}

extension [Int] {
    /// The first place at which a condition holds that holds from there on.
    fileprivate func partitioningIndex(_ holds: (Int) -> Bool) -> Int {
        var (low, high) = (0, count)
        while low < high {
            let middle = low + (high - low) / 2
            if holds(self[middle]) { high = middle } else { low = middle + 1 }
        }
        return low
    }
}

/// How a suite ended that could end early.
package struct SequentialOutcome: Hashable, Sendable {
    package let state: SequentialTest.State
    /// Items or, where items have them, clusters: seen, and planned.
    package let units: Int
    package let plannedUnits: Int
    /// Of the confidence sequences: the plan's, or where a judge takes the other half of the error, more.
    package let confidence: Double
    /// Of every rate, by its name, and of the threshold's in each domain: they cover it however many items were asked.
    package let intervals: [String: ConfidenceInterval]
    package let domains: [ExactString: ConfidenceInterval]

    /// The intervals stand with the rates.
    package var json: JSONValue {
        [
            "state": .string(state.rawValue), "units": .integer(Int64(units)), "plannedUnits": .integer(Int64(plannedUnits)),
            "confidence": .string(DecimalText.fixed(confidence) ?? ""),
        ]
    }
}
