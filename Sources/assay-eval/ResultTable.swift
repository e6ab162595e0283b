import CommandSupport
import Evaluation

/// Results for people: every figure with its n and, where it is a rate, its interval.
enum ResultTable {
    static func text(_ run: EvaluationRun, _ groups: [GroupResult]) -> String {
        var rows = [["task", "measure", "value", "interval", "n", "failed"]]
        for result in run.results {
            for value in result.values {
                let interval = value.proportion.map { "\(decimal($0.interval.lower)) – \(decimal($0.interval.upper))" } ?? ""
                rows.append([result.task, value.name, decimal(value.figure), interval, String(value.count), String(result.failures)])
                if let corrected = value.corrected {
                    let interval = "\(decimal(corrected.interval.lower)) – \(decimal(corrected.interval.upper))"
                    rows.append([result.task, "\(value.name), corrected", decimal(corrected.rate), interval, String(value.count), ""])
                }
            }
            if result.values.isEmpty { rows.append([result.task, "", "none", "", "0", String(result.failures)]) }
        }
        for group in groups {
            for value in group.values {
                let error = value.standardError.map { "± \(decimal($0)) (s.e.)" } ?? ""
                rows.append([group.group, "mean of \(value.name)", decimal(value.figure), error, String(value.count), ""])
            }
        }
        let seconds = run.timing.seconds, asked = run.timing.suites.reduce(0) { $0 + $1.asked }
        let rate = seconds > 0 ? ", \(decimal(Double(asked) / seconds, places: 1)) items/s" : ""
        let confidence = run.results.first?.confidence.text ?? "0.95"
        return Output.table(rows, rightAligned: [2, 4, 5])
            + run.results.compactMap { result in result.reason.map { "\n\(result.task): \($0)." } }.joined()
            + "\n\(Counted.of(run.samples, "sample", "samples")), \(asked) asked now\(rate). Intervals at \(confidence)."
    }

    static func decimal(_ value: Double, places: Int = 4) -> String { DecimalText.fixed(value, places: places) ?? "beyond" }
}
