import CanonicalEncoding

extension InspectLog {
    /// What is evaluated, and how (`EvalSpec`).
    package struct Evaluation: Sendable, Equatable, LogRecord {
        package var evaluationID = ""
        package var runID = ""
        package var created = Time()
        /// A name without `/`, which `inspect view` would take for a package's.
        package var task = ""
        package var taskID = ""
        /// An integer or a text.
        package var taskVersion = JSONValue.integer(0)
        package var taskFile: String?
        package var taskDisplayName: String?
        package var taskDescription: String?
        package var taskRegistryName: String?
        package var taskAttributes = JSONObject()
        package var taskArguments = JSONObject()
        package var taskArgumentsPassed = JSONObject()
        package var solver: String?
        package var tags: [String]?
        package var dataset = Dataset()
        package var model = ""
        package var modelGenerationSettings = GenerationSettings()
        package var modelBaseURL: String?
        package var modelArguments = JSONObject()
        package var settings = Settings()
        package var revision: Revision?
        /// Versions by name.
        package var packages = LogMap<String>()
        package var metadata: JSONObject?
        package var scorers: [ScorerDefinition]?

        init() {}
        package init(
            evaluationID: String, runID: String, created: Time, task: String, taskID: String, dataset: Dataset, model: String,
            settings: Settings = Settings()
        ) {
            (self.evaluationID, self.runID, self.created, self.task, self.taskID) = (evaluationID, runID, created, task, taskID)
            (self.dataset, self.model, self.settings, taskDisplayName) = (dataset, model, settings, task)
        }

        static let fields: [LogField<Self>] = [
            .always("eval_id", \.evaluationID), .always("run_id", \.runID), .always("created", \.created), .always("task", \.task),
            .always("task_id", \.taskID), .always("task_version", \.taskVersion), .maybe("task_file", \.taskFile),
            .maybe("task_display_name", \.taskDisplayName), .maybe("task_description", \.taskDescription),
            .maybe("task_registry_name", \.taskRegistryName), .always("task_attribs", \.taskAttributes),
            .always("task_args", \.taskArguments), .always("task_args_passed", \.taskArgumentsPassed), .maybe("solver", \.solver),
            .maybe("tags", \.tags), .always("dataset", \.dataset), .always("model", \.model),
            .always("model_generate_config", \.modelGenerationSettings), .maybe("model_base_url", \.modelBaseURL),
            .always("model_args", \.modelArguments), .always("config", \.settings), .maybe("revision", \.revision),
            .always("packages", \.packages), .maybe("metadata", \.metadata), .maybe("scorers", \.scorers),
        ]
    }

    package struct Dataset: Sendable, Equatable, LogRecord {
        package var name: String?
        package var location: String?
        package var samples: Int?
        /// Without them, Inspect cannot go through the samples one by one.
        package var sampleIDs: [SampleID]?
        package var shuffled: Bool?

        package init() {}
        package init(name: String?, location: String? = nil, sampleIDs: [SampleID], shuffled: Bool = false) {
            (self.name, self.location, samples, self.sampleIDs, self.shuffled) = (name, location, sampleIDs.count, sampleIDs, shuffled)
        }

        static let fields: [LogField<Self>] = [
            .maybe("name", \.name), .maybe("location", \.location), .maybe("samples", \.samples), .maybe("sample_ids", \.sampleIDs),
            .maybe("shuffled", \.shuffled),
        ]
    }

    /// How the evaluation is run (`EvalConfig`).
    package struct Settings: Sendable, Equatable, LogRecord {
        /// The first so many items.
        package var limit: Int?
        package var epochs: Int?
        package var epochsReducer: [String]?
        package var failOnError: Bool?
        package var messageLimit: Int?
        package var tokenLimit: Int?
        /// In seconds.
        package var timeLimit: Int?
        package var maximumSamples: Int?
        package var logSamples: Bool?

        package init() {}

        static let fields: [LogField<Self>] = [
            .maybe("limit", \.limit), .maybe("epochs", \.epochs), .maybe("epochs_reducer", \.epochsReducer),
            .maybe("fail_on_error", \.failOnError), .maybe("message_limit", \.messageLimit), .maybe("token_limit", \.tokenLimit),
            .maybe("time_limit", \.timeLimit), .maybe("max_samples", \.maximumSamples), .maybe("log_samples", \.logSamples),
        ]
    }

