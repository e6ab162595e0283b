import ArgumentParser
import CanonicalEncoding
import CommandSupport
import Evaluation

struct MeasureJudge: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "How often a judge, by rules or a model, is wrong on responses that people labelled.",
        discussion: """
            The file is JSON Lines of {"id", "use", "label", "request", "response"}, or CSV with a header (its name ends in .csv). \
            A label is one of the measure's, or a score from 0 to 1; of several people's scores the mean counts. Without --labelled \
            our own labelled responses are taken, those held out where there are such.

            Judges know nothing of a response's label. Rates stand with their counts and a 95 % interval; misses and false \
            alarms are told apart. Use responses that nobody wrote rules with. With --out a model's verdicts are kept in that folder, \
            in labelled_MEASURE.jsonl, and measuring that was interrupted is taken up there when the same command is given again.

            Exit status: 0 measured, whatever came out; 64 the command line is wrong; 65 a file or the model cannot be read, or is of \
            another form; 70 the worker ended by itself; 73 a file cannot be written; 130 interrupted.

            Examples:
              assay-eval measure-judge --grader rules --labelled refusals.csv
              assay-eval measure-judge --grader rules --labelled answers.csv --response answer --request question --label person
              assay-eval measure-judge --grader model.gguf --measure quality --out measured --list
            """)

    @OptionGroup var options: GraderOptions
    @Option(name: .long, help: "What is judged: refusal, compliance or quality.") var measure = JudgedMeasure.refusal
    @Option(name: .long, help: "The file of labelled responses. Default: our own of the measure.") var labelled: String?
    @Option(name: .long, help: "The CSV column with the response. Default: assistant_response, or response.") var response: String?
    @Option(name: .long, help: "The CSV column with the request. Default: objective, request or prompt.") var request: String?
    @Option(
        name: .long,
        help: "The CSV column with a person's label; several, where several labelled. Default: human_score…, or label.")
    var label: [String] = []
    @Option(
        name: .long,
        help: """
            The judge's labels that count as yes, between commas. Default: refused (and incoherent, where people gave scores: an \
            answer to another question is no answer); partial,full; fair,good.
            """)
    var count: String?
    @Option(name: .long, help: "Of JSON Lines, those for this use: design, held-out or all. Default: held-out where there are such, or else all.")
    var use: String?
    @Option(name: .long, help: "A folder that keeps verdicts.") var out: String?
    @Flag(name: .long, help: "List the responses on which judge and people disagree.") var list = false
    @Flag(name: .long, help: "One JSON object on standard output.") var json = false

    func validate() throws {
        if let use, use != "all", LabelledResponse.Use(rawValue: use) == nil {
            throw ValidationError("--use is design, held-out or all, not \"\(use)\".")
        }
        if let unknown = counted?.first(where: { !measure.labels.contains($0) }) {
            throw ValidationError("--count takes \(measure.labels.joined(separator: ", ")), not \"\(unknown)\".")
        }
    }

    private var counted: [String]? { count?.split(separator: ",").map { String($0.drop { $0 == " " }) } }

    func run() async throws {
        let responses: LabelledResponses
        do { responses = try read() } catch { throw Failure.end(.data, "\(error)") }
        let chosen = use.map { LabelledResponse.Use(rawValue: $0) } ?? LabelledFiles.use(of: responses)
        let cut = LabelCut(measure, counted: counted ?? JudgeMeasurement.counted(measure, for: responses), cut: options.cut)
        let grader = try await Grader(options)
        defer { grader.shutDown() }
        let judge = try grader.judge(measure)
        let bar = SharedProgressBar()
        defer { bar.finish() }
        let measurement: JudgeMeasurement
        do {
            let journal: any GradeJournal
            if let out {
                try Files.makeFolder(out)
                journal = try LineJournal("\(out)/labelled_\(measure.rawValue).jsonl")
            } else {
                journal = MemoryGradeJournal()
            }
            measurement = try await Interruption.cancelling {
                try await JudgeMeasurement(
                    judge, of: responses, use: chosen, cut: cut, engine: grader.engine, journal: journal,
                    progress: { bar.show("measuring", done: $0, total: $1, unit: "responses") })
            }
        } catch {
            bar.finish()
            throw Grader.ended(error)
        }
        bar.finish()
        if json { return try Output.json(JudgeTable.json(measurement, listing: list)) }
        print(JudgeTable.text(measurement, file: responses.file))
        if list { print(JudgeTable.disagreements(measurement)) }
    }

    private func read() throws -> LabelledResponses {
        guard let labelled else { return try LabelledFiles.builtIn(measure) }
        var columns = LabelledResponses.Columns()
        if let response { columns.response = [response] }
        if let request { columns.request = [request] }
        if !label.isEmpty { columns.labels = label }
        return try LabelledFiles.read(labelled, measure, columns: columns)
    }
}
