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
        /// Where every item's value is 1 or 0. Its interval is the one that holds for it: Wilson's or, where the suite could end
        /// early, the confidence sequence's.
        package let proportion: Proportion?
        /// Standard error of the mean as lm-evaluation-harness prints it, items taken as independent; nil where the figure is
        /// no mean.
        package let standardError: Double?
        /// The rate without the judge's error, where a judge found it; nil elsewhere, and where nothing follows from what the judge
        /// says (`SuiteResult.noDecision`).
        package let corrected: CorrectedRate?
    }

    /// The threshold's metric, or without one the first rate, within one domain.
    package struct DomainValue: Hashable, Sendable {
        package let domain: String
        package let proportion: Proportion
        package let corrected: CorrectedRate?
    }

    /// As the plan calls the suite.
    package let task: String
    package let version: String
    /// In the task's order; without those that have no figure. Empty when no sample was scored.
    package let values: [Value]
    package let domains: [DomainValue]
    /// Nil where the suite was only to be measured.
    package let threshold: Threshold?
    /// Nil without a threshold.
    package let decision: ThresholdDecision?
    /// Whether the threshold is met; nil while inconclusive, and without one.
    package let isMet: Bool?
    /// Items in all that would settle an inconclusive result if the rate stayed the same; nil where it is settled, where the rate
    /// is the threshold, where samples failed, where the judge's own error is too large, and for suites that could end early.
    package let itemsToSettle: Int?
    /// Samples asked, and those among them that failed.
    package let samples: Int
    package let failures: Int
    /// Of all answers; prompts not counted.
    package let tokens: Int
    /// Why nothing can be decided whatever the interval says; nil where something can.
    package let noDecision: NoDecision?
    /// How often the judge gave each label, refusals in full and in part apart; nil for suites without a judge, or without an
    /// answer that it labelled.
    package let labels: [RefusalLabel: Proportion]?
    package let judge: JudgeReport?
    /// SHA-256 over the samples' lines, each with its newline.
    package let samplesDigest: SHA256Digest
    package let confidence: DecimalText
    /// How the suite ended where it could end early; nil where all items are asked, or where a sample failed.
    package let sequential: SequentialOutcome?

    /// In words.
    package var reason: String? { noDecision?.description }

    /// The value that the threshold is for; without one, the first rate.
    package var decisive: Value? {
        if let threshold { return values.first { ExactString($0.name) == ExactString(threshold.metric) } }
        return values.first { $0.proportion != nil }
    }

    /// The interval that the decision rests on: of the rate or, where a judge found it, of the corrected rate.
    package var interval: ConfidenceInterval? {
        decidingJudge == nil ? decisive?.proportion?.interval : decisive?.corrected?.interval
    }

    /// The judge, where the decision rests on what it says.
    package var decidingJudge: JudgeReport? {
        (threshold?.metric ?? decisive?.name).flatMap { Self.isJudged($0) ? judge : nil }
    }

    static func isJudged(_ name: String) -> Bool { name.prefix { $0 != "," } == Metric.refusalRate.rawValue }

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
        tokens = tally.tokens
        samplesDigest = tally.samplesDigest
        failures = tally.failures
        self.judge = task.needsJudge ? judge?.report : nil
        labels = task.needsJudge ? Self.labels(tally, plan.confidence.double) : nil
        let confidence = plan.confidence.double
        // In a sequence half of the error is the judge's.
        let accuracy = self.judge?.accuracy(confidence: sequential?.confidence ?? confidence)
        func corrected(_ name: String, _ proportion: Proportion?) throws(CorrectionError) -> CorrectedRate? {
            guard task.needsJudge, Self.isJudged(name), let proportion else { return nil }
            guard let accuracy else { throw .noBetterThanChance }
            return try CorrectedRate(observed: proportion, judge: accuracy)
        }
        let values = task.valueNames.compactMap { name -> Value? in
            guard let column = tally.columns[name], let figure = column.value else { return nil }
            let proportion = Self.proportion(column, 0..<column.numbers.count, tally, confidence)
                .map { rate in sequential?.intervals[name].map(rate.with) ?? rate }
            return Value(
                name: name, aggregation: column.aggregation, figure: figure, count: column.count, proportion: proportion,
                standardError: column.isMean ? MeanEstimate(column.numbers.filter { !$0.isNaN })?.standardError : nil,
                corrected: try? corrected(name, proportion))
        }
        self.values = values
        let name = entry.threshold?.metric ?? values.first { $0.proportion != nil }?.name
        let decisive = values.first { value in name.map { ExactString(value.name) == ExactString($0) } ?? false }
        if let name, let column = tally.columns[name], decisive?.proportion != nil {
            var members: [[Int]] = tally.domains.names.map { _ in [] }
            for (index, domain) in tally.domains.numbers.enumerated() where domain >= 0 { members[Int(domain)].append(index) }
            domains = zip(tally.domains.names, members).compactMap { domain, members in
                guard var proportion = Self.proportion(column, members, tally, confidence) else { return nil }
                if let interval = sequential?.domains[ExactString(domain)] { proportion = proportion.with(interval) }
                return DomainValue(domain: domain, proportion: proportion, corrected: try? corrected(name, proportion))
            }
        } else {
            domains = []
        }
        // With failed samples the rate is of a selection that nobody chose, so no decision rests on it.
        var noDecision = tally.firstFailure.map { NoDecision.failures(tally.failures, of: tally.count, first: $0.code) }
        var deciding = decisive?.proportion?.interval
        if noDecision == nil {
            do throws(CorrectionError) {
                if let value = decisive, let rate = try corrected(value.name, value.proportion) { deciding = rate.interval }
            } catch {
                noDecision = .judge(error)
            }
            if noDecision == nil, deciding == nil, entry.threshold != nil { noDecision = .noRate }
        }
        self.noDecision = noDecision
        let decision = entry.threshold.map { threshold in
            noDecision == nil ? deciding.map { threshold.decision(for: $0) } ?? .inconclusive : .inconclusive
        }
        self.decision = decision
        isMet = decision.flatMap { decision in entry.threshold.flatMap { $0.isMet(by: decision) } }
        if let threshold = entry.threshold, let value = decisive, let proportion = value.proportion, noDecision == nil,
            decision == .inconclusive, !entry.stopsEarly
        {
            itemsToSettle = threshold.itemsToSettle(proportion, judge: task.needsJudge && Self.isJudged(value.name) ? accuracy : nil)
        } else {
            itemsToSettle = nil
        }
    }

    private static func labels(_ tally: SuiteTally, _ confidence: Double) -> [RefusalLabel: Proportion]? {
        let judged = tally.labels.indices.filter { tally.labels[$0] != nil }
        var rates: [RefusalLabel: Proportion] = [:]
        for label in RefusalLabel.allCases {
            rates[label] = Proportion(outcomes: judged.map { (tally.labels[$0] == label, tally.cluster($0)) }, confidence: confidence)
        }
        return rates.isEmpty ? nil : rates
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
                    object["corrected"] = domain.corrected.map { .object($0.jsonMembers) }
                    return .object(object)
                }), "samples": .integer(Int64(samples)),
            "failures": .integer(Int64(failures)), "samplesSha256": .string(samplesDigest.hex),
            "confidence": .string(confidence.text),
        ]
        object["threshold"] = threshold?.json
        object["decision"] = decision.map { .string($0.rawValue) }
        object["met"] = isMet.map { .bool($0) }
        object["itemsToSettle"] = itemsToSettle.map { .integer(Int64($0)) }
        object["reason"] = reason.map { .string($0) }
        object["reasonCode"] = noDecision.map { .string($0.code.rawValue) }
        if let labels {
            var counts = JSONObject()
            var rates = JSONObject()
            for label in RefusalLabel.allCases {
                counts[label.rawValue] = .integer(Int64(labels[label]?.successes ?? 0))
                // An interval of fixed size is none where the answers decided how many were asked.
                rates[label.rawValue] = sequential == nil ? labels[label].map { .object($0.jsonMembers) } : nil
            }
            object["labels"] = .object(counts)
            if sequential == nil { object["labelRates"] = .object(rates) }
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
        object["corrected"] = corrected.map { .object($0.jsonMembers) }
        return .object(object)
    }
}

extension CorrectedRate {
    /// Its n is that of the rate beside which it stands.
    package var jsonMembers: JSONObject {
        [
            "rate": .string(DecimalText.fixed(rate) ?? ""), "lower": .string(DecimalText.fixed(interval.lower) ?? ""),
            "upper": .string(DecimalText.fixed(interval.upper) ?? ""),
        ]
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
            if hasWilsonInterval { object["effectiveN"] = .string(DecimalText.fixed(effectiveCount) ?? "") }
        }
        return object
    }
}
