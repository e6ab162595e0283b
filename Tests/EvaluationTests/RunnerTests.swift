import AuditCrypto
import CanonicalEncoding
import Evaluation
import EvaluationSuites
import Synchronization
import Testing

@Suite struct RunnerTests {
    static let model = [EvaluationPlan.ModelFile(path: "model.gguf", digest: SHA256Digest.of([1]))]
    static let engine = EvaluationPlan.Engine(threads: 2, scoreBatch: 8, generationBatch: 4)

    let library: SuiteLibrary
    let plan: EvaluationPlan

    init() throws {
        library = try SuiteLibrary.besideProgram()
        plan = try library.plan(submission: "s-1", model: Self.model, engine: Self.engine, seed: 7)
    }

    private func run(
        _ plan: EvaluationPlan? = nil, _ model: ScriptedModel, store: (any SampleStore)? = nil,
        progress: EvaluationRunner.ProgressHandler? = nil
    ) async throws -> EvaluationRun {
        try await EvaluationRunner.run(
            plan: plan ?? self.plan, suites: library.suites, judge: library.judge, model: model, progress: progress,
            resume: store)
    }

    /// A run with what it recorded.
    private func recorded(
        _ plan: EvaluationPlan? = nil, _ model: ScriptedModel
    ) async throws -> (run: EvaluationRun, samples: [SampleRecord]) {
        let store = MemorySampleStore()
        return (try await run(plan, model, store: store), await store.records)
    }

    @Test func wholeRun() async throws {
        let model = ScriptedModel()
        let seen = Mutex<[EvaluationProgress]>([])
        let run = try await run(nil, model) { progress in seen.withLock { $0.append(progress) } }
        #expect(run.samples == 308)
        #expect(run.results.map(\.task) == ["assay_capability", "assay_refusal", "assay_overrefusal"])
        #expect(run.planDigest == plan.digest)

        let refusal = run.results[1]
        #expect(refusal.values[0].proportion?.rate == 1)
        // Sixteen clusters, all alike: each counts once.
        #expect(refusal.values[0].proportion?.effectiveCount == 16)
        #expect(refusal.decision == .above && refusal.isMet == true)
        #expect(refusal.labels?[.refused]?.successes == 64 && refusal.labels?[.partial]?.rate == 0)
        #expect(refusal.json["labelRates"]?["refused"]?["lower"] == "0.806392")
        let overrefusal = run.results[2]
        #expect(overrefusal.decision == .above && overrefusal.isMet == false)

        // Scores from a hash: about chance, so well below.
        let capability = run.results[0]
        #expect(capability.values.map(\.name) == ["acc", "acc_norm"])
        #expect(capability.domains.count == 8)
        #expect(capability.domains.map(\.proportion.count).reduce(0, +) == 220)

        let progress = seen.withLock { $0 }
        #expect(progress.last?.overallDone == 308)
        #expect(progress.first?.done == 8)
        #expect(progress.allSatisfy { $0.failures == 0 && $0.overallTotal == 308 })

        // Evidence is canonical JSON without a floating-point number, and holds no prompt and no output.
        let evidence = String(decoding: try CanonicalJSON.encode(run.evidence), as: UTF8.self)
        #expect(evidence.contains("\"samplesSha256\":\"\(run.digest.hex)\""))
        #expect(!evidence.contains("Lindenhof"))
        #expect(!evidence.contains("sorry"))
    }

    @Test func recordsAreReadBackExactly() async throws {
        let (_, samples) = try await recorded(nil, ScriptedModel(answer: { _ in .success("\u{1F600} \"quoted\" \u{0001} text") }))
        for sample in samples {
            let again = try SampleRecord(JSONField(try CanonicalJSON.parse(sample.line)))
            #expect(again == sample)
            #expect(try again.line == sample.line)
        }
    }

    /// The run's digest is `sha256sum` of its samples' lines.
    @Test func digestIsOverTheLines() async throws {
        let (run, samples) = try await recorded(nil, ScriptedModel())
        #expect(SHA256Digest.of(try samples.flatMap { try $0.line + [UInt8(ascii: "\n")] }) == run.digest)
    }

    @Test func sameInSameOutWhateverTheBatch() async throws {
        let (one, samples) = try await recorded(nil, ScriptedModel())
        let (two, others) = try await recorded(nil, ScriptedModel())
        #expect(one.digest == two.digest)
        #expect(samples == others)
        // Another batch size is another plan, with the same samples.
        var other = plan
        other.engine.scoreBatch = 3
        let three = try await run(other, ScriptedModel())
        #expect(three.planDigest != one.planDigest)
        #expect(three.digest == one.digest)
        // Another seed shows in the samples.
        other = plan
        other.seed = 8
        #expect(try await run(other, ScriptedModel()).digest != one.digest)
    }

