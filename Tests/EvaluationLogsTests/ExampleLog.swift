import CanonicalEncoding
import EvaluationLogs

/// Logs that hold one of everything.
enum ExampleLog {
    static let begin = InspectLog.Time(unixMicroseconds: 1_790_000_000_000_000)!

    static func time(_ seconds: Double) -> InspectLog.Time {
        InspectLog.Time(unixMicroseconds: begin.unixMicroseconds + Int64(seconds * 1_000_000))!
    }

    /// Ids that are hard on file names, on JSON or on sorting.
    static let ids: [InspectLog.SampleID] = [
        .text("plain"), .integer(7), .integer(-1), .text("a/b"), .text("../../etc/passwd"), .text("."), .text("/absolute"), .text("back\\slash"),
        .text("é"), .text("e\u{301}"), .text("数学/一"), .text("🙂"), .text("new\nline"), .text("tab\tand \u{7F} and \u{1}"), .text("x_epoch_1"),
        .text("quote\"s"), .text(String(repeating: "long", count: 200)), .text(""),
    ]

    /// Every control character, and what else is rare.
    static let strange = String(String.UnicodeScalarView((0...0x20).map { Unicode.Scalar($0)! })) + "\u{7F}\u{80}\u{9F}\u{2028}\u{FEFF}\u{FFFE}\u{FFFF}\u{10FFFF}</script>\\\"é e\u{301}"

    static func evaluation(_ name: String = "arithmetic", ids: [InspectLog.SampleID] = ids, epochs: Int = 2) -> InspectLog.Evaluation {
        var settings = InspectLog.Settings()
        (settings.epochs, settings.epochsReducer, settings.failOnError, settings.logSamples) = (epochs, ["mean"], false, true)
        settings.timeLimit = 600
        var evaluation = InspectLog.Evaluation(
            evaluationID: "EvalAssay1", runID: "RunAssay1", created: begin, task: name, taskID: "Task\(name)",
            dataset: InspectLog.Dataset(name: "sums", location: "sums.jsonl", sampleIDs: ids), model: "assay/demo", settings: settings)
        evaluation.taskVersion = "2.1"
        evaluation.taskArguments = ["shots": 3, "tolerance": .number(0.5), "nothing": nil]
        evaluation.tags = ["second", "first", "second"]
        evaluation.metadata = ["weights": "sha256:00", "threshold": .number(1e-9)]
        evaluation.packages = ["assay": "1"]
        evaluation.revision = InspectLog.Revision(origin: "a repository", commit: "0123abc", dirty: false)
        evaluation.scorers = [InspectLog.ScorerDefinition("match", metrics: [.init("accuracy"), .init("stderr")]), .init("confidence")]
        evaluation.modelGenerationSettings.seed = 11
        return evaluation
    }

    static var plan: InspectLog.Plan {
        var settings = InspectLog.GenerationSettings()
        (settings.maximumTokens, settings.temperature, settings.stopSequences) = (64, 0, ["\n\n"])
        return InspectLog.Plan([.init("system_message", ["template": "Be brief."]), .init("generate")], settings: settings)
    }

    static let usage = InspectLog.Usage(input: 12, output: 5)

    static func outcome(_ status: InspectLog.Status = .success, ids: [InspectLog.SampleID] = ids, epochs: Int = 2) -> InspectLog.Outcome {
        let results = InspectLog.Results(
            total: ids.count * epochs, completed: ids.count * epochs,
            scores: [
                InspectLog.ScoreResult(
                    "match", reducer: "mean", scored: ids.count, unscored: 0,
                    metrics: [.init("accuracy", 0.1 + 0.2), .init("stderr", .nan, parameters: ["cluster": nil])]),
                InspectLog.ScoreResult("confidence", metrics: [.init("best", .infinity), .init("worst", -.infinity), .init("count", 3)]),
            ])
        return InspectLog.Outcome(
            status, results: status == .success ? results : nil,
            statistics: InspectLog.Statistics(started: begin, completed: time(90.25), modelUsage: ["assay/demo": usage]),
            failure: status == .error ? InspectLog.Failure("the engine stopped", traceback: "no traceback") : nil,
            reductions: status == .success
                ? [InspectLog.Reduction(scorer: "match", reducer: "mean", samples: ids.map { .init($0, .init(.number(1), answer: "4", explanation: "of two epochs")) })] : nil)
    }

