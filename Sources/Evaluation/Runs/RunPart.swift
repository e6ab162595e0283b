import AuditCrypto
import CanonicalEncoding

/// A suite of a plan, ready to be asked.
struct RunPart: Sendable {
    let entry: EvaluationPlan.Suite
    let task: TaskDefinition
    let solver: any Solver
    let scorer: any Scorer
    let batchSize: Int
    /// How many items are asked, where nothing ends the suite before.
    let count: Int
    /// Before the first sample; nil where all items are asked.
    let stopping: StoppingRule?
    private let items: ItemFile
    private let renderer: ItemRenderer
    private let seed: UInt32

    /// - Throws: `EvaluationError.planMismatch` where the suite is not what the plan names.
    init(
        _ entry: EvaluationPlan.Suite, suites: [TaskSuite], judge: MeasuredJudge?, tester: (any CodeTester)?, scorers: (any ScorerRunner)?,
        scaffolding: (any Scaffolding)?, plan: EvaluationPlan
    ) throws {
        func mismatch(_ message: String) -> EvaluationError { .planMismatch("\"\(entry.name)\": \(message)") }
        guard let suite = suites.first(where: { ExactString($0.task.name) == ExactString(entry.task) && $0.pack == entry.pack }) else {
            throw EvaluationError.planMismatch("there is no task \"\(entry.task)\" here")
        }
        try Self.check(suite, against: entry)
        let task = suite.task
        self.entry = entry
        self.task = task
        items = suite.items
        renderer = try ItemRenderer(suite, shots: entry.shots)
        count = min(entry.limit ?? Int.max, suite.items.count)
        seed = plan.seed
        if entry.stopsEarly {
            var clusters: [String?] = []
            for index in 0..<count { clusters.append(try suite.items.cluster(index)) }
            let order = Self.seed(plan: plan.seed, task: task.name, id: "", label: "assay-item-order-v1")
            guard let threshold = entry.threshold else { throw mismatch("it is to end when its threshold is settled, and it has none") }
            guard
                let rule = StoppingRule(
                    threshold: threshold, rates: task.rateNames, confidence: plan.confidence, clusters: clusters, seed: order,
                    judge: SuiteResult.isJudged(threshold.metric) ? judge?.report : nil)
            else {
                throw mismatch("it is to end when the threshold is settled, and a threshold of \(threshold.value.text) never is; it must lie between 0 and 1")
            }
            stopping = rule
        } else {
            stopping = nil
        }
        let builtIn: any Scorer
        if let generation = task.generation {
            guard !task.needsJudge || judge.map({ plan.judge == $0.planEntry }) ?? false else {
                throw mismatch("it needs the judge, and the plan names another than the one here, or none")
            }
            if let scaffold = entry.scaffold {
                guard let scaffolding else { throw mismatch("it is asked with \(scaffold.kind.rawValue), and there is no index and no sandbox here for that") }
                solver = try scaffolding.solver(for: scaffold, suite: suite, generation: generation, chat: entry.chat)
            } else {
                solver = GenerationSolver(generation, chat: entry.chat)
            }
            guard !task.runsCode || tester != nil else { throw mismatch("it runs code, and there is no sandbox here to run it in") }
            builtIn = TextScorer(task, judge: judge?.judge, tester: tester, isChat: entry.chat.usesTemplate)
            batchSize = plan.engine.generationBatch
        } else {
            guard entry.scaffold == nil else { throw mismatch("it has a scaffold, and the task asks for no text") }
            solver = ScoringSolver(task, chat: entry.chat)
            builtIn = LikelihoodScorer(task)
            batchSize = plan.engine.scoreBatch
        }
        guard !task.scorerFunctions.isEmpty else {
            scorer = builtIn
            return
        }
        guard let scorers else { throw mismatch("it brings scorers of its own, and there is no sandbox here to run them in") }
        scorer = FunctionScorer(task, files: suite.scorers, runner: scorers, builtIn: builtIn)
    }

