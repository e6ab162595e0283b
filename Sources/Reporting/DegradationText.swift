import CanonicalEncoding
import CommandSupport
import DatasetFormats

/// A comparison of two runs, as `DegradationReport.json` states it, for a terminal.
package enum DegradationText {
    /// Tables, one after another, each with its heading; names of tasks and domains are made fit to be shown.
    /// - Parameter drawn: with the differences and their intervals drawn as well.
    package static func lines(_ report: JSONValue, drawn: Bool) -> [String] {
        var lines: [String] = []
        if let capability = report["capability"], capability["drop"] != nil { lines += headline(capability) + [""] }
        lines += section("What was measured", [value("task"), value("metric")], report["values"])
        lines += section("By domain", [value("task"), value("domain", else: "(none)"), value("metric")], report["domains"])
        lines += section("How answers were judged", [value("task"), value("label")], report["refusals"])
        lines += corrected(report["refusals"]?.array ?? [])
        lines += calibration(report["calibration"]?.array ?? [])
        if drawn {
            let rows = IntervalRow.of(report)
            if !rows.isEmpty { lines += ["Differences, second less first, with their intervals"] + forest(rows) + [""] }
        }
        for omission in report["leftOut"]?.array ?? [] {
            lines.append("Left out of \(shown(omission["task"])): \(shown(omission["reason"])).")
        }
        let alone = report["alone"]?.integer ?? 0, failed = report["failed"]?.integer ?? 0
        if alone > 0 { lines.append("\(Counted.of(alone, "item", "items")) that only one run has, left out.") }
        if failed > 0 { lines.append("\(Counted.of(failed, "item", "items")) that failed in either run, left out.") }
        lines.append(
            "Intervals at \(report["confidence"]?.string ?? ""). Differences are second less first. p (Holm) is corrected for all rows of its table.")
        return lines
    }

    private static func headline(_ capability: JSONValue) -> [String] {
        let domains = capability["domains"]?.array?.count ?? 0
        let over = "mean over \(Counted.of(domains, "domain", "domains")), each weighing the same, of \(Counted.of(capability["n"]?.integer ?? 0, "item", "items"))"
        if let reason = capability["reason"]?.string { return ["Capability drop: \(decimal(capability["drop"])); \(over). No interval: \(reason)."] }
        return ["Capability drop: \(decimal(capability["drop"])) (\(interval(capability)), p \(probability(capability["p"]))); \(over)."]
    }

    private static func section(_ title: String, _ names: [(head: String, cell: (JSONValue) -> String)], _ rows: JSONValue?) -> [String] {
        guard let rows = rows?.array, !rows.isEmpty else { return [] }
        let head = names.map(\.head) + ["first", "second", "difference", "interval", "n", "clusters", "p", "p (Holm)"]
        let table = rows.map { row -> [String] in
            names.map { $0.cell(row) } + [
                estimate(row["first"], row["firstInterval"]), estimate(row["second"], row["secondInterval"]), decimal(row["difference"]),
                interval(row), count(row["n"]), count(row["clusters"]), probability(row["p"]), probability(row["pHolm"]),
            ]
        }
        let numbers = Set(names.count + 2..<head.count).subtracting([names.count + 3])
        return [title, Output.table([head] + table, rightAligned: numbers), ""]
    }

    /// Rates of labels without the judge's error.
    private static func corrected(_ rows: [JSONValue]) -> [String] {
        let known = rows.filter { $0["corrected"]?.object != nil }
        guard !known.isEmpty else {
            return rows.isEmpty ? [] : ["The judge that labelled these answers is not at hand, or its error is not known: nothing is corrected for it.", ""]
        }
        let head = ["task", "label", "first", "second", "difference"]
        let table = known.map { row -> [String] in
            [shown(row["task"]), shown(row["label"])] + ["first", "second", "difference"].map { side in
                let figure = row["corrected"]?[side]
                return figure?["reason"] == nil ? "\(decimal(figure?["value"])) (\(interval(figure)))" : "unknown"
            }
        }
        var lines = ["The same without the judge's error, which the intervals carry", Output.table([head] + table)]
        var reasons: [String] = []
        for row in known {
            for side in ["first", "second", "difference"] {
                if let reason = row["corrected"]?[side]?["reason"]?.string, !reasons.contains(reason) { reasons.append(reason) }
            }
        }
        lines += reasons.map { "unknown: \($0)." }
        return lines + [""]
    }

    private static func calibration(_ rows: [JSONValue]) -> [String] {
        guard !rows.isEmpty else { return [] }
        let head = ["task", "run", "right", "stated", "calibration error", "Brier score", "n", "clusters"]
        var table: [[String]] = []
        for row in rows {
            for side in ["first", "second"] {
                let run = row[side], brier = row["brier"]
                table.append([
                    shown(row["task"]), side, estimate(run?["accuracy"]?["rate"], run?["accuracy"]), decimal(run?["confidence"]),
                    estimate(run?["ece"], run), estimate(brier?[side], brier?[side + "Interval"]), count(row["n"]), count(row["clusters"]),
                ])
            }
            let brier = row["brier"]
            table.append([
                shown(row["task"]), "difference", "", "", estimate(row["difference"], row), estimate(brier?["difference"], brier), "", "",
            ])
        }
        return ["How well the picked choice's probability says whether it is right", Output.table([head] + table, rightAligned: [3, 6, 7]), ""]
    }

    /// Each difference on a line of its own, over one scale with 0 in the middle.
    private static func forest(_ rows: [IntervalRow]) -> [String] {
        let half = 24, reach = IntervalRow.reach(rows), width = rows.map(\.name.count).max() ?? 0
        func column(_ value: Double) -> Int { half + Int((min(1, max(-1, value / reach)) * Double(half)).rounded()) }
        var lines = [String(repeating: " ", count: width + 2) + scale(reach, half)]
        for row in rows {
            var cells = [Character](repeating: " ", count: 2 * half + 1)
            cells[half] = "│"
            if let interval = row.interval {
                let (low, high) = (column(interval.low), column(interval.high))
                for place in low...high { cells[place] = "─" }
                (cells[low], cells[high]) = ("├", "┤")
            }
            cells[column(row.difference)] = "●"
            lines.append(row.name + String(repeating: " ", count: width - row.name.count + 2) + String(cells))
        }
        return lines
    }

    private static func scale(_ reach: Double, _ half: Int) -> String {
        let (low, high) = (Figure.text(-reach, places: 2), Figure.text(reach, places: 2))
        let left = low + String(repeating: " ", count: max(1, half - low.count)) + "0"
        return left + String(repeating: " ", count: max(1, 2 * half + 1 - left.count - high.count)) + high
    }

    private static func value(_ key: String, else missing: String = "") -> (head: String, cell: (JSONValue) -> String) {
        (key == "metric" ? "measure" : key, { row in row[key]?.string.map { VisibleText.line($0, limit: 64) } ?? missing })
    }

    private static func estimate(_ value: JSONValue?, _ interval: JSONValue?) -> String {
        let text = self.interval(interval)
        return text.isEmpty ? decimal(value) : "\(decimal(value)) (\(text))"
    }

    private static func interval(_ value: JSONValue?) -> String {
        guard let lower = value?["lower"]?.string, let upper = value?["upper"]?.string else { return "" }
        return "\(Figure.text(lower)) – \(Figure.text(upper))"
    }

    private static func decimal(_ value: JSONValue?) -> String { value?.string.map { Figure.text($0) } ?? "" }
    /// A p-value is never 0.
    private static func probability(_ value: JSONValue?) -> String { decimal(value) == "0.0000" ? "<0.0001" : decimal(value) }
    private static func count(_ value: JSONValue?) -> String { value?.integer.map(String.init) ?? "" }
    private static func shown(_ value: JSONValue?) -> String { VisibleText.line(value?.string ?? "", limit: 256) }
}

