import ArgumentParser
import CanonicalEncoding
import CommandSupport

struct Inspect: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Look into a submission. Each look is signed by you and on the ledger before you see anything.",
        subcommands: [InspectTensors.self, InspectTensor.self, InspectRecords.self, InspectLog.self])
}

struct InspectTensors: ApplianceCommand {
    static let configuration = CommandConfiguration(
        commandName: "tensors", abstract: "The tensor table: names, shapes, types.",
        discussion: "Example: assay inspect tensors 4f1c --as alice")

    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var signing: SigningOptions
    @Argument(help: "The submission, or the start of its name.") var submission: String

    func execute() throws {
        let result = try signing.act("inspect.tensors", ["submission": .string(submission)], through: connection)
        try connection.show(result) {
            let view = result["view"]
            let rows = (view?["tensors"]?.array ?? []).map { tensor in
                [
                    tensor["name"]?.string ?? "",
                    (tensor["shape"]?.array ?? []).compactMap { $0.integer.map(String.init) }.joined(separator: " × "),
                    tensor["type"]?.string ?? "", "\(tensor["bytes"]?.integer ?? 0)",
                ]
            }
            return Output.table([["tensor", "shape", "type", "bytes"]] + rows, rightAligned: [3])
                + "\n\(rows.count) tensors. \(Shown.line(result))"
        }
    }
}

struct InspectTensor: ApplianceCommand {
    static let configuration = CommandConfiguration(
        commandName: "tensor", abstract: "Statistics of one tensor: range, mean, norm, NaN and infinities, histogram.",
        discussion: "Example: assay inspect tensor 4f1c blk.0.attn_q.weight --as alice")

    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var signing: SigningOptions
    @Argument(help: "The submission, or the start of its name.") var submission: String
    @Argument(help: "The tensor's name.") var tensor: String

    func execute() throws {
        let result = try signing.act(
            "inspect.tensor", ["submission": .string(submission), "tensor": .string(tensor)], through: connection)
        try connection.show(result) {
            let view = result["view"]?.object ?? [:]
            var rows: [[String]] = []
            for (key, value) in view.members where key != "histogram" {
                rows.append([key, value.string ?? value.integer.map(String.init) ?? ""])
            }
            var text = Output.table(rows)
            if let histogram = view["histogram"] { text += "\n\n" + Histogram.drawn(histogram) }
            return text + "\n" + Shown.line(result)
        }
    }
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
        try connection.show(result) { PageOptions.text(result, noun: "rows") }
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
        try connection.show(result) { PageOptions.text(result, noun: "lines") }
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

    static func text(_ result: JSONValue, noun: String) -> String {
        let view = result["view"]
        var lines: [String] = []
        for (key, value) in view?["summary"]?.object?.members ?? [] {
            lines.append("\(key): \(value.string ?? value.integer.map(String.init) ?? "")")
        }
        let rows = view?["rows"]?.array ?? []
        for (index, row) in rows.enumerated() {
            // No screenful of rows is without its viewer's mark.
            if index % 20 == 0 { lines.append("— shown to \(result["watermark"]?.string ?? "") —") }
            lines.append("\(row["number"]?.integer ?? 0)\t\(row["text"]?.string ?? "")")
        }
        lines.append("\(rows.count) \(noun) of \(view?["total"]?.integer ?? 0). \(Shown.line(result))")
        return lines.joined(separator: "\n")
    }
}

/// What a look cost, and who it was shown to.
enum Shown {
    static func line(_ result: JSONValue) -> String {
        "Shown to \(result["watermark"]?.string ?? ""); \(result["bytes"]?.integer ?? 0) bytes of the budget."
    }
}

/// A histogram of `{"lower","upper","counts"}` as rows of bars.
enum Histogram {
    static func drawn(_ histogram: JSONValue) -> String {
        let counts = (histogram["counts"]?.array ?? []).compactMap(\.integer)
        guard let largest = counts.max(), largest > 0,
            let lower = histogram["lower"]?.string.flatMap(Double.init), let upper = histogram["upper"]?.string.flatMap(Double.init)
        else { return "" }
        let width = (upper - lower) / Double(counts.count)
        let rows = counts.enumerated().map { index, count in
            let start = ((lower + Double(index) * width) * 1e6).rounded() / 1e6
            return ["\(start)", "\(count)", String(repeating: "▇", count: Int(Double(count) / Double(largest) * 48))]
        }
        return Output.table([["from", "count", ""]] + rows, rightAligned: [0, 1])
    }
}
