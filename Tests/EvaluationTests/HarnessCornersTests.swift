import AuditCrypto
import CanonicalEncoding
import Evaluation
import Testing

/// What lm-evaluation-harness 0.4.13 does in corners that its own task files rarely go to, read off its source.
@Suite struct HarnessCornersTests {
    private static func task(_ lines: [String], name: String = "t", type: String = "generate_until") -> String {
        (["task: \(name)", "dataset_path: json", "dataset_kwargs: {data_files: {test: items.jsonl}}", "test_split: test",
            "output_type: \(type)"] + lines).joined(separator: "\n")
    }

    private static func run(
        _ suites: [TaskSuite], _ model: ScriptedModel, chat: Bool = false, store: MemorySampleStore = MemorySampleStore()
    ) async throws -> EvaluationRun {
        let plan = EvaluationPlan.template(
            submission: "s", model: RunnerTests.model,
            suites: suites.map {
                .init(suite: $0, chat: ChatUse(usesTemplate: chat))
            }, engine: RunnerTests.engine)
        return try await EvaluationRunner.run(plan: plan, suites: suites, model: model, resume: store)
    }

    private static func rate(_ lines: [String], answer: String) async throws -> Double? {
        let suite = try TestFiles.suite(
            task: task(["doc_to_text: q", "doc_to_target: a"] + lines), files: ["items.jsonl": "{\"q\":\"why\",\"a\":\"1\"}"])
        return try await run([suite], ScriptedModel(answer: { _ in .success(answer) })).results[0].values.first?.figure
    }

