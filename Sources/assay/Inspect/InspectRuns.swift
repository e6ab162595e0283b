import ArgumentParser
import CanonicalEncoding
import CommandSupport
import Reporting

struct InspectCurves: ApplianceCommand {
    static let configuration = CommandConfiguration(
        commandName: "curves", abstract: "The training log as curves: loss, learning rate, norm of the gradient, by step.",
        discussion: """
            Long logs are thinned; the lowest and highest values of each stretch stay. --svg writes a picture with axes and \
            your mark, for the appliance's own screens: it is content of the submission like the curves themselves.

            Examples:
              assay inspect curves 4f1c --as alice
              assay inspect curves 4f1c --svg curves.svg --as alice
            """)

    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var signing: SigningOptions
    @Option(name: .long, help: "Points of each curve, 2 to 4096.") var points: Int64 = 200
    @Option(name: .long, help: "Also write the curves here, as SVG.") var svg: String?
    @Option(name: .long, help: "The file within the submission, where it has several of the kind.") var file: String?
    @Argument(help: "The submission, or the start of its name.") var submission: String

    func validate() throws {
        guard (2...4096).contains(points) else { throw ValidationError("--points is 2 to 4096.") }
    }

    func execute() throws {
        var scope: JSONObject = ["submission": .string(submission), "points": .integer(points)]
        if let file { scope["file"] = .string(file) }
        let result = try signing.act("inspect.curves", .object(scope), through: connection)
        let view = result["view"], stated = view?["curves"]?.array ?? []
        let curves = stated.map { curve in
            Curve(
                name: curve["name"]?.string ?? "",
                points: (curve["points"]?.array ?? []).compactMap { point in
                    guard let pair = point.array, pair.count == 2, let step = pair[0].integer, let value = pair[1].string.flatMap(Double.init)
                    else { return nil }
                    return Curve.Point(x: Double(step), y: value)
                })
        }
        if let svg {
            let text = SVGPlot.document(
                curves, title: "Training log of submission \(submission)", watermark: result["watermark"]?.string ?? "")
            try Files.write(Array(text.utf8), to: svg, mode: 0o600)
        }
        try connection.show(result) {
            var lines: [String] = []
            for (curve, told) in zip(curves, stated) {
                lines += [TextPlot.drawn(curve), TextPlot.sparkline(curve, width: 64)]
                if let count = told["notFinite"]?.integer, count > 0 {
                    lines.append("\(Counted.of(count, "value is", "values are")) not finite, the first at step \(told["firstNotFinite"]?.integer ?? 0)")
                }
                lines.append("")
            }
            if curves.isEmpty { lines.append("The log has no loss, learning rate or norm of the gradient.") }
            if let svg { lines.append("Written to \(svg).") }
            return (lines + ["\(Counted.entries(view?["entries"]?.integer ?? 0)). \(Shown.line(result))"]).joined(separator: "\n")
        }
    }
}

struct InspectTranscripts: ApplianceCommand {
    static let configuration = CommandConfiguration(
        commandName: "transcripts", abstract: "Samples of an evaluation run: what the model was asked, and what it said.",
        discussion: "Example: assay inspect transcripts 9a0b --from 0 --count 10 --as alice")

    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var signing: SigningOptions
    @Option(name: .long, help: "The first sample, from 0.") var from: Int64 = 0
    @Option(name: .long, help: "How many samples, at most 200.") var count: Int64 = 10
    @Argument(help: "The run, or the start of its name (assay runs lists them).") var run: String

    func validate() throws {
        guard from >= 0 else { throw ValidationError("--from counts from 0.") }
        guard (1...200).contains(count) else { throw ValidationError("--count is 1 to 200.") }
    }

    func execute() throws {
        let result = try signing.act(
            "inspect.transcripts", ["run": .string(run), "from": .integer(from), "count": .integer(count)], through: connection)
        try connection.show(result) {
            let view = result["view"], rows = view?["rows"]?.array ?? []
            var lines: [String] = []
            for row in rows {
                lines.append("━━ \(row["number"]?.integer ?? 0)  \(row["task"]?.string ?? "")  \(row["id"]?.string ?? "")")
                for prompt in row["prompts"]?.array ?? [] { lines += Self.block("asked", prompt) }
                if let passages = row["retrieved"]?.array { lines.append("retrieved: " + passages.compactMap(\.string).joined(separator: ", ")) }
                for agent in row["agents"]?.array ?? [] { lines += Self.agent(agent) }
                for output in row["outputs"]?.array ?? [] { lines += Self.block("said", output["text"]) }
                let score = row["score"]
                let picks = (score?["picks"]?.object?.members ?? []).compactMap(\.value.integer)
                for (index, choice) in (row["choices"]?.array ?? []).enumerated() {
                    let mark = picks.contains(Int64(index)) ? "▸" : " "
                    lines.append("\(mark) \(choice["nats"]?.string ?? "")\t\(choice["text"]?.string ?? "")")
                }
                if let failure = row["failure"]?.string { lines.append("failed: \(failure)") }
                if let judgement = score?["judgement"] {
                    lines.append("judged: \(judgement["label"]?.string ?? "") (\(judgement["rule"]?.string ?? ""))")
                }
                let scores = (score?["values"]?.object?.members ?? []).compactMap { name, value in
                    value.integer.map { "\(name) \($0)" }
                }
                if !scores.isEmpty { lines.append("scored: " + scores.joined(separator: ", ")) }
            }
            lines = Shown.marked(lines, result)
            lines.append("\(rows.count) of \(Counted.of(view?["total"]?.integer ?? 0, "sample", "samples")). \(Shown.line(result))")
            return lines.joined(separator: "\n")
        }
    }

    private static func agent(_ agent: JSONValue) -> [String] {
        var lines: [String] = []
        for (number, turn) in (agent["turns"]?.array ?? []).enumerated() {
            lines += block("turn \(number + 1)", turn["text"])
            let done = [turn["action"]?.string, turn["outcome"]?.string, turn["error"]?.string.map { "no action (\($0))" }].compactMap(\.self).joined(separator: ", ")
            let refused = (turn["refused"]?.array ?? []).compactMap(\.string).joined(separator: ", ")
            lines.append("did: \(done)\(refused.isEmpty ? "" : "; refused: \(refused)")")
            if turn["observation"]?.string?.isEmpty == false { lines += block("was shown", turn["observation"]) }
        }
        lines.append("ended: \(agent["end"]?.string ?? "")\(agent["clocked"] == true ? ", and a clock decided" : "")")
        return lines
    }

    private static func block(_ head: String, _ text: JSONValue?) -> [String] {
        guard let text = text?.string else { return [] }
        return ["\(head):"] + text.split(separator: "\n", omittingEmptySubsequences: false).map { "  │ \($0)" }
    }
}
