import AuditCrypto
import CanonicalEncoding
import Evaluation
import EvaluationSuites
import Foundation
import Testing

/// Python functions that a task brings along to score its samples.
@Suite struct ScorerFunctionTests {
    static let fixture = Result {
        try StrictJSON.parse(try TestFiles.read("scorers.json"), limits: JSONLimits(maxBytes: 16 << 20, maxDepth: 32, maxValues: 1 << 20))
    }
    static let tasks: [String] = (try? fixture.get()["tasks"]?.object?.keys) ?? []

    private static func folder(_ files: [String: String], allowsScorers: Bool = true) -> TaskFolder {
        TaskFolder(allowsScorers: allowsScorers) { files[$0].map { Array($0.utf8) } }
    }

    @Test func fixtureIsThere() { #expect(Self.tasks.count == 7) }

    /// Requests, values and figures are what lm-evaluation-harness came to with the same files (`make_harness_fixture.py`).
    @Test(arguments: tasks)
    func valuesAreTheHarness(name: String) async throws {
        let folder = TaskFolder(allowsScorers: true) { name in
            let url = Bundle.module.bundleURL.appendingPathComponent("Fixtures/scorers/\(name)")
            return FileManager.default.fileExists(atPath: url.path) ? try TestFiles.read("scorers/\(name)") : nil
        }
        let suite = try TaskSuite(file: "\(name).yaml", in: folder)
        #expect(suite.scorers.map(\.source.name) == [name == "rolling" ? "shared/scoring.py" : "utils.py"])
        let expected = try #require(try Self.fixture.get()["tasks"]?[name])
        try await HarnessTests.compare(suite, chat: ChatUse(usesTemplate: false), with: expected, scorers: SandboxedScorers())
    }

    // MARK: Reading

    private static let task = """
        task: t
        dataset_path: json
        dataset_kwargs: {data_files: {test: items.jsonl}}
        test_split: test
        doc_to_text: "{{q}}"
        doc_to_target: "a"
        process_results: !function utils.score
        metric_list:
          - {metric: m, aggregation: mean}

        """
    private static let files = ["items.jsonl": "{\"q\":\"x\"}\n", "utils.py": "def score(doc, results): return {'m': 1}\n"]

    private static func read(_ task: String, allowsScorers: Bool = true) throws -> TaskSuite {
        try TaskSuite(file: "task.yaml", in: folder(files.merging(["task.yaml": task]) { $1 }, allowsScorers: allowsScorers))
    }

    @Test func isReadWhereAllowed() throws {
        let suite = try Self.read(Self.task)
        #expect(suite.task.valueNames == ["m"])
        #expect(suite.scorers.map(\.source.digest) == [SHA256Digest.of(Array("def score(doc, results): return {'m': 1}\n".utf8))])
        let error = #expect(throws: TaskError.self) { try Self.read(Self.task, allowsScorers: false) }
        #expect(error?.code == .unsupported && error?.line == 7 && error?.message.contains("!function") == true)
    }

    @Test(arguments: [
        ("utils.score", "score", 7, TaskError.Code.invalid, "!function utils.score"), ("utils.score", ".score", 7, .invalid, "names no file"),
        ("utils.score", "...etc.score", 7, .invalid, "names no file"), ("utils.score", "a b.score", 7, .invalid, "names no file"),
        ("utils.score", "utils.1", 7, .invalid, "must name a function"), ("utils.score", "json.dumps", 7, .file, "there is no such file"),
        ("metric: m, ", "metric: \"a,b\", ", 9, .invalid, "a metric's name"), ("aggregation: mean", "higher_is_better: true", 9, .invalid, "needs an \"aggregation\""),
        ("aggregation: mean", "aggregation: f1", 9, .invalid, "cannot be worked out"), ("aggregation: mean", "aggregation: !function utils.mean", 9, .unsupported, "!function"),
        ("metric: m,", "metric: acc_mutual_info,", 9, .unsupported, "without the prompt"),
        ("doc_to_text: \"{{q}}\"", "doc_to_text: !function utils.text", 5, .unsupported, "doc_to_text"),
        ("task: t", "task: t\nprocess_docs: !function utils.docs", 2, .unsupported, "process_docs"),
        ("metric_list:\n  - {metric: m, aggregation: mean}\n", "", 1, .invalid, "must name the metrics"),
    ])
    func isRefused(old: String, new: String, line: Int, code: TaskError.Code, words: String) throws {
        let error = #expect(throws: TaskError.self) { try Self.read(Self.task.replacing(old, with: new)) }
        #expect(error?.code == code && error?.line == line && error?.message.contains(words) == true, "\(String(describing: error))")
    }

    @Test func planNamesTheFiles() async throws {
        let suite = try Self.read(Self.task)
        let plan = Self.plan(suite)
        #expect(plan.suites[0].scorers.map(\.path) == ["utils.py"])
        #expect(try EvaluationPlan(json: plan.canonicalBytes) == plan)
        let run = try await EvaluationRunner.run(plan: plan, suites: [suite], scorers: SandboxedScorers(), model: ScriptedModel())
        #expect(run.results[0].values.map(\.figure) == [1])
        await #expect(throws: EvaluationError.self, "no sandbox") { try await EvaluationRunner.run(plan: plan, suites: [suite], model: ScriptedModel()) }
        let other = try TaskSuite(
            file: "task.yaml",
            in: Self.folder(["task.yaml": Self.task, "items.jsonl": "{\"q\":\"x\"}\n", "utils.py": "def score(doc, results): return {'m': 2}\n"]))
        await #expect(throws: EvaluationError.self, "another file") {
            try await EvaluationRunner.run(plan: plan, suites: [other], scorers: SandboxedScorers(), model: ScriptedModel())
        }
    }

