import ArgumentParser
import CommandSupport

/// Tasks on a model, outside the appliance.
@main
struct AssayEval: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "assay-eval",
        abstract: "Evaluate a model on tasks without an appliance: to try tasks out before they go into a pack.",
        discussion: """
            Tasks are lm-evaluation-harness YAML (the declarative part) with items in local JSON Lines, JSON or CSV files. The model runs in \
            the same confined worker and is scored by the same code as in the appliance; what is missing is everything that makes an \
            evaluation evidence: sealed weights, a registered plan, the ledger. Nothing that this program writes is a verdict.

            Examples:
              assay-eval check tasks                                    # which tasks can be read, and why not the others
              assay-eval run --model model.gguf --out results tasks/arc_easy.yaml
              assay-eval run --model FOLDER --out results --chat-template --limit 50 tasks
              assay-eval run --model model.gguf --out results --chat-template --scaffold bare --scaffold agent tasks
              assay-eval compare base aligned                           # item by item, with the difference's interval
              assay-eval grade results --grader rules --out graded      # did it decline, give what was asked, was it of use
              assay-eval measure-judge --grader model.gguf --labelled responses.csv
              assay-eval contamination --model model.gguf tasks         # has the model read these items before

            Exit status: 0 done; 1 a task could not be read, or samples failed; 64 the command line is wrong; 65 the model or a task \
            cannot be read; 70 the worker could not be started, ended by itself or \
            did not answer in time; 73 a result cannot be written; 130 interrupted.
            """,
        version: "1", subcommands: [Run.self, Check.self, Compare.self, Grade.self, MeasureJudge.self, Contamination.self])
}

/// Ends of the program with a documented status.
enum Failure: Int32 {
    case incomplete = 1
    case data = 65
    case software = 70
    case cannotCreate = 73
    case interrupted = 130

    static func end(_ failure: Failure, _ reason: String) -> ExitCode {
        Output.note("assay-eval: \(reason)")
        return ExitCode(failure.rawValue)
    }
}
