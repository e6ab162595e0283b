import AuditCrypto
import CanonicalEncoding
import CommandSupport
import Evaluation

/// The texts that a model wrote in a run, as `assay-eval run` left them.
struct RunAnswers: Sendable {
    /// An output of a sample.
    struct Place: Sendable {
        let sample: Int
        let output: Int
    }

    let plan: EvaluationPlan
    /// Whether task files say what was asked.
    let hasItems: Bool
    private let store: FolderSampleStore
    private let questions: [Questions]
    /// Of each suite that has texts, in the plan's order: the places of its answers.
    private(set) var suites: [(name: String, places: [Place])] = []
    /// Samples that failed, and have no text to grade.
    private(set) var failed = 0

    /// A suite's items in words.
    private struct Questions: Sendable {
        let task: String
        let digest: SHA256Digest
        let count: Int
        let renderer: ItemRenderer
    }

    /// - Parameters:
    ///   - folder: a run's.
    ///   - names: the suites that are graded, as the plan calls them; none for all that have texts.
    ///   - taskFiles: the run's task files, for the items' own words.
    init(_ folder: String, names: [String], taskFiles: [String]) async throws {
        for file in ["plan.json", "samples.jsonl"] where !Files.exists("\(folder)/\(file)") {
            throw FileError(operation: .read, path: "\(folder)/\(file)", reason: "there is none: assay-eval run makes it")
        }
        let plan: EvaluationPlan
        do {
            plan = try EvaluationPlan(json: Files.read("\(folder)/plan.json", maxBytes: 1 << 20))
        } catch {
            throw EvaluationError.store("\(folder)/plan.json: \(error)")
        }
        self.plan = plan
        hasItems = !taskFiles.isEmpty
        if let unknown = names.first(where: { name in !plan.suites.contains { ExactString($0.name) == ExactString(name) } }) {
            throw EvaluationError.planMismatch("there is no suite \"\(unknown)\" in \(folder); there are \(plan.suites.map(\.name).joined(separator: ", "))")
        }
        questions = try TaskFiles.named(taskFiles).files.map { file in
            let suite = try TaskSuite(file: file, in: TaskFiles.folder(allowsScorers: true))
            return Questions(
                task: suite.task.name, digest: suite.taskDigest, count: suite.items.count, renderer: try ItemRenderer(suite, shots: 0))
        }
        // The run has ended: its folder need not be writable.
        store = try FolderSampleStore(folder, isReadOnly: true)
        var places: [ExactString: [Place]] = [:]
        for number in 0..<(try await store.reopen()) {
            let record = try await store.sample(number).record
            guard names.isEmpty || names.contains(where: { ExactString($0) == ExactString(record.task) }) else { continue }
            switch record.solution.output {
            case .texts(let texts): places[ExactString(record.task), default: []] += texts.indices.map { Place(sample: number, output: $0) }
            case .failure: failed += 1
            case .choices: break
            }
        }
        suites = plan.suites.compactMap { suite in places[ExactString(suite.name)].map { (suite.name, $0) } }
        if !taskFiles.isEmpty {
            for suite in plan.suites where places[ExactString(suite.name)] != nil && questions(of: suite) == nil {
                throw EvaluationError.planMismatch(
                    "none of the task files is that of \(suite.name): it has changed since the run, or is not among those named")
            }
        }
    }

    private func questions(of suite: EvaluationPlan.Suite) -> Questions? {
        questions.first { ExactString($0.task) == ExactString(suite.task) && $0.digest == suite.taskDigest }
    }

    /// An answer with what it answers: the item's own words where task files are here, or else the prompt as the model read it.
    func answer(_ place: Place) async throws -> GradableResponse {
        let record = try await store.sample(place.sample).record
        guard case .texts(let texts) = record.solution.output, texts.indices.contains(place.output) else {
            throw EvaluationError.store("sample \(place.sample) was changed while it was graded")
        }
        var request = record.solution.prompts.first
        if let suite = plan.suites.first(where: { ExactString($0.name) == ExactString(record.task) }), let questions = questions(of: suite) {
            guard record.index < questions.count else { throw Self.otherItem(record) }
            let (item, rendered) = try questions.renderer.render(record.index)
            guard item.digest == record.itemDigest else { throw Self.otherItem(record) }
            request = rendered.question
        }
        return GradableResponse(
            task: record.task, id: record.id, output: place.output, cluster: record.cluster ?? "\(record.task)/\(record.id)",
            request: request, response: texts[place.output].text)
    }

    private static func otherItem(_ record: SampleRecord) -> EvaluationError {
        .planMismatch("the item \(record.id) of \(record.task) is not the one that was asked: the items have changed since the run")
    }
}