    /// How the model is asked (`GenerateConfig`).
    package struct GenerationSettings: Sendable, Equatable, LogRecord {
        package var systemMessage: String?
        package var maximumTokens: Int?
        package var topP: Double?
        package var temperature: Double?
        package var stopSequences: [String]?
        package var frequencyPenalty: Double?
        package var presencePenalty: Double?
        package var seed: Int?
        package var topK: Int?
        package var choices: Int?
        package var logProbabilities: Bool?
        package var topLogProbabilities: Int?
        package var maximumToolOutput: Int?

        package init() {}

        static let fields: [LogField<Self>] = [
            .maybe("system_message", \.systemMessage), .maybe("max_tokens", \.maximumTokens), .maybe("top_p", \.topP),
            .maybe("temperature", \.temperature), .maybe("stop_seqs", \.stopSequences), .maybe("frequency_penalty", \.frequencyPenalty),
            .maybe("presence_penalty", \.presencePenalty), .maybe("seed", \.seed), .maybe("top_k", \.topK), .maybe("num_choices", \.choices),
            .maybe("logprobs", \.logProbabilities), .maybe("top_logprobs", \.topLogProbabilities),
            .maybe("max_tool_output", \.maximumToolOutput),
        ]
    }

    /// A commit of a git repository.
    package struct Revision: Sendable, Equatable, LogRecord {
        private var type = Kind.git
        package var origin = ""
        package var commit = ""
        package var dirty: Bool?

        private enum Kind: String, LogWord { case git }

        init() {}
        package init(origin: String, commit: String, dirty: Bool? = nil) {
            (self.origin, self.commit, self.dirty) = (origin, commit, dirty)
        }

        static let fields: [LogField<Self>] = [
            .always("type", \.type), .always("origin", \.origin), .always("commit", \.commit), .maybe("dirty", \.dirty),
        ]
    }

    /// A name with settings: a metric's.
    package struct MetricDefinition: Sendable, Equatable, LogRecord {
        package var name = ""
        package var options: JSONObject?

        init() {}
        package init(_ name: String, options: JSONObject = [:]) { (self.name, self.options) = (name, options) }

        static let fields: [LogField<Self>] = [.always("name", \.name), .maybe("options", \.options)]
    }

    package struct ScorerDefinition: Sendable, Equatable, LogRecord {
        package var name = ""
        package var options: JSONObject?
        package var metrics: [MetricDefinition]?
        package var metadata: JSONObject?

        init() {}
        package init(_ name: String, options: JSONObject = [:], metrics: [MetricDefinition] = []) {
            (self.name, self.options, self.metrics, metadata) = (name, options, metrics, [:])
        }

        static let fields: [LogField<Self>] = [
            .always("name", \.name), .maybe("options", \.options), .maybe("metrics", \.metrics), .maybe("metadata", \.metadata),
        ]
    }

    /// The solvers, one after the other.
    package struct Plan: Sendable, Equatable, LogRecord {
        package var name = "plan"
        package var steps: [Step] = []
        package var finish: Step?
        package var settings = GenerationSettings()

        package init() {}
        package init(_ steps: [Step], settings: GenerationSettings = GenerationSettings()) {
            (self.steps, self.settings) = (steps, settings)
        }

        static let fields: [LogField<Self>] = [
            .always("name", \.name), .always("steps", \.steps), .maybe("finish", \.finish), .always("config", \.settings),
        ]
    }

    package struct Step: Sendable, Equatable, LogRecord {
        package var solver = ""
        package var parameters = JSONObject()
        package var parametersPassed = JSONObject()

        init() {}
        package init(_ solver: String, _ parameters: JSONObject = [:]) {
            (self.solver, self.parameters, parametersPassed) = (solver, parameters, parameters)
        }

        static let fields: [LogField<Self>] = [
            .always("solver", \.solver), .always("params", \.parameters), .always("params_passed", \.parametersPassed),
        ]
    }
}
