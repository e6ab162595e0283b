import CanonicalEncoding

extension InspectLog {
    package enum Role: String, Sendable, Hashable, LogWord {
        case system, user, assistant, tool
    }

    /// A message of a conversation (`ChatMessage`).
    package struct Message: Sendable, Hashable, LogRecord {
        /// The same wherever the message is met in a sample.
        package var id: String?
        package var role = Role.user
        package var content = Content.text("")
        package var source: Source?
        package var metadata: JSONObject?
        /// An assistant's.
        package var toolCalls: [ToolCall]?
        /// An assistant's: what wrote it.
        package var model: String?
        /// A tool's: which call it answers.
        package var toolCallID: String?
        /// A tool's: which tool it was.
        package var function: String?
        /// A tool's.
        package var error: ToolCallError?

        /// Who put the message there: the item, or the model.
        package enum Source: String, Sendable, Hashable, LogWord { case input, generate }

        init() {}
        package init(_ role: Role, _ content: Content, id: String? = nil, source: Source? = nil) {
            (self.role, self.content, self.id, self.source) = (role, content, id, source)
        }
        package init(_ role: Role, _ text: String, id: String? = nil, source: Source? = nil) {
            self.init(role, .text(text), id: id, source: source)
        }
        package static func assistant(_ content: Content, model: String, toolCalls: [ToolCall]? = nil, id: String? = nil) -> Message {
            var message = Message(.assistant, content, id: id, source: .generate)
            (message.model, message.toolCalls) = (model, toolCalls)
            return message
        }
        package static func tool(_ call: ToolCall, result: String, error: ToolCallError? = nil, id: String? = nil) -> Message {
            var message = Message(.tool, result, id: id)
            (message.toolCallID, message.function, message.error) = (call.id, call.function, error)
            return message
        }

        static let fields: [LogField<Self>] = [
            .maybe("id", \.id), .always("content", \.content), .maybe("source", \.source), .maybe("metadata", \.metadata),
            .always("role", \.role), .maybe("tool_calls", \.toolCalls), .maybe("model", \.model), .maybe("tool_call_id", \.toolCallID),
            .maybe("function", \.function), .maybe("error", \.error),
        ]
    }

    /// A message's content: one text, or parts.
    package enum Content: Sendable, Hashable, LogValue {
        case text(String)
        case parts([Part])

        package enum Part: Sendable, Hashable {
            case text(String)
            /// What a model thought before it answered.
            case reasoning(String)
        }

        /// The texts, each on lines of its own.
        package var text: String {
            switch self {
            case .text(let text): text
            case .parts(let parts):
                parts.compactMap { if case .text(let text) = $0 { text } else { nil } }.joined(separator: "\n")
            }
        }

        init(reading field: JSONField) throws(JSONFieldError) {
            if case .array = field.value { self = .parts(try [Part](reading: field)) } else { self = .text(try String(reading: field)) }
        }

        func append(to text: inout LogText) {
            switch self {
            case .text(let string): text.string(string)
            case .parts(let parts): parts.append(to: &text)
            }
        }
    }

    package struct ToolCall: Sendable, Hashable, LogRecord {
        package var id = ""
        package var function = ""
        package var arguments = JSONObject()
        /// Why the model's text could not be taken for arguments.
        package var parseError: String?
        private var type = Kind.function

        private enum Kind: String, LogWord { case function }

        init() {}
        package init(id: String, function: String, arguments: JSONObject, parseError: String? = nil) {
            (self.id, self.function, self.arguments, self.parseError) = (id, function, arguments, parseError)
        }

        static let fields: [LogField<Self>] = [
            .always("id", \.id), .always("function", \.function), .always("arguments", \.arguments), .maybe("parse_error", \.parseError),
            .always("type", \.type),
        ]
    }

    package struct ToolCallError: Sendable, Hashable, LogRecord {
        package var type = Kind.unknown
        package var message = ""

        package enum Kind: String, Sendable, Hashable, LogWord {
            case parsing, timeout, permission, limit, approval, cancelled, unknown
            case unicodeDecode = "unicode_decode"
            case fileNotFound = "file_not_found"
            case isADirectory = "is_a_directory"
            case sandboxUnavailable = "sandbox_unavailable"
        }

        init() {}
        package init(_ type: Kind, _ message: String) { (self.type, self.message) = (type, message) }

        static let fields: [LogField<Self>] = [.always("type", \.type), .always("message", \.message)]
    }
}

extension InspectLog.Content.Part: LogValue {
    init(reading field: JSONField) throws(JSONFieldError) {
        switch try field.field("type").string() {
        case "text":
            try field.allow(only: ["type", "text"])
            self = .text(try String(reading: try field.field("text")))
        case "reasoning":
            try field.allow(only: ["type", "reasoning", "redacted"])
            _ = try field.optional("redacted")?.bool()
            self = .reasoning(try String(reading: try field.field("reasoning")))
        case let type: throw field.failure("\"\(type)\" is no part that is known here")
        }
    }

    func append(to text: inout LogText) {
        text.object { text in
            let (type, content) =
                switch self {
                case .text(let string): ("text", string)
                case .reasoning(let string): ("reasoning", string)
                }
            text.key("type")
            text.string(type)
            text.key(type)
            text.string(content)
            guard case .reasoning = self else { return }
            text.key("redacted")
            text.bool(false)
        }
    }
}
