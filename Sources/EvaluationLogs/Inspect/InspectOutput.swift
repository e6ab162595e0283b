import CanonicalEncoding

extension InspectLog {
    /// What a model gave back (`ModelOutput`).
    package struct Output: Sendable, Hashable, LogRecord {
        package var model = ""
        package var choices: [Choice] = []
        /// The first choice's text.
        package var completion = ""
        package var usage: Usage?
        /// Seconds.
        package var time: Double?
        package var metadata: JSONObject?
        package var error: String?

        package init() {}
        package init(model: String, choices: [Choice], usage: Usage? = nil, time: Double? = nil) {
            (self.model, self.choices, self.usage, self.time) = (model, choices, usage, time)
            completion = choices.first?.message.content.text ?? ""
        }

        static let fields: [LogField<Self>] = [
            .always("model", \.model), .always("choices", \.choices), .always("completion", \.completion), .maybe("usage", \.usage),
            .maybe("time", \.time), .maybe("metadata", \.metadata), .maybe("error", \.error),
        ]
    }

    package enum StopReason: String, Sendable, Hashable, LogWord {
        case stop, unknown
        case maximumTokens = "max_tokens"
        case modelLength = "model_length"
        case toolCalls = "tool_calls"
        case contentFilter = "content_filter"
    }

    package struct Choice: Sendable, Hashable, LogRecord {
        package var message = Message()
        package var stopReason = StopReason.unknown
        package var logProbabilities: LogProbabilities?

        init() {}
        package init(_ message: Message, _ stopReason: StopReason, logProbabilities: LogProbabilities? = nil) {
            (self.message, self.stopReason, self.logProbabilities) = (message, stopReason, logProbabilities)
        }

        static let fields: [LogField<Self>] = [
            .always("message", \.message), .always("stop_reason", \.stopReason), .maybe("logprobs", \.logProbabilities),
        ]
    }

    /// One for each token that was generated.
    package struct LogProbabilities: Sendable, Hashable, LogRecord {
        package var content: [TokenProbability] = []

        init() {}
        package init(_ content: [TokenProbability]) { self.content = content }

        static let fields: [LogField<Self>] = [.always("content", \.content)]
    }

    package struct TokenProbability: Sendable, Hashable, LogRecord {
        package var token = ""
        /// The natural logarithm.
        package var logProbability = 0.0
        /// The token's bytes, where it is no text by itself.
        package var bytes: [Int]?
        package var top: [TopToken]?

        init() {}
        package init(_ token: String, _ logProbability: Double, bytes: [UInt8]? = nil, top: [TopToken]? = nil) {
            (self.token, self.logProbability, self.bytes, self.top) = (token, logProbability, bytes?.map(Int.init), top)
        }

        static let fields: [LogField<Self>] = [
            .always("token", \.token), .always("logprob", \.logProbability), .maybe("bytes", \.bytes), .maybe("top_logprobs", \.top),
        ]
    }

    /// One of the most likely tokens at a place.
    package struct TopToken: Sendable, Hashable, LogRecord {
        package var token = ""
        package var logProbability = 0.0
        package var bytes: [Int]?

        init() {}
        package init(_ token: String, _ logProbability: Double, bytes: [UInt8]? = nil) {
            (self.token, self.logProbability, self.bytes) = (token, logProbability, bytes?.map(Int.init))
        }

        static let fields: [LogField<Self>] = [.always("token", \.token), .always("logprob", \.logProbability), .maybe("bytes", \.bytes)]
    }
}
