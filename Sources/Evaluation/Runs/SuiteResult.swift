import AuditCrypto
import CanonicalEncoding

/// What one suite came to.
package struct SuiteResult: Hashable, Sendable {
    /// A metric over the samples that were scored.
    package struct Value: Hashable, Sendable {
        /// As `TaskDefinition.valueNames`.
        package let name: String
        package let aggregation: Aggregation
        package let figure: Double
        package let count: Int
        /// Where every item's value is 1 or 0.
        package let proportion: Proportion?
        /// Standard error of the mean as lm-evaluation-harness prints it, items taken as independent; nil where the figure is
        /// no mean.
        package let standardError: Double?
    }

    /// The threshold's metric within one domain.
    package struct DomainValue: Hashable, Sendable {
        package let domain: String
        package let proportion: Proportion
    }

    /// As the plan calls the suite.
    package let task: String
    package let version: String
    /// In the task's order; without those that have no figure. Empty when no sample was scored.
    package let values: [Value]
    package let domains: [DomainValue]
    package let threshold: Threshold
    package let decision: ThresholdDecision
    /// Whether the threshold is met; nil while inconclusive.
    package let isMet: Bool?
    /// Items in all that would settle an inconclusive result if the rate stayed the same; nil where it is settled, where
    /// the rate is the threshold, or where samples failed.
    package let itemsToSettle: Int?
    /// Samples asked, and those among them that failed.
    package let samples: Int
    package let failures: Int
    /// Why the result is inconclusive whatever the interval says; nil where no sample failed.
    package let reason: String?
    /// How often the judge gave each label; nil for suites without a judge.
    package let labels: [RefusalLabel: Int]?
    package let judge: JudgeReport?
    /// SHA-256 over the samples' lines, each with its newline.
    package let samplesDigest: SHA256Digest
    package let confidence: DecimalText
    /// How the suite ended where it could end early; nil where all items are asked, or where a sample failed.
    package let sequential: SequentialOutcome?

    /// The interval that the decision rests on: of the rate over all items or, where the suite could end early, one that holds
    /// whenever it does.
    package var interval: ConfidenceInterval? {
        sequential?.interval ?? values.first { ExactString($0.name) == ExactString(threshold.metric) }?.proportion?.interval
    }

    init(
        entry: EvaluationPlan.Suite, task: TaskDefinition, tally: SuiteTally, sequential: SequentialOutcome?, plan: EvaluationPlan,
        judge: MeasuredJudge?
    ) {
        self.sequential = sequential
        self.task = entry.name
        version = task.version
        threshold = entry.threshold
        confidence = plan.confidence
        samples = tally.count
        samplesDigest = tally.samplesDigest
        failures = tally.failures
        reason = tally.firstFailure.map { "\(tally.failures) of \(tally.count) samples failed, the first with \($0.code)" }
        let confidence = plan.confidence.double
        values = task.valueNames.compactMap { name in
            guard let column = tally.columns[name], let figure = column.value else { return nil }
            let everybody = 0..<column.numbers.count
            return Value(
                name: name, aggregation: column.aggregation, figure: figure, count: column.count,
                proportion: Self.proportion(column, everybody, tally, confidence),
                standardError: column.isMean ? MeanEstimate(column.numbers.filter { !$0.isNaN })?.standardError : nil)
        }
        let decisive = values.first { ExactString($0.name) == ExactString(entry.threshold.metric) }
        if let column = tally.columns[entry.threshold.metric], decisive?.proportion != nil {
            var members: [[Int]] = tally.domains.names.map { _ in [] }
            for (index, domain) in tally.domains.numbers.enumerated() where domain >= 0 { members[Int(domain)].append(index) }
            domains = zip(tally.domains.names, members).compactMap { name, members in
                Self.proportion(column, members, tally, confidence).map { DomainValue(domain: name, proportion: $0) }
            }
        } else {
            domains = []
        }
        // With failed samples the rate is of a selection that nobody chose, so no decision rests on it.
        if let proportion = decisive?.proportion, tally.failures == 0 {
            decision = entry.stopsEarly ? sequential?.decision ?? .inconclusive : threshold.decision(for: proportion)
            itemsToSettle = decision == .inconclusive ? threshold.itemsToSettle(proportion) : nil
        } else {
            decision = .inconclusive
            itemsToSettle = nil
        }
        isMet = threshold.isMet(by: decision)
        let isJudged = task.metrics.contains { $0.metric == .refusalRate }
        labels = isJudged ? tally.labels : nil
        self.judge = isJudged ? judge?.report : nil
    }

    /// The rate of ones among the items of these numbers; nil where a value is neither 1 nor 0.
    private static func proportion(
        _ column: MetricColumn, _ items: some Sequence<Int>, _ tally: SuiteTally, _ confidence: Double
    ) -> Proportion? {
        guard column.aggregation == .mean else { return nil }
        var outcomes: [(success: Bool, cluster: String?)] = []
        for index in items {
            let value = column.numbers[index]
            guard value == 0 || value == 1 else { return nil }
            outcomes.append((value == 1, tally.cluster(index)))
        }
        return Proportion(outcomes: outcomes, confidence: confidence)
    }
}

extension SuiteResult {
    /// Figures as decimal strings with six places, counts as integers.
    package var json: JSONValue {
        var object: JSONObject = [
            "task": .string(task), "version": .string(version), "metrics": .array(values.map(\.json)),
            "domains": .array(
                domains.map { domain in
                    var object = domain.proportion.jsonMembers
                    object["domain"] = .string(domain.domain)
                    return .object(object)
                }), "threshold": threshold.json,
            "decision": .string(decision.rawValue), "samples": .integer(Int64(samples)),
            "failures": .integer(Int64(failures)), "samplesSha256": .string(samplesDigest.hex),
            "confidence": .string(confidence.text),
        ]
        object["met"] = isMet.map { .bool($0) }
        object["itemsToSettle"] = itemsToSettle.map { .integer(Int64($0)) }
        object["reason"] = reason.map { .string($0) }
        if let labels {
            var counts = JSONObject()
            for label in RefusalLabel.allCases { counts[label.rawValue] = .integer(Int64(labels[label] ?? 0)) }
            object["labels"] = .object(counts)
        }
        object["judge"] = judge?.json
        object["sequential"] = sequential?.json
        return .object(object)
    }
}

extension SuiteResult.Value {
    fileprivate var json: JSONValue {
        var object: JSONObject = proportion?.jsonMembers ?? ["n": .integer(Int64(count))]
        object["metric"] = .string(name)
        object["aggregation"] = .string(aggregation.rawValue)
        object["value"] = .string(DecimalText.fixed(figure) ?? "beyond")
        object["standardError"] = standardError.flatMap { DecimalText.fixed($0) }.map { .string($0) }
        return .object(object)
    }
}

extension Proportion {
    /// A rate never stands without its n and its interval.
    package var jsonMembers: JSONObject {
        var object: JSONObject = [
            "successes": .integer(Int64(successes)), "n": .integer(Int64(count)),
            "rate": .string(DecimalText.fixed(rate) ?? ""), "lower": .string(DecimalText.fixed(interval.lower) ?? ""),
            "upper": .string(DecimalText.fixed(interval.upper) ?? ""),
        ]
        if clusters < count {
            object["clusters"] = .integer(Int64(clusters))
            object["effectiveN"] = .string(DecimalText.fixed(effectiveCount) ?? "")
        }
        return object
    }
}