    /// An agent's sample: two calls of the model, a tool in a sandbox between them, two scores.
    static func agent(_ id: InspectLog.SampleID, epoch: Int) -> InspectLog.Sample {
        var sample = InspectLog.Sample(
            id: id, epoch: epoch, input: .messages([.init(.user, "What is 2 + 2?", id: "u1", source: .input)]), target: .list(["4", "four"]),
            metadata: ["level": 1, "strange": .string(strange), "deep": [["a": [1, .number(.nan), nil, false]]], "n": .number(-.infinity)])
        let call = InspectLog.ToolCall(id: "call1", function: "python", arguments: ["code": "print(2 + 2)"])
        let failed = InspectLog.ToolCall(id: "call2", function: "python", arguments: ["code": "("], parseError: "no Python")
        let asked = [InspectLog.Message(.system, "Be brief.", id: "s1"), .init(.user, "What is 2 + 2?", id: "u1", source: .input)]
        let thought = InspectLog.Message.assistant(
            .parts([.reasoning("A tool will know."), .text("Let me compute.")]), model: "assay/demo", toolCalls: [call, failed], id: "a1")
        let results = [
            InspectLog.Message.tool(call, result: "4\n", id: "t1"),
            .tool(failed, result: "", error: .init(.parsing, "the code is no Python"), id: "t2"),
        ]
        let answer = InspectLog.Message.assistant(.text("4"), model: "assay/demo", id: "a2")
        sample.messages = asked + [thought] + results + [answer]
        let first = InspectLog.Output(model: "assay/demo", choices: [.init(thought, .toolCalls)], usage: usage, time: 0.5)
        sample.output = InspectLog.Output(
            model: "assay/demo",
            choices: [
                .init(answer, .stop, logProbabilities: .init([
                    .init("4", -0.25, bytes: [0x34], top: [.init("4", -0.25), .init("\u{FFFD}", -3.5, bytes: [0xF0])]),
                    .init("", -1e-300, bytes: []),
                ]))
            ], usage: usage, time: 0.125)
        let match = InspectLog.Score("C", answer: "4", explanation: "The answer is 4.", metadata: ["filter": "none"])
        let confidence = InspectLog.Score(.number(.nan), explanation: strange, reason: "no_response")
        sample.scores = ["match": match, "confidence": confidence, "parts": .init(["a": 1, "b": nil, "c": .number(0.5)]), "list": .init([1, "x", true])]
        sample.store = ["tries": 2]
        (sample.tokenLimit, sample.messageLimit, sample.timeLimit) = (4096, 20, 600)
        sample.modelUsage = ["assay/demo": .init(input: 24, output: 10)]
        (sample.started, sample.completed, sample.totalTime, sample.workingTime) = (time(1), time(3), 2, 1.5)
        sample.events = events(sample, asked, thought, results, first, call, failed, match)
        return sample
    }

    private static func events(
        _ sample: InspectLog.Sample, _ asked: [InspectLog.Message], _ thought: InspectLog.Message, _ results: [InspectLog.Message],
        _ first: InspectLog.Output, _ call: InspectLog.ToolCall, _ failed: InspectLog.ToolCall, _ match: InspectLog.Score
    ) -> [InspectLog.Event] {
        var model = InspectLog.ModelCall(model: "assay/demo", input: asked, settings: plan.settings, output: first, completed: time(1.5))
        let schema: JSONObject = [
            "type": "object", "properties": ["code": ["type": "string", "description": "Python source"]], "required": ["code"],
            "additionalProperties": false,
        ]
        (model.tools, model.toolChoice) = ([.init("python", description: "Runs Python.", parameters: schema)], "auto")
        model.call = .init(request: ["prompt": "Be brief."], response: ["text": "Let me compute."], time: 0.5)
        var again = model
        (again.input, again.output, again.completed, again.call) = (asked + [thought] + results, sample.output, time(2.5), nil)
        var sandbox = InspectLog.SandboxAction(.execute)
        (sandbox.command, sandbox.input, sandbox.result, sandbox.output, sandbox.completed) = ("python3 -", "print(2 + 2)", 0, "4\n", time(1.8))
        sandbox.options = ["timeout": 10]
        var file = InspectLog.SandboxAction(.writeFile)
        (file.file, file.input) = ("notes.txt", "4")
        let kinds: [(InspectLog.Event.Kind, String?)] = [
            (.spanBegin(.init(id: "init", type: "init", name: "init")), "init"), (.sampleInit(.init(sample)), "init"),
            (.spanEnd(.init(id: "init")), "init"), (.spanBegin(.init(id: "solvers", type: "solvers", name: "solvers")), "solvers"),
            (.spanBegin(.init(id: "generate", parentID: "solvers", type: "solver", name: "generate")), "generate"), (.model(model), "generate"),
            (.tool(.init(call, result: "4\n", completed: time(1.9), messageID: "t1")), "generate"), (.sandbox(sandbox), "generate"),
            (.sandbox(file), "generate"), (.tool(.init(failed, result: "", error: .init(.parsing, "the code is no Python"), messageID: "t2")), "generate"),
            (.info(.init(["note": .string(strange)], source: "assay")), "generate"), (.model(again), "generate"),
            (.spanEnd(.init(id: "generate")), "generate"), (.spanEnd(.init(id: "solvers")), "solvers"),
            (.spanBegin(.init(id: "scorers", type: "scorers", name: "scorers")), "scorers"),
            (.spanBegin(.init(id: "match", parentID: "scorers", type: "scorer", name: "match")), "match"),
            (.score(.init(match, target: sample.target, scorer: "match")), "match"), (.spanEnd(.init(id: "match")), "match"),
            (.spanEnd(.init(id: "scorers")), "scorers"),
        ]
        return kinds.enumerated().map { number, kind in
            .init(kind.0, at: time(1 + Double(number) / 10), workingStart: Double(number) / 10, spanID: kind.1)
        }
    }

