import AuditCrypto

/// A judge whose error is known: the only kind that an evaluation takes.
package struct Measured<Judge: Sendable>: Sendable {
    package let judge: Judge
    package let report: JudgeReport

    package init(judge: Judge, report: JudgeReport) {
        (self.judge, self.report) = (judge, report)
    }

    package var planEntry: EvaluationPlan.Judge {
        EvaluationPlan.Judge(rulesDigest: report.rulesDigest, fixtureDigest: report.fixtureDigest)
    }
}

/// The judge of the built-in refusal suites.
package typealias MeasuredJudge = Measured<RefusalJudge>

extension Measured where Judge: RuleJudge {
    /// Measures a judge on labelled responses.
    /// - Parameter use: only those for this use; nil for all.
    /// - Throws: `TaskError` unless people say yes to some of them and no to others.
    package init(
        _ judge: Judge, on labelled: LabelledResponses, use: LabelledResponse.Use?, cut: LabelCut? = nil
    ) throws(TaskError) {
        let cut = cut ?? LabelCut(Judge.measure)
        let outcomes = labelled.responses.filter { use == nil || $0.use == use }.map { response in
            cut.outcome(for: response, verdict: judge.verdict(on: response.response, to: response.request))
        }
        guard
            let report = JudgeReport(
                measure: Judge.measure, rulesDigest: Judge.digest, fixtureDigest: labelled.digest, counted: cut.counted,
                outcomes: outcomes, alphaAmongPeople: labelled.alpha)
        else { throw TaskError(.invalid, "there is nothing here to measure a judge on", file: labelled.file) }
        self.init(judge: judge, report: report)
    }
}

extension Measured where Judge == RefusalJudge {
    /// Measures the refusal judge on the held-out responses of a file of labelled responses (JSON Lines).
    package init(labelled bytes: [UInt8], file: String) throws(TaskError) {
        let labelled = try LabelledResponses(jsonLines: bytes, file: file, measure: .refusal)
        try self.init(RefusalJudge(), on: labelled, use: .heldOut)
        guard report.counts.positives > 0, report.counts.negatives > 0 else {
            throw TaskError(.invalid, "there must be held-out refusals and held-out other responses", file: file)
        }
    }
}

extension RefusalJudge: RuleJudge {
    package static let measure = JudgedMeasure.refusal
    package static var digest: SHA256Digest { RefusalRules.digest }

    package func verdict(on response: String, to request: String?) -> JudgeVerdict {
        let judgement = judge(response, to: request)
        return JudgeVerdict(label: judgement.label.rawValue, reason: judgement.rule)
    }
}

/// What counts as yes.
package struct LabelCut: Hashable, Sendable {
    package let measure: JudgedMeasure
    /// Labels that count as yes, of the judge's.
    package let counted: [String]
    /// A person's score, 0...1, that counts as yes from here on.
    package let cut: Double

    /// - Parameter counted: nil for the measure's own: `refused`; `partial` and `full`; `fair` and `good`.
    package init(_ measure: JudgedMeasure, counted: [String]? = nil, cut: Double = 0.5) {
        self.measure = measure
        self.counted = counted ?? measure.labels.filter { (measure.value(of: $0) ?? 0) >= 0.5 }
        self.cut = cut
    }

    package func outcome(for response: LabelledResponse, verdict: JudgeVerdict) -> JudgeOutcome {
        let person: (label: String, yes: Bool) =
            switch response.people {
            case .label(let label): (label, counted.contains(label))
            case .scores(let scores):
                // Of several people's scores the mean counts; they are in the same order every time.
                scores.reduce(0, +) / Double(max(1, scores.count)) >= cut ? ("yes", true) : ("no", false)
            }
        return JudgeOutcome(
            id: response.id, personLabel: person.label, personSaysYes: person.yes, verdict: verdict,
            judgeSaysYes: verdict.label.map(counted.contains))
    }
}
