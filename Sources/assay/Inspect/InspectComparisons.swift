import ArgumentParser
import CanonicalEncoding
import CommandSupport

struct InspectCompare: ApplianceCommand {
    static let configuration = CommandConfiguration(
        commandName: "compare", abstract: "Two submissions' tensors, B against A: by how much each differs, and by what rank.",
        discussion: """
            Each tensor that differs is shown with max |Δ|, ‖Δ‖, ‖Δ‖ / ‖A‖ and the cosine between the two, over the \
            dequantised values, Δ = B − A. --low-rank R says of each matrix's Δ whether its rank is at most R: how many \
            singular values are above --tolerance times the largest, and above what the rounding of both to their types \
            would give alone. Both labs' budgets are charged.

            Examples:
              assay inspect compare 4f1c 77ab --as alice
              assay inspect compare 4f1c 77ab --low-rank 16 --as alice
            """)

    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var signing: SigningOptions
    @Option(name: .long, help: "Is each matrix's difference of at most this rank, 1 to 63?") var lowRank: Int64?
    @Option(name: .long, help: "Singular values up to this part of the largest count as zero. Default: 0.001.") var tolerance: String?
    @Argument(help: "Submission A, or the start of its name.") var first: String
    @Argument(help: "Submission B, or the start of its name.") var second: String

    func validate() throws {
        if let lowRank, !(1...63).contains(lowRank) { throw ValidationError("--low-rank is 1 to 63.") }
        guard tolerance == nil || lowRank != nil else { throw ValidationError("--tolerance belongs to --low-rank.") }
    }

    func execute() throws {
        var scope: JSONObject = ["submission": .string(first), "with": .string(second)]
        if let lowRank { scope["rank"] = .integer(lowRank) }
        if let tolerance { scope["tolerance"] = .string(tolerance) }
        let result = try signing.act("inspect.compare", .object(scope), through: connection)
        try connection.show(result) {
            let view = result["view"], differing = view?["differing"]?.array ?? []
            var lines: [String] = []
            if !differing.isEmpty {
                let table = Output.table([Self.head(lowRank != nil)] + differing.map(Self.row), rightAligned: Set(3..<9))
                    .split(separator: "\n").map(String.init)
                lines += [table[0]] + Shown.marked(Array(table.dropFirst()), result)
            }
            for (member, text) in [("onlyInFirst", "only in A"), ("onlyInSecond", "only in B"), ("reshaped", "another shape in B")] {
                for tensor in view?[member]?.array ?? [] {
                    let shape = tensor["shape"]?.string ?? "\(tensor["first"]?.string ?? "") → \(tensor["second"]?.string ?? "")"
                    lines.append("\(text): \(tensor["name"]?.string ?? "")  \(shape)")
                }
            }
            lines.append("\(Counted.of(view?["identical"]?.integer ?? 0, "tensor", "tensors")) identical byte for byte, \(Counted.of(differing.count, "differs", "differ")).")
            if let lowRank = view?["lowRank"] { lines.append(Self.verdict(lowRank)) }
            return (lines + [Shown.line(result)]).joined(separator: "\n")
        }
    }

    private static func head(_ hasRank: Bool) -> [String] {
        ["tensor", "shape", "type", "max |Δ|", "‖Δ‖", "‖Δ‖/‖A‖", "cosine"] + (hasRank ? ["rank", "energy"] : [])
    }

    private static func row(_ tensor: JSONValue) -> [String] {
        let type = (tensor["type"]?.string ?? "") + (tensor["secondType"]?.string.map { " → " + $0 } ?? "")
        let row = [tensor["name"]?.string ?? "", tensor["shape"]?.string ?? "", type]
            + ["largest", "norm", "relative"].map { Shown.figure(tensor[$0], digits: 4) } + [Shown.figure(tensor["cosine"], digits: 7)]
        guard let delta = tensor["delta"] else { return row }
        let rank = (delta["atLeast"]?.bool == true ? "≥ " : "") + "\(delta["rank"]?.integer ?? 0)"
        return row + [rank, Shown.figure(delta["energy"], digits: 4)]
    }

