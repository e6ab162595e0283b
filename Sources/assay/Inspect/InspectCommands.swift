import ArgumentParser
import CanonicalEncoding
import CommandSupport
import Foundation

struct Inspect: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Look into a submission. Each look is signed by you and on the ledger before you see anything.",
        discussion: """
            A look is charged to your budget and to the total that the lab's terms allow (assay terms); one that exceeds either \
            is refused whole. With an open session (assay session open) looks need no further signature. Raw values, and rows \
            above the quota, wait for the lab's consent: exit status 75.

            Examples:
              assay inspect files 4f1c --as alice
              assay inspect tensors 4f1c --as alice --purpose "is the architecture the declared one?"
            """,
        subcommands: [
            InspectFiles.self, InspectTensors.self, InspectTensor.self, InspectValues.self, InspectCompare.self,
            InspectDifferences.self, InspectRecords.self, InspectSearch.self, InspectSample.self, InspectDataset.self,
            InspectLog.self, InspectCurves.self, InspectTranscripts.self, InspectRunLogs.self,
        ])
}

struct InspectRecords: ApplianceCommand {
    static let configuration = CommandConfiguration(
        commandName: "records", abstract: "A range of a dataset's rows.",
        discussion: "Example: assay inspect records 4f1c --from 0 --count 10 --as alice")

    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var signing: SigningOptions
    @OptionGroup var page: PageOptions
    @Argument(help: "The submission, or the start of its name.") var submission: String

    func execute() throws {
        let result = try signing.act("inspect.records", page.scope(submission), through: connection)
        try connection.show(result) { PageOptions.text(result, "row", "rows") }
    }
}

struct InspectLog: ApplianceCommand {
    static let configuration = CommandConfiguration(
        commandName: "log", abstract: "A page of the training log, and its summary.",
        discussion: "Example: assay inspect log 4f1c --from 0 --count 20 --as alice")

    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var signing: SigningOptions
    @OptionGroup var page: PageOptions
    @Argument(help: "The submission, or the start of its name.") var submission: String

    func execute() throws {
        let result = try signing.act("inspect.log", page.scope(submission), through: connection)
        try connection.show(result) { PageOptions.text(result, "line", "lines") }
    }
}

struct PageOptions: ParsableArguments {
    @Option(name: .long, help: "The first row, from 0.") var from: Int64 = 0
    @Option(name: .long, help: "How many rows, at most 1000.") var count: Int64 = 20
    @Option(name: .long, help: "The file within the submission, where it has several of the kind.") var file: String?

    func validate() throws {
        guard from >= 0 else { throw ValidationError("--from counts from 0.") }
        guard (1...1000).contains(count) else { throw ValidationError("--count is 1 to 1000.") }
    }

    func scope(_ submission: String) -> JSONValue {
        var scope: JSONObject = ["submission": .string(submission), "from": .integer(from), "count": .integer(count)]
        if let file { scope["file"] = .string(file) }
        return .object(scope)
    }

    static func text(_ result: JSONValue, _ one: String, _ many: String) -> String {
        let view = result["view"]
        var lines: [String] = []
        for (key, value) in view?["summary"]?.object?.members ?? [] {
            lines.append("\(key): \(value.string ?? value.integer.map(String.init) ?? "")")
        }
        let rows = view?["rows"]?.array ?? []
        lines += Shown.marked(rows.map { "\($0["number"]?.integer ?? 0)\t\($0["text"]?.string ?? "")" }, result)
        lines.append("\(rows.count) of \(Counted.of(view?["total"]?.integer ?? 0, one, many)). \(Shown.line(result))")
        return lines.joined(separator: "\n")
    }
}

/// What a look cost, and who it was shown to.
enum Shown {
    static func line(_ result: JSONValue) -> String {
        "Shown to \(result["watermark"]?.string ?? ""); \(Counted.bytes(result["bytes"]?.integer ?? 0)) of the budget."
    }

    /// Lines with the viewer's mark before every twenty: no screenful is without it.
    static func marked(_ lines: [String], _ result: JSONValue) -> [String] {
        lines.enumerated().flatMap { index, line in
            index % 20 == 0 ? ["— shown to \(result["watermark"]?.string ?? "") —", line] : [line]
        }
    }

    /// A decimal number in at most `digits` significant digits; what is no number as it is.
    static func figure(_ value: JSONValue?, digits: Int = 6) -> String {
        guard let text = value?.string else { return value?.integer.map(String.init) ?? "" }
        guard let number = Double(text), number.isFinite, number != 0 else { return text }
        return String(format: "%.\(digits)g", number)
    }
}
