import AuditCrypto
import CanonicalEncoding

/// Everything that decides an evaluation's result. The same weights, plan and machine type give the same samples, bit
/// for bit; the plan's digest stands for all of it in the ledger and the verdict.
package struct EvaluationPlan: Hashable, Sendable {
    /// The submission's id, and the files of it that the model is read from, by path.
    package var submission: String
    package var model: [ModelFile]
    package var suites: [Suite]
    /// Present when a suite needs the judge.
    package var judge: Judge?
    /// Each sample's own seed is derived from it.
    package var seed: UInt32
    package var engine: Engine
    /// Of every interval, as 0.95.
    package var confidence: DecimalText
    /// What the suites that it names are held against, domain by domain; whole, so that the plan's digest stands for it too.
    package var policy: CapabilityPolicy?

    /// Weights, or what belongs to them: a configuration, a tokenizer, a chat template.
    package struct ModelFile: Hashable, Sendable {
        package var path: String
        package var digest: SHA256Digest

        package init(path: String, digest: SHA256Digest) {
            self.path = path
            self.digest = digest
        }
    }

    /// One task, its items, and what is asked of the result.
    package struct Suite: Hashable, Sendable {
        package var task: String
        /// What the suite is called, so that a plan can ask one task in several ways; nil where its task's name will do.
        package var label: String?
        /// The benchmark pack that the task comes in; nil for one of the suites that are beside the evaluating program.
        package var pack: Pack?
        package var version: String
        /// SHA-256 of the task file.
        package var taskDigest: SHA256Digest
        /// What the task file includes, in the order read.
        package var includes: [IncludedFile]
        /// The Python files that its scorers are in.
        package var scorers: [IncludedFile]
        /// Every split's files with their SHA-256.
        package var data: [DataFile]
        /// The first so many items; nil for all.
        package var limit: Int?
        /// How many solved examples come before each item; nil for the task's own number.
        package var shots: Int?
        package var chat: ChatUse
        /// What the result is held against; nil where it is only to be measured, and decides nothing.
        package var threshold: Threshold?
        /// What stands between the items and the model; nil for the prompt alone.
        package var scaffold: Scaffold?
        /// The task's corpus, where it has one.
        package var corpus: IncludedFile?
        /// Whether the suite ends as soon as the threshold is settled, items being asked in a random order.
        package var stopsEarly: Bool

        /// Whether another suite has the same task and items, scored and put to the model in the same way, scaffolds aside.
        func asksTheSame(as other: Suite) -> Bool {
            ExactString(task) == ExactString(other.task) && pack == other.pack && taskDigest == other.taskDigest && includes == other.includes
                && scorers == other.scorers && data == other.data && chat == other.chat && shots == other.shots
        }

        /// What its samples and its result are called; no two suites of a plan are called the same.
        package var name: String { label ?? scaffold.map { "\(task)+\($0.kind.rawValue)" } ?? task }

        package init(
            task: String, label: String? = nil, version: String, taskDigest: SHA256Digest, includes: [IncludedFile] = [], scorers: [IncludedFile] = [], data: [DataFile], limit: Int? = nil,
            shots: Int? = nil, chat: ChatUse, threshold: Threshold? = nil, scaffold: Scaffold? = nil, corpus: IncludedFile? = nil, stopsEarly: Bool = false, pack: Pack? = nil
        ) {
            self.task = task
            self.label = label
            self.pack = pack
            self.version = version
            self.taskDigest = taskDigest
            self.includes = includes
            self.scorers = scorers
            self.data = data
            self.limit = limit
            self.shots = shots
            self.chat = chat
            self.threshold = threshold
            self.scaffold = scaffold
            self.corpus = corpus
            self.stopsEarly = stopsEarly
        }
    }

    /// A benchmark pack, by its content.
    package struct Pack: Hashable, Sendable {
        package let name: String
        package let version: String
        /// SHA-256 of its description, `pack.json`, which names every file of it by digest.
        package let digest: SHA256Digest

        package init(name: String, version: String, digest: SHA256Digest) {
            self.name = name
            self.version = version
            self.digest = digest
        }
    }

    package struct IncludedFile: Hashable, Sendable {
        package var path: String
        package var digest: SHA256Digest

        package init(path: String, digest: SHA256Digest) {
            self.path = path
            self.digest = digest
        }
    }

    package struct DataFile: Hashable, Sendable {
        package var split: String
        package var path: String
        package var digest: SHA256Digest

        package init(split: String, path: String, digest: SHA256Digest) {
            self.split = split
            self.path = path
            self.digest = digest
        }
    }

    /// The judge's rules, and the labelled responses that its error was measured on.
    package struct Judge: Hashable, Sendable {
        package var rulesDigest: SHA256Digest
        package var fixtureDigest: SHA256Digest

        package init(rulesDigest: SHA256Digest, fixtureDigest: SHA256Digest) {
            self.rulesDigest = rulesDigest
            self.fixtureDigest = fixtureDigest
        }
    }

    /// How the engine calculates.
    package struct Engine: Hashable, Sendable {
        package var threads: Int
        /// Prompts scored in one request.
        package var scoreBatch: Int
        /// Prompts generated in one request.
        package var generationBatch: Int
        /// Bounds prompt and answer together; nil for the model's own context length.
        package var maximumContextTokens: Int?
        /// OpenBLAS's kernels (`Haswell`, `SkylakeX`, …); nil for whatever the machine has, which is recorded.
        package var blasCore: String?
        /// Tile shapes and the like by name, as the engine reports them; nil for the engine's own, which are recorded.
        package var numerics: [String: String]?

        package init(
            threads: Int, scoreBatch: Int = 16, generationBatch: Int = 16, maximumContextTokens: Int? = nil,
            blasCore: String? = nil, numerics: [String: String]? = nil
        ) {
            self.threads = threads
            self.scoreBatch = scoreBatch
            self.generationBatch = generationBatch
            self.maximumContextTokens = maximumContextTokens
            self.blasCore = blasCore
            self.numerics = numerics
        }
    }

    package init(
        submission: String, model: [ModelFile], suites: [Suite], judge: Judge?, seed: UInt32, engine: Engine,
        confidence: DecimalText
    ) {
        self.submission = submission
        self.model = model
        self.suites = suites
        self.judge = judge
        self.seed = seed
        self.engine = engine
        self.confidence = confidence
    }

    /// A suite with what the plan should ask of it.
    package struct SuiteChoice: Sendable {
        package let suite: TaskSuite
        package let threshold: Threshold?
        package let chat: ChatUse
        package let limit: Int?
        package let scaffold: Scaffold?

        package init(suite: TaskSuite, threshold: Threshold? = nil, chat: ChatUse, limit: Int? = nil, scaffold: Scaffold? = nil) {
            self.scaffold = scaffold
            self.suite = suite
            self.threshold = threshold
            self.chat = chat
            self.limit = limit
        }
    }

    /// The plan for these suites as they are on disk now.
    /// - Parameter judge: needed when a suite measures refusals.
    package static func template(
        submission: String, model: [ModelFile], suites: [SuiteChoice], judge: MeasuredJudge? = nil, seed: UInt32 = 0,
        engine: Engine, confidence: DecimalText = .ninetyFivePercent
    ) -> EvaluationPlan {
        let needsJudge = suites.contains { $0.suite.task.needsJudge }
        return EvaluationPlan(
            submission: submission, model: model,
            suites: suites.map { choice in
                Suite(
                    task: choice.suite.task.name, version: choice.suite.task.version,
                    taskDigest: choice.suite.taskDigest, includes: choice.suite.includedFiles, scorers: choice.suite.scorerFiles, data: choice.suite.dataFiles,
                    limit: choice.limit, chat: choice.chat, threshold: choice.threshold, scaffold: choice.scaffold,
                    corpus: choice.suite.corpusFile, pack: choice.suite.pack)
            },
            judge: needsJudge ? judge?.planEntry : nil, seed: seed, engine: engine, confidence: confidence)
    }
}

