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
        return Output.table(rows, rightAligned: [2, 4, 5]) + scaffolds(run)
            + run.results.compactMap { result in result.reason.map { "\n\(result.task): \($0)." } }.joined()
            + "\n\(Counted.of(run.samples, "sample", "samples")), \(asked) asked now\(rate). Intervals at \(confidence)."
    }

    /// What each scaffold adds, and how agents fared.
    private static func scaffolds(_ run: EvaluationRun) -> String {
        var text = ""
        if !run.uplifts.isEmpty {
            var rows = [["arm", "measure", "bare", "with", "uplift", "interval", "gained", "lost", "n", "clusters", "p", "p (Holm)"]]
            for uplift in run.uplifts {
                rows.append([
                    uplift.arm, uplift.metric, decimal(uplift.bareMean), decimal(uplift.armMean), decimal(uplift.difference),
                    uplift.interval.map { "\(decimal($0.lower)) – \(decimal($0.upper))" } ?? "", uplift.gained.map(String.init) ?? "",
                    uplift.lost.map(String.init) ?? "", String(uplift.count), String(uplift.clusters), uplift.pValue.map { decimal($0) } ?? "",
                    uplift.adjusted.map { decimal($0) } ?? "",
                ])
            }
            text += "\n\nUplift over the bare arm, item by item:\n" + Output.table(rows, rightAligned: [2, 3, 4, 6, 7, 8, 9, 10, 11])
        }
        for summary in run.scaffolds where summary.kind == .agent {
            let ends = summary.ends.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }.joined(separator: ", ")
            text += "\n\(summary.task): \(ends); \(Counted.of(summary.turns, "turn", "turns")), \(Counted.of(summary.commands, "command", "commands"))"
            let refused = summary.refusals.sorted { $0.key.rawValue < $1.key.rawValue }.map { "\($0.key.rawValue) in \($0.value)" }
            if !refused.isEmpty { text += "; refused: " + refused.joined(separator: ", ") }
            if summary.clocked > 0 { text += "; a clock decided in \(Counted.of(summary.clocked, "sample", "samples")), which may come out otherwise again" }
        }
        return text
    }

    static func decimal(_ value: Double, places: Int = 4) -> String { DecimalText.fixed(value, places: places) ?? "beyond" }
}