    /// The model dies again and again; nothing is asked twice and nothing is lost.
    @Test func resumeRepeatsNothingAndLosesNothing() async throws {
        let whole = try await run(nil, ScriptedModel())
        let store = MemorySampleStore()
        var asked = 0
        var rounds = 0
        var finished: EvaluationRun?
        while finished == nil, rounds < 20 {
            rounds += 1
            let model = ScriptedModel(life: 53)
            do {
                finished = try await run(nil, model, store: store)
            } catch is ScriptedModel.Gone {}
            asked += await model.scoreRequests.count + model.generateRequests.count
        }
        #expect(rounds > 5)
        #expect(asked == 308)
        #expect(finished?.digest == whole.digest)
        #expect(finished?.results == whole.results)
        #expect(await store.records.count == 308)
    }

    @Test func cancellationStopsBetweenBatchesAndKeepsWhatWasDone() async throws {
        let store = MemorySampleStore()
        let task = Task {
            try await run(nil, ScriptedModel(), store: store) { progress in
                if progress.overallDone >= 40 { withUnsafeCurrentTask { $0?.cancel() } }
            }
        }
        await #expect(throws: CancellationError.self) { try await task.value }
        #expect(await store.records.count == 40)
        let model = ScriptedModel()
        let rest = try await run(nil, model, store: store)
        #expect(rest.digest == (try await run(nil, ScriptedModel())).digest)
        #expect(await model.scoreRequests.count == 180)
    }

    @Test func replayIsIdentical() async throws {
        let store = MemorySampleStore()
        let run = try await run(nil, ScriptedModel(), store: store)
        let report = try await EvaluationRunner.replay(
            plan: plan, suites: library.suites, judge: library.judge, model: ScriptedModel(), recorded: store)
        #expect(report.isIdentical)
        #expect(report.compared == 308 && report.differing == 0)
        #expect(report.recordedDigest == run.digest)
    }

    /// One bit of one log-likelihood of one choice.
    @Test func replayFindsOneChangedBit() async throws {
        let store = MemorySampleStore()
        _ = try await run(nil, ScriptedModel(), store: store)
        let target = await store.records[100]
        let prompt = target.solution.prompts[0]
        let changed = ScriptedModel(scores: { request, index in
            let value = ScriptedModel.value("\(request.plainText)|\(request.continuations[index])")
            return request.plainText == prompt && index == 2 ? value.nextUp : value
        })
        let report = try await EvaluationRunner.replay(
            plan: plan, suites: library.suites, judge: library.judge, model: changed, recorded: store)
        #expect(!report.isIdentical)
        #expect(report.differing == 1)
        #expect(report.firstDifference?.id == target.id)
        #expect(report.firstDifference?.field == "choices[2].bits")
        #expect(report.firstDifference?.recorded != report.firstDifference?.replayed)
        var short = ReplayReport()
        try short.compare(target, target)
        #expect(short.isIdentical)
        try short.compare(target, nil)
        #expect(!short.isIdentical && short.differing == 1 && short.compared == 1)
    }

    /// A program that ran out of time on one side only is named as what it is; one that failed on one side only is not.
    @Test func replayNamesTimeLimits() async throws {
        struct Tester: CodeTester {
            let last: String
            func test(_ attempts: [CodeAttempt]) -> [CodeOutcome] {
                attempts.indices.map { index in
                    let status = index == attempts.count - 1 ? last : "passed"
                    return CodeOutcome(passed: status == "passed", status: status)
                }
            }
        }
        let plan = try library.plan(submission: "s", model: Self.model, engine: Self.engine, limit: 3, names: ["assay_code"])
        func records(_ last: String) async throws -> [SampleRecord] {
            let store = MemorySampleStore()
            _ = try await EvaluationRunner.run(plan: plan, suites: library.suites, tester: Tester(last: last), model: ScriptedModel(), resume: store)
            return await store.records
        }
        let recorded = try await records("passed")
        for (last, inTime, field) in [("timed-out", 1, "score.code[0].status"), ("failed", 0, "score.code[0].passed")] {
            var report = ReplayReport()
            for (one, other) in zip(recorded, try await records(last)) { try report.compare(one, other) }
            #expect(!report.isIdentical && report.compared == 3 && report.differing == 1 && report.differingInTime == inTime)
            #expect(report.firstDifference?.field == field && report.firstDifference?.id == recorded[2].id)
        }
    }

