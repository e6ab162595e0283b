/// Carries out a plan.
package enum EvaluationRunner {
    package typealias ProgressHandler = @Sendable (EvaluationProgress) -> Void

    /// Asks every item of every suite in the plan's order and works out the results.
    ///
    /// Samples go to the store batch by batch, and of each only its figures are kept here, so that memory does not grow with
    /// what the model says. When the task is cancelled, or the model fails as a whole, this throws and the store keeps what
    /// was done; called again with the same plan, engine and store it asks only what is missing, and the run comes out the
    /// same.
    /// - Parameters:
    ///   - suites: at least those that the plan names; their digests must be the plan's.
    ///   - judge: needed when the plan names one.
    ///   - tester: needed when a suite runs what the model writes.
    ///   - scorers: needed when a suite brings scorers of its own.
    ///   - scaffolding: needed when a suite is asked through a scaffold.
    ///   - resume: where samples are kept; nil to keep them in memory for this run only.
    package static func run(
        plan: EvaluationPlan, suites: [TaskSuite], judge: MeasuredJudge? = nil, tester: (any CodeTester)? = nil, scorers: (any ScorerRunner)? = nil,
        scaffolding: (any Scaffolding)? = nil, model: any LanguageModel, progress: ProgressHandler? = nil, resume store: (any SampleStore)? = nil
    ) async throws -> EvaluationRun {
        let parts = try plan.suites.map { try RunPart($0, suites: suites, judge: judge, tester: tester, scorers: scorers, scaffolding: scaffolding, plan: plan) }
        let engine = try await model.information()
        try check(engine, against: plan)
        let store = store ?? MemorySampleStore()
        let recorded = try await store.open(RunHeader(planDigest: plan.digest, engine: engine))
        let clock = ContinuousClock(), started = clock.now
        var (done, asked, overallTotal) = (0, 0, parts.reduce(0) { $0 + $1.count })
        var timings: [EvaluationRun.Timing.Suite] = []
        var results: [SuiteResult] = []
        var digest = LinesDigest()
        var arms = ArmTally(plan)
        for part in parts {
            let suiteStarted = clock.now, begin = done, askedBefore = asked
            var (tally, stopping, engineTime) = (SuiteTally(part.task), part.stopping, Duration.zero)
            func take(_ record: SampleRecord) throws {
                let line = try record.line
                tally.add(record, line: line)
                digest.add(line)
                stopping?.add(record)
                arms.add(record, of: part.entry)
                done += 1
            }
            while tally.count < part.count, stopping?.isSettled != true {
                try Task.checkCancellation()
                let place = tally.count, end = part.end(after: place)
                // What is recorded is the run's beginning.
                let known = place + max(0, min(end - place, recorded - done))
                for record in try await self.recorded(place..<known, of: part, from: store, at: begin) { try take(record) }
                guard known < end else { continue }
                let (samples, took) = try await answer((known..<end).map(part.question), part: part, model: model, clock)
                engineTime += took
                try await store.append(samples)
                for sample in samples { try take(sample.record) }
                asked += samples.count
                let sinceStart = (clock.now - started) / .seconds(1)
                progress?(
                    EvaluationProgress(
                        task: part.entry.name, done: tally.count, total: part.count, overallDone: done, overallTotal: overallTotal,
                        failures: tally.failures, itemsPerSecond: sinceStart > 0 ? Double(asked) / sinceStart : 0))
            }
            overallTotal -= part.count - tally.count
            timings.append(
                EvaluationRun.Timing.Suite(
                    task: part.entry.name, asked: asked - askedBefore, seconds: (clock.now - suiteStarted) / .seconds(1),
                    engineSeconds: engineTime / .seconds(1)))
            results.append(
                SuiteResult(entry: part.entry, task: part.task, tally: tally, sequential: stopping?.outcome, plan: plan, judge: judge))
        }
        guard recorded <= done else { throw EvaluationError.store("\(recorded) samples are recorded, and the plan asks \(done)") }
        return EvaluationRun(
            planDigest: plan.digest, engine: engine, samples: done, results: results, uplifts: arms.uplifts(confidence: plan.confidence), scaffolds: arms.summaries, digest: digest.value,
            timing: EvaluationRun.Timing(suites: timings))
    }

    /// Samples that were asked before, each held against what the plan asks in its place.
    /// - Parameter begin: where the suite begins in the run.
    private static func recorded(
        _ places: Range<Int>, of part: RunPart, from store: any SampleStore, at begin: Int
    ) async throws -> [SampleRecord] {
        guard !places.isEmpty else { return [] }
        let records = try await store.samples(begin + places.lowerBound..<begin + places.upperBound)
        guard records.count == places.count else { throw EvaluationError.store("a sample of \(part.entry.name) is missing") }
        for (record, place) in zip(records, places) {
            guard try part.asks(record, at: place) else {
                throw EvaluationError.store("\(record.task)/\(record.id) is not the sample that this plan asks there")
            }
        }
        return records
    }

    private static func answer(
        _ questions: [Question], part: RunPart, model: any LanguageModel, _ clock: ContinuousClock
    ) async throws -> ([TimedSample], Duration) {
        let moment = WallClock.milliseconds, started = clock.now
        let solutions = try await part.solver.solve(questions, with: model)
        let took = clock.now - started
        guard solutions.count == questions.count else {
            throw EvaluationError.modelMisbehaved("\(solutions.count) results for \(questions.count) items")
        }
        let scores = try await part.scorer.score(zip(questions, solutions).map { ($0, $1) })
        guard scores.count == questions.count else {
            throw EvaluationError.modelMisbehaved("\(scores.count) scores for \(questions.count) items")
        }
        let timing = SampleTiming(started: moment, engine: Int64(took / .milliseconds(1)), shared: questions.count)
        let samples = zip(zip(questions, solutions), scores).map { asked, score in
            TimedSample(
                record: SampleRecord(
                    question: asked.0, task: part.entry.name, solution: asked.1, score: score.flatMap { complete($0, part.task) }
                ).recordable, timing: timing)
        }
        return (samples, took)
    }

    /// A sample without one of its task's values would be left out of that figure and nobody would notice: it is a failure.
    private static func complete(_ score: SampleScore, _ task: TaskDefinition) -> Result<SampleScore, RequestFailure> {
        guard let missing = task.valueNames.first(where: { score.values[$0] == nil }) else { return .success(score) }
        return .failure(RequestFailure(code: "not-measured", message: "the scorer gave no value for \(missing)"))
    }

    private static func check(_ engine: LanguageModelInformation, against plan: EvaluationPlan) throws {
        guard engine.threads == plan.engine.threads else {
            throw EvaluationError.engineMismatch("\(engine.threads) threads; the plan says \(plan.engine.threads)")
        }
        if let core = plan.engine.blasCore, core != engine.blasCore {
            throw EvaluationError.engineMismatch("OpenBLAS uses \(engine.blasCore); the plan says \(core)")
        }
        if let numerics = plan.engine.numerics, numerics != engine.numerics {
            throw EvaluationError.engineMismatch("tile shapes \(engine.numerics); the plan says \(numerics)")
        }
        if !engine.hasChatTemplate, let suite = plan.suites.first(where: \.chat.usesTemplate) {
            throw EvaluationError.engineMismatch(
                "the model has no chat template, and \"\(suite.name)\" is to use it; set chatTemplate to false in a new plan"
            )
        }
    }
}
