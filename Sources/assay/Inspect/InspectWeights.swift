import ArgumentParser
import CanonicalEncoding
import CommandSupport
import Foundation

struct InspectTensors: ApplianceCommand {
    static let configuration = CommandConfiguration(
        commandName: "tensors", abstract: "The tensor table: names, shapes, types; with --statistics also figures of each.",
        discussion: """
            --statistics reads every number of every tensor, in the confined engine: range, mean, L2 norm, and how many are \
            NaN or infinite. The weights may lie in several files: they are one table, held against the index beside them \
            or the counts in GGUF splits, and each tensor's file is shown.

            Examples:
              assay inspect tensors 4f1c --as alice
              assay inspect tensors 4f1c --statistics --as alice
            """)

    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var signing: SigningOptions
    @Flag(name: .long, help: "Also range, mean, L2 norm, NaN and infinities of each tensor.") var statistics = false
    @Argument(help: "The submission, or the start of its name.") var submission: String

    func execute() throws {
        var scope: JSONObject = ["submission": .string(submission)]
        if statistics { scope["statistics"] = true }
        let result = try signing.act("inspect.tensors", .object(scope), through: connection)
        try connection.show(result) {
            let files = result["view"]?["files"]?.array
            let rows = (result["view"]?["tensors"]?.array ?? []).map { tensor in
                let file = files == nil ? [] : [tensor["file"]?.string ?? ""]
                let row = [
                    tensor["name"]?.string ?? "",
                    (tensor["shape"]?.array ?? []).compactMap { $0.integer.map(String.init) }.joined(separator: " × "),
                    tensor["type"]?.string ?? "", "\(tensor["bytes"]?.integer ?? 0)",
                ]
                let figures = ["minimum", "maximum", "mean", "norm", "nan", "infinite"].map { Shown.figure(tensor[$0], digits: 5) }
                return (statistics ? row + figures : row) + file
            }
            let head = ["tensor", "shape", "type", "bytes"] + (statistics ? ["minimum", "maximum", "mean", "L2 norm", "NaN", "inf"] : [])
                + (files == nil ? [] : ["file"])
            let index = result["view"]?["index"]?.string.map { ", as \($0) says" } ?? ""
            let parts = files.map { " in \(Counted.of($0.count, "file", "files"))\(index)" } ?? ""
            let table = Output.table([head] + rows, rightAligned: Set(3..<(statistics ? 10 : 4))).split(separator: "\n").map(String.init)
            return ([table[0]] + Shown.marked(Array(table.dropFirst()), result)).joined(separator: "\n")
                + "\n\(Counted.of(rows.count, "tensor", "tensors"))\(parts). \(Shown.line(result))"
        }
    }
}

struct InspectTensor: ApplianceCommand {
    static let configuration = CommandConfiguration(
        commandName: "tensor",
        abstract: "Statistics of one tensor: range, mean, L2 norm, NaN and infinities, histogram; its singular values.",
        discussion: """
            --spectrum K gives the K largest singular values of a matrix, by randomised block Krylov iteration from a fixed \
            seed, and the stable rank: the square of the Frobenius norm over that of the largest singular value. "change" is \
            by how much the values still grew in the last pass, as a part of the largest; 0 where they are exact.

            Examples:
              assay inspect tensor 4f1c blk.0.attn_q.weight --as alice
              assay inspect tensor 4f1c blk.0.attn_q.weight --spectrum 16 --as alice
            """)

    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var signing: SigningOptions
    @Option(name: .long, help: "The K largest singular values, 1 to 64.") var spectrum: Int64?
    @Argument(help: "The submission, or the start of its name.") var submission: String
    @Argument(help: "The tensor's name.") var tensor: String

    func validate() throws {
        if let spectrum, !(1...64).contains(spectrum) { throw ValidationError("--spectrum is 1 to 64.") }
    }