    private static func check(_ suite: TaskSuite, against entry: EvaluationPlan.Suite) throws {
        func mismatch(_ message: String) -> EvaluationError { .planMismatch("\"\(entry.name)\": \(message)") }
        guard suite.taskDigest == entry.taskDigest else {
            throw mismatch("the task file has SHA-256 \(suite.taskDigest.hex); the plan names \(entry.taskDigest.hex)")
        }
        guard suite.includedFiles == entry.includes else {
            throw mismatch("the files that the task file includes, or their SHA-256, are not those that the plan names")
        }
        guard suite.scorerFiles == entry.scorers else {
            throw mismatch("the Python files of the task's scorers, or their SHA-256, are not those that the plan names")
        }
        guard suite.task.version == entry.version else {
            throw mismatch("the task's version is \(suite.task.version); the plan names \(entry.version)")
        }
        guard suite.dataFiles == entry.data else {
            throw mismatch("the data files or their SHA-256 are not those that the plan names")
        }
        guard suite.corpusFile == entry.corpus else {
            throw mismatch("the task's corpus, or its SHA-256, is not the one that the plan names")
        }
        guard let metric = entry.threshold?.metric else { return }
        let names = suite.task.valueNames, rates = suite.task.rateNames
        guard names.contains(where: { ExactString($0) == ExactString(metric) }) else {
            throw mismatch("the task does not measure \(metric), which the threshold is for; it measures \(names.joined(separator: "; "))")
        }
        guard rates.contains(where: { ExactString($0) == ExactString(metric) }) else {
            let advice = rates.isEmpty ? "nothing that this task measures is one, so leave the threshold out" : "of what this task measures, \(rates.joined(separator: "; ")) can have one"
            throw mismatch("a threshold is for a rate of items that succeed or do not, and \(metric) is none; \(advice)")
        }
    }

    /// Where a batch that begins at `place` ends.
    func end(after place: Int) -> Int { stopping?.end(after: place, batch: batchSize) ?? min(place + batchSize, count) }

    private func item(at place: Int) -> Int { stopping?.order[place] ?? place }

    /// The item to be asked in that place.
    func question(_ place: Int) throws -> Question {
        let (item, rendered) = try renderer.render(item(at: place))
        return Question(item: item, rendered: rendered, seeds: seeds(of: item))
    }

    /// Whether a record is of the item in that place, asked as this plan asks.
    func asks(_ record: SampleRecord, at place: Int) throws -> Bool {
        let item = try items.item(item(at: place))
        return ExactString(record.task) == ExactString(entry.name) && ExactString(record.id) == ExactString(item.id)
            && record.index == item.index && record.itemDigest == item.digest && record.seeds == seeds(of: item)
            && record.score.map { score in task.valueNames.allSatisfy { score.values[$0] != nil } } ?? true && fits(record.solution)
    }

    /// Whether it was asked through the plan's scaffold; a prompt that could not be put has no trace of one.
    private func fits(_ solution: Solution) -> Bool {
        guard let scaffold = entry.scaffold else { return solution.trace == nil }
        if let trace = solution.trace { return trace.fits(scaffold) }
        if case .failure = solution.output { return true }
        return false
    }

    private func seeds(of item: EvaluationItem) -> [UInt64] {
        (0..<task.repeats).map { Self.seed(plan: seed, task: task.name, id: item.id, epoch: $0) }
    }

    /// The first eight bytes of SHA-256(label 0 seed 0 task 0 id), big-endian; from the second time on that an item is asked,
    /// followed by 0 and the number of times before.
    static func seed(plan: UInt32, task: String, id: String, epoch: Int = 0, label: String = "assay-sample-seed-v1") -> UInt64 {
        var bytes = Array(label.utf8)
        for part in [String(plan), task, id] + (epoch == 0 ? [] : [String(epoch)]) {
            bytes.append(0)
            bytes += part.utf8
        }
        return SHA256Digest.of(bytes).bytes.prefix(8).reduce(0) { $0 << 8 | UInt64($1) }
    }
}
