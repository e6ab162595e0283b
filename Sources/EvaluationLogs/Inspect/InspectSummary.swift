import CanonicalEncoding

extension InspectLog {
    /// What a list of samples shows of one (`EvalSampleSummary`): the sample without what may be long, and its texts cut as Inspect cuts them.
    package struct Summary: Sendable, Equatable, LogRecord {
        package private(set) var id = SampleID.integer(0)
        package private(set) var epoch = 1
        package private(set) var input = Input.text("")
        package private(set) var choices: [String]?
        package private(set) var target = Target.text("")
        package private(set) var metadata = JSONObject()
        package private(set) var scores: LogMap<Score>?
        package private(set) var modelUsage = LogMap<Usage>()
        private var roleUsage = LogMap<Usage>()
        package private(set) var started: Time?
        package private(set) var completed: Time?
        package private(set) var totalTime: Double?
        package private(set) var workingTime: Double?
        package private(set) var uuid: String?
        package private(set) var error: String?
        package private(set) var limit: Limit.Kind?
        package private(set) var limitReason: String?
        private var retries: Int? = 0
        private var isComplete = true
        package private(set) var messageCount: Int?
        package private(set) var turns: Int?
        package private(set) var tokenLimit: Int?
        package private(set) var messageLimit: Int?
        package private(set) var timeLimit: Int?

        init() {}
        package init(_ sample: Sample) {
            (id, epoch, choices, uuid) = (sample.id, sample.epoch, sample.choices, sample.uuid)
            input =
                switch sample.input {
                case .text(let text): .text(ShortText.cut(text))
                case .messages(let messages):
                    .messages(messages.map { message in
                        var message = message
                        message.content = Self.short(message.content)
                        return message
                    })
                }
            target =
                switch sample.target {
                case .text(let text): .text(ShortText.cut(text))
                case .list(let list): .list(list.map(ShortText.cut))
                }
            metadata = Self.short(sample.metadata)
            scores = sample.scores?.mapValues { score in
                Score(
                    score.value, answer: score.answer.map(ShortText.shorten), explanation: score.explanation.map(ShortText.shorten),
                    reason: score.reason.map(ShortText.shorten), metadata: score.metadata.map(Self.short))
            }
            modelUsage = sample.modelUsage
            (started, completed, totalTime, workingTime) = (sample.started, sample.completed, sample.totalTime, sample.workingTime)
            (error, limit, limitReason) = (sample.failure?.message, sample.limit?.type, sample.limit?.reason)
            (messageCount, turns) = (sample.messages.count, sample.turns)
            (tokenLimit, messageLimit, timeLimit) = (sample.tokenLimit, sample.messageLimit, sample.timeLimit)
        }

        static let fields: [LogField<Self>] = [
            .always("id", \.id), .always("epoch", \.epoch), .always("input", \.input), .maybe("choices", \.choices),
            .always("target", \.target), .always("metadata", \.metadata), .maybe("scores", \.scores), .always("model_usage", \.modelUsage),
            .always("role_usage", \.roleUsage), .maybe("started_at", \.started), .maybe("completed_at", \.completed),
            .maybe("total_time", \.totalTime), .maybe("working_time", \.workingTime), .maybe("uuid", \.uuid), .maybe("error", \.error),
            .maybe("limit", \.limit), .maybe("limit_reason", \.limitReason), .maybe("retries", \.retries), .always("completed", \.isComplete),
            .maybe("message_count", \.messageCount), .maybe("turn_count", \.turns), .maybe("token_limit", \.tokenLimit),
            .maybe("message_limit", \.messageLimit), .maybe("time_limit", \.timeLimit),
        ]

        /// What is no text is named only.
        private static func short(_ content: Content) -> Content {
            switch content {
            case .text(let text): .text(ShortText.cut(text))
            case .parts(let parts):
                .parts(parts.map { part in
                    switch part {
                    case .text(let text): .text(ShortText.cut(text))
                    case .reasoning: .text("(Reasoning)")
                    }
                })
            }
        }

        private static func short(_ metadata: JSONObject) -> JSONObject {
            var short = JSONObject()
            for member in metadata.members {
                short[member.key] =
                    switch member.value {
                    case .string(let text): .string(ShortText.shorten(text))
                    case .bool, .integer, .number: member.value
                    case .null, .array, .object:
                        ShortText.isLong(member.value) ? "Key removed from summary (> 1k)" : member.value
                    }
            }
            return short
        }
    }
}