    private static func plan(_ suite: TaskSuite) -> EvaluationPlan {
        .template(
            submission: "s", model: RunnerTests.model,
            suites: [.init(suite: suite, threshold: Threshold(metric: "m", direction: .atLeast, value: .zero), chat: ChatUse(usesTemplate: false))],
            engine: .init(threads: 2, scoreBatch: 64, generationBatch: 64))
    }

    // MARK: Running

    /// How often a word of another sample stands in the memory of the sandbox's first process.
    private static let searchOfFirstProcess = """
        n = 0
        try:
          for line in open('/proc/1/maps'):
            if ' rw' in line:
              begin, end = (int(x, 16) for x in line.split()[0].split('-'))
              with open('/proc/1/mem', 'rb') as memory:
                memory.seek(begin)
                n += memory.read(end - begin).count(b'shad' + b'ow')
        except PermissionError:
          pass
        out = {'m': n}
        """

    /// What a function does, and what its sample comes to: a value, or a failure's code with a word of its message. In this order, so that
    /// one that leaves something behind comes before one that looks for it.
    private static let deeds: [(code: String, value: Double?, failure: String)] = [
        ("out = {'m': hash('assay') % 1000}", nil, ""),
        ("out = {'m': 0.1 + 0.2}", 0.1 + 0.2, ""), ("out = {'m': True}", 1, ""), ("out = {'m': -1e308}", -1e308, ""),
        // The first number of Python's generator with the seed 0.
        ("import random; out = {'m': random.random()}", 0.8444218515250481, ""),
        ("print('x' * 10_000_000); out = {'m': 1}", 1, ""),
        // Nothing of one sample is there for the next.
        ("state.append(1); sys.modules['left'] = 1; out = {'m': len(state)}", 1, ""),
        ("state.append(1); out = {'m': len(state) + ('left' in sys.modules)}", 1, ""),
        ("open('/work/x', 'w').write('1'); os.mkdir('/tmp/d'); open('/tmp/d/y', 'w'); os.chmod('/tmp/d', 0); out = {'m': 1}", 1, ""),
        ("out = {'m': len(os.listdir('/work')) + len(os.listdir('/tmp'))}", 0, ""),
        ("if os.fork() == 0:\n  os.setsid(); time.sleep(60)\nout = {'m': 1}", 1, ""),
        ("out = {'m': len([p for p in os.listdir('/proc') if p.isdigit()])}", 3, ""),
        ("import resource; resource.prlimit(os.getppid(), resource.RLIMIT_NOFILE, (80, 80)); out = {'m': 1}", 1, ""),
        ("import resource; out = {'m': resource.getrlimit(resource.RLIMIT_NOFILE)[0]}", 128, ""),
        ("os.kill(os.getppid(), 9); time.sleep(60)", nil, "scorer-ended: the process"), ("out = {'m': 5}", 5, ""),
        ("os.chmod('/work', 0); out = {'m': 6}", 6, ""), ("open('/work/x', 'w'); out = {'m': 7}", 7, ""),
        // Its own input is closed, and the others' are out of reach.
        ("out = {'m': len(os.listdir('/proc/self/fd'))}", 5, ""), ("out = {'m': len(os.read(0, 10))}", 0, ""),
        ("os.open('/proc/%d/fd/0' % os.getppid(), os.O_RDONLY)", nil, "scorer-raised: PermissionError"),
        ("open('/proc/%d/mem' % os.getppid(), 'r+b')", nil, "scorer-raised: PermissionError"),
        // The first process of the sandbox has none of it.
        ("out = {'m': len({os.readlink('/proc/1/fd/' + f) for f in os.listdir('/proc/1/fd')} - {'/dev/null'})}", 0, ""),
        ("out = {'m': len(open('/proc/1/fd/0', 'rb').read()) + len(open('/proc/1/fd/1', 'rb').read())}", 0, ""),
        ("out = {'m': os.write(os.open('/proc/1/fd/1', os.O_WRONLY), b'0 answer [{\"m\":9}]\\n')}", 19, ""),
        (searchOfFirstProcess, 0, ""),
        // Nor is anything else.
        ("open('/etc/shadow')", nil, "scorer-raised: FileNotFoundError"), ("open('/usr/x', 'w')", nil, "scorer-raised: OSError"),
        ("import socket; socket.socket()", nil, "scorer-raised: PermissionError"),
        ("import ctypes; ctypes.CDLL(None).unshare(0x10000000)", nil, "scorer-ended: not allowed"),
        ("import ctypes; ctypes.CDLL(None).ptrace(16, os.getppid(), 0, 0)", nil, "scorer-ended: not allowed"),
        // What goes wrong is the sample's alone.
        ("1 / 0", nil, "scorer-raised: utils.py: score: ZeroDivisionError, line 5"), ("x = bytearray(1 << 30)", nil, "scorer-raised: MemoryError"),
        ("sys.exit(0)", nil, "scorer-raised: SystemExit"), ("os._exit(0)", nil, "scorer-ended: without an answer"),
        ("while True: pass", nil, "scorer-timed-out: longer"), ("time.sleep(60)", nil, "scorer-timed-out: longer"),
        ("out = {'m': float('nan')}", nil, "scorer-output: finite"), ("out = {'m': 10 ** 400}", nil, "scorer-raised: OverflowError"),
        ("out = {'m': '1'}", nil, "scorer-output: number"), ("out = [1]", nil, "scorer-output: dictionary"), ("out = {}", nil, "scorer-output: gave no \"m\""),
        ("out = {'m': 1, 'n': 2}", nil, "scorer-output: does not declare"), ("os.write(64, b'x' * 70000)", nil, "scorer-output: 65536 bytes"),
        ("os.write(64, b'rubbish\\n')", nil, "scorer-output: something else"), ("os.write(64, b'[{\"m\":1},{\"m\":1}]\\n')", nil, "scorer-output: something else"),
        ("out = {'m': hash('assay') % 1000}", nil, ""),
    ]

