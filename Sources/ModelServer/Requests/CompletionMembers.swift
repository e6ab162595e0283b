import CanonicalEncoding
import EngineProtocol

/// What `/v1/completions` is asked.
struct CompletionMembers {
    enum PromptForm {
        case text(String)
        case tokens([Int])
    }

    var prompts: [PromptForm]
    var maximumNewTokens: Int
    var echoes: Bool
    /// How many alternatives at each place; nil where no log-probabilities are wanted.
    var logprobs: Int?
    var addsSpecialTokens: Bool
    var writing: WritingMembers

    static let names = WritingMembers.names.union(["prompt", "max_tokens", "echo", "logprobs"])

    init(_ members: RequestMembers) throws {
        writing = try WritingMembers(members)
        guard let prompt = members.given("prompt") else { throw APIError.wrong("prompt", "it is missing") }
        prompts = try Self.prompts(prompt)
        guard prompts.count * writing.count <= ServerLimits.texts else {
            throw APIError.wrong("n", "\(prompts.count) prompts with \(writing.count) texts each; at most \(ServerLimits.texts) texts are written at once")
        }
        maximumNewTokens = try members.integer("max_tokens", in: 0...Int64(WireLimits.tokens)) ?? 16
        echoes = try members.bool("echo") ?? false
        guard maximumNewTokens > 0 || echoes else { throw APIError.wrong("max_tokens", "0 goes with \"echo\": true only") }
        logprobs = try members.integer("logprobs", in: 0...Int64(ServerLimits.alternatives))
        addsSpecialTokens = try members.bool("add_special_tokens") ?? true
    }

    /// A text, a list of texts, a list of token ids, or a list of such lists.
    private static func prompts(_ field: JSONField) throws -> [PromptForm] {
        if case .string = field.value { return [.text(try field.string(maxBytes: WireLimits.textBytes))] }
        guard case .array(let values) = field.value else {
            throw APIError.wrong("prompt", "a text, a list of texts, a list of token ids or a list of such lists was expected, not \(field.value.kind)")
        }
        guard let first = values.first else { throw APIError.wrong("prompt", "the list is empty") }
        if case .integer = first { return [.tokens(try tokens(field))] }
        return try field.array(maxCount: ServerLimits.texts).map { element in
            if case .string = element.value { return .text(try element.string(maxBytes: WireLimits.textBytes)) }
            return .tokens(try tokens(element))
        }
    }

    static func tokens(_ field: JSONField) throws -> [Int] {
        guard case .array(let values) = field.value else { throw field.failure("token ids were expected, not \(field.value.kind)") }
        guard values.count <= WireLimits.tokens else { throw field.failure("\(values.count) tokens; at most \(WireLimits.tokens) are allowed") }
        return try values.enumerated().map { place, value in
            guard case .integer(let id) = value, (0...Int64(WireLimits.tokenID)).contains(id) else {
                throw field.failure("element \(place) is no token id")
            }
            return Int(id)
        }
    }
}