extension TaskSuite {
    /// Its splits' files as a plan names them.
    package var dataFiles: [EvaluationPlan.DataFile] {
        splits.flatMap { split in
            split.data.sources.map { EvaluationPlan.DataFile(split: split.name, path: $0.name, digest: $0.digest) }
        }
    }

    /// The documents that its scaffolds search, as a plan names them.
    package var corpusFile: EvaluationPlan.IncludedFile? {
        corpus.map { EvaluationPlan.IncludedFile(path: $0.name, digest: $0.corpus.digest) }
    }

    /// What its task file includes, as a plan names it.
    package var includedFiles: [EvaluationPlan.IncludedFile] {
        includes.map { EvaluationPlan.IncludedFile(path: $0.name, digest: $0.digest) }
    }

    /// What its scorers are in, as a plan names it.
    package var scorerFiles: [EvaluationPlan.IncludedFile] {
        scorers.map { EvaluationPlan.IncludedFile(path: $0.source.name, digest: $0.source.digest) }
    }
}

extension TaskDefinition {
    /// Whether a judge decides its results.
    package var needsJudge: Bool { metrics.contains { $0.metric == .refusalRate } }
    /// Whether what the model writes is run.
    package var runsCode: Bool { metrics.contains { $0.metric == .codePass } }
    /// The functions that score its samples, `process_results` or its metrics' own.
    package var scorerFunctions: [ScorerFunction] { (processResults.map { [$0] } ?? []) + metrics.compactMap(\.function) }
}
