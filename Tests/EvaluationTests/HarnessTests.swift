import AuditCrypto
import CanonicalEncoding
import Evaluation
import EvaluationSuites
import Testing

/// Compares with `harness.json`, which lm-evaluation-harness itself wrote (`make_harness_fixture.py`): every request, every
/// score and every figure.
@Suite struct HarnessTests {
    static let fixture = Result { try StrictJSON.parse(try TestFiles.read("harness.json"), limits: JSONLimits(maxBytes: 16 << 20, maxDepth: 32, maxValues: 1 << 20)) }

    static let tasks: [String] = (try? fixture.get()["tasks"]?.object?.keys) ?? []
    static let chats: [String] = (try? fixture.get()["chat"]?.object?.keys) ?? []

    @Test func fixtureIsThere() { #expect(Self.tasks.count >= 19 && Self.chats.count == 6) }

    @Test(arguments: tasks)
    func requestsScoresAndFigures(name: String) async throws {
        let expected = try #require(try Self.fixture.get()["tasks"]?[name])
        try await Self.compare(TestFiles.suite(name), chat: ChatUse(usesTemplate: false), with: expected)
    }

    @Test(arguments: chats)
    func throughAChatTemplate(name: String) async throws {
        let expected = try #require(try Self.fixture.get()["chat"]?[name])
        let words = name.split(separator: " ")
        try await Self.compare(
            TestFiles.suite(String(words[0])), chat: ChatUse(usesTemplate: true, examplesAsTurns: words[1] == "True"), with: expected)
    }

    static func compare(
        _ suite: TaskSuite, chat: ChatUse, with expected: JSONValue, scorers: (any ScorerRunner)? = nil
    ) async throws {
        let model = DigestModel(answers: try #require(try fixture.get()["answers"]?.array).compactMap(\.string))
        let judge = try SuiteLibrary.besideProgram().judge
        let plan = EvaluationPlan.template(
            submission: "s", model: RunnerTests.model,
            suites: [.init(suite: suite, chat: chat)],
            judge: judge, engine: RunnerTests.engine)
        let store = MemorySampleStore()
        let run = try await EvaluationRunner.run(plan: plan, suites: [suite], judge: judge, scorers: scorers, model: model, resume: store)

        let log = HarnessSampleLog(suite)
        var lines: [JSONValue] = []
        for record in await store.records {
            #expect(record.failure == nil, "\(record.id): \(String(describing: record.failure))")
            #expect(try SampleRecord(JSONField(StrictJSON.parse(record.line))).line == record.line)
            for line in try log.lines(record).split(separator: UInt8(ascii: "\n")) { lines.append(try StrictJSON.parse(Array(line))) }
        }
        // The harness writes a filter's samples one after another.
        let order = suite.task.filters.map(\.name)
        lines = order.flatMap { filter in lines.filter { $0["filter"]?.string == filter } }
        let samples = try #require(expected["samples"]?.array)
        try #require(lines.count == samples.count)
        for (line, sample) in zip(lines, samples) {
            for key in ["doc_id", "target", "filter", "resps", "filtered_resps"] {
                #expect(Self.isSame(line[key], sample[key]), "\(key) of \(sample["doc_id"]!): \(line[key]!) \(sample[key]!)")
            }
            let arguments = line["arguments"]?.object?.members.map { JSONValue.array(($0.value.object?.members ?? []).map(\.value)) } ?? []
            #expect(Self.isSame(.array(arguments), sample["arguments"]), "\(arguments) \(sample["arguments"]!)")
            for (metric, value) in sample["values"]?.object?.members ?? [] {
                // What a function gives as a truth value counts as a number.
                let value = value.bool.map { JSONValue.number($0 ? 1 : 0) } ?? value
                #expect(Self.isSame(line[metric], value), "\(metric) of \(sample["doc_id"]!): \(String(describing: line[metric])) \(value)")
            }
        }
        let figures = expected["results"]?.object?.members ?? []
        for (key, value) in figures {
            let name = key.hasSuffix(",none") ? String(key.dropLast(5)) : key
            let own = try #require(run.results[0].values.first { $0.name == name }, "\(key)")
            #expect(Self.isSame(.number(own.figure), value), "\(key): \(own.figure) \(value)")
        }
        #expect(figures.count == run.results[0].values.count { !$0.name.hasPrefix("refusal_rate") })
    }

    /// A group of names, a tag, and a group within it.
    @Test func groups() async throws {
        let files = ["plain", "same", "mc_many", "shots", "mc_drawn", "gen_filters"].map { "\($0).yaml" } + ["groups/mixed.yaml"]
        let catalog = try TaskCatalog(files: files, in: TestFiles.folder)
        let mixed = try #require(catalog.groups.first)
        #expect(try catalog.tasks(of: mixed) == ["plain", "same", "mc_many", "shots", "mc_drawn", "gen_filters"])
        let inner = try #require(mixed.members.compactMap { if case .group(let group) = $0 { group } else { nil } }.first)
        let model = DigestModel(answers: try #require(try Self.fixture.get()["answers"]?.array).compactMap(\.string))
        let suites = try catalog.tasks(of: mixed).map { try TestFiles.suite($0) }
        let plan = EvaluationPlan.template(
            submission: "s", model: RunnerTests.model,
            suites: suites.map {
                .init(suite: $0, chat: ChatUse(usesTemplate: false))
            }, engine: RunnerTests.engine)
        let run = try await EvaluationRunner.run(plan: plan, suites: suites, model: model)
        for group in [mixed, inner] {
            let result = GroupResult(group, tasks: try catalog.tasks(of: group), results: run.results)
            let expected = try #require(try Self.fixture.get()["groups"]?[group.name]?.object)
            #expect(result.values.count * 2 == expected.count)
            for value in result.values {
                let key = value.name.contains(",") ? value.name : value.name + ",none"
                let words = key.split(separator: ",")
                #expect(Self.isSame(.number(value.figure), expected[key]), "\(key)")
                #expect(Self.isSame(value.standardError.map { .number($0) }, expected["\(words[0])_stderr,\(words[1])"]), "\(key) \(value)")
            }
        }
    }

    @Test(arguments: [
        ("group: g\ntask: [nowhere]\n", "no task, group or tag"), ("group: g\ntask: [g]\n", "holds itself"),
        ("group: g\ntask: [{task: plain, num_fewshot: 2}]\n", "settings of a task"), ("group: g\ntask: []\n", "list of tasks"),
        ("group: g\ntask: [plain]\naggregate_metric_list: [{metric: acc, aggregation: !function a.b}]\n", "!function"),
    ])
    func groupsThatAreNone(text: String, words: String) {
        let error = #expect(throws: TaskError.self) {
            let catalog = try TaskCatalog(files: ["g.yaml", "plain.yaml"], in: TestFiles.folder(["g.yaml": text, "plain.yaml": TaskFileTests.minimal]))
            for group in catalog.groups { _ = try catalog.tasks(of: group) }
        }
        #expect(error?.description.contains(words) == true, "\(String(describing: error))")
    }

    /// Numbers may differ in the last bits: sums are added up in another order there.
    private static func isSame(_ one: JSONValue?, _ other: JSONValue?) -> Bool {
        switch (one, other) {
        case (.array(let one), .array(let other)): one.count == other.count && zip(one, other).allSatisfy { isSame($0, $1) }
        case (.object(let one), .object(let other)): one.count == other.count && one.members.allSatisfy { isSame($0.value, other[$0.key]) }
        default:
            if let left = one?.double, let right = other?.double {
                left == right || abs(left - right) <= 1e-12 * max(abs(left), abs(right), 1)
            } else {
                one == other
            }
        }
    }

    /// All requests of the built-in suites, and their scores.
    @Test func builtInSuites() async throws {
        let library = try SuiteLibrary.besideProgram()
        for suite in library.suites {
            let expected = try #require(try Self.fixture.get()["suites"]?[suite.task.name])
            let solver = suite.task.generation.map { GenerationSolver($0, chat: ChatUse(usesTemplate: false)) as any Solver }
                ?? ScoringSolver(suite.task, chat: ChatUse(usesTemplate: false))
            let renderer = try ItemRenderer(suite)
            var lines: [UInt8] = []
            let model = DigestModel(answers: [""])
            for index in 0..<suite.items.count {
                let (item, rendered) = try renderer.render(index)
                let question = Question(item: item, rendered: rendered, seeds: [0])
                let solution = try #require(try await solver.solve([question], with: model).first)
                guard case .choices(let choices, _) = solution.output else { continue }
                // As Python's json.dumps writes a list of lists of two strings.
                let pairs = try choices.map { choice in
                    let prompt = try CanonicalJSON.encode(.string(solution.prompts[0])), text = try CanonicalJSON.encode(.string(choice.text))
                    return "[" + String(decoding: prompt, as: UTF8.self) + ", " + String(decoding: text, as: UTF8.self) + "]"
                }
                lines += Array("[\(pairs.joined(separator: ", "))]\n".utf8)
            }
            #expect(expected["samples"]?.integer == Int64(suite.items.count))
            if !lines.isEmpty { #expect(SHA256Digest.of(lines).hex == expected["sha256"]?.string) }
        }
    }

    /// Templates and targets that fail do so when the suite is read, with file, line and item.
    @Test(arguments: [
        ("doc_to_text: \"{{missing}}\"", "doc_to_target: 0", "missing"),
        ("doc_to_text: \"{{q\"", "doc_to_target: 0", "template"),
        ("doc_to_text: q", "doc_to_target: meta", "an object"),
        ("doc_to_text: \"12\"", "doc_to_target: 0", "must give a string, not an object"),
        ("doc_to_text: n", "doc_to_target: 0", "must give a string"),
        ("doc_to_text: \"{% for i in range(99999999) %}x{% endfor %}\"", "doc_to_target: 0", "template"),
    ])
    func refusals(text: String, target: String, words: String) {
        let task = TaskFileTests.minimal.replacing("doc_to_text: \"{{q}}\"", with: text)
            .replacing("doc_to_target: 0", with: target == "doc_to_target: 0" && text.contains("\"12\"") ? "doc_to_target: meta" : target)
        let error = #expect(throws: TaskError.self) {
            try TestFiles.suite(task: task, files: ["items.jsonl": "{\"q\":\"why\",\"n\":5,\"meta\":{\"a\":1}}"])
        }
        #expect(error?.description.contains(words) == true, "\(String(describing: error))")
        #expect(error.map { $0.line > 0 } == true)
    }

    @Test func missingDataFileIsNamed() {
        let error = #expect(throws: TaskError.self) { try TestFiles.suite(task: TaskFileTests.minimal, files: [:]) }
        #expect(error?.code == .file)
        #expect(error?.line == 2)
    }
}

/// `Digests` of `make_harness_fixture.py`: answers from SHA-256 over what was asked.
actor DigestModel: LanguageModel {
    private let answers: [String]
    private var asked: [String: Int] = [:]

    init(answers: [String]) { self.answers = answers }

    private static func digest(_ parts: [String]) -> [UInt8] { SHA256Digest.of(Array(parts.joined(separator: "\0").utf8)).bytes }

    private static func score(_ parts: String...) -> ContinuationScore {
        let digest = digest(parts)
        let value = -Double(Int(digest[0]) * 256 + Int(digest[1]) + 1) / 1024
        return ContinuationScore(logLikelihood: value, tokenLogLikelihoods: [Float(value)], isGreedy: digest[2] % 3 == 0)
    }

    private static func text(_ prompt: ModelPrompt) -> String {
        switch prompt {
        case .text(let text): text
        case .chat(let turns): rendered(turns)
        }
    }

    private static func rendered(_ turns: [ChatTurn]) -> String {
        turns.map { "<\($0.role)>\($0.content)</>" }.joined() + "<assistant>"
    }

    func information() -> LanguageModelInformation {
        LanguageModelInformation(
            architecture: "digests", contextLength: 128, hasChatTemplate: true, threads: 2, blasCore: "none", numerics: [:], engine: "test")
    }

    func renderChat(_ conversations: [[ChatTurn]]) -> [Result<String, RequestFailure>] { conversations.map { .success(Self.rendered($0)) } }

    func scoreContinuations(_ requests: [ContinuationRequest]) -> [Result<[ContinuationScore], RequestFailure>] {
        requests.map { request in .success(request.continuations.map { Self.score(Self.text(request.prompt), $0) }) }
    }

    func scoreTexts(_ texts: [String]) -> [Result<ContinuationScore, RequestFailure>] { texts.map { .success(Self.score($0)) } }

    func generate(_ requests: [GenerationRequest]) -> [Result<GeneratedText, RequestFailure>] {
        requests.map { request in
            let prompt = Self.text(request.prompt), number = asked[prompt, default: 0]
            asked[prompt] = number + 1
            let answer = answers[Int(Self.digest([prompt, String(number)])[0]) % answers.count]
            return .success(GeneratedText(text: answer, tokens: [1], finish: "end-of-text", promptTokenCount: 1))
        }
    }
}
