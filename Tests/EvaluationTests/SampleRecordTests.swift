import CanonicalEncoding
import Evaluation
import EvaluationSuites
import Testing

/// A run is taken up again from the records that a store kept, and from nothing that does not fit.
@Suite struct SampleRecordTests {
    let library: SuiteLibrary
    let plan: EvaluationPlan

    init() throws {
        library = try SuiteLibrary.besideProgram()
        plan = try library.plan(
            submission: "s-1", model: RunnerTests.model, engine: RunnerTests.engine, seed: 7, limit: 20)
    }

    private func run(_ store: any SampleStore, model: ScriptedModel = ScriptedModel()) async throws -> EvaluationRun {
        try await EvaluationRunner.run(plan: plan, suites: library.suites, judge: library.judge, model: model, resume: store)
    }

    private func lines() async throws -> [String] {
        let store = MemorySampleStore()
        _ = try await run(store)
        return await store.records.map { String(decoding: $0.line, as: UTF8.self) }
    }

    private func record(_ line: String) throws -> SampleRecord {
        try SampleRecord(JSONField(CanonicalJSON.parse(Array(line.utf8))))
    }

    /// A finished run is read back without asking anything.
    @Test func finishedRunIsReadBack() async throws {
        let store = MemorySampleStore()
        let finished = try await run(store)
        #expect(finished.samples == 60)
        #expect(try await run(store, model: ScriptedModel(life: 0)).digest == finished.digest)
    }

    /// A changed likelihood no longer fits its decimal; a changed prompt no longer fits its digest.
    @Test func changedRecordIsRefused() async throws {
        let line = try await lines()[1]
        #expect(try record(line).line == Array(line.utf8))
        let changed = [
            line.replacing("\"nats\":\"-", with: "\"nats\":\"-9"), line.replacing("Question: ", with: "Frage: "), "{}",
        ]
        for other in changed {
            #expect(other != line)
            #expect(throws: JSONFieldError.self) { try record(other) }
        }
    }

    @Test func recordsOfSomethingElseAreRefused() async throws {
        let lines = try await lines()
        func expect(_ words: String, _ lines: [String]) async throws {
            let store = MemorySampleStore()
            await store.append(try lines.map { TimedSample(record: try record($0), timing: .init(started: 0, engine: 0, shared: 1)) })
            let error = await #expect(throws: EvaluationError.self) { try await run(store) }
            #expect(error?.description.contains(words) == true, "\(words): \(String(describing: error))")
        }
        try await expect("not the sample", [lines[0], lines[1], lines[0]])
        try await expect("not the sample", [lines[1]])
        try await expect("not the sample", [lines[0].replacing("\"id\":\"", with: "\"id\":\"x")])
        try await expect("61 samples are recorded", lines + [lines[0]])
    }

    @Test func anotherPlanIsRefused() async throws {
        let store = MemorySampleStore()
        _ = try await run(store)
        var other = plan
        other.seed = 99
        await #expect(throws: EvaluationError.self) {
            try await EvaluationRunner.run(
                plan: other, suites: library.suites, judge: library.judge, model: ScriptedModel(), resume: store)
        }
    }
}
