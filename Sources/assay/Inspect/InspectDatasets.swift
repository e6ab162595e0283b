import ArgumentParser
import CanonicalEncoding
import CommandSupport

struct InspectSearch: ApplianceCommand {
    static let configuration = CommandConfiguration(
        commandName: "search", abstract: "Rows of a dataset that hold a text: how many, and the first of them.",
        discussion: """
            The text is taken as it is, not as a pattern; it is looked for in each row as it stands, and in its strings. The \
            rows shown count as rows.

            Example: assay inspect search 4f1c --pattern "@example.com" --ignore-case --count 5 --as alice
            """)

    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var signing: SigningOptions
    @Option(name: .long, help: "The text to look for.") var pattern: String
    @Flag(name: .long, help: "Upper and lower case are the same.") var ignoreCase = false
    @Option(name: .long, help: "How many rows to show, at most 1000; 0 for their number alone.") var count: Int64 = 10
    @Option(name: .long, help: "The file within the submission, where it has several of the kind.") var file: String?
    @Argument(help: "The submission, or the start of its name.") var submission: String

    func validate() throws {
        guard !pattern.isEmpty else { throw ValidationError("--pattern is empty.") }
        guard (0...1000).contains(count) else { throw ValidationError("--count is 0 to 1000.") }
    }

    func execute() throws {
        var scope: JSONObject = ["submission": .string(submission), "pattern": .string(pattern), "count": .integer(count)]
        if ignoreCase { scope["ignoreCase"] = true }
        if let file { scope["file"] = .string(file) }
        let result = try signing.act("inspect.search", .object(scope), through: connection)
        try connection.show(result) {
            PageOptions.text(result, "row", "rows") + "\n\(Counted.of(result["view"]?["matches"]?.integer ?? 0, "row holds", "rows hold")) the text."
        }
    }
}

struct InspectSample: ApplianceCommand {
    static let configuration = CommandConfiguration(
        commandName: "sample", abstract: "Rows of a dataset drawn at random, none twice; the same rows for the same seed.",
        discussion: """
            Without --seed the seed follows from the submission's id, so that nobody chose it; it is told with the rows.

            Example: assay inspect sample 4f1c --count 20 --as alice
            """)

    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var signing: SigningOptions
    @Option(name: .long, help: "How many rows, at most 1000.") var count: Int64 = 20
    @Option(name: .long, help: "A whole number from 0 to 2^53.") var seed: Int64?
    @Option(name: .long, help: "The file within the submission, where it has several of the kind.") var file: String?
    @Argument(help: "The submission, or the start of its name.") var submission: String

    func validate() throws {
        guard (1...1000).contains(count) else { throw ValidationError("--count is 1 to 1000.") }
        if let seed, !(0...1 << 53).contains(seed) { throw ValidationError("--seed is 0 to 2^53.") }
    }

    func execute() throws {
        var scope: JSONObject = ["submission": .string(submission), "count": .integer(count)]
        if let seed { scope["seed"] = .integer(seed) }
        if let file { scope["file"] = .string(file) }
        let result = try signing.act("inspect.sample", .object(scope), through: connection)
        try connection.show(result) {
            PageOptions.text(result, "row", "rows") + "\nSeed \(result["view"]?["seed"]?.string ?? "")."
        }
    }
}

struct InspectDataset: ApplianceCommand {
    static let configuration = CommandConfiguration(
        commandName: "dataset", abstract: "A dataset in figures: rows, fields, types, missing values, lengths, duplicates.",
        discussion: "Example: assay inspect dataset 4f1c --as alice")

    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var signing: SigningOptions
    @Option(name: .long, help: "The file within the submission, where it has several of the kind.") var file: String?
    @Argument(help: "The submission, or the start of its name.") var submission: String

    func execute() throws {
        var scope: JSONObject = ["submission": .string(submission)]
        if let file { scope["file"] = .string(file) }
        let result = try signing.act("inspect.dataset", .object(scope), through: connection)
        try connection.show(result) {
            let view = result["view"]
            func quantiles(_ value: JSONValue?) -> String {
                guard let value, value != .null else { return "" }
                return ["minimum", "p5", "p25", "median", "p75", "p95", "maximum"].map { "\(value[$0]?.integer ?? 0)" }.joined(separator: " / ")
            }
            let rows = (view?["fields"]?.array ?? []).map { field in
                [
                    field["name"]?.string ?? "",
                    (field["types"]?.object?.members ?? []).map { "\($0.key) \($0.value.integer ?? 0)" }.joined(separator: ", "),
                    "\(field["missing"]?.integer ?? 0)", "\(field["empty"]?.integer ?? 0)", quantiles(field["characters"]),
                ]
            }
            let head = ["field", "types", "missing", "empty", "characters: min / 5 / 25 / 50 / 75 / 95 % / max"]
            return """
                \(Counted.of(view?["rows"]?.integer ?? 0, "row", "rows")), \(Counted.bytes(view?["bytes"]?.integer ?? 0)), \
                \(Counted.of(view?["duplicateRows"]?.integer ?? 0, "row repeats", "rows repeat")) an earlier one.
                Bytes of a row: \(quantiles(view?["rowBytes"])) (min / 5 / 25 / 50 / 75 / 95 % / max)

                \(Output.table([head] + rows, rightAligned: [2, 3]))
                \(Shown.line(result))
                """
        }
    }
}
