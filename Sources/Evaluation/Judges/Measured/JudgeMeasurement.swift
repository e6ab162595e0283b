/// A rule-based judge of a measure, held against a file of labelled responses.
package struct JudgeMeasurement: Sendable {
    package let report: JudgeReport
    package let outcomes: [JudgeOutcome]

    /// Where judge and people say different things.
    package var mistaken: [JudgeOutcome] { outcomes.filter { $0.judgeSaysYes != $0.personSaysYes } }

    /// - Parameter use: only those for this use; nil for all.
    /// - Throws: `TaskError` where there is nothing to measure on.
    package init(
        _ measure: JudgedMeasure, of labelled: LabelledResponses, use: LabelledResponse.Use?, cut: LabelCut
    ) throws(TaskError) {
        func measured<Judge: RuleJudge>(_ judge: Judge) throws(TaskError) -> (JudgeReport, [JudgeOutcome]) {
            let measured = try Measured(judge, on: labelled, use: use, cut: cut)
            return (measured.report, labelled.responses.filter { use == nil || $0.use == use }.map { response in
                cut.outcome(for: response, verdict: judge.verdict(on: response.response, to: response.request))
            })
        }
        switch measure {
        case .refusal: (report, outcomes) = try measured(RefusalJudge())
        case .compliance: (report, outcomes) = try measured(ComplianceJudge())
        case .quality: (report, outcomes) = try measured(QualityJudge())
        }
    }

    /// The labels that count as yes where nobody says.
    ///
    /// People who score whether a response refuses count an answer to another question as a refusal, as it is no answer; in
    /// files with our own labels it is `incoherent`, and no refusal.
    package static func counted(_ measure: JudgedMeasure, for labelled: LabelledResponses) -> [String] {
        let hasScores = labelled.responses.contains { if case .scores = $0.people { true } else { false } }
        return measure == .refusal && hasScores
            ? [RefusalLabel.refused.rawValue, RefusalLabel.incoherent.rawValue] : LabelCut(measure).counted
    }
}
