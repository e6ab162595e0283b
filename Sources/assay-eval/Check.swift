import ArgumentParser
import CanonicalEncoding
import CommandSupport
import Evaluation

struct Check: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Read task files and say which can be evaluated, and what keeps the others from it.",
        discussion: """
            With --items the items are read too, and every one is put into words; so is the corpus that a task names. A file that is named twice, itself and by its folder, is \
            one. Groups that cannot be read are named as left out; they keep no task from being evaluated.

            Example: assay-eval check --items tasks
            """)

    @Argument(help: "Task files, or folders of them.") var tasks: [String]
    @Flag(name: .long, help: "Read the items and put each into words.") var items = false
    @Flag(name: .long, help: "Let tasks bring Python functions that score their samples (!function).") var allowScorers = false
    @Flag(name: .long, help: "One JSON object on standard output.") var json = false

    func run() throws {
        let named: TaskFiles.Named
        do { named = try TaskFiles.named(tasks) } catch { throw Failure.end(.data, "\(error)") }
        let files = named.files
        guard !files.isEmpty else { throw Failure.end(.data, "there is no task file in \(tasks.joined(separator: ", "))") }
        var (read, refused) = ([JSONValue](), [JSONValue]())
        var lines: [String] = []
        for file in files {
            do {
                let task: TaskDefinition, count: Int?
                let folder = TaskFiles.folder(allowsScorers: allowScorers)
                if items {
                    let suite = try TaskSuite(file: file, in: folder)
                    (task, count) = (suite.task, suite.items.count)
                } else {
                    (task, count) = (try TaskDefinition(file: file, in: folder), nil)
                }
                read.append([
                    "task": .string(task.name), "file": .string(file), "type": .string(task.outputType.rawValue),
                    "metrics": .array(task.valueNames.map { .string($0) }), "items": count.map { .integer(Int64($0)) } ?? .null,
                    "corpus": task.corpus.map { .string($0.source) } ?? .null,
                ])
                let corpus = task.corpus.map { ", with a corpus: \($0.source)" } ?? ""
                let size = count.map { ", " + Counted.of($0, "item", "items") } ?? ""
                lines.append("\(task.name): \(task.outputType.rawValue)\(size)\(corpus); measures \(task.valueNames.joined(separator: "; "))")
            } catch {
                refused.append(Self.json(error))
                lines.append("refused: \(error)")
            }
        }
        if json {
            try Output.json(["read": .array(read), "refused": .array(refused), "leftOut": .array(named.leftOut.map(Self.json))])
        } else {
            lines += named.leftOut.map { "left out: \($0)" }
            lines.append("\(read.count) of \(Counted.of(files.count, "task", "tasks")) can be evaluated.")
            print(lines.joined(separator: "\n"))
        }
        if !refused.isEmpty { throw ExitCode(Failure.incomplete.rawValue) }
    }

    private static func json(_ error: TaskError) -> JSONValue {
        ["file": .string(error.file), "line": .integer(Int64(error.line)), "message": .string(error.message), "code": .string(error.code.rawValue)]
    }
}