    private static func verdict(_ summary: JSONValue) -> String {
        func count(_ name: String) -> Int64 { summary[name]?.integer ?? 0 }
        let terms = "(tolerance \(summary["tolerance"]?.string ?? "") of the largest singular value)"
        guard count("matrices") + count("otherTensors") > 0 else { return "No tensor that both have differs." }
        if summary["holds"]?.bool == true {
            return "B is A plus a low-rank delta: of rank ≤ \(count("largestRank")) in \(Counted.of(count("low"), "matrix", "matrices")), and nothing else differs \(terms)."
        }
        return "B is not A plus a delta of rank ≤ \(count("limit")) alone: \(count("low")) of \(Counted.of(count("matrices"), "differing matrix has", "differing matrices have")) such a "
            + "delta (\(count("roundingOnly")) of them no more than rounding), and \(Counted.of(count("otherTensors"), "other tensor differs", "other tensors differ")) \(terms)."
    }
}

struct InspectDifferences: ApplianceCommand {
    static let configuration = CommandConfiguration(
        commandName: "differences", abstract: "Two submissions' configuration, tokenizer and chat template, by line.",
        discussion: """
            JSON is compared with its members sorted, one value a line; of vocabularies only what was added, removed or \
            moved is told. Both labs' budgets are charged.

            Example: assay inspect differences 4f1c 77ab --as alice
            """)

    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var signing: SigningOptions
    @Argument(help: "Submission A, or the start of its name.") var first: String
    @Argument(help: "Submission B, or the start of its name.") var second: String

    func execute() throws {
        let result = try signing.act(
            "inspect.differences", ["submission": .string(first), "with": .string(second)], through: connection)
        try connection.show(result) {
            let view = result["view"]
            var lines: [String] = []
            for document in view?["documents"]?.array ?? [] { lines += Self.lines(document) }
            for list in view?["lists"]?.array ?? [] { lines.append("differs, too long to show: \(list.string ?? "")") }
            if let vocabulary = view?["vocabulary"] { lines += Self.vocabulary(vocabulary) }
            return (Shown.marked(lines, result) + [Shown.line(result)]).joined(separator: "\n")
        }
    }

    private static func lines(_ document: JSONValue) -> [String] {
        let name = document["name"]?.string ?? ""
        if let only = document["onlyIn"]?.string {
            return ["\(name): only in \(only == "first" ? "A" : "B"), \(Counted.of(document["lines"]?.integer ?? 0, "line", "lines"))"]
        }
        let (removed, added) = (document["removed"]?.integer ?? 0, document["added"]?.integer ?? 0)
        guard removed + added > 0 else { return ["\(name): the same"] }
        var lines = ["\(name): \(Counted.of(removed, "line", "lines")) removed, \(added) added"]
        if document["aligned"]?.bool == false { lines.append("  too different to be shown by line") }
        for hunk in document["hunks"]?.array ?? [] {
            lines.append(hunk["head"]?.string ?? "")
            lines += (hunk["lines"]?.array ?? []).compactMap(\.string)
        }
        if let left = document["notShown"]?.integer, left > 0 { lines.append("  (\(Counted.of(left, "more line is", "more lines are")) not shown)") }
        return lines
    }

    private static func vocabulary(_ vocabulary: JSONValue) -> [String] {
        func count(_ name: String) -> Int64 { vocabulary[name]?.integer ?? 0 }
        guard count("first") + count("second") > 0 else { return [] }
        var lines = [
            "vocabulary: \(Counted.of(count("first"), "token", "tokens")) in A, \(count("second")) in B; \(count("removed")) removed, \(count("added")) added, "
                + "\(count("moved")) with another number"
        ]
        for (member, mark) in [("removedExamples", "-"), ("addedExamples", "+")] {
            for token in vocabulary[member]?.array ?? [] {
                lines.append("  \(mark)\(token["id"]?.integer ?? 0)\t\(token["token"]?.string ?? "")")
            }
        }
        for token in vocabulary["movedExamples"]?.array ?? [] {
            lines.append("  \(token["from"]?.integer ?? 0) → \(token["to"]?.integer ?? 0)\t\(token["token"]?.string ?? "")")
        }
        return lines
    }
}
