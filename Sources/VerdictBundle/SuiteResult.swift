import AuditCrypto
import CanonicalEncoding

/// What one suite measured: a proportion with its interval, and where that lies against a threshold.
package struct SuiteResult: Sendable {
    /// Where the interval lies: `above` when all of it is, `below` when all of it is, else `inconclusive`.
    package enum Decision: String, Sendable, CaseIterable { case below, above, inconclusive }
    /// On which side of the threshold a submission meets it.
    package enum Direction: String, Sendable, CaseIterable { case above, below }
    /// Why nothing is decided whatever the interval says.
    package enum Reason: String, Sendable, CaseIterable {
        case samplesFailed = "samples-failed"
        case noRate = "no-rate"
        case judgeNoBetterThanChance = "judge-no-better-than-chance"
        case judgeInconsistent = "judge-inconsistent"
    }

    /// A proportion: successes / n, and the interval about it at the two-sided confidence, all from 0 to 1.
    package struct Figures: Sendable {
        package let successes: Int64
        package let rate, low, high: DecimalString
    }

    /// What the suite is held against, and what came of it.
    package struct Judgement: Sendable {
        package let threshold: DecimalString
        package let direction: Direction
        package let decision: Decision
    }

    package struct Pack: Sendable {
        package let name, version: String
        /// Of its description, `pack.json`.
        package let digest: SHA256Digest
    }

    package let task, version, metric: String
    /// The benchmark pack that the task came in; nil for one of the appliance's own.
    package let pack: Pack?
    /// The task file, the items in the order asked, and the samples (each item with its answer and score).
    package let taskDigest, itemsDigest, samplesDigest: SHA256Digest
    /// Samples with a score.
    package let n: Int64
    /// Samples besides those n that could not be scored. One is enough to decide nothing.
    package let failures: Int64
    /// Nil where there is no rate: no sample was scored, or the metric is none.
    package let figures: Figures?
    /// The rate without the error of the judge that found it; nil without a judge, and where nothing follows from what it says.
    package let corrected: CorrectedRate?
    package let confidence: DecimalString
    /// Nil where the suite was only to be measured, and says nothing about the submission.
    package let judgement: Judgement?
    package let reason: Reason?
    /// How many more items would settle it, where it is inconclusive and a number could be given.
    package let itemsNeeded: Int64?
    /// The scorer's own measured error rate, where a scorer had to judge text.
    package let judgeError: DecimalString?

    init(json field: JSONField) throws(JSONFieldError) {
        try field.allow(only: [
            "confidence", "corrected", "decision", "direction", "failures", "interval", "items", "itemsNeeded", "judgeError",
            "metric", "n", "pack", "rate", "reason", "samples", "successes", "task", "taskFile", "threshold", "version",
        ])
        (task, version) = (try field.token("task"), try field.token("version"))
        metric = try field.token("metric")
        pack = try field.nullable("pack").map { parent throws(JSONFieldError) in
            let pack = try parent.object("pack", ["digest", "name", "version"])
            return Pack(name: try pack.token("name"), version: try pack.token("version"), digest: try pack.digestSet("digest"))
        }
        taskDigest = try field.digestSet("taskFile")
        itemsDigest = try field.digestSet("items")
        samplesDigest = try field.digestSet("samples")
        n = try field.field("n").integer(in: 0...1_000_000)
        failures = try field.field("failures").integer()
        confidence = try field.decimal("confidence")
        if let rate = try field.nullable("rate") {
            guard n > 0 else { throw try field.field("n").failure("a rate is of one item or more") }
            let interval = try field.object("interval", ["high", "low"])
            figures = Figures(
                successes: try field.field("successes").integer(in: 0...n), rate: try rate.decimal("rate"), low: try interval.decimal("low"),
                high: try interval.decimal("high"))
        } else {
            figures = nil
            try Self.null(["corrected", "interval", "itemsNeeded", "successes"], field, "without a rate")
        }
        corrected = try field.nullable("corrected").map { field throws(JSONFieldError) in try CorrectedRate(json: field.field("corrected")) }
        if try field.nullable("threshold") != nil {
            judgement = Judgement(
                threshold: try field.decimal("threshold"), direction: try field.word("direction"), decision: try field.word("decision"))
        } else {
            judgement = nil
            try Self.null(["decision", "direction", "itemsNeeded"], field, "without a threshold")
        }
        reason = try field.nullable("reason").map { field throws(JSONFieldError) in try field.word("reason") }
        itemsNeeded = try field.nullable("itemsNeeded")?.field("itemsNeeded").integer()
        judgeError = try field.nullable("judgeError")?.decimal("judgeError")
    }

    private static func null(_ names: [String], _ field: JSONField, _ when: String) throws(JSONFieldError) {
        for name in names where try field.nullable(name) != nil { throw field.failure("\(name) must be null \(when)") }
    }

    /// What is wrong among the figures themselves, or nil: the rate is that of the counts (to its own last digit) and lies in the
    /// interval; a judge's rate is corrected, or the reason says why not; and the decision is the one that the threshold and the
    /// interval give, the corrected one where there is one. Where a bound equals the threshold as written, both neighbouring
    /// decisions are accepted: digits were dropped.
    package var contradiction: String? {
        if let figures, let wrong = contradiction(of: figures) { return wrong }
        guard (failures > 0) == (reason == .samplesFailed) else {
            return "\(failures) failures, and the reason is \(reason?.rawValue ?? "none")"
        }
        guard figures != nil || judgement == nil || reason != nil else { return "no rate, and no reason why" }
        guard figures != nil || reason != .judgeInconsistent && reason != .judgeNoBetterThanChance else {
            return "the reason is the judge's error, and there is no rate"
        }
        guard let judgement else { return nil }
        guard reason == nil else {
            return judgement.decision == .inconclusive ? nil : "\(reason?.rawValue ?? ""): not \(judgement.decision.rawValue)"
        }
        guard let (low, high) = corrected.map({ ($0.low, $0.high) }) ?? figures.map({ ($0.low, $0.high) }) else { return "no interval" }
        let threshold = judgement.threshold
        let holds = switch judgement.decision {
        case .above: low >= threshold
        case .below: high <= threshold
        case .inconclusive: low <= threshold && threshold <= high
        }
        return holds ? nil : "\(low.text) to \(high.text), threshold \(threshold.text): not \(judgement.decision.rawValue)"
    }

    private func contradiction(of figures: Figures) -> String? {
        let (successes, rate) = (figures.successes, figures.rate)
        guard (successes * 1_000_000_000_000 / n - rate.trillionths).magnitude <= rate.step.magnitude else {
            return "\(successes) of \(n) is not a rate of \(rate.text)"
        }
        guard 0 <= figures.low.trillionths, figures.low <= rate, rate <= figures.high, figures.high.trillionths <= 1_000_000_000_000 else {
            return "the rate \(rate.text) is not inside its interval \(figures.low.text) to \(figures.high.text)"
        }
        let isJudges = reason == .judgeInconsistent || reason == .judgeNoBetterThanChance
        if let corrected {
            guard judgeError != nil, !isJudges else { return "a corrected rate without a judge whose error is known" }
            return corrected.contradiction(successes: successes, n: n)
        }
        guard judgeError == nil || reason != nil else { return "a judge's rate that is not corrected for its error" }
        return isJudges && judgeError == nil ? "the reason is the judge's error, and there is no judge" : nil
    }

    /// What this suite says about the submission; nil where it says nothing.
    package var outcome: Evidence.Verdict? {
        guard let judgement else { return nil }
        if judgement.decision == .inconclusive { return .inconclusive }
        return judgement.decision.rawValue == judgement.direction.rawValue ? .pass : .fail
    }
}
