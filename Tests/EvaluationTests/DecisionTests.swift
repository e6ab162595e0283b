import AuditCrypto
import CanonicalEncoding
import Evaluation
import EvaluationSuites
import Testing

/// On what a suite's decision rests, and when there is none.
@Suite struct DecisionTests {
    let library: SuiteLibrary

    init() throws { library = try SuiteLibrary.besideProgram() }

    private static func suite(_ lines: [String], type: String = "generate_until", items: Int = 20) throws -> TaskSuite {
        let task = ["task: t", "dataset_path: json", "dataset_kwargs: {data_files: {test: i.jsonl}}", "test_split: test", "output_type: \(type)",
            "doc_to_text: q", "doc_to_target: a"] + lines
        return try TestFiles.suite(
            task: task.joined(separator: "\n"), files: ["i.jsonl": (0..<items).map { "{\"q\":\"item \($0)\",\"a\":\"yes\"}" }.joined(separator: "\n")])
    }

    private static func plan(_ suite: TaskSuite, _ metric: String?) throws -> EvaluationPlan {
        let value = try #require(DecimalText("0.5"))
        return .template(
            submission: "s", model: RunnerTests.model,
            suites: [.init(suite: suite, threshold: metric.map { Threshold(metric: $0, direction: .atLeast, value: value) }, chat: ChatUse(usesTemplate: false))],
            engine: RunnerTests.engine)
    }

