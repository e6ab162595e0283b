import CanonicalEncoding

extension InspectLog {
    /// Something that happened in a sample, in the order of the list.
    package struct Event: Sendable, Equatable {
        /// The writer gives one where there is none: the sample's, and the event's number in it.
        package var uuid: String?
        /// The span that it is in; a span's own events have its own id.
        package var spanID: String?
        package var timestamp: Time
        /// Seconds of work in the sample so far.
        package var workingStart: Double
        package var metadata: JSONObject?
        package var kind: Kind

        package enum Kind: Sendable, Equatable {
            case sampleInit(SampleInit)
            case model(ModelCall)
            case tool(ToolUse)
            case sandbox(SandboxAction)
            case score(ScoreGiven)
            case info(Info)
            case error(ErrorMet)
            case sampleLimit(LimitReached)
            case spanBegin(SpanBegin)
            case spanEnd(SpanEnd)
        }

        package init(_ kind: Kind, at timestamp: Time, workingStart: Double = 0, spanID: String? = nil, uuid: String? = nil) {
            (self.kind, self.timestamp, self.workingStart, self.spanID, self.uuid) = (kind, timestamp, workingStart, spanID, uuid)
        }
    }

    package struct SampleInit: Sendable, Equatable, LogRecord {
        package var sample = Item()
        package var state = JSONValue.null

        /// The item as it was, before anything was done with it.
        package struct Item: Sendable, Equatable, LogRecord {
            package var input = Input.text("")
            package var choices: [String]?
            package var target = Target.text("")
            package var id: SampleID?
            package var metadata: JSONObject?

            init() {}
            package init(_ sample: Sample) {
                (input, choices, target, id, metadata) = (sample.input, sample.choices, sample.target, sample.id, sample.metadata)
            }

            static let fields: [LogField<Self>] = [
                .always("input", \.input), .maybe("choices", \.choices), .always("target", \.target), .maybe("id", \.id),
                .maybe("metadata", \.metadata),
            ]
        }

        init() {}
        package init(_ sample: Sample, state: JSONValue = [:]) { (self.sample, self.state) = (Item(sample), state) }

        static let fields: [LogField<Self>] = [.always("sample", \.sample), .always("state", \.state)]
    }

    /// A call of a model.
    package struct ModelCall: Sendable, Equatable, LogRecord {
        package var model = ""
        package var role: String?
        package var input: [Message] = []
        package var tools: [ToolDefinition] = []
        /// `auto`, `any`, `none`, or an object that names one.
        package var toolChoice = JSONValue.string("none")
        package var settings = GenerationSettings()
        package var output = Output()
        package var error: String?
        package var call: RawCall?
        package var completed: Time?
        package var workingTime: Double?
        /// Read, and not resolved yet: ranges of the sample's pool that `input` stands for.
        var inputReferences: [[Int]]?

        init() {}
        package init(model: String, input: [Message], settings: GenerationSettings = GenerationSettings(), output: Output, completed: Time? = nil) {
            (self.model, self.input, self.settings, self.output, self.completed) = (model, input, settings, output, completed)
        }

        static let fields: [LogField<Self>] = [
            .always("model", \.model), .maybe("role", \.role),
            LogField(name: "input") { (record, json) throws(JSONFieldError) in
                record.input = try [Message](reading: try json.field("input"))
            } append: { record, text in
                guard let references = text.pool?.references(to: record.input) else {
                    text.key("input")
                    return record.input.append(to: &text)
                }
                text.key("input")
                text.array { _ in }
                text.key("input_refs")
                references.append(to: &text)
            },
            LogField(name: "input_refs") { (record, json) throws(JSONFieldError) in
                record.inputReferences = if let field = try json.optional("input_refs") { try [[Int]](reading: field) } else { nil }
            } append: { _, _ in },
            .always("tools", \.tools), .always("tool_choice", \.toolChoice), .always("config", \.settings), .always("output", \.output),
            .maybe("error", \.error), .maybe("call", \.call), .maybe("completed", \.completed), .maybe("working_time", \.workingTime),
        ]
    }

