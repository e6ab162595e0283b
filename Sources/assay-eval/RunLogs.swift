import CanonicalEncoding
import CommandSupport
import Evaluation

/// The logs of a run that other programs read, written from its recorded samples.
struct RunLogs: Sendable {
    let folder: String
    /// What the logs call the model.
    let model: String
    let plan: EvaluationPlan
    let suites: [TaskSuite]

    /// How many bytes a task's name may have: files are called by it, and by the scaffold that it is asked through.
    static let longestName = FileWriter.longestName - "samples_+retrieval.jsonl".utf8.count

    /// Writes each suite's two files anew.
    /// - Throws: `CancellationError` between two samples; then what was begun is taken away.
    func write(_ run: EvaluationRun, from store: FolderSampleStore) async throws {
        let bar = SharedProgressBar()
        defer { bar.finish() }
        var next = 0
        for (entry, result) in zip(plan.suites, run.results) {
            guard let suite = suites.first(where: { ExactString($0.task.name) == ExactString(entry.task) }) else { continue }
            let harness = HarnessSampleLog(suite), path = "\(folder)/\(entry.name).eval"
            let samples = next..<next + result.samples
            guard let first = try await store.timing(samples.first), let last = try await store.timing(samples.last) else { continue }
            next = samples.upperBound
            try Files.remove(path)
            let inspect = try InspectRunLog(path: path, suite: suite, entry: entry, plan: plan, engine: run.engine, model: model, started: first.started)
            let lines = try FileWriter("\(folder)/samples_\(entry.name).jsonl")
            do {
                for number in samples {
                    try Task.checkCancellation()
                    let sample = try await store.sample(number)
                    try lines.append(try harness.lines(sample.record))
                    try await inspect.add(sample)
                    bar.show("writing logs", done: number + 1, of: run.samples, "samples")
                }
                try lines.commit()
                try await inspect.finish(result, started: first.started, completed: last.started + last.engine)
            } catch {
                lines.abandon()
                await inspect.abandon()
                throw error
            }
        }
    }
}
