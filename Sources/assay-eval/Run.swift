import ArgumentParser
import AuditCrypto
import BulkCrypto
import CanonicalEncoding
import CommandSupport
import Evaluation
import EvaluationSuites
import LocalModel

struct Run: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Evaluate a model on tasks.",
        discussion: """
            The folder OUT gets plan.json (what is asked, by digest), samples.jsonl (each sample's record and timing, a line each), \
            samples_TASK.jsonl (as lm_eval --log_samples writes them), TASK.eval (for inspect view) and results.json. A run that was interrupted is taken up where it \
            stopped when the same command is given again. Ctrl-C ends the batch that is being asked; what was recorded before is kept.

            With --scaffold, given once for each arm, tasks are asked in several ways: bare; retrieval, with the best passages of the \
            corpus that the task names before the question; agent, turn by turn with that corpus to search and a terminal in a sandbox, \
            until it answers. An arm that does not suit a task is left out and named. What each arm adds to the bare one is reported item by \
            item, with its interval.

            Examples:
              assay-eval run --model model.gguf --out results --shots 5 tasks/gsm8k.yaml
              assay-eval run --model model.gguf --out results --chat-template --scaffold bare --scaffold retrieval --scaffold agent tasks
            """)

    @Argument(help: "Task files, group files, or folders of them.") var tasks: [String]
    @Option(name: .long, help: "A GGUF file, or a safetensors file with its configuration and tokenizer beside it; or a model's folder.") var model: String
    @Option(name: .long, help: "The folder for results.") var out: String
    @Option(name: .long, help: "The first so many items of each task.") var limit: Int?
    @Option(name: .long, help: "How many solved examples come before each item, but for tasks that say num_fewshot: 0. Default: the task's own number.") var shots: Int?
    @Option(name: .long, help: "What samples' seeds are derived from.") var seed: UInt32 = 1
    @Flag(name: .long, help: "Put prompts into the model's own chat template.") var chatTemplate = false
    @Flag(name: .long, help: "With --chat-template: examples as turns of their own.") var examplesAsTurns = false
    @Option(name: .long, help: "An arm: bare, retrieval or agent; again for each further one. Default: bare.") var scaffold: [ScaffoldArms.Arm] = []
    @Option(name: .long, help: "With --scaffold retrieval: passages before a question.") var passages = ScaffoldArms.plannedPassages
    @Option(name: .long, help: "With --scaffold agent: turns at most.") var turns = AgentLimits.planned.turns
    @Option(name: .long, help: "Threads to compute with. They do not change a result.") var threads = 2
    @Option(name: .long, help: "Items in one request to the engine. They do not change a result.") var batch = 16
    @Option(name: .long, help: "The longest sequence in tokens. Default: the model's own.") var context: Int?
    @Option(name: .long, help: "Memory of the worker, in MiB. Default: nine times the weights and 2048.") var memory: Int?
    @Flag(name: .long, help: "Let tasks bring Python functions that score their samples (!function); they are run in the tool sandbox.") var allowScorers = false
    @Option(name: .long, help: "Seconds that the engine may take for an item, before it is taken to be stuck and the run ends.") var patience = 600
    @Flag(name: .long, help: "The results as one JSON object on standard output.") var json = false

    func validate() throws {
        if let limit, limit < 1 { throw ValidationError("--limit is 1 or more.") }
        if let shots, !(0...256).contains(shots) { throw ValidationError("--shots is 0 to 256.") }
        guard (1...256).contains(threads) else { throw ValidationError("--threads is 1 to 256.") }
        guard (1...1024).contains(batch) else { throw ValidationError("--batch is 1 to 1024.") }
        if let context, !(1...1 << 20).contains(context) { throw ValidationError("--context is 1 to 1048576.") }
        if let memory, !(1...1 << 24).contains(memory) { throw ValidationError("--memory is 1 to 16777216 MiB.") }
        guard (1...1 << 20).contains(patience) else { throw ValidationError("--patience is 1 to 1048576 seconds.") }
        guard (1...Scaffold.maximumPassages).contains(passages) else { throw ValidationError("--passages is 1 to \(Scaffold.maximumPassages).") }
        guard (1...256).contains(turns) else { throw ValidationError("--turns is 1 to 256.") }
        if examplesAsTurns, !chatTemplate { throw ValidationError("--examples-as-turns needs --chat-template.") }
    }

    func run() async throws {
        let (suites, groups) = try read()
        try checkArms(suites)
        let judge = suites.contains { $0.task.needsJudge } ? try loadJudge() : nil
        let local: LocalModel
        do {
            local = try LocalModel.start(model, threads: threads, context: context, memory: memory.map { $0 << 20 })
        } catch {
            if case .worker = error { throw Failure.end(.software, "\(error)") }
            throw Failure.end(.data, "\(error)")
        }
        defer { local.worker.client.shutdown() }
        let plan = try self.plan(suites, judge, local)
        let store: FolderSampleStore
        do {
            try Files.makeFolder(out)
            let file = "\(out)/plan.json"
            guard try !Files.exists(file) || Files.read(file) == plan.canonicalBytes else {
                throw Failure.end(.data, "\(out) holds another plan's results: other tasks, items, settings or another model; name another folder")
            }
            try Files.write(plan.canonicalBytes, to: file)
            store = try FolderSampleStore(out)
        } catch let error as ExitCode {
            throw error
        } catch {
            throw Failure.end(.cannotCreate, "\(error)")
        }
        let run = try await evaluate(plan, suites, judge, local, store)
        let together = groups.map { GroupResult($0.group, tasks: $0.tasks, results: run.results) }.filter { !$0.values.isEmpty }
        let logs = RunLogs(folder: out, model: model.split(separator: "/").last.map(String.init) ?? model, plan: plan, suites: suites)
        do {
            try await Interruption.cancelling { try await logs.write(run, from: store) }
            try Files.write(CanonicalJSON.encode(Self.json(run, together)) + [UInt8(ascii: "\n")], to: "\(out)/results.json")
        } catch is CancellationError {
            throw Failure.end(.interrupted, "interrupted while logs were written; every sample is recorded: give the same command again to write them")
        } catch {
            throw Failure.end(.cannotCreate, "\(error)")
        }
        if json { try Output.json(Self.json(run, together)) } else { print(ResultTable.text(run, together)) }
        if run.results.contains(where: { $0.failures > 0 }) { throw ExitCode(Failure.incomplete.rawValue) }
    }

    /// The evidence, and what it took: milliseconds in all, and of these the engine's.
    private static func json(_ run: EvaluationRun, _ groups: [GroupResult]) -> JSONValue {
        guard case .object(var object) = run.evidence else { return run.evidence }
        if !groups.isEmpty { object["groups"] = .array(groups.map(\.json)) }
        object["timing"] = [
            "milliseconds": .integer(Int64(run.timing.seconds * 1000)),
            "engineMilliseconds": .integer(Int64(run.timing.suites.reduce(0) { $0 + $1.engineSeconds } * 1000)),
            "asked": .integer(Int64(run.timing.suites.reduce(0) { $0 + $1.asked })),
        ]
        return .object(object)
    }

    private func read() throws -> (suites: [TaskSuite], groups: [(group: TaskGroup, tasks: [String])]) {
        do {
            let named = try TaskFiles.named(tasks)
            for error in named.leftOut { Output.note("left out: \(error)") }
            let bar = SharedProgressBar()
            defer { bar.finish() }
            var suites: [TaskSuite] = []
            for (index, file) in named.files.enumerated() {
                bar.show("reading tasks", done: index, of: named.files.count, "tasks")
                suites.append(try TaskSuite(file: file, in: TaskFiles.folder(allowsScorers: allowScorers)))
            }
            guard !suites.isEmpty else { throw Failure.end(.data, "there is no task file in \(tasks.joined(separator: ", "))") }
            let names = Dictionary(grouping: suites) { ExactString($0.task.name) }
            if let twice = names.first(where: { $0.value.count > 1 }) {
                throw Failure.end(.data, "two files describe the task \(twice.key.string): \(twice.value.map(\.task.file).joined(separator: ", "))")
            }
            for suite in suites where suite.task.name.utf8.count > RunLogs.longestName {
                throw Failure.end(
                    .data, "\(suite.task.file): the task's name has \(suite.task.name.utf8.count) bytes, and files that are named by it have room for "
                        + "\(RunLogs.longestName); shorten \"task\" there, or in a file of your own that includes it")
            }
            return (suites, named.groups)
        } catch let error as ExitCode {
            throw error
        } catch {
            throw Failure.end(.data, "\(error)")
        }
    }

    private func loadJudge() throws -> MeasuredJudge {
        do { return try SuiteLibrary.besideProgram().judge } catch { throw Failure.end(.software, "\(error)") }
    }

    private func plan(_ suites: [TaskSuite], _ judge: MeasuredJudge?, _ local: LocalModel) throws -> EvaluationPlan {
        let files: [EvaluationPlan.ModelFile]
        do { files = try ModelDigests.of(model) } catch { throw Failure.end(.data, "\(error)") }
        var plan = EvaluationPlan.template(
            submission: "none", model: files,
            suites: suites.flatMap { suite in
                let chat = ChatUse(usesTemplate: chatTemplate, examplesAsTurns: examplesAsTurns)
                return arms.scaffolds(for: suite, chat: chat).map { scaffold in
                    // Without a threshold: nothing is decided here.
                    EvaluationPlan.SuiteChoice(suite: suite, chat: chat, limit: limit, scaffold: scaffold)
                }
            }, judge: judge, seed: seed,
            engine: .init(threads: threads, scoreBatch: batch, generationBatch: batch, maximumContextTokens: context, numerics: local.identity.numerics))
        if let shots {
            // As the harness: a task that says `num_fewshot: 0` keeps to it.
            let fixed = suites.indices.filter { suites[$0].task.refusesExamples }
            for index in plan.suites.indices where !fixed.contains(where: { ExactString(suites[$0].task.name) == ExactString(plan.suites[index].task) }) {
                plan.suites[index].shots = shots
            }
            if !fixed.isEmpty, shots > 0 {
                Output.note("No examples for \(fixed.map { suites[$0].task.name }.joined(separator: ", ")): the task file says num_fewshot: 0.")
            }
        }
        return plan
    }

    private var arms: ScaffoldArms {
        var limits = AgentLimits.planned
        limits.turns = turns
        return ScaffoldArms(scaffold.isEmpty ? [.bare] : scaffold, passages: passages, limits: limits)
    }

    /// Says which arms are left out of which tasks; one that suits none is a mistake.
    private func checkArms(_ suites: [TaskSuite]) throws {
        for arm in arms.arms {
            let without = suites.filter { !arms.suits(arm, $0) }.map(\.task.name)
            let reason = arm == .retrieval ? "only tasks that ask for text and name a corpus in their metadata have it" : "only tasks that ask for text have it"
            guard without.count < suites.count else { throw Failure.end(.data, "--scaffold \(arm.rawValue) suits no task here: \(reason)") }
            if !without.isEmpty { Output.note("assay-eval: \(arm.rawValue) is left out of \(without.joined(separator: ", ")): \(reason)") }
        }
    }

    private func evaluate(
        _ plan: EvaluationPlan, _ suites: [TaskSuite], _ judge: MeasuredJudge?, _ local: LocalModel, _ store: FolderSampleStore
    ) async throws -> EvaluationRun {
        let bar = SharedProgressBar()
        defer { bar.finish() }
        let model = EngineLanguageModel(
            client: local.worker.client, identity: local.identity, model: local.information, patience: EnginePatience(item: .seconds(patience)))
        do {
            return try await Interruption.cancelling {
                try await EvaluationRunner.run(
                    plan: plan, suites: suites, judge: judge, tester: SandboxedCodeTester(), scorers: SandboxedScorers(),
                    scaffolding: SandboxedScaffolds(), model: model, progress: { bar.show($0) }, resume: store)
            }
        } catch is CancellationError {
            bar.finish()
            throw Failure.end(.interrupted, "interrupted; give the same command again to go on")
        } catch let error as EvaluationError {
            bar.finish()
            if case .engineTooSlow = error { throw Failure.end(.software, "\(error)") }
            throw Failure.end(.data, "\(error)")
        } catch let error as TaskError {
            bar.finish()
            throw Failure.end(.data, "\(error)")
        } catch let error as CorpusError {
            bar.finish()
            throw Failure.end(.data, "\(error)")
        } catch {
            bar.finish()
            throw Failure.end(.software, "\(error)")
        }
    }
}

extension ScaffoldArms.Arm: ExpressibleByArgument {}