    @Test(.timeLimit(.minutes(10))) func nothingIsLeftAndNothingReached() async throws {
        let module = "import os, sys, time\nstate = []\ndef score(doc, results):\n    scope = {'state': state, 'os': os, 'sys': sys, 'time': time}\n    exec(doc['q'], scope)\n    return scope['out']\n"
        let items = try Self.deeds.map { String(decoding: try CanonicalJSON.encode(["q": .string($0.code)]), as: UTF8.self) + "\n" }.joined()
        let suite = try TaskSuite(file: "task.yaml", in: Self.folder(["task.yaml": Self.task, "items.jsonl": items, "utils.py": module]))
        let store = MemorySampleStore()
        _ = try await EvaluationRunner.run(
            plan: Self.plan(suite), suites: [suite], scorers: SandboxedScorers(seconds: 2), model: ScriptedModel(), resume: store)
        let records = await store.records
        try #require(records.count == Self.deeds.count)
        for (record, deed) in zip(records, Self.deeds) {
            if let value = deed.value {
                #expect(record.score?.values["m"] == .number(value), "\(deed.code): \(String(describing: record.failure))")
            } else if let colon = deed.failure.firstIndex(of: ":") {
                #expect(record.failure?.code == String(deed.failure[..<colon]), "\(deed.code): \(String(describing: record.failure))")
                let words = deed.failure[colon...].dropFirst(2)
                #expect(record.failure?.message.contains(words) == true, "\(deed.code): \(String(describing: record.failure))")
            }
        }
        // The seed of hashes is the same in every sandbox.
        #expect(records[0].score != nil && records[0].score?.values == records.last?.score?.values)
    }

    /// A file that cannot be loaded, and one that never ends: failures of the samples, not of the run.
    @Test(arguments: [("import nothing_of_that_name\n", "scorer-raised: ModuleNotFoundError, line 1"), ("x = (\n", "scorer-raised: SyntaxError, line 1"),
        ("while True: pass\n", "scorer-timed-out: loading utils.py"), ("import os; os._exit(0)\n", "scorer-ended: loading utils.py"), ("x = 1\n", "scorer-raised: AttributeError")])
    func filesThatDoNotLoad(module: String, failure: String) async throws {
        let suite = try TaskSuite(
            file: "task.yaml", in: Self.folder(["task.yaml": Self.task, "items.jsonl": "{\"q\":\"x\"}\n{\"q\":\"y\"}\n", "utils.py": module]))
        let store = MemorySampleStore()
        _ = try await EvaluationRunner.run(
            plan: Self.plan(suite), suites: [suite], scorers: SandboxedScorers(seconds: 2), model: ScriptedModel(), resume: store)
        for record in await store.records {
            #expect(record.failure.map { "\($0.code): \($0.message)" }?.contains(failure.split(separator: ": ")[1]) == true, "\(String(describing: record.failure))")
            #expect(record.failure?.code == failure.split(separator: ":").first.map(String.init))
        }
    }
}
