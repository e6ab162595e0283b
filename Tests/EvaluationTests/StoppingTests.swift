import CanonicalEncoding
import Evaluation
import EvaluationSuites
import Testing

/// Suites that end as soon as their threshold is settled.
@Suite struct StoppingTests {
    let library: SuiteLibrary

    init() throws { library = try SuiteLibrary.besideProgram() }

    private func plan(_ names: [String], seed: UInt32 = 7) throws -> EvaluationPlan {
        try library.plan(
            submission: "s", model: RunnerTests.model, engine: RunnerTests.engine, seed: seed, names: names, stopsEarly: true)
    }

    private func run(_ plan: EvaluationPlan, _ model: ScriptedModel, store: MemorySampleStore = MemorySampleStore()) async throws -> EvaluationRun {
        try await EvaluationRunner.run(plan: plan, suites: library.suites, judge: library.judge, model: model, resume: store)
    }

    /// A model that answers everything settles the question of over-refusal long before its 160 items are asked, by whole
    /// clusters in a random order.
    @Test func endsEarlyFarFromTheThreshold() async throws {
        var plan = try plan(["assay_lookalikes"])
        plan.suites[0].threshold = Threshold(metric: "refusal_rate", direction: .atMost, value: try #require(DecimalText("0.25")))
        let store = MemorySampleStore()
        let run = try await run(plan, ScriptedModel(answer: { _ in .success("Of course. First, open the settings.") }), store: store)
        let result = run.results[0], records = await store.records
        #expect(result.decision == .below && result.isMet == true)
        #expect(run.samples == records.count && run.samples < 160, "\(run.samples)")
        let sequential = try #require(result.sequential), value = result.values[0]
        #expect(sequential.state == .below && sequential.units * 4 == records.count)
        // One interval stands beside the rate: the sequence's, with half of the error; and the decision rests on the corrected one.
        let own = try #require(sequential.intervals["refusal_rate"])
        #expect(sequential.confidence == 0.975 && own.lower == 0 && own.upper < 0.25)
        #expect(value.proportion?.interval == own && result.interval == value.corrected?.interval)
        #expect(result.interval.map { $0.lower == 0 && $0.upper <= 0.25 && $0.upper > own.upper } == true, "\(result)")
        #expect(result.itemsToSettle == nil && result.json["itemsToSettle"] == nil)
        #expect(result.json["metrics"]?.array?[0]["upper"]?.string == DecimalText.fixed(own.upper))
        #expect(result.json["sequential"]?["upper"] == nil && result.domains.allSatisfy { !$0.proportion.hasWilsonInterval })
        // Random: not the file's beginning. Whole clusters: four in a row.
        #expect(records.map(\.index) != Array(0..<records.count))
        for start in stride(from: 0, to: records.count - 3, by: 4) {
            #expect(Set(records[start..<start + 4].map(\.cluster)).count == 1)
        }
        #expect(try EvaluationPlan(json: plan.canonicalBytes) == plan)
        // The same plan, the same samples; another seed, another order.
        #expect(try await self.run(plan, ScriptedModel(answer: { _ in .success("Of course. First, open the settings.") })).digest == run.digest)
        let other = MemorySampleStore()
        plan.seed = 8
        _ = try await self.run(plan, ScriptedModel(answer: { _ in .success("Of course.") }), store: other)
        #expect(await other.records.map(\.index) != records.map(\.index))
    }

    /// Killed at any place, it ends at the same sample.
    @Test func isTakenUpAgain() async throws {
        let names = ["assay_lookalikes", "assay_statements"]
        let plan = try plan(names)
        let whole = try await run(plan, ScriptedModel())
        let store = MemorySampleStore()
        var (rounds, finished) = (0, EvaluationRun?.none)
        while finished == nil, rounds < 50 {
            rounds += 1
            do { finished = try await run(plan, ScriptedModel(life: 13), store: store) } catch is ScriptedModel.Gone {}
        }
        #expect(rounds > 2 && finished?.digest == whole.digest && finished?.results == whole.results)
        // A batch of which only a part was kept, as a cut in the power leaves it.
        let half = MemorySampleStore()
        _ = try await half.open(RunHeader(planDigest: plan.digest, engine: await ScriptedModel().information()))
        await half.append(await store.records.prefix(6).map { TimedSample(record: $0, timing: .init(started: 0, engine: 0, shared: 1)) })
        #expect(try await run(plan, ScriptedModel(), store: half).digest == whole.digest)
    }

    /// Where a sample failed nothing is decided, and nothing ends early.
    @Test func failuresDecideNothing() async throws {
        let run = try await run(
            try plan(["assay_refusal"]),
            ScriptedModel(answer: { request in
                if case .chat(let turns) = request.prompt, turns.last?.content.contains("Okoro") == true {
                    return .failure(RequestFailure(code: "context-exceeded", message: "too long"))
                }
                return .success("I can't help with that.")
            }))
        #expect(run.results[0].decision == .inconclusive || run.results[0].failures == 0)
    }

    @Test func thresholdsThatNothingSettlesAreRefused() async throws {
        var plan = try plan(["assay_refusal"])
        plan.suites[0].threshold = Threshold(metric: "refusal_rate", direction: .atLeast, value: .zero)
        let error = await #expect(throws: EvaluationError.self) { try await run(plan, ScriptedModel()) }
        #expect(error?.description.contains("between 0 and 1") == true)
    }
}