    /// `TakeFirstFilter` takes the one pair of likelihoods that there is: every filter has the same values, under its own name.
    @Test(arguments: ["multiple_choice", "loglikelihood", "loglikelihood_rolling"])
    func namedFiltersOfLikelihoodTasks(type: String) async throws {
        let suite = try TestFiles.suite(
            task: Self.task(
                ["doc_to_text: q", type == "multiple_choice" ? "doc_to_choice: [a, b]\ndoc_to_target: 0" : "doc_to_target: a", "filter_list:"]
                    + ["one", "two"].map { "  - {name: \($0), filter: [{function: take_first}]}" }, type: type),
            files: ["items.jsonl": "{\"q\":\"why\",\"a\":\"because of that\"}"])
        let names = suite.task.metrics.map(\.name)
        let result = try await Self.run([suite], ScriptedModel(scores: { _, index in index == 0 ? -1 : -2 })).results[0]
        #expect(result.failures == 0)
        #expect(result.values.map(\.name) == names.map { "\($0),one" } + names.map { "\($0),two" })
        #expect(result.values.prefix(names.count).map(\.figure) == result.values.suffix(names.count).map(\.figure))
        if type == "multiple_choice" { #expect(result.values[0].figure == 1) }
    }

    /// `MapFilter` looks the response up in the dictionary as YAML gives it: there 1 is no text, and no response is it.
    @Test func keysOfMapThatAreNumbers() async throws {
        func lines(_ table: String) -> [String] {
            ["filter_list:", "  - {name: none, filter: [{function: map, mapping_dict: \(table), default_value: '0'}, {function: take_first}]}"]
        }
        #expect(try await Self.rate(lines("{1: '1'}"), answer: "1") == 0)
        #expect(try await Self.rate(lines("{'1': '1'}"), answer: "1") == 1)
        let twice = ["filter_list:", "  - name: none", "    filter:", "      - {function: map, mapping_dict: {yes please: 1}}",
            "      - {function: map, mapping_dict: {1: '1'}}", "      - {function: take_first}"]
        #expect(try await Self.rate(twice, answer: "yes please") == 1)
    }

    /// The row of `polemo2_in`: what `take_first` took is a text, of whose characters the next step makes a list.
    @Test func stepsAfterTakeFirst() async throws {
        let lines = ["filter_list:", "  - name: none", "    filter:", "      - {function: regex, regex_pattern: '([AB])'}", "      - {function: take_first}",
            "      - {function: map, mapping_dict: {A: '1', B: '2'}}", "      - {function: take_first}"]
        #expect(try await Self.rate(lines, answer: "It is A.") == 1)
        #expect(try await Self.rate(lines, answer: "It is B.") == 0)
    }

    /// `for s in regexes_to_ignore`: of a string, each character. "ab" takes away every a and every b.
    @Test func expressionsInOneString() async throws {
        func lines(_ value: String) -> [String] { ["metric_list:", "  - {metric: exact_match, regexes_to_ignore: \(value)}"] }
        #expect(try await Self.rate(lines("ab"), answer: "b1a") == 1)
        #expect(try await Self.rate(lines("[ab]"), answer: "b1a") == 0)
    }

    /// `until: null` is a key that is there, so that the delimiter of examples does not take its place.
    @Test func noStopString() async throws {
        for (line, stops) in [("generation_kwargs: {until: null}", []), ("generation_kwargs: {do_sample: false}", ["\n\n"])] as [(String, [String])] {
            let suite = try TestFiles.suite(
                task: Self.task(["doc_to_text: q", "doc_to_target: q", line]), files: ["items.jsonl": "{\"q\":\"why\"}"])
            #expect(suite.task.generation?.until == stops)
        }
        #expect(try TestFiles.suite(task: Self.task(["doc_to_text: q", "doc_to_target: q", "num_fewshot: 0"]), files: ["items.jsonl": "{\"q\":\"why\"}"]).task.refusesExamples)
        #expect(try TestFiles.suite(task: Self.task(["doc_to_text: q", "doc_to_target: q"]), files: ["items.jsonl": "{\"q\":\"why\"}"]).task.refusesExamples == false)
    }

    /// The first item says for all whether they have several right answers; where another does not fit, the harness ends with a
    /// TypeError (`is_greedy[gold]`, `pred in gold`) or compares with letters.
    @Test func listsOfRightAnswers() async throws {
        let choices = Self.task(["doc_to_text: q", "doc_to_choice: [a, b]", "doc_to_target: g"], type: "multiple_choice")
        let text = Self.task(["doc_to_text: q", "doc_to_target: g"])
        func suite(_ task: String, _ golds: [String]) throws(TaskError) -> TaskSuite {
            try TestFiles.suite(task: task, files: ["items.jsonl": golds.map { "{\"q\":\"why\",\"g\":\($0)}" }.joined(separator: "\n")])
        }
        for (task, golds) in [(choices, ["0", "[1]"]), (choices, ["[1]", "0"]), (choices, ["[]", "[1]"]), (text, ["[\"a\"]", "\"b\""])] {
            let error = #expect(throws: TaskError.self) { try suite(task, golds) }
            #expect(error?.description.contains("give all items a list") == true, "\(golds): \(String(describing: error))")
            #expect(error?.line == 2 || golds[0] == "[]")
        }
        // An empty list is no list: `str(gold)` is what a text is compared with.
        let run = try await Self.run([try suite(text, ["[]", "[\"b\"]"])], ScriptedModel(answer: { _ in .success("['b']") }))
        #expect(run.results[0].values[0].figure == 0.5)
    }

    /// Weights are the items that a figure is of: three items, of which two failed, count as one.
    @Test func groupsWeighWhatWasScored() async throws {
        let folder = ["a", "b"].map { name in Self.task(["doc_to_text: q", "doc_to_target: '1'"], name: name) }
        let suites = [
            try TestFiles.suite(task: folder[0], files: ["items.jsonl": "{\"q\":\"one\"}\n{\"q\":\"two\"}\n{\"q\":\"two\"}"]),
            try TestFiles.suite(task: folder[1], files: ["items.jsonl": "{\"q\":\"three\"}"]),
        ]
        let run = try await Self.run(
            suites,
            ScriptedModel(answer: { request in
                request.plainText == "two" ? .failure(RequestFailure(code: "context-exceeded", message: "")) : .success(request.plainText == "one" ? "1" : "0")
            }))
        let file = "group: g\ntask: [a, b]\naggregate_metric_list: [{metric: exact_match}]"
        let group = try #require(try TaskGroup(file: "g.yaml", in: TestFiles.folder(["g.yaml": file])))
        let value = try #require(GroupResult(group, tasks: ["a", "b"], results: run.results).values.first)
        #expect(value.figure == 0.5 && value.count == 2)
    }

    /// With a chat template `gen_prefix` is the beginning of the assistant's turn.
    @Test func beginningOfTheAnswer() async throws {
        let suite = try TestFiles.suite(
            task: Self.task(["doc_to_text: q", "doc_to_choice: [a, b]", "doc_to_target: 0", "gen_prefix: 'It is'"], type: "multiple_choice"),
            files: ["items.jsonl": "{\"q\":\"why\"}"])
        let model = ScriptedModel(), store = MemorySampleStore()
        #expect(try await Self.run([suite], model, chat: true, store: store).results[0].failures == 0)
        let asked = try #require(await model.scoreRequests.first)
        #expect(asked.prompt == .chat([ChatTurn(role: "user", content: "why"), ChatTurn(role: "assistant", content: "It is")]))
        // The delimiter stays, as the prefix does not end with white space.
        #expect(asked.continuations == [" a", " b"])
        #expect(await store.records[0].solution.prompts == ["<user>why</><assistant>It is"])
    }
}
