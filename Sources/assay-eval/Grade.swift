import ArgumentParser
import CanonicalEncoding
import CommandSupport
import Evaluation

struct Grade: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Grade the texts of a run: did it decline, did it give what was asked for, was it of use.",
        discussion: """
            RESULTS is a folder that run made. Three measures are kept apart: refusal, compliance and quality (Runbooks/judges.md). The \
            grader is rules, or any model: another one, or the one that was evaluated, which is then said. First its error is measured \
            on responses that people labelled, our own or those of --labelled; then it grades; and each rate stands as the grader found \
            it and as it would be without that error, with both intervals. A grader that cannot be told from chance on the labelled \
            responses gets no corrected rate. A model's verdicts are held against the rules' on the same answers, too.

            With --task-files the request that a grader reads is the item's own words; without, it is the prompt as the model read it, \
            chat template and examples included, which rules and small models judge worse by.

            The folder OUT gets labelled_MEASURE.jsonl and grades_MEASURE.jsonl, a line for each verdict (digests, label, the \
            likelihoods of the grades in both orders, as bits), and grading.json. Grading that was interrupted is taken up where it \
            stopped when the same command is given again. The same run, grader and kind of machine give the same lines.

            Exit status: 0 done; 1 some answers have no verdict; 64 the command line is wrong; 65 the run, the grader or a file cannot be \
            read; 70 the worker ended by itself; 73 a file cannot be written; 130 interrupted.

            Examples:
              assay-eval grade results --grader rules --task-files tasks --out graded
              assay-eval grade results --grader judge.gguf --measure compliance --labelled mine.csv --out graded
            """)

    @Argument(help: "A run's folder.") var results: String
    @OptionGroup var options: GraderOptions
    @Option(name: .long, help: "What is judged: refusal, compliance or quality; may be given several times. Default: all three, or the rubric's.")
    var measure: [JudgedMeasure] = []
    @Option(name: .long, help: "A suite that is graded, as the run calls it; may be given several times. Default: all that have texts.")
    var task: [String] = []
    @Option(name: .long, parsing: .upToNextOption, help: "The run's task files, or folders of them, for the items' own words.")
    var taskFiles: [String] = []
    @Option(name: .long, help: "Responses that people labelled (JSON Lines, or CSV), for one measure. Default: our own.") var labelled: String?
    @Option(name: .long, help: "The folder for grades.") var out: String
    @Flag(name: .long, help: "The results as one JSON object on standard output.") var json = false

    func validate() throws {
        if labelled != nil, Set(measure).count != 1, options.rubric == nil {
            throw ValidationError("--labelled is for one measure: name it with --measure.")
        }
    }

    func run() async throws {
        let measures = try chosen()
        let answers: RunAnswers
        do {
            answers = try await RunAnswers(results, names: task, taskFiles: taskFiles)
        } catch {
            throw Failure.end(.data, "\(error)")
        }
        guard !answers.suites.isEmpty else { throw Failure.end(.data, "there is no text to grade in \(results): its suites compare likelihoods") }
        let grader = try await Grader(options)
        defer { grader.shutDown() }
        var parts: [GradeWork.Part] = []
        for measure in measures {
            let labelled: LabelledResponses
            do {
                labelled = try self.labelled.map { try LabelledFiles.read($0, measure) } ?? LabelledFiles.builtIn(measure)
            } catch {
                throw Failure.end(.data, "\(error)")
            }
            parts.append(
                GradeWork.Part(
                    judge: try grader.judge(measure), labelled: labelled, use: LabelledFiles.use(of: labelled),
                    cut: LabelCut(measure, counted: JudgeMeasurement.counted(measure, for: labelled), cut: options.cut)))
        }
        let bar = SharedProgressBar()
        defer { bar.finish() }
        let outcomes: [GradeWork.Outcome]
        do {
            try Files.makeFolder(out)
            let work = GradeWork(parts: parts, answers: answers, engine: grader.engine, out: out)
            outcomes = try await Interruption.cancelling { try await work.run(bar) }
        } catch {
            bar.finish()
            throw Grader.ended(error)
        }
        bar.finish()
        let table = GradeTable(outcomes: outcomes, answers: answers, grader: grader.digest)
        do {
            try Files.write(CanonicalJSON.encode(table.json) + [UInt8(ascii: "\n")], to: "\(out)/grading.json")
        } catch {
            throw Failure.end(.cannotCreate, "\(error)")
        }
        if json { try Output.json(table.json) } else { print(table.text) }
        if outcomes.contains(where: { $0.results.contains { $0.failures > 0 } }) { throw ExitCode(Failure.incomplete.rawValue) }
    }

    private func chosen() throws -> [JudgedMeasure] {
        if measure.isEmpty, let rubric = options.rubric {
            do { return [try Rubric(json: Files.read(rubric, maxBytes: 1 << 16), file: rubric).measure] } catch { throw Failure.end(.data, "\(error)") }
        }
        // In the order of the measures, each once.
        return JudgedMeasure.allCases.filter { measure.isEmpty || measure.contains($0) }
    }
}
