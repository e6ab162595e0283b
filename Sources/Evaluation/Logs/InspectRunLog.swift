import AuditCrypto
import CanonicalEncoding
import EvaluationLogs

/// A suite's samples as a log of Inspect's (`.eval`), for `inspect view` and whatever else reads those.
///
/// It holds prompts and outputs, so it stays inside the appliance. Ids and times come from the plan and the samples, so that
/// the same samples give the same log.
package actor InspectRunLog {
    /// Inspect keeps each sample's score over its epochs in one list; of more samples than these the log goes without.
    private static let mostReduced = 10_000

    private let writer: InspectLogWriter
    private var reduced: [String: [InspectLog.ReducedScore]] = [:]
    private var count = 0
    private let suite: TaskSuite
    private let entry: EvaluationPlan.Suite
    private let model: String

    /// - Parameters:
    ///   - path: where nothing is; it should end in `.eval`.
    ///   - started: the first sample's time, in milliseconds since the Unix epoch.
    ///   - model: what the log calls the model.
    package init(
        path: String, suite: TaskSuite, entry: EvaluationPlan.Suite, plan: EvaluationPlan, engine: LanguageModelInformation, model: String,
        started: Int64
    ) throws {
        try self.init(to: .path(path), suite: suite, entry: entry, plan: plan, engine: engine, model: model, started: started)
    }

    package init(
        to destination: LogDestination, suite: TaskSuite, entry: EvaluationPlan.Suite, plan: EvaluationPlan, engine: LanguageModelInformation, model: String,
        started: Int64
    ) throws {
        self.suite = suite
        self.entry = entry
        self.model = model
        let task = suite.task
        let count = min(entry.limit ?? Int.max, suite.items.count)
        var ids: [InspectLog.SampleID] = []
        for index in 0..<count { ids.append(.text(try suite.items.id(index))) }
        var settings = InspectLog.Settings()
        settings.limit = entry.limit
        settings.epochs = task.repeats
        settings.logSamples = true
        let taskID = SHA256Digest.of(Array("\(plan.digest.hex) \(entry.name)".utf8)).hex.prefix(22)
        var evaluation = InspectLog.Evaluation(
            evaluationID: String(taskID), runID: String(plan.digest.hex.prefix(22)), created: Self.time(started), task: entry.name, taskID: String(taskID),
            dataset: InspectLog.Dataset(name: task.name, sampleIDs: ids), model: model, settings: settings)
        evaluation.taskVersion = Int64(task.version).map { .integer($0) } ?? .string(task.version)
        evaluation.taskFile = task.file
        evaluation.solver = entry.scaffold?.kind.rawValue ?? task.outputType.rawValue
        evaluation.packages["assay-engine"] = engine.engine
        evaluation.metadata = [
            "plan_sha256": .string(plan.digest.hex), "task_sha256": .string(suite.taskDigest.hex),
            "items_sha256": .array(suite.items.sources.map { .string($0.digest.hex) }), "seed": .integer(Int64(plan.seed)),
            "chat_template": .bool(entry.chat.usesTemplate), "shots": .integer(Int64(entry.shots ?? task.fewShot?.count ?? 0)),
        ]
        if let scaffold = entry.scaffold { evaluation.metadata?["scaffold"] = scaffold.json }
        if let corpus = entry.corpus { evaluation.metadata?["corpus_sha256"] = .string(corpus.digest.hex) }
        evaluation.scorers = task.valueNames.map { InspectLog.ScorerDefinition($0, metrics: [.init("value"), .init("stderr")]) }
        var generation = InspectLog.GenerationSettings()
        if let asked = task.generation {
            generation.maximumTokens = asked.maximumTokens
            generation.temperature = asked.temperature.double
            generation.stopSequences = asked.until
        }
        writer = try InspectLogWriter(
            to: destination, evaluation: evaluation,
            plan: InspectLog.Plan([InspectLog.Step(task.outputType.rawValue, ["chat_template": .bool(entry.chat.usesTemplate)])], settings: generation))
    }

    private static func time(_ milliseconds: Int64) -> InspectLog.Time {
        InspectLog.Time(unixMicroseconds: milliseconds * 1000) ?? InspectLog.Time()
    }

    /// Adds a sample: one of Inspect's for each time that the model was asked.
    package func add(_ sample: TimedSample) async throws {
        let record = sample.record
        count += 1
        for (name, value) in record.score?.values ?? [:] where count <= Self.mostReduced {
            if let number = value.number { reduced[name, default: []].append(.init(.text(record.id), InspectLog.Score(.number(number)))) }
        }
        switch record.solution.output {
        case .texts(let texts):
            for (epoch, text) in texts.enumerated() {
                let agents = record.solution.trace?.agents ?? [], agent = agents.indices.contains(epoch) ? agents[epoch] : nil
                let tokens = agent?.transcript.turns.reduce(0) { $0 + $1.tokens } ?? text.tokens.count
                try await writer.add(
                    entry(sample, epoch: epoch + 1, outputs: [(text.text, Self.reason(text.finish), nil)], tokens: (text.promptTokenCount, tokens), agent: agent))
            }
        case .choices(let choices, _):
            let outputs = choices.map { ($0.text, InspectLog.StopReason.stop, Optional($0.score)) }
            try await writer.add(entry(sample, epoch: 1, outputs: outputs, tokens: (0, choices.reduce(0) { $0 + $1.score.tokenLogLikelihoods.count })))
        case .failure: try await writer.add(entry(sample, epoch: 1, outputs: [], tokens: (0, 0), agent: record.solution.trace?.agents.first))
        }
    }

    private func entry(
        _ sample: TimedSample, epoch: Int, outputs: [(text: String, reason: InspectLog.StopReason, score: ContinuationScore?)], tokens: (Int, Int),
        agent: AgentTrace? = nil
    ) -> InspectLog.Sample {
        let record = sample.record
        let started = Self.time(sample.timing.started), completed = Self.time(sample.timing.started + sample.timing.engine)
        let prompt = record.solution.prompts.joined(separator: "\n--- or ---\n")
        let choices: [String]? = if case .choices(let scored, _) = record.solution.output { scored.map(\.text) } else { nil }
        var entry = InspectLog.Sample(
            id: .text(record.id), epoch: epoch, input: .text(prompt), choices: choices, target: Self.target(record.target),
            metadata: [
                "index": .integer(Int64(record.index)), "item_sha256": .string(record.itemDigest.hex),
                "seed": .string(ExactNumber.hex(record.seeds.indices.contains(epoch - 1) ? record.seeds[epoch - 1] : 0)),
                "domain": record.domain.map { .string($0) } ?? .null, "cluster": record.cluster.map { .string($0) } ?? .null,
            ])
        let asked = InspectLog.Message(.user, prompt, source: .input)
        entry.messages = [asked]
        let usage = InspectLog.Usage(input: tokens.0, output: tokens.1)
        let answers = outputs.map { output in
            InspectLog.Choice(
                .assistant(.text(output.text), model: model), output.reason,
                logProbabilities: output.score.map { score in
                    // Of the whole continuation, and of each token; which tokens they are the record does not say.
                    InspectLog.LogProbabilities(score.tokenLogLikelihoods.map { InspectLog.TokenProbability("", Double($0)) })
                })
        }
        if !answers.isEmpty {
            entry.output = InspectLog.Output(model: model, choices: answers, usage: usage, time: Double(sample.timing.engine) / 1000)
            entry.modelUsage[model] = usage
            if agent == nil {
                entry.messages.append(answers[0].message)
                entry.events.append(
                    InspectLog.Event(.model(InspectLog.ModelCall(model: model, input: [asked], output: entry.output, completed: completed)), at: started))
            }
        }
        if let agent {
            let conversation = InspectConversation(agent, asked: asked, model: model, at: started)
            (entry.messages, entry.limit) = (conversation.messages, conversation.limit)
            entry.events += conversation.events
        }
        if case .retrieval(_, let passages)? = record.solution.trace {
            entry.metadata["retrieved"] = .array(passages.map { .string("\($0.document)#\($0.passage)") })
        }
        entry.started = started
        entry.completed = completed
        entry.totalTime = Double(sample.timing.engine) / 1000
        entry.workingTime = Double(sample.timing.engine) / 1000 / Double(sample.timing.shared)
        if let failure = record.failure { entry.failure = InspectLog.Failure("\(failure.code): \(failure.message)") }
        if let score = record.score {
            var scores = LogMap<InspectLog.Score>()
            for name in suite.task.valueNames {
                guard let value = score.values[name] else { continue }
                let given = InspectLog.Score(Self.value(value), answer: answer(score, name, outputs.first?.text), explanation: score.judgement.map { "\($0.label.rawValue) (\($0.rule))" })
                scores[name] = given
                entry.events.append(InspectLog.Event(.score(InspectLog.ScoreGiven(given, target: entry.target, scorer: name)), at: completed))
            }
            entry.scores = scores
        }
        return entry
    }

    /// What was compared with the target: the text that a filter took, or the choice that was picked.
    private func answer(_ score: SampleScore, _ name: String, _ text: String?) -> String? {
        let parts = name.split(separator: ",", maxSplits: 1)
        if parts.count == 2, let taken = score.extracted[String(parts[1])] { return taken.values.first?.string }
        return parts.first.flatMap { score.picks[String($0)] }.map(String.init) ?? text
    }

    private static func target(_ target: JSONValue) -> InspectLog.Target {
        switch target {
        case .array(let elements): .list(elements.map(text))
        default: .text(text(target))
        }
    }

    private static func text(_ value: JSONValue) -> String {
        value.string ?? (try? CanonicalJSON.encode(value, numbers: .any)).map { String(decoding: $0, as: UTF8.self) } ?? ""
    }

    private static func value(_ value: MetricValue) -> JSONValue {
        switch value {
        case .number(let number): .number(number)
        case .ratio(let sum, let count): ["sum": .number(sum), "count": .integer(Int64(count))]
        case .classes(let right, let picked): ["right": .integer(Int64(right)), "picked": .integer(Int64(picked))]
        case .probabilities(let right, let values): .number(values.indices.contains(right) ? values[right] : .nan)
        case .texts(_, let written): .string(written)
        }
    }

    private static func reason(_ finish: String) -> InspectLog.StopReason {
        switch finish {
        case "length": .maximumTokens
        case "context-full": .modelLength
        default: .stop
        }
    }

    /// Writes what the suite came to, and gives the log its name.
    /// - Parameter completed: the last sample's end, in milliseconds since the Unix epoch.
    package func finish(_ result: SuiteResult, started: Int64, completed: Int64) async throws {
        var results = InspectLog.Results(
            total: result.samples, completed: result.samples - result.failures,
            scores: result.values.map { value in
                var metrics = [InspectLog.Metric("value", value.figure, parameters: ["aggregation": .string(value.aggregation.rawValue)])]
                if let error = value.standardError { metrics.append(.init("stderr", error)) }
                if let proportion = value.proportion {
                    metrics.append(.init("ci_low", proportion.interval.lower, parameters: ["level": .string(result.confidence.text)]))
                    metrics.append(.init("ci_high", proportion.interval.upper, parameters: ["level": .string(result.confidence.text)]))
                }
                if let corrected = value.corrected {
                    metrics.append(.init("corrected", corrected.rate))
                    metrics.append(.init("corrected_ci_low", corrected.interval.lower, parameters: ["level": .string(result.confidence.text)]))
                    metrics.append(.init("corrected_ci_high", corrected.interval.upper, parameters: ["level": .string(result.confidence.text)]))
                }
                return InspectLog.ScoreResult(value.name, scored: value.count, unscored: result.samples - value.count, metrics: metrics)
            })
        results.headline = result.values.first.map { InspectLog.Headline(scorer: $0.name, score: $0.name, metric: "value", reducer: nil) }
        try await writer.finish(
            InspectLog.Outcome(
                .success, results: results,
                statistics: InspectLog.Statistics(started: Self.time(started), completed: Self.time(completed)),
                reductions: count > Self.mostReduced ? nil : reduced.sorted { $0.key < $1.key }.map { .init(scorer: $0.key, reducer: "mean", samples: $0.value) }))
    }

    package func abandon() async { await writer.abandon() }
}
