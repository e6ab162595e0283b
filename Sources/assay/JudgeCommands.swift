import ArgumentParser
import CanonicalEncoding
import CommandSupport
import Evaluation

struct JudgeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "judge", abstract: "Measure the judges of evaluations against people's labels. It takes no appliance.",
        discussion: """
            Examples:
              assay judge measure --labelled refusals.csv
              assay judge measure --labelled answers.jsonl --measure compliance --list
            """,
        subcommands: [JudgeMeasure.self])
}

struct JudgeMeasure: ApplianceCommand {
    static let configuration = CommandConfiguration(
        commandName: "measure", abstract: "How often a rule-based judge is wrong, on responses that people labelled.",
        discussion: """
            The file is JSON Lines of {"id", "use", "label", "request", "response"}, or CSV with a header (its name ends in .csv). \
            A label is one of the measure's, or a score from 0 to 1; of several people's scores the mean counts.

            Judges know nothing of a response's label. Rates stand with their counts and a 95 % interval; misses and false \
            alarms are told apart. Use responses that nobody wrote rules with: of our own files, those marked held-out.

            Exit status: 0 measured; 1 the file is not of that form; 66 it is missing.

            Example: assay judge measure --labelled refusals.csv --response answer --request question --label person
            """)

    @Option(name: .long, help: "The file of labelled responses.") var labelled: String
    @Option(name: .long, help: "What is judged: refusal, compliance or quality.") var measure = JudgedMeasure.refusal
    @Option(name: .long, help: "The CSV column with the response. Default: assistant_response, or response.") var response: String?
    @Option(name: .long, help: "The CSV column with the request. Default: objective, request or prompt.") var request: String?
    @Option(
        name: .long,
        help: "The CSV column with a person's label; several, where several labelled. Default: human_score…, or label.")
    var label: [String] = []
    @Option(
        name: .long,
        help: """
            The judge's labels that count as yes, between commas. Default: refused (and incoherent, where people gave scores: an \
            answer to another question is no answer); partial,full; fair,good.
            """)
    var count: String?
    @Option(name: .long, help: "A person's score that counts as yes from here on.") var cut = 0.5
    @Option(name: .long, help: "Of JSON Lines, those for this use: design, held-out or all.") var use = "held-out"
    @Flag(name: .long, help: "List the responses on which judge and people disagree.") var list = false
    @Flag(name: .long, help: "Print the result as one line of JSON.") var json = false

    func execute() throws {
        guard use == "all" || LabelledResponse.Use(rawValue: use) != nil else {
            throw ValidationError("--use is design, held-out or all, not \"\(use)\".")
        }
        let counted = count?.split(separator: ",").map { String($0.drop { $0 == " " }) }
        if let unknown = counted?.first(where: { !measure.labels.contains($0) }) {
            throw ValidationError("--count takes \(measure.labels.joined(separator: ", ")), not \"\(unknown)\".")
        }
        guard (0...1).contains(cut) else { throw ValidationError("--cut is from 0 to 1.") }
        let measurement: JudgeMeasurement
        do {
            let responses = try read()
            measurement = try JudgeMeasurement(
                measure, of: responses, use: LabelledResponse.Use(rawValue: use),
                cut: LabelCut(measure, counted: counted ?? JudgeMeasurement.counted(measure, for: responses), cut: cut))
        } catch let error as TaskError {
            throw CommandFailure(.refused, "\(error)")
        }
        if json { return try Output.json(measurement.json(listing: list)) }
        print(measurement.text(file: labelled))
        if list { print(measurement.disagreements) }
    }

    private func read() throws -> LabelledResponses {
        let bytes = try Files.read(labelled)
        guard labelled.lowercased().hasSuffix(".csv") else {
            return try LabelledResponses(jsonLines: bytes, file: labelled, measure: measure)
        }
        var columns = LabelledResponses.Columns()
        if let response { columns.response = [response] }
        if let request { columns.request = [request] }
        if !label.isEmpty { columns.labels = label }
        return try LabelledResponses(csv: bytes, file: labelled, measure: measure, columns: columns)
    }
}

extension JudgedMeasure: ExpressibleByArgument {}

extension JudgeMeasurement {
    fileprivate func json(listing: Bool) -> JSONValue {
        guard case .object(var object) = report.json else { return report.json }
        object["agreement"] = report.agreement.map { .object($0.jsonMembers) }
        if listing {
            object["disagreements"] = .array(
                mistaken.map { outcome in
                    [
                        "id": .string(outcome.id), "people": .string(outcome.personLabel),
                        "judge": .string(outcome.verdict.label ?? "-"), "rule": .string(outcome.verdict.reason),
                    ]
                })
        }
        return .object(object)
    }

    fileprivate func text(file: String) -> String {
        let counts = report.counts
        func rate(_ proportion: Proportion?) -> [String] {
            guard let proportion else { return ["-", "", ""] }
            func percent(_ value: Double) -> String { DecimalText.fixed(100 * value, places: 1) ?? "-" }
            return [
                percent(proportion.rate) + " %", "\(percent(proportion.interval.lower)) to \(percent(proportion.interval.upper))",
                "\(proportion.successes) of \(proportion.count)",
            ]
        }
        let sure = report.agreement
        var lines = [
            "\(report.measure.rawValue) judge, rules \(report.rulesDigest.hex.prefix(12)), on \(file), sha256 \(report.fixtureDigest.hex.prefix(12))",
            "yes is: \(report.counted.joined(separator: ", "))", "",
            Output.table(
                [
                    ["", "judge: yes", "no"], ["people: yes", "\(counts.truePositives)", "\(counts.falseNegatives)"],
                    ["people: no", "\(counts.falsePositives)", "\(counts.trueNegatives)"],
                ], rightAligned: [1, 2]), "",
            Output.table(
                [
                    ["", "rate", "95 % interval", "counts"], ["agreement"] + rate(sure), ["sensitivity"] + rate(report.sensitivity),
                    ["specificity"] + rate(report.specificity), ["error"] + rate(report.error),
                ], rightAligned: [1]), "",
        ]
        lines.append("Cohen's kappa \(report.counts.kappa.flatMap { DecimalText.fixed($0, places: 3) } ?? "-")")
        if let alpha = report.alphaAmongPeople.flatMap({ DecimalText.fixed($0, places: 3) }) {
            lines.append("Krippendorff's alpha among the people \(alpha)")
        }
        if counts.failures > 0 { lines.append("no verdict on \(counts.failures)") }
        lines.append("")
        let columns = report.measure.labels
        var rows = [["people \\ judge"] + columns]
        for (person, row) in report.confusion.sorted(by: { $0.key < $1.key }) {
            rows.append([person] + columns.map { "\(row[$0] ?? 0)" })
        }
        lines.append(Output.table(rows, rightAligned: Set(1...columns.count)))
        return lines.joined(separator: "\n")
    }

    fileprivate var disagreements: String {
        "\n"
            + Output.table(
                [["response", "people", "judge", "rule"]]
                    + mistaken.map { [$0.id, $0.personLabel, $0.verdict.label ?? "-", $0.verdict.reason] })
    }
}
