/// Judges what came of items. It knows right answers, and nothing of models.
package protocol Scorer: Sendable {
    /// One score for each, in order; a failure where there was nothing to judge, or where judging went wrong.
    func score(_ answered: [(question: Question, solution: Solution)]) async throws -> [Result<SampleScore, RequestFailure>]
}

/// What was found about one sample.
package struct SampleScore: Hashable, Sendable {
    /// By `TaskDefinition.valueNames`.
    package var values: [String: MetricValue] = [:]
    /// The choice that each metric's rule picks, from 0, by the metric's name.
    package var picks: [String: Int] = [:]
    /// What each filter made of the responses, by the filter's name; the filter without a name is left out.
    package var extracted: [String: FilteredResponses] = [:]
    package var judgement: RefusalJudgement?
    /// What running each response showed.
    package var code: [CodeOutcome] = []

    package init(values: [String: MetricValue] = [:], picks: [String: Int] = [:], judgement: RefusalJudgement? = nil) {
        self.values = values
        self.picks = picks
        self.judgement = judgement
    }
}