    func execute() throws {
        var scope: JSONObject = ["submission": .string(submission), "tensor": .string(tensor)]
        if let spectrum { scope["spectrum"] = .integer(spectrum) }
        let result = try signing.act("inspect.tensor", .object(scope), through: connection)
        try connection.show(result) {
            let view = result["view"]?.object ?? [:]
            var rows: [[String]] = []
            for (key, value) in view.members where key != "histogram" && key != "spectrum" {
                rows.append([key, value.string ?? value.integer.map(String.init) ?? ""])
            }
            var text = Output.table(rows)
            if let histogram = view["histogram"] { text += "\n\n" + Histogram.drawn(histogram) }
            if let spectrum = view["spectrum"] { text += "\n\n" + SpectrumTable.drawn(spectrum) }
            return text + "\n" + Shown.line(result)
        }
    }
}

struct InspectValues: ApplianceCommand {
    static let configuration = CommandConfiguration(
        commandName: "values", abstract: "Raw numbers of a tensor: the bits as stored, and their value. Takes a second person.",
        discussion: """
            Numbers are counted in row-major order. Of a quantised type the stored bits are an integer that stands for \
            a level; what multiplies these, and what is added, stands below for as many numbers as have it in common. Integers \
            are shown in full; numbers of 64 bits have only statistics.

            Examples:
              assay inspect values 4f1c blk.0.attn_q.weight --from 0 --count 32 --as alice
              assay inspect values 4f1c blk.0.attn_q.weight --from 0 --count 32 --as alice --approved 3fa9c1
            """)

    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var signing: SigningOptions
    @Option(name: .long, help: "The first number, from 0.") var from: Int64 = 0
    @Option(name: .long, help: "How many, at most 4096.") var count: Int64 = 32
    @Argument(help: "The submission, or the start of its name.") var submission: String
    @Argument(help: "The tensor's name.") var tensor: String

    func validate() throws {
        guard from >= 0 else { throw ValidationError("--from counts from 0.") }
        guard (1...4096).contains(count) else { throw ValidationError("--count is 1 to 4096.") }
    }

    func execute() throws {
        let result = try signing.act(
            "inspect.values",
            ["submission": .string(submission), "tensor": .string(tensor), "from": .integer(from), "count": .integer(count)],
            through: connection)
        try connection.show(result) {
            let view = result["view"], rows = view?["rows"]?.array ?? []
            var lines = ["\(view?["name"]?.string ?? "")  \(view?["type"]?.string ?? "")  \(view?["shape"]?.string ?? "")"]
            lines += Shown.marked(
                rows.map { "\($0["number"]?.integer ?? 0)\t\($0["stored"]?.string ?? "")\t\($0["value"]?.string ?? "")" }, result)
            for scale in view?["scales"]?.array ?? [] {
                let minimum = scale["minimum"]?.string.map { ", minimum \($0)" } ?? ""
                lines.append("from \(scale["start"]?.integer ?? 0): scale \(scale["scale"]?.string ?? "")\(minimum)")
            }
            lines.append("\(rows.count) of \(Counted.of(view?["total"]?.integer ?? 0, "number", "numbers")). \(Shown.line(result))")
            return lines.joined(separator: "\n")
        }
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

/// Singular values as rows of bars, and what is said of them.
enum SpectrumTable {
    static func drawn(_ spectrum: JSONValue) -> String {
        let values = (spectrum["values"]?.array ?? []).compactMap { $0.string.flatMap(Double.init) }
        guard let largest = values.first else { return "no singular values" }
        let rows = values.enumerated().map { index, value in
            ["\(index + 1)", String(format: "%.8g", value), String(repeating: "▇", count: largest > 0 ? Int(value / largest * 48) : 0)]
        }
        return Output.table([["", "singular value", ""]] + rows, rightAligned: [0, 1])
            + "\n\(values.count) of \(spectrum["of"]?.integer ?? 0); Frobenius norm \(Shown.figure(spectrum["norm"], digits: 8)), "
            + "stable rank \(Shown.figure(spectrum["stableRank"])); \(Counted.of(spectrum["passes"]?.integer ?? 0, "pass", "passes")), "
            + "change \(Shown.figure(spectrum["change"], digits: 2))"
    }
}