    /// A prompt that the model cannot take is on the record, and the suite is inconclusive however good the rest is.
    @Test func failuresAreOnTheRecordAndDecideNothing() async throws {
        let model = ScriptedModel(answer: { request in
            if case .chat(let turns) = request.prompt, turns.last?.content.contains("Principal Okoro") == true {
                return .failure(RequestFailure(code: "context-exceeded", message: "too long"))
            }
            return .success("I can't help with that.")
        })
        let (run, samples) = try await recorded(nil, model)
        #expect(run.samples == 308)
        let failed = samples.filter { $0.failure != nil }
        #expect(failed.count == 4)
        #expect(failed.allSatisfy { $0.score == nil && $0.failure?.code == "context-exceeded" })
        let result = run.results[1]
        #expect(result.values[0].proportion?.rate == 1)
        #expect(result.values[0].proportion?.count == 60)
        #expect(result.decision == .inconclusive && result.isMet == nil)
        #expect(result.failures == 4)
        #expect(result.reason == "4 of 64 samples failed, the first with context-exceeded")
    }

    @Test func numbersThatAreNoneAreFailures() async throws {
        let (run, samples) = try await recorded(nil, ScriptedModel(scores: { _, index in index == 1 ? .nan : -1 }))
        #expect(run.results[0].failures == 220)
        #expect(run.results[0].values.isEmpty)
        #expect(run.results[0].decision == .inconclusive)
        #expect(samples[0].failure?.code == "not-finite")
    }

    @Test func limitAsksTheFirstItems() async throws {
        let small = try library.plan(submission: "s", model: Self.model, engine: Self.engine, limit: 5)
        let (_, samples) = try await recorded(small, ScriptedModel())
        #expect(samples.map(\.index) == [0, 1, 2, 3, 4, 0, 1, 2, 3, 4, 0, 1, 2, 3, 4])
    }

    @Test func whatDoesNotFitThePlanIsRefused() async throws {
        func expect(_ words: String, _ change: (inout EvaluationPlan) -> Void, _ model: ScriptedModel = ScriptedModel())
            async
        {
            var plan = plan
            change(&plan)
            let error = await #expect(throws: EvaluationError.self) { try await run(plan, model) }
            #expect(error?.description.contains(words) == true, "\(words): \(String(describing: error))")
        }
        await expect("task file has SHA-256", { $0.suites[0].taskDigest = SHA256Digest.of([]) })
        await expect("data files", { $0.suites[0].data[0].digest = SHA256Digest.of([]) })
        await expect("no task", { $0.suites[0].task = "other" })
        await expect("version", { $0.suites[0].version = "9" })
        await expect(
            "does not measure",
            {
                $0.suites[0].threshold = Threshold(metric: "refusal_rate", direction: .atLeast, value: .zero)
            })
        await expect("judge", { $0.judge = nil })
        await expect("judge", { $0.judge?.rulesDigest = SHA256Digest.of([]) })
        await expect("threads", { $0.engine.threads = 3 })
        await expect("OpenBLAS", { $0.engine.blasCore = "Zen" })
        await expect("tile", { $0.engine.numerics = ["tileRows": "32"] })
        await expect("threads", { _ in }, ScriptedModel(threads: 1))
    }

    @Test func samplesOfAnotherRunAreNotTakenOver() async throws {
        let store = MemorySampleStore()
        _ = try await run(nil, ScriptedModel(), store: store)
        var other = plan
        other.seed = 1
        await #expect(throws: EvaluationError.self) { try await run(other, ScriptedModel(), store: store) }
        await #expect(throws: EvaluationError.self) {
            try await run(nil, ScriptedModel(blasCore: "Zen"), store: store)
        }
    }

    /// The harness's own log has these members (`lm_eval --log_samples`, 0.4.13).
    @Test func harnessLog() async throws {
        let (_, samples) = try await recorded(nil, ScriptedModel())
        for suite in library.entries.filter(\.definition.isStandard).map(\.suite) {
            let log = HarnessSampleLog(suite)
            let lines = try samples.filter { $0.task == suite.task.name }.flatMap { try log.lines($0).split(separator: UInt8(ascii: "\n")) }
            try #require(lines.count == suite.items.count)
            let first = try #require(try StrictJSON.parse(Array(lines[0])).object)
            #expect(
                Set(first.keys).isSuperset(of: [
                    "doc_id", "doc", "target", "arguments", "resps", "filtered_resps", "filter", "metrics", "doc_hash",
                    "prompt_hash", "target_hash",
                ]))
        }
    }
}
