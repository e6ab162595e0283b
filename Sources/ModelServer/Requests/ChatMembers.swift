import CanonicalEncoding
import EngineProtocol

/// What `/v1/chat/completions` is asked.
struct ChatMembers {
    var messages: [ChatMessage]
    /// Nil for as many as the context holds.
    var maximumNewTokens: Int?
    /// How many alternatives at each place; nil where no log-probabilities are wanted.
    var logprobs: Int?
    var addsGenerationPrompt: Bool
    var writing: WritingMembers

    static let names = WritingMembers.names.union([
        "messages", "max_tokens", "max_completion_tokens", "logprobs", "top_logprobs", "add_generation_prompt", "echo",
    ])

    init(_ members: RequestMembers) throws {
        writing = try WritingMembers(members)
        messages = try Self.messages(members)
        let most = Int64(WireLimits.tokens)
        maximumNewTokens = try members.integer("max_completion_tokens", in: 1...most) ?? members.integer("max_tokens", in: 1...most)
        let alternatives = try members.integer("top_logprobs", in: 0...Int64(ServerLimits.alternatives))
        if try members.bool("logprobs") ?? false {
            logprobs = alternatives ?? 0
        } else if (alternatives ?? 0) > 0 {
            throw APIError.wrong("top_logprobs", "it goes with \"logprobs\": true only")
        }
        if try members.bool("echo") ?? false { throw APIError.unsupported("echo", "a chat is not echoed; leave it out") }
        if try members.bool("add_special_tokens") ?? false {
            throw APIError.unsupported("add_special_tokens", "the chat template says which tokens stand where; leave it out")
        }
        addsGenerationPrompt = try members.bool("add_generation_prompt") ?? true
    }

    static func messages(_ members: RequestMembers) throws -> [ChatMessage] {
        guard let list = members.given("messages") else { throw APIError.wrong("messages", "it is missing") }
        let messages = try list.array(maxCount: WireLimits.batch).map(message)
        guard !messages.isEmpty else { throw APIError.wrong("messages", "the list is empty") }
        return messages
    }

    private static func message(_ field: JSONField) throws -> ChatMessage {
        for (name, value) in try field.object().members where name != "role" && name != "content" && value != .null {
            // Some clients send the reply that they had, with lists that are empty.
            if case .array(let elements) = value, elements.isEmpty { continue }
            throw APIError.unsupported("\(field.path).\(name.prefix(64))", "a message has a role and a text here; leave it out")
        }
        let role = try field.field("role").string(maxBytes: 256)
        guard role != "tool", role != "function" else {
            throw APIError.unsupported("\(field.path).role", "there are no tools here, so nothing of theirs either")
        }
        return ChatMessage(role: role, content: try content(field.field("content")))
    }

    /// A text, or parts that are texts.
    private static func content(_ field: JSONField) throws -> String {
        guard case .array = field.value else { return try field.string(maxBytes: WireLimits.textBytes) }
        let texts = try field.array(maxCount: 4096).map { part in
            let type = try part.field("type").string(maxBytes: 64)
            guard type == "text" || type == "input_text" else {
                throw APIError.unsupported("\(part.path).type", "only text is read here")
            }
            return try part.field("text").string(maxBytes: WireLimits.textBytes)
        }
        // As vLLM puts them into a template that knows no parts.
        return texts.joined(separator: "\n")
    }
}