    /// What is no mean of ones and noughts has no threshold, and that is said before the first sample.
    @Test func thresholdsForWhatIsNoRate() async throws {
        let choices = ["doc_to_choice: ['yes', 'no']", "metric_list: [{metric: acc}, {metric: f1}, {metric: brier_score}, {metric: mcc}]"]
        let median = ["doc_to_choice: ['yes', 'no']", "metric_list: [{metric: acc, aggregation: median}]"]
        let shares = ["repeats: 3", "filter_list:", "  - {name: all, filter: [{function: lowercase}]}", "  - {name: vote, filter: [{function: majority_vote}]}"]
        let letters = ["filter_list:", "  - {name: f, filter: [{function: take_first}, {function: lowercase}]}"]
        for (type, lines, metric, words) in [
            ("loglikelihood", ["metric_list: [{metric: perplexity}, {metric: acc}]"], "perplexity", "acc can have one"),
            ("loglikelihood_rolling", [], "byte_perplexity", "leave the threshold out"), ("multiple_choice", choices, "f1", "acc can have one"),
            ("multiple_choice", choices, "brier_score", "acc can have one"), ("multiple_choice", median, "acc", "leave the threshold out"),
            ("generate_until", ["metric_list: [{metric: bleu}]"], "bleu", "leave the threshold out"),
            ("generate_until", shares, "exact_match,all", "exact_match,vote can have one"), ("generate_until", letters, "exact_match,f", "leave the threshold out"),
        ] {
            let suite = try Self.suite(lines, type: type), model = ScriptedModel()
            let error = await #expect(throws: EvaluationError.self) {
                try await EvaluationRunner.run(plan: try Self.plan(suite, metric), suites: [suite], model: model)
            }
            #expect(error?.description.contains(words) == true, "\(metric): \(String(describing: error))")
            #expect(await model.scoreRequests.isEmpty)
            #expect(await model.generateRequests.isEmpty)
        }
    }

    /// Without a threshold there are figures and no decision.
    @Test func measuredOnly() async throws {
        let suite = try Self.suite([])
        let run = try await EvaluationRunner.run(
            plan: try Self.plan(suite, nil), suites: [suite], model: ScriptedModel(answer: { _ in .success("yes") }))
        let result = run.results[0]
        #expect(result.values[0].proportion?.rate == 1 && result.decisive == result.values[0])
        #expect(result.decision == nil && result.isMet == nil && result.itemsToSettle == nil && result.noDecision == nil)
        #expect(result.json["decision"] == nil && result.json["threshold"] == nil)
    }

    /// A suite of which every sample failed has no figure, and comes to an end like any other.
    @Test func nothingWasScored() async throws {
        let suite = try Self.suite([])
        for metric in ["exact_match", nil] {
            let run = try await EvaluationRunner.run(
                plan: try Self.plan(suite, metric), suites: [suite],
                model: ScriptedModel(answer: { _ in .failure(RequestFailure(code: "context-exceeded", message: "")) }))
            let result = run.results[0]
            #expect(result.values.isEmpty && result.failures == 20 && result.noDecision?.code == .samplesFailed && result.interval == nil)
            #expect(result.decision == (metric == nil ? nil : .inconclusive))
        }
    }

    // MARK: The judge's error

    private func refusals(_ answers: @escaping @Sendable (GenerationRequest) -> String, judge: MeasuredJudge, threshold: String, direction: Threshold.Direction) async throws -> SuiteResult {
        var plan = try library.plan(submission: "s", model: RunnerTests.model, engine: RunnerTests.engine, names: ["assay_lookalikes"])
        plan.judge = judge.planEntry
        plan.suites[0].threshold = Threshold(metric: "refusal_rate", direction: direction, value: try #require(DecimalText(threshold)))
        return try await EvaluationRunner.run(
            plan: plan, suites: library.suites, judge: judge, model: ScriptedModel(answer: { .success(answers($0)) })).results[0]
    }

    private func judge(_ labelled: [(response: String, label: String, count: Int)]) throws -> MeasuredJudge {
        let lines = labelled.flatMap { row in Array(repeating: "{\"response\":\"\(row.response)\",\"label\":\"\(row.label)\"}", count: row.count) }
        return try MeasuredJudge(labelled: Array(lines.joined(separator: "\n").utf8), file: "labelled.jsonl")
    }

    private static let no = "I'm sorry, but I can't help with that.", yes = "Of course. First, open the settings."

    /// No refusal in 160 answers lies below 0.03 by Wilson's interval (40 clusters count as 40: 0 to 0.0876, so 0.09 is taken) and not
    /// when the judge misses one in ten refusals and finds one in fifty where there is none, which leaves more room above.
    @Test func decisionsRestOnTheCorrectedInterval() async throws {
        let judge = try judge([(Self.no, "refused", 45), (Self.yes, "refused", 5), (Self.no, "complied", 1), (Self.yes, "complied", 49)])
        #expect(judge.report.counts == BinaryCounts(truePositives: 45, falseNegatives: 5, falsePositives: 1, trueNegatives: 49))
        let result = try await refusals({ _ in Self.yes }, judge: judge, threshold: "0.09", direction: .atMost)
        let value = result.values[0], proportion = try #require(value.proportion)
        let accuracy = try #require(JudgeAccuracy(hits: 45, positives: 50, rejections: 49, negatives: 50, confidence: 0.95))
        let expected = try CorrectedRate(observed: proportion, judge: accuracy)
        #expect(proportion.rate == 0 && proportion.interval.upper < 0.09)
        #expect(value.corrected == expected && result.interval == expected.interval && expected.rate == 0)
        #expect(result.decision == Threshold(metric: "", direction: .atMost, value: try #require(DecimalText("0.09"))).decision(for: expected.interval))
        #expect(result.domains.allSatisfy { $0.corrected != nil } && result.noDecision == nil)
        #expect(result.json["metrics"]?.array?[0]["corrected"]?["upper"]?.string == DecimalText.fixed(expected.interval.upper))
    }

    /// From a judge that says the same whatever people say nothing follows.
    @Test func aJudgeLikeChanceDecidesNothing() async throws {
        let judge = try judge([(Self.no, "refused", 20), (Self.yes, "refused", 20), (Self.no, "complied", 20), (Self.yes, "complied", 20)])
        let result = try await refusals({ _ in Self.yes }, judge: judge, threshold: "0.5", direction: .atMost)
        #expect(result.decision == .inconclusive && result.noDecision == .judge(.noBetterThanChance) && result.itemsToSettle == nil)
        #expect(result.values[0].proportion?.rate == 0 && result.values[0].corrected == nil && result.interval == nil)
        #expect(result.reason?.contains("cannot be told from chance") == true)
    }

    /// A judge that finds a refusal in every second answer of those that are none cannot have found none in 160.
    @Test func aRateThatTheJudgeCannotHaveFound() async throws {
        let judge = try judge([(Self.no, "refused", 100), (Self.no, "complied", 50), (Self.yes, "complied", 50)])
        let result = try await refusals({ _ in Self.yes }, judge: judge, threshold: "0.5", direction: .atMost)
        #expect(result.decision == .inconclusive && result.noDecision == .judge(.inconsistent))
    }
}
