import AuditCrypto
import CanonicalEncoding
import CommandSupport
import Evaluation

/// What came of grading, for people and as JSON.
struct GradeTable {
    let outcomes: [GradeWork.Outcome]
    let answers: RunAnswers
    /// The model that graded; nil for rules.
    let grader: SHA256Digest?

    var json: JSONValue {
        var object: JSONObject = [
            "planSha256": .string(answers.plan.digest.hex), "failedSamples": .integer(Int64(answers.failed)),
            "grader": grader.map { .string($0.hex) } ?? "rules",
            "measures": .array(
                outcomes.map { outcome in
                    [
                        "measure": .string(outcome.report.measure.rawValue), "judge": outcome.report.json,
                        "results": .array(outcome.results.map(\.json)),
                    ]
                }),
        ]
        object["judgesItself"] = grader.map { .bool($0 == answers.plan.model.digest) }
        return .object(object)
    }

    var text: String {
        var lines: [String] = []
        for outcome in outcomes {
            let report = outcome.report
            lines.append(
                "\(report.measure.rawValue): yes is \(report.counted.joined(separator: ", ")). On \(report.counts.judged) labelled responses the "
                    + "judge finds \(JudgeTable.words(report.sensitivity)) of what people call yes, and leaves alone "
                    + "\(JudgeTable.words(report.specificity)) of the others"
                    + (report.passesDiffer.map { "; its two passes differ in \(JudgeTable.percent($0.rate)) %." } ?? "."))
            var rows = [["suite", "judged", "interval", "counts", "corrected", "interval", "no verdict"]]
            for result in outcome.results {
                rows.append(
                    [result.task] + JudgeTable.cells(result.rate)
                        + (result.corrected.map { [JudgeTable.percent($0.rate) + " %", JudgeTable.interval($0.interval)] } ?? ["none", ""])
                        + ["\(result.failures)"])
            }
            lines.append(Output.table(rows, rightAligned: [1, 4, 6]))
            for reason in Set(outcome.results.compactMap { $0.uncorrected?.reason }).sorted() { lines.append("No corrected rate: \(reason).") }
            for result in outcome.results {
                if let rules = result.rules {
                    let kappa = rules.kappa.flatMap { DecimalText.fixed($0, places: 2) } ?? "-", alpha = rules.alpha.flatMap { DecimalText.fixed($0, places: 2) } ?? "-"
                    lines.append("\(result.task): agrees with the rules on \(JudgeTable.words(rules.agreement)); kappa \(kappa), alpha \(alpha).")
                }
                if result.injections > 0 { lines.append("\(result.task): \(Counted.of(result.injections, "answer speaks", "answers speak")) to whoever grades it.") }
            }
            lines.append("")
        }
        if grader == answers.plan.model.digest { lines.append("The grader is the model that was evaluated: models prefer what they wrote themselves.") }
        if answers.failed > 0 { lines.append("\(Counted.of(answers.failed, "sample", "samples")) failed in the run, and \(answers.failed == 1 ? "has" : "have") no text.") }
        lines.append("Intervals at 0.95.")
        return lines.joined(separator: "\n")
    }
}
