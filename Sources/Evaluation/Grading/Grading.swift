import AuditCrypto
import CanonicalEncoding

/// Puts responses to a judge, one batch after another, and keeps each verdict before the next batch is asked.
package struct Grading: Sendable {
    package let judge: any ResponseJudge
    /// Whether the rules' verdict is to stand beside a model's.
    package let comparesRules: Bool
    /// What the responses are and how they are judged, as the journal's header has it.
    package let header: JSONValue

    /// - Parameters:
    ///   - subject: what is graded, by digests.
    ///   - engine: of the model that grades; nil for rules. Verdicts of two engines do not mix: their last bits may differ.
    package init(_ judge: any ResponseJudge, subject: JSONValue, engine: LanguageModelInformation?, comparesRules: Bool) {
        self.judge = judge
        self.comparesRules = comparesRules && judge.graderDigest != nil
        var object: JSONObject = [
            "v": 1, "measure": .string(judge.measure.rawValue), "rulesSha256": .string(judge.rulesDigest.hex), "subject": subject,
        ]
        object["modelSha256"] = judge.graderDigest.map { .string($0.hex) }
        object["engine"] = engine?.json
        if let graded = judge as? ModelGradedJudge {
            object["method"] = .string(graded.method.rawValue)
            object["seed"] = .string(ExactNumber.hex(graded.seed))
            // What the refusal rules read in the text, too.
            object["comparedRulesSha256"] = self.comparesRules ? .string(RulesAsJudge(judge.measure).rulesDigest.hex) : nil
        }
        header = .object(object)
    }

    /// - Parameters:
    ///   - count: how many responses there are.
    ///   - response: the one of that number; it must be the same whenever it is asked for.
    ///   - progress: gets how many are graded.
    ///   - take: gets each record in order, those of an earlier run too.
    /// - Throws: `EvaluationError.store` where what is kept is of other responses; what the model throws when it is gone.
    package func run(
        count: Int, response: (Int) async throws -> GradableResponse, journal: any GradeJournal, progress: (Int) -> Void = { _ in },
        take: (GradeRecord) -> Void
    ) async throws {
        let kept = try await journal.open(header)
        guard kept <= count else { throw EvaluationError.store("there are \(kept) grades, and \(count) responses") }
        for number in 0..<kept {
            let record: GradeRecord
            do {
                record = try GradeRecord(JSONField(StrictJSON.parse(try await journal.line(number))))
            } catch {
                throw EvaluationError.store("grade \(number): \(error)")
            }
            guard record.isOf(try await response(number)) else {
                throw EvaluationError.store("grade \(number) is not of the response that is here in its place")
            }
            take(record)
        }
        progress(kept)
        let rules = comparesRules ? RulesAsJudge(judge.measure) : nil
        var next = kept
        while next < count {
            try Task.checkCancellation()
            var batch: [GradableResponse] = []
            for number in next..<min(next + ModelGradedJudge.batch, count) { batch.append(try await response(number)) }
            let verdicts = try await judge.judge(batch.map { ModelGradedJudge.Item(request: $0.request, response: $0.response) })
            guard verdicts.count == batch.count else {
                throw EvaluationError.modelMisbehaved("\(verdicts.count) verdicts on \(batch.count) responses")
            }
            let records = zip(batch, verdicts).map { response, verdict in
                GradeRecord(
                    response, verdict: verdict, rulesLabel: rules?.verdict(on: response.response, to: response.request).label)
            }
            try await journal.append(records.map(\.line))
            for record in records { take(record) }
            next += batch.count
            progress(next)
        }
    }
}