    /// What went to the model's interface, and what came back.
    package struct RawCall: Sendable, Equatable, LogRecord {
        package var request = JSONObject()
        package var response: JSONObject?
        /// Seconds.
        package var time: Double?

        init() {}
        package init(request: JSONObject, response: JSONObject?, time: Double? = nil) {
            (self.request, self.response, self.time) = (request, response, time)
        }

        static let fields: [LogField<Self>] = [.always("request", \.request), .maybe("response", \.response), .maybe("time", \.time)]
    }

    /// A tool that a model may call.
    package struct ToolDefinition: Sendable, Equatable, LogRecord {
        package var name = ""
        package var description = ""
        /// A JSON Schema of type `object`, with `properties` and `required`.
        package var parameters = JSONObject()

        init() {}
        package init(_ name: String, description: String, parameters: JSONObject) {
            (self.name, self.description, self.parameters) = (name, description, parameters)
        }

        static let fields: [LogField<Self>] = [
            .always("name", \.name), .always("description", \.description), .always("parameters", \.parameters),
        ]
    }

    /// A call of a tool.
    package struct ToolUse: Sendable, Equatable, LogRecord {
        private var type = Kind.function
        package var id = ""
        package var function = ""
        package var arguments = JSONObject()
        package var result = JSONValue.string("")
        /// Bytes before and after, where the result was cut.
        package var truncated: [Int]?
        package var error: ToolCallError?
        private var events: [JSONValue] = []
        package var completed: Time?
        package var workingTime: Double?
        package var failed: Bool?
        /// The message that gives the result to the model.
        package var messageID: String?

        private enum Kind: String, LogWord { case function }

        init() {}
        package init(_ call: ToolCall, result: String, error: ToolCallError? = nil, completed: Time? = nil, messageID: String? = nil) {
            (id, function, arguments, self.result) = (call.id, call.function, call.arguments, .string(result))
            (self.error, self.completed, self.messageID) = (error, completed, messageID)
        }

        static let fields: [LogField<Self>] = [
            .always("type", \.type), .always("id", \.id), .always("function", \.function), .always("arguments", \.arguments),
            .always("result", \.result), .maybe("truncated", \.truncated), .maybe("error", \.error), .always("events", \.events),
            .maybe("completed", \.completed), .maybe("working_time", \.workingTime), .maybe("failed", \.failed),
            .maybe("message_id", \.messageID),
        ]
    }

    /// Something that was done in a sandbox.
    package struct SandboxAction: Sendable, Equatable, LogRecord {
        package var action = Action.execute
        /// With `execute`.
        package var command: String?
        package var options: JSONObject?
        /// With `readFile` and `writeFile`.
        package var file: String?
        package var input: String?
        /// The exit status.
        package var result: Int?
        package var output: String?
        package var completed: Time?

        package enum Action: String, Sendable, LogWord {
            case execute = "exec"
            case readFile = "read_file"
            case writeFile = "write_file"
        }

        init() {}
        package init(_ action: Action) { self.action = action }

        static let fields: [LogField<Self>] = [
            .always("action", \.action), .maybe("cmd", \.command), .maybe("options", \.options), .maybe("file", \.file),
            .maybe("input", \.input), .maybe("result", \.result), .maybe("output", \.output), .maybe("completed", \.completed),
        ]
    }

    package struct ScoreGiven: Sendable, Equatable, LogRecord {
        package var score = Score()
        package var target: Target?
        package var intermediate = false
        package var scorer: String?
        package var scorerArguments: JSONObject?

        init() {}
        package init(_ score: Score, target: Target?, scorer: String, arguments: JSONObject = [:]) {
            (self.score, self.target, self.scorer, scorerArguments) = (score, target, scorer, arguments)
        }

        static let fields: [LogField<Self>] = [
            .always("score", \.score), .maybe("target", \.target), .always("intermediate", \.intermediate), .maybe("scorer", \.scorer),
            .maybe("scorer_args", \.scorerArguments),
        ]
    }

    package struct Info: Sendable, Equatable, LogRecord {
        package var source: String?
        package var data = JSONValue.null

        init() {}
        package init(_ data: JSONValue, source: String? = nil) { (self.data, self.source) = (data, source) }

        static let fields: [LogField<Self>] = [.maybe("source", \.source), .always("data", \.data)]
    }

    package struct ErrorMet: Sendable, Equatable, LogRecord {
        package var error = Failure()

        init() {}
        package init(_ error: Failure) { self.error = error }

        static let fields: [LogField<Self>] = [.always("error", \.error)]
    }

