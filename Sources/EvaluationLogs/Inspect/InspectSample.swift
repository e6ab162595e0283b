import CanonicalEncoding

extension InspectLog {
    /// A sample's input: a text, or a conversation.
    package enum Input: Sendable, Hashable, LogValue {
        case text(String)
        case messages([Message])

        init(reading field: JSONField) throws(JSONFieldError) {
            if case .array = field.value { self = .messages(try [Message](reading: field)) } else { self = .text(try String(reading: field)) }
        }

        func append(to text: inout LogText) {
            switch self {
            case .text(let string): text.string(string)
            case .messages(let messages): messages.append(to: &text)
            }
        }
    }

    /// One item in one epoch (`EvalSample`).
    package struct Sample: Sendable, Equatable, LogRecord {
        package var id = SampleID.integer(0)
        /// From 1.
        package var epoch = 1
        package var input = Input.text("")
        package var choices: [String]?
        package var target = Target.text("")
        package var messages: [Message] = []
        package var output = Output()
        /// By scorer.
        package var scores: LogMap<Score>?
        package var metadata = JSONObject()
        package var store = JSONObject()
        package var events: [Event] = []
        package var modelUsage = LogMap<Usage>()
        package var started: Time?
        package var completed: Time?
        /// Seconds.
        package var totalTime: Double?
        package var workingTime: Double?
        /// The writer gives one where there is none: the evaluation's id and the sample's number in the log.
        package var uuid: String?
        package var failure: Failure?
        package var limit: Limit?
        /// The limits that it ran under, whether it met them or not.
        package var tokenLimit: Int?
        package var messageLimit: Int?
        /// Seconds.
        package var timeLimit: Int?
        private var roleUsage = LogMap<Usage>()
        private var failedTries: [JSONValue]? = []
        private var attachments = JSONObject()

        init() {}
        package init(id: SampleID, epoch: Int, input: Input, choices: [String]? = nil, target: Target, metadata: JSONObject = [:]) {
            (self.id, self.epoch, self.input, self.choices, self.target) = (id, epoch, input, choices, target)
            self.metadata = metadata
        }

        /// What Inspect counts as turns: calls of the model outside of scorers.
        package var turns: Int {
            var (count, scorers) = (0, Set<String>())
            for event in events {
                switch event.kind {
                case .spanBegin(let span) where span.type == "scorers" || span.type == "scorer": scorers.insert(span.id)
                case .spanEnd(let span): scorers.remove(span.id)
                case .model where scorers.isEmpty: count += 1
                default: break
                }
            }
            return count
        }

        static let fields: [LogField<Self>] = [
            .always("id", \.id), .always("epoch", \.epoch), .always("input", \.input), .maybe("choices", \.choices),
            .always("target", \.target), .always("messages", \.messages), .always("output", \.output), .maybe("scores", \.scores),
            .always("metadata", \.metadata), .always("store", \.store),
            LogField(name: "events") { (sample, json) throws(JSONFieldError) in
                sample.events = try [Event](reading: try json.field("events"))
            } append: { sample, text in
                text.key("events")
                text.pool = MessagePool()
                sample.events.append(to: &text)
            },
            LogField(name: "events_data") { (sample, json) throws(JSONFieldError) in
                try MessagePool.resolve(try json.field("events_data"), in: &sample.events)
            } append: { _, text in
                text.key("events_data")
                text.pool?.append(to: &text)
                text.pool = nil
            },
            .always("model_usage", \.modelUsage),
            .always("role_usage", \.roleUsage), .maybe("started_at", \.started), .maybe("completed_at", \.completed),
            .maybe("total_time", \.totalTime), .maybe("working_time", \.workingTime), .maybe("uuid", \.uuid), .maybe("error", \.failure),
            .maybe("error_retries", \.failedTries), .always("attachments", \.attachments), .maybe("limit", \.limit),
            LogField(name: "turn_count") { (_, json) throws(JSONFieldError) in
                _ = try json.field("turn_count").integer()
            } append: { sample, text in
                text.key("turn_count")
                text.integer(sample.turns)
            },
            .maybe("token_limit", \.tokenLimit), .maybe("message_limit", \.messageLimit), .maybe("time_limit", \.timeLimit),
        ]
    }

    /// What a scorer says of a sample.
    package struct Score: Sendable, Equatable, LogRecord {
        /// A number, a text, true or false, an array of those, or an object of them. Not a number: the sample is left out of the metrics.
        package var value = JSONValue.number(.nan)
        package var answer: String?
        package var explanation: String?
        /// Why a score is unusual, in a word: `refusal`, `no_response`, `invalid_response_format`, `grader_failed`, `scoring_failed`.
        package var reason: String?
        package var metadata: JSONObject?
        private var history: [JSONValue] = []

        init() {}
        package init(
            _ value: JSONValue, answer: String? = nil, explanation: String? = nil, reason: String? = nil, metadata: JSONObject? = nil
        ) {
            (self.value, self.answer, self.explanation, self.reason, self.metadata) = (value, answer, explanation, reason, metadata)
        }

        static let fields: [LogField<Self>] = [
            .always("value", \.value), .maybe("answer", \.answer), .maybe("explanation", \.explanation), .maybe("reason", \.reason),
            .maybe("metadata", \.metadata), .always("history", \.history),
        ]
    }

    /// What ended a sample before its solver did.
    package struct Limit: Sendable, Equatable, LogRecord {
        package var type = Kind.custom
        package var limit = 0.0
        package var reason: String?

        package enum Kind: String, Sendable, LogWord { case context, time, working, message, token, turn, cost, `operator`, custom }

        init() {}
        package init(_ type: Kind, _ limit: Double, reason: String? = nil) { (self.type, self.limit, self.reason) = (type, limit, reason) }

        static let fields: [LogField<Self>] = [.always("type", \.type), .always("limit", \.limit), .maybe("reason", \.reason)]
    }
}
