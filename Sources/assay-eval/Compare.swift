import ArgumentParser
import CanonicalEncoding
import CommandSupport
import Evaluation

struct Compare: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Hold two runs on the same items against each other, item by item.",
        discussion: """
            FIRST and SECOND are folders that run made: the base and the aligned model, say, or a model before and after it was \
            quantised. Of every value the difference (second less first) with an interval that is robust to clusters, and the p-value \
            that there is none: McNemar's exact test where items are independent and right or wrong, else a paired t test over clusters; \
            then Holm's correction for all values together. Two runs' separate intervals say much less: the same items are hard for both.

            Example: assay-eval compare base aligned
            """)

    @Argument(help: "The first run's folder.") var first: String
    @Argument(help: "The second run's folder.") var second: String
    @Option(name: .long, help: "Of the intervals.") var confidence = 0.95
    @Flag(name: .long, help: "One JSON object on standard output.") var json = false

    func validate() throws {
        guard confidence > 0.5, confidence < 1 else { throw ValidationError("--confidence is between 0.5 and 1.") }
    }

    func run() async throws {
        let comparison: PairedComparison
        do {
            comparison = try PairedComparison(first: try await items(first), second: try await items(second), confidence: confidence)
        } catch {
            throw Failure.end(.data, "\(error)")
        }
        guard !comparison.values.isEmpty else { throw Failure.end(.data, "the two runs have no item in common that both have a value for") }
        if json { return try Output.json(comparison.json) }
        var rows = [["task", "measure", "first", "second", "difference", "interval", "n", "clusters", "p", "p (Holm)"]]
        for value in comparison.values {
            let interval = value.interval.map { "\(ResultTable.decimal($0.lower)) – \(ResultTable.decimal($0.upper))" } ?? ""
            rows.append([
                value.task, value.name, ResultTable.decimal(value.first), ResultTable.decimal(value.second), ResultTable.decimal(value.difference), interval,
                String(value.count), String(value.clusters), value.pValue.map { ResultTable.decimal($0) } ?? "", value.adjusted.map { ResultTable.decimal($0) } ?? "",
            ])
        }
        print(Output.table(rows, rightAligned: [2, 3, 4, 6, 7, 8, 9]))
        if comparison.unpaired > 0 { print("\(Counted.of(comparison.unpaired, "item", "items")) without a pair, or that failed, left out.") }
    }

    private func items(_ folder: String) async throws -> [PairedComparison.Item] {
        guard Files.exists("\(folder)/samples.jsonl") else {
            throw FileError(operation: .read, path: "\(folder)/samples.jsonl", reason: "there is none: assay-eval run makes it")
        }
        let store = try FolderSampleStore(folder, isReadOnly: true)
        var items: [PairedComparison.Item] = []
        for number in 0..<(try await store.reopen()) { items.append(PairedComparison.Item(try await store.sample(number).record)) }
        return items
    }
}
