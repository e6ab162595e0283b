import CanonicalEncoding

/// A judge, by rules or a model, held against a file of labelled responses.
package struct JudgeMeasurement: Sendable {
    package let report: JudgeReport
    package let outcomes: [JudgeOutcome]

    /// Where judge and people say different things.
    package var mistaken: [JudgeOutcome] { outcomes.filter { $0.judgeSaysYes != $0.personSaysYes } }

    /// - Parameters:
    ///   - use: only those for this use; nil for all.
    ///   - engine: of the model that judges; nil for rules.
    ///   - journal: keeps verdicts, so that measuring can be taken up again.
    ///   - progress: gets how many of how many are judged.
    /// - Throws: `TaskError` where there is nothing to measure on, or the judge gave no verdict at all; what a model throws
    ///   when it is gone, and the journal.
    package init(
        _ judge: any ResponseJudge, of labelled: LabelledResponses, use: LabelledResponse.Use?, cut: LabelCut,
        engine: LanguageModelInformation? = nil, journal: any GradeJournal = MemoryGradeJournal(),
        progress: (_ done: Int, _ total: Int) -> Void = { _, _ in }
    ) async throws {
        let responses = labelled.responses(for: use)
        guard !responses.isEmpty else {
            throw TaskError(.invalid, "no response here is for this use", file: labelled.file)
        }
        let grading = Grading(
            judge, subject: ["labelledSha256": .string(labelled.digest.hex), "use": .string(use?.rawValue ?? "all")], engine: engine,
            comparesRules: false)
        var outcomes: [JudgeOutcome] = []
        var (differing, read) = (0, 0)
        try await grading.run(
            count: responses.count,
            response: { number in
                let response = responses[number]
                return GradableResponse(
                    task: nil, id: response.id, cluster: nil, request: response.request, response: response.response)
            }, journal: journal, progress: { progress($0, responses.count) },
            take: { record in
                if record.verdict.readings.count == 2, record.verdict.readings.allSatisfy({ $0 != nil }) {
                    read += 1
                    if record.verdict.passesDiffer { differing += 1 }
                }
                outcomes.append(cut.outcome(for: responses[outcomes.count], verdict: record.verdict.verdict))
            })
        guard
            let report = JudgeReport(
                measure: judge.measure, rulesDigest: judge.rulesDigest, modelDigest: judge.graderDigest,
                fixtureDigest: labelled.digest, counted: cut.counted, outcomes: outcomes, alphaAmongPeople: labelled.alpha,
                passesDiffer: Proportion(successes: differing, count: read, confidence: DecimalText.ninetyFivePercent.double))
        else { throw TaskError(.invalid, "the judge gave no verdict on any response here", file: labelled.file) }
        (self.report, self.outcomes) = (report, outcomes)
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

extension LabelledResponses {
    /// Those for this use; all for nil.
    package func responses(for use: LabelledResponse.Use?) -> [LabelledResponse] {
        responses.filter { use == nil || $0.use == use }
    }
}

extension JudgeReport {
    /// What corrects a rate for this judge's error; nil where people say the same of all responses.
    package var accuracy: JudgeAccuracy? {
        guard let sensitivity, let specificity else { return nil }
        return JudgeAccuracy(sensitivity: sensitivity, specificity: specificity)
    }
}