    package struct LimitReached: Sendable, Equatable, LogRecord {
        package var type = Limit.Kind.custom
        package var message = ""
        package var limit: Double?

        init() {}
        package init(_ type: Limit.Kind, _ message: String, limit: Double?) { (self.type, self.message, self.limit) = (type, message, limit) }

        static let fields: [LogField<Self>] = [.always("type", \.type), .always("message", \.message), .maybe("limit", \.limit)]
    }

    /// A span's first event; `inspect view` folds what is in it.
    package struct SpanBegin: Sendable, Equatable, LogRecord {
        package var id = ""
        package var parentID: String?
        /// `init`, `solvers`, `solver`, `scorers`, `scorer`, `tool`, `agent`.
        package var type: String?
        package var name = ""

        init() {}
        package init(id: String, parentID: String? = nil, type: String?, name: String) {
            (self.id, self.parentID, self.type, self.name) = (id, parentID, type, name)
        }

        static let fields: [LogField<Self>] = [
            .always("id", \.id), .maybe("parent_id", \.parentID), .maybe("type", \.type), .always("name", \.name),
        ]
    }

    package struct SpanEnd: Sendable, Equatable, LogRecord {
        package var id = ""

        init() {}
        package init(id: String) { self.id = id }

        static let fields: [LogField<Self>] = [.always("id", \.id)]
    }
}

extension InspectLog.Event: LogValue {
    private static let common = ["uuid", "span_id", "timestamp", "working_start", "metadata", "event"]

    init(reading field: JSONField) throws(JSONFieldError) {
        func payload<Payload: LogRecord>(_: Payload.Type) throws(JSONFieldError) -> Payload {
            try field.allow(only: Self.common + Payload.fields.map(\.name))
            var payload = Payload()
            try payload.read(from: field)
            return payload
        }
        kind =
            switch try field.field("event").string() {
            case "sample_init": .sampleInit(try payload(InspectLog.SampleInit.self))
            case "model": .model(try payload(InspectLog.ModelCall.self))
            case "tool": .tool(try payload(InspectLog.ToolUse.self))
            case "sandbox": .sandbox(try payload(InspectLog.SandboxAction.self))
            case "score": .score(try payload(InspectLog.ScoreGiven.self))
            case "info": .info(try payload(InspectLog.Info.self))
            case "error": .error(try payload(InspectLog.ErrorMet.self))
            case "sample_limit": .sampleLimit(try payload(InspectLog.LimitReached.self))
            case "span_begin": .spanBegin(try payload(InspectLog.SpanBegin.self))
            case "span_end": .spanEnd(try payload(InspectLog.SpanEnd.self))
            case let name: throw field.failure("\"\(name.prefix(64))\" is no event that is known here")
            }
        uuid = if let field = try field.optional("uuid") { try String(reading: field) } else { nil }
        spanID = if let field = try field.optional("span_id") { try String(reading: field) } else { nil }
        metadata = if let field = try field.optional("metadata") { try JSONObject(reading: field) } else { nil }
        timestamp = try InspectLog.Time(reading: try field.field("timestamp"))
        workingStart = try Double(reading: try field.field("working_start"))
    }

    func append(to text: inout LogText) {
        let (name, payload): (String, any LogRecord) =
            switch kind {
            case .sampleInit(let payload): ("sample_init", payload)
            case .model(let payload): ("model", payload)
            case .tool(let payload): ("tool", payload)
            case .sandbox(let payload): ("sandbox", payload)
            case .score(let payload): ("score", payload)
            case .info(let payload): ("info", payload)
            case .error(let payload): ("error", payload)
            case .sampleLimit(let payload): ("sample_limit", payload)
            case .spanBegin(let payload): ("span_begin", payload)
            case .spanEnd(let payload): ("span_end", payload)
            }
        text.object { text in
            for (key, value) in [("uuid", uuid), ("span_id", spanID), ("timestamp", timestamp.text)] {
                guard let value else { continue }
                text.key(key)
                text.string(value)
            }
            text.key("working_start")
            text.number(workingStart)
            if let metadata {
                text.key("metadata")
                metadata.append(to: &text)
            }
            text.key("event")
            text.string(name)
            payload.appendMembers(to: &text)
        }
    }
}
