import ArgumentParser
import CanonicalEncoding
import CommandSupport
import Foundation
import Reporting

struct CompareRuns: ApplianceCommand {
    static let configuration = CommandConfiguration(
        commandName: "compare", abstract: "Two evaluation runs on the same items: what alignment cost, with intervals.",
        discussion: """
            The first run is the base model's, say, and the second the aligned one's; they may be of one submission or of two. Item by \
            item: each value as a whole and by domain, how answers were judged (refusals in full and in part apart, with and without \
            the judge's own error), calibration, and the capability drop: the mean over domains of what was lost, each domain weighing \
            the same. Runbooks/statistics.md has the formulas.

            It is a look, recorded before you see anything and charged to the budget of transcripts, at two submissions to both. It holds \
            figures only, no prompt and no output.

            Examples:
              assay compare 9a0b 41de --as alice
              assay compare 9a0b 41de --capability assay_capability --plot cost.svg --as alice
            """)

    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var signing: SigningOptions
    @Option(name: .long, help: "A task that the capability drop is over; may be given several times. Default: all that say how often answers were right.")
    var capability: [String] = []
    @Option(name: .long, help: "Also write the reliability diagrams and the differences with their intervals here, as SVG.") var plot: String?
    @Argument(help: "The first run, or the start of its name (assay runs lists them).") var first: String
    @Argument(help: "The second run, or the start of its name.") var second: String

    func validate() throws {
        guard capability.count <= 64 else { throw ValidationError("--capability may be given 64 times.") }
    }

    func execute() throws {
        var scope: JSONObject = ["run": .string(first), "withRun": .string(second)]
        if !capability.isEmpty { scope["capability"] = .array(capability.map { .string($0) }) }
        let result = try signing.act("inspect.runs", .object(scope), through: connection)
        let view = result["view"] ?? .null
        if let plot {
            let text = DegradationPlot.document(view, title: "Run \(second) against run \(first)", watermark: result["watermark"]?.string)
            try Files.write(Array(text.utf8), to: plot, mode: 0o600)
        }
        try connection.show(result) {
            let text = DegradationText.lines(view, drawn: isatty(STDOUT_FILENO) == 1).joined(separator: "\n")
            var lines = Shown.marked(text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init), result)
            if let plot { lines.append("Written to \(plot).") }
            return (lines + [Shown.line(result)]).joined(separator: "\n")
        }
    }
}