/// A difference with its interval, to be drawn.
struct IntervalRow {
    let name: String
    let difference: Double
    let interval: (low: Double, high: Double)?
    /// Whether it is one of a task as a whole.
    let isWhole: Bool

    /// More are not drawn.
    static let most = 120

    /// Of a report: rates of tasks, of domains and of labels, as far as they are differences in -1...1.
    static func of(_ report: JSONValue) -> [IntervalRow] {
        var rows: [IntervalRow] = []
        for (member, names) in [("values", ["task", "metric"]), ("domains", ["task", "domain", "metric"]), ("refusals", ["task", "label"])] {
            for row in report[member]?.array ?? [] {
                guard let difference = row["difference"]?.string.flatMap(Double.init), abs(difference) <= 1 else { continue }
                let low = row["lower"]?.string.flatMap(Double.init), high = row["upper"]?.string.flatMap(Double.init)
                let interval: (low: Double, high: Double)? = if let low, let high, low <= high { (low, high) } else { nil }
                let name = names.compactMap { row[$0]?.string }.map { VisibleText.line($0, limit: 40) }.joined(separator: " · ")
                rows.append(IntervalRow(name: name, difference: difference, interval: interval, isWhole: member != "domains"))
            }
        }
        return Array(rows.prefix(most))
    }

    /// How far a scale goes that holds all of them, at least a tenth.
    static func reach(_ rows: [IntervalRow]) -> Double {
        let largest = rows.reduce(0.1) { most, row in
            max(most, abs(row.difference), abs(row.interval?.low ?? 0), abs(row.interval?.high ?? 0))
        }
        return (largest * 20).rounded(.up) / 20
    }
}

/// Decimal numbers for people.
enum Figure {
    static func text(_ text: String, places: Int = 4) -> String { Double(text).map { self.text($0, places: places) } ?? text }

    static func text(_ value: Double, places: Int) -> String {
        let unit = (0..<places).reduce(1.0) { unit, _ in unit * 10 }
        guard let units = Int64(exactly: (value * unit).rounded()), units.magnitude < 1 << 53 else { return "\(value)" }
        let digits = String(units.magnitude), padded = String(repeating: "0", count: max(0, places + 1 - digits.utf8.count)) + digits
        return (units < 0 ? "-" : "") + padded.dropLast(places) + "." + padded.suffix(places)
    }
}