    /// A sample with choices, and long texts of all kinds.
    static func choice(_ id: InspectLog.SampleID, epoch: Int) -> InspectLog.Sample {
        let long = String(repeating: "A well-known long-winded text -- of \u{1F642} many words. ", count: 300)
        var sample = InspectLog.Sample(
            id: id, epoch: epoch, input: .text("Which is \(id.text)?\n\(long)"), choices: ["one", "two"], target: .text("B"),
            metadata: ["long": .string(long), "spaces": "  a \n\t b  ", "large": .array(Array(repeating: .string("word"), count: 200)), "none": nil])
        let reply = InspectLog.Message.assistant(.text("B"), model: "assay/demo", id: "a1")
        sample.messages = [.init(.user, long, id: "u1", source: .input), reply]
        sample.output = InspectLog.Output(model: "assay/demo", choices: [.init(reply, .stop)], usage: usage)
        sample.scores = ["match": .init("I", answer: long, explanation: String(repeating: "x", count: 2000), metadata: ["long": .string(long)])]
        sample.modelUsage = ["assay/demo": usage]
        (sample.started, sample.completed, sample.totalTime) = (time(4), time(5), 1)
        sample.events = [
            .init(.sampleInit(.init(sample)), at: time(4)),
            .init(.model(.init(model: "assay/demo", input: [sample.messages[0]], output: sample.output)), at: time(4.5)),
        ]
        return sample
    }

    /// Samples that ended before their time.
    static func failed(_ id: InspectLog.SampleID, epoch: Int) -> InspectLog.Sample {
        var sample = InspectLog.Sample(id: id, epoch: epoch, input: .text("Loop."), target: .text(""))
        let failure = InspectLog.Failure("the sandbox went away", traceback: "line 1\nline 2")
        (sample.failure, sample.limit) = (failure, .init(.time, 600, reason: "600 seconds are over"))
        sample.events = [
            .init(.sampleLimit(.init(.time, "600 seconds are over", limit: 600)), at: time(6)), .init(.error(.init(failure)), at: time(6.5)),
        ]
        return sample
    }

    static func samples(ids: [InspectLog.SampleID] = ids, epochs: Int = 2) -> [InspectLog.Sample] {
        (1...epochs).flatMap { epoch in
            ids.enumerated().map { number, id in
                number % 3 == 0 ? agent(id, epoch: epoch) : number % 3 == 1 ? choice(id, epoch: epoch) : failed(id, epoch: epoch)
            }
        }
    }

    /// A small sample, for logs of many.
    static func small(_ number: Int) -> InspectLog.Sample {
        var sample = InspectLog.Sample(id: .integer(Int64(number)), epoch: 1, input: .text("What is \(number) + 1?"), target: .text("\(number + 1)"))
        let reply = InspectLog.Message.assistant(.text("It is \(number + 1)."), model: "assay/demo")
        sample.messages = [.init(.user, "What is \(number) + 1?", source: .input), reply]
        sample.output = InspectLog.Output(model: "assay/demo", choices: [.init(reply, .stop)], usage: usage)
        sample.scores = ["match": .init("C", answer: "\(number + 1)")]
        return sample
    }

    /// Writes a log, and gives its path.
    @discardableResult
    static func write(
        to folder: String, _ name: String? = nil, _ evaluation: InspectLog.Evaluation = evaluation(), _ samples: [InspectLog.Sample] = samples(),
        _ outcome: InspectLog.Outcome = outcome()
    ) async throws -> String {
        let path = "\(folder)/\(name ?? InspectLogWriter.fileName(for: evaluation))"
        let writer = try InspectLogWriter(path: path, evaluation: evaluation, plan: plan)
        for sample in samples { try await writer.add(sample) }
        try await writer.finish(outcome)
        return path
    }
}
