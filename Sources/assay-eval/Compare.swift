import ArgumentParser
import CanonicalEncoding
import CommandSupport
import Evaluation
import EvaluationSuites
import Glibc
import Reporting

struct Compare: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Hold two runs on the same items against each other, item by item: what alignment, a filter or a quantisation cost.",
        discussion: """
            FIRST and SECOND are folders that run made: the base and the aligned model, say, or a model before and after it was \
            quantised. Of every value, as a whole and by domain: both runs' figures with intervals, the difference (second less first) \
            with its interval, and the p-value that there is none: McNemar's exact test where items are independent and right or wrong, \
            else a paired t test over clusters; then Holm's correction for all rows of the table. Two runs' separate intervals say much \
            less: the same items are hard for both.

            "Capability drop" is one number: the mean over domains of what was lost (first less second) on the tasks that say how often \
            answers were right, each domain weighing the same. --capability names the tasks that it is over. Where a judge labelled \
            answers, refusals in full and in part stand apart, with and without the judge's own error. Where choices were scored, \
            calibration says how well the picked choice's probability tells whether it is right. Runbooks/statistics.md has the formulas.

            Examples:
              assay-eval compare base aligned
              assay-eval compare base aligned --capability mmlu --capability gsm8k --plot cost.svg
            """)

    @Argument(help: "The first run's folder.") var first: String
    @Argument(help: "The second run's folder.") var second: String
    @Option(name: .long, help: "Of the intervals: more than 0.5, less than 1.") var confidence = "0.95"
    @Option(name: .long, help: "A task that the capability drop is over; may be given several times. Default: all that say how often answers were right.")
    var capability: [String] = []
    @Option(name: .long, help: "Also write the reliability diagrams and the differences with their intervals here, as SVG.") var plot: String?
    @Flag(name: .long, help: "One JSON object on standard output.") var json = false

    func validate() throws { _ = try level() }

    private func level() throws -> DecimalText {
        guard let level = DecimalText(confidence), level.double > 0.5, level.double < 1 else {
            throw ValidationError("--confidence is a decimal number between 0.5 and 1, such as 0.95.")
        }
        return level
    }

    func run() async throws {
        let report: DegradationReport
        do {
            var samples = PairedSamples()
            let plans = try [first, second].map { try EvaluationPlan(json: Files.read("\($0)/plan.json")) }
            let omissions = DegradationReport.omissions(plans[0], plans[1])
            try await read(first, without: omissions) { try samples.add(first: $0) }
            try await read(second, without: omissions) { try samples.add(second: $0) }
            if let unknown = capability.first(where: { !samples.taskNames.contains($0) }) {
                throw Failure.end(.data, "no task \(unknown) is in the runs; they have \(samples.taskNames.joined(separator: ", "))")
            }
            report = DegradationReport(
                samples, confidence: try level(), judge: samples.isJudged ? Self.judge(of: plans) : nil,
                capability: capability.isEmpty ? nil : Set(capability), leftOut: omissions)
        } catch let end as ExitCode {
            throw end
        } catch {
            throw Failure.end(.data, "\(error)")
        }
        guard !report.isEmpty else { throw Failure.end(.data, "the two runs have no item in common that both have a value for") }
        let view = report.json
        if let plot {
            let text = DegradationPlot.document(view, title: "\(Self.name(second)) against \(Self.name(first))")
            do { try Files.write(Array(text.utf8), to: plot) } catch { throw Failure.end(.cannotCreate, "\(error)") }
        }
        if json { return try Output.json(view) }
        print(DegradationText.lines(view, drawn: isatty(STDOUT_FILENO) == 1).joined(separator: "\n"))
        if let plot { print("Written to \(plot).") }
    }

    /// Hands on each sample's figures, one after another.
    private func read(_ folder: String, without left: [DegradationReport.Omission], _ take: (SampleFigures) throws -> Void) async throws {
        guard Files.exists("\(folder)/samples.jsonl") else {
            throw FileError(operation: .read, path: "\(folder)/samples.jsonl", reason: "there is none: assay-eval run makes it")
        }
        let store = try FolderSampleStore(folder, isReadOnly: true), count = try await store.reopen(), left = Set(left.map(\.task))
        var bar = ProgressBar()
        defer { bar.finish() }
        for number in 0..<count {
            let record = try await store.sample(number).record
            if !left.contains(record.task) { try take(SampleFigures(record)) }
            if number.isMultiple(of: 100) { bar.update(activity: Self.name(folder), done: Int64(number), total: Int64(count), unit: "samples") }
        }
    }

    /// The judge that labelled the answers of both runs; nil where either has another than the one here.
    private static func judge(of plans: [EvaluationPlan]) -> JudgeReport? {
        guard let here = try? SuiteLibrary.besideProgram().judge, plans.allSatisfy({ $0.judge == here.planEntry }) else { return nil }
        return here.report
    }

    private static func name(_ folder: String) -> String { folder.split(separator: "/").last.map(String.init) ?? folder }
}
