import CanonicalEncoding
import CommandSupport
import Evaluation

/// A judge's measured error, for people and as JSON.
enum JudgeTable {
    static func json(_ measurement: JudgeMeasurement, listing: Bool) -> JSONValue {
        let report = measurement.report
        guard case .object(var object) = report.json else { return report.json }
        object["agreement"] = report.agreement.map { .object($0.jsonMembers) }
        if listing {
            object["disagreements"] = .array(
                measurement.mistaken.map { outcome in
                    [
                        "id": .string(outcome.id), "people": .string(outcome.personLabel),
                        "judge": .string(outcome.verdict.label ?? "-"), "rule": .string(outcome.verdict.reason),
                    ]
                })
        }
        return .object(object)
    }

    /// A rate, its interval and its counts, as cells; dashes where there is none.
    static func cells(_ proportion: Proportion?) -> [String] {
        guard let proportion else { return ["-", "", ""] }
        return [percent(proportion.rate) + " %", interval(proportion.interval), "\(proportion.successes) of \(proportion.count)"]
    }

    /// The same in a sentence.
    static func words(_ proportion: Proportion?) -> String {
        proportion.map { "\(percent($0.rate)) % (\(interval($0.interval)); \($0.successes) of \($0.count))" } ?? "none"
    }

    static func interval(_ interval: ConfidenceInterval) -> String { "\(percent(interval.lower)) to \(percent(interval.upper))" }

    static func percent(_ value: Double) -> String { DecimalText.fixed(100 * value, places: 1) ?? "-" }

    static func text(_ measurement: JudgeMeasurement, file: String) -> String {
        let report = measurement.report, counts = report.counts
        let grader = report.modelDigest.map { "model \($0.hex.prefix(12)), rubric" } ?? "rules"
        var lines = [
            "\(report.measure.rawValue) judge, \(grader) \(report.rulesDigest.hex.prefix(12)), on \(file), sha256 \(report.fixtureDigest.hex.prefix(12))",
            "yes is: \(report.counted.joined(separator: ", "))", "",
            Output.table(
                [
                    ["", "judge: yes", "no"], ["people: yes", "\(counts.truePositives)", "\(counts.falseNegatives)"],
                    ["people: no", "\(counts.falsePositives)", "\(counts.trueNegatives)"],
                ], rightAligned: [1, 2]), "",
            Output.table(
                [
                    ["", "rate", "95 % interval", "counts"], ["agreement"] + cells(report.agreement),
                    ["sensitivity"] + cells(report.sensitivity), ["specificity"] + cells(report.specificity),
                    ["error"] + cells(report.error),
                ] + (report.passesDiffer.map { [["passes differ"] + cells($0)] } ?? []), rightAligned: [1]), "",
        ]
        lines.append("Cohen's kappa \(report.counts.kappa.flatMap { DecimalText.fixed($0, places: 3) } ?? "-")")
        if let alpha = report.alphaAmongPeople.flatMap({ DecimalText.fixed($0, places: 3) }) {
            lines.append("Krippendorff's alpha among the people \(alpha)")
        }
        if counts.failures > 0 { lines.append("no verdict on \(counts.failures)") }
        if let accuracy = report.accuracy, accuracy.youdenLowerBound <= 0 {
            lines.append("no better than chance can be told from these responses: nothing follows from what this judge says")
        }
        lines.append("")
        let columns = report.measure.labels
        var rows = [["people \\ judge"] + columns]
        for (person, row) in report.confusion.sorted(by: { $0.key < $1.key }) {
            rows.append([person] + columns.map { "\(row[$0] ?? 0)" })
        }
        lines.append(Output.table(rows, rightAligned: Set(1...columns.count)))
        return lines.joined(separator: "\n")
    }

    static func disagreements(_ measurement: JudgeMeasurement) -> String {
        "\n"
            + Output.table(
                [["response", "people", "judge", "rule"]]
                    + measurement.mistaken.map { [$0.id, $0.personLabel, $0.verdict.label ?? "-", $0.verdict.reason] })
    }
}
