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
        return try await store.records.map { String(decoding: try $0.line, as: UTF8.self) }
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
        // A value under another name than the task's is none.
        try await expect("not the sample", [lines[0].replacing("\"values\":{\"acc\"", with: "\"values\":{\"abc\"")])
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

    // MARK: Limits

    private func record(target: JSONValue = "", _ output: Solution.Output, _ score: SampleScore = SampleScore()) throws -> SampleRecord {
        let item = try ItemFile(jsonLines: Array("{\"q\":1}".utf8), file: "i.jsonl").item(0)
        let rendered = RenderedItem(requests: .generation([]), choices: [], right: .text(""), target: target)
        return SampleRecord(
            question: Question(item: item, rendered: rendered, seeds: [1]), task: "t", solution: Solution(prompts: [""], output: output),
            score: .success(score))
    }

    private func text(_ text: String, tokens: Int) -> GeneratedText {
        GeneratedText(text: text, tokens: Array(repeating: 7, count: tokens), finish: "length", promptTokenCount: 1)
    }

    /// What is written is read again: a rolling text of 3 MiB and 700,000 tokens, 16,384 programs that were run (1,024 repeats, 16
    /// filters), 5,000 right answers.
    @Test func largeRecordsAreReadBack() throws {
        let rolling = Solution.ScoredContinuation(
            text: String(repeating: "word ", count: 600_000),
            score: ContinuationScore(logLikelihood: -1, tokenLogLikelihoods: Array(repeating: -0.5, count: 700_000), isGreedy: false))
        var code = SampleScore()
        code.code = Array(repeating: CodeOutcome(passed: false, status: "timed-out"), count: 16_384)
        let many = SampleScore(values: ["bleu": .texts(references: (0..<5_000).map { "answer \($0)" }, written: "x")])
        for record in [
            try record(.choices([rolling], alone: [])), try record(.texts((0..<1_024).map { _ in text("x", tokens: 256) }), code),
            try record(.texts([text("x", tokens: 1)]), many),
        ] {
            #expect(record.recordable == record)
            #expect(try SampleRecord(line: record.line) == record)
        }
    }

    /// What cannot be written, or would not be read, is a failure of that sample, and can be stored.
    @Test func whatCannotBeReadIsAFailure() throws {
        let tooLong = try record(.texts((0..<1_024).map { _ in text("x", tokens: 1_100) }))
        let infinite = try record(target: [.number(.infinity)], .texts([text("x", tokens: 1)]))
        #expect(throws: JSONError.self) { try infinite.line }
        for record in [tooLong, infinite] {
            let stored = record.recordable
            #expect(stored.failure?.code == "not-recordable" && stored.score == nil && stored.id == record.id && stored.itemDigest == record.itemDigest)
            #expect(try SampleRecord(line: stored.line) == stored)
        }
        // Python reads this as infinity; here it stays the text that it is.
        let suite = try TestFiles.suite(
            task: "task: t\ndataset_path: json\ndataset_kwargs: {data_files: {test: i.jsonl}}\ntest_split: test\ndoc_to_text: q\ndoc_to_target: '[{{q}}]'",
            files: ["i.jsonl": "{\"q\":\"1e999\"}"])
        #expect(try ItemRenderer(suite).render(0).rendered.target == "[1e999]")
    }
}
