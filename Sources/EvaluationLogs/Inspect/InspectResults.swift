import CanonicalEncoding

extension InspectLog {
    /// How an evaluation ended, and with what.
    package struct Outcome: Sendable, Equatable {
        package var status: Status
        package var results: Results?
        package var statistics: Statistics
        /// With status `error`.
        package var failure: Failure?
        /// Scores of each sample over its epochs.
        package var reductions: [Reduction]?

        package init(
            _ status: Status, results: Results? = nil, statistics: Statistics = Statistics(), failure: Failure? = nil,
            reductions: [Reduction]? = nil
        ) {
            (self.status, self.results, self.statistics, self.failure, self.reductions) = (status, results, statistics, failure, reductions)
        }
    }

    package struct Results: Sendable, Equatable, LogRecord {
        /// Items times epochs.
        package var totalSamples = 0
        /// Those without an error.
        package var completedSamples = 0
        package var scores: [ScoreResult] = []
        package var headline: Headline?
        package var metadata: JSONObject?

        init() {}
        /// The first score's first metric is the headline, as Inspect has it where a task names none.
        package init(total: Int, completed: Int, scores: [ScoreResult]) {
            (totalSamples, completedSamples, self.scores) = (total, completed, scores)
            if let score = scores.first, let metric = score.metrics.entries.first {
                headline = Headline(scorer: score.scorer, score: score.name, metric: metric.name, reducer: nil)
            }
        }

        static let fields: [LogField<Self>] = [
            .always("total_samples", \.totalSamples), .always("completed_samples", \.completedSamples), .always("scores", \.scores),
            .maybe("headline", \.headline), .maybe("metadata", \.metadata),
        ]
    }

    /// The one number that says most.
    package struct Headline: Sendable, Equatable, LogRecord {
        package var scorer: String?
        package var score: String?
        package var metric: String?
        package var reducer: String?

        init() {}
        package init(scorer: String?, score: String?, metric: String?, reducer: String?) {
            (self.scorer, self.score, self.metric, self.reducer) = (scorer, score, metric, reducer)
        }

        static let fields: [LogField<Self>] = [
            .maybe("scorer", \.scorer), .maybe("score", \.score), .maybe("metric", \.metric), .maybe("reducer", \.reducer),
        ]
    }

    /// What a scorer's metrics came to (`EvalScore`).
    package struct ScoreResult: Sendable, Equatable, LogRecord {
        package var name = ""
        package var scorer = ""
        package var reducer: String?
        package var scoredSamples: Int?
        package var unscoredSamples: Int?
        package var parameters = JSONObject()
        package var metrics = LogMap<Metric>()
        package var metadata: JSONObject?

        init() {}
        package init(
            _ name: String, scorer: String? = nil, reducer: String? = nil, scored: Int? = nil, unscored: Int? = nil,
            parameters: JSONObject = [:], metrics: [Metric]
        ) {
            (self.name, self.scorer, self.reducer, scoredSamples, unscoredSamples) = (name, scorer ?? name, reducer, scored, unscored)
            self.parameters = parameters
            for metric in metrics { self.metrics[metric.name] = metric }
        }

        static let fields: [LogField<Self>] = [
            .always("name", \.name), .always("scorer", \.scorer), .maybe("reducer", \.reducer), .maybe("scored_samples", \.scoredSamples),
            .maybe("unscored_samples", \.unscoredSamples), .always("params", \.parameters), .always("metrics", \.metrics),
            .maybe("metadata", \.metadata),
        ]
    }

    package struct Metric: Sendable, Equatable, LogRecord {
        package var name = ""
        package var group: String?
        package var value = 0.0
        package var parameters = JSONObject()
        package var metadata: JSONObject?

        init() {}
        package init(_ name: String, _ value: Double, parameters: JSONObject = [:], metadata: JSONObject? = nil) {
            (self.name, self.value, self.parameters, self.metadata) = (name, value, parameters, metadata)
        }

        static let fields: [LogField<Self>] = [
            .always("name", \.name), .maybe("group", \.group), .always("value", \.value), .always("params", \.parameters),
            .maybe("metadata", \.metadata),
        ]
    }

    package struct Statistics: Sendable, Equatable, LogRecord {
        /// Empty in the file where it never began.
        package var started = TimeOrNone()
        package var completed = TimeOrNone()
        /// By model.
        package var modelUsage = LogMap<Usage>()
        package var roleUsage = LogMap<Usage>()
        private var connectionLimitHistory: [JSONValue] = []

        package init() {}
        package init(started: Time?, completed: Time?, modelUsage: LogMap<Usage> = [:]) {
            (self.started.time, self.completed.time, self.modelUsage) = (started, completed, modelUsage)
        }

        static let fields: [LogField<Self>] = [
            .always("started_at", \.started), .always("completed_at", \.completed), .always("model_usage", \.modelUsage),
            .always("role_usage", \.roleUsage), .always("connection_limit_history", \.connectionLimitHistory),
        ]
    }

    /// A time that is the empty text where there is none.
    package struct TimeOrNone: Sendable, Equatable, LogValue {
        package var time: Time?

        init() {}
        init(reading field: JSONField) throws(JSONFieldError) {
            if case .string("") = field.value { time = nil } else { time = try Time(reading: field) }
        }
        func append(to text: inout LogText) { text.string(time?.text ?? "") }
    }

    /// Scores of the samples, each reduced over its epochs (`EvalSampleReductions`).
    package struct Reduction: Sendable, Equatable, LogRecord {
        package var scorer = ""
        package var reducer: String?
        package var samples: [ReducedScore] = []

        init() {}
        package init(scorer: String, reducer: String?, samples: [ReducedScore]) {
            (self.scorer, self.reducer, self.samples) = (scorer, reducer, samples)
        }

        static let fields: [LogField<Self>] = [.always("scorer", \.scorer), .maybe("reducer", \.reducer), .always("samples", \.samples)]
    }

    package struct ReducedScore: Sendable, Equatable, LogRecord {
        package var score = Score()
        package var sampleID: SampleID?

        init() {}
        package init(_ sampleID: SampleID, _ score: Score) { (self.sampleID, self.score) = (sampleID, score) }

        static let fields: [LogField<Self>] = Score.fields.map { field in
            LogField(name: field.name) { (record, json) throws(JSONFieldError) in
                try field.read(&record.score, json)
            } append: { record, text in
                field.append(record.score, &text)
            }
        } + [.maybe("sample_id", \.sampleID)]
    }
}
