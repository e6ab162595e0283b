import CanonicalEncoding
import Logging
import Synchronization

/// What becomes of the members of a request that this server does not act on.
///
/// OpenAI's and vLLM's members that would change the reply are refused, unless they say what happens anyway. Names that
/// neither knows are passed over, as vLLM does, and said once in the log.
final class MemberRules: Sendable {
    /// Values under which a member changes nothing; empty where null alone is one.
    private static let refused: [String: [JSONValue]] = [
        "suffix": [""], "logit_bias": [[:]], "tools": [[]], "functions": [[]], "tool_choice": ["none", "auto"], "function_call": ["none", "auto"],
        "response_format": [["type": "text"]], "modalities": [["text"]], "audio": [], "prediction": [], "reasoning_effort": [],
        "verbosity": [], "web_search_options": [], "service_tier": ["auto", "default"], "store": [false],
        "min_tokens": [0], "stop_token_ids": [[]], "allowed_token_ids": [], "bad_words": [[]], "use_beam_search": [false],
        "length_penalty": [1, .number(1)], "include_stop_str_in_output": [false], "spaces_between_special_tokens": [true],
        "truncate_prompt_tokens": [], "prompt_logprobs": [], "prompt_embeds": [], "prompt_is_embeds": [false], "logits_processors": [[]],
        "guided_json": [], "guided_regex": [], "guided_choice": [], "guided_grammar": [], "structural_tag": [], "structured_outputs": [],
        "guided_decoding_backend": [], "guided_whitespace_pattern": [],
        "continue_final_message": [false], "chat_template": [], "chat_template_kwargs": [[:]], "documents": [[]],
        "return_token_ids": [false], "kv_transfer_params": [], "vllm_xargs": [[:]], "include_reasoning": [true, false],
        "mm_processor_kwargs": [[:]], "repetition_detection": [], "thinking": [], "thinking_token_budget": [],
    ]
    /// Members without a say in the reply.
    private static let harmless: Set<String> = [
        "user", "metadata", "parallel_tool_calls", "safety_identifier", "prompt_cache_key", "prompt_cache_retention", "priority",
        "request_id", "cache_salt",
    ]

    private let unknown = Mutex<Set<String>>([])
    private let logger: Logger

    init(logger: Logger) { self.logger = logger }

    /// - Parameter known: what the request's own reader takes.
    func check(_ members: RequestMembers, known: Set<String>) throws {
        for name in members.names where !known.contains(name) && !Self.harmless.contains(name) {
            guard let field = members.given(name) else { continue }
            if let neutral = Self.refused[name] {
                guard neutral.contains(field.value) else {
                    throw APIError.unsupported(name, "this server does not do that; leave it out")
                }
            } else {
                tell(name)
            }
        }
    }

    private func tell(_ name: String) {
        let isNew = unknown.withLock { $0.count < 64 && $0.insert(String(name.prefix(64))).inserted }
        if isNew { logger.warning("a request has the member \"\(Self.plain(name))\", which is not known here and was passed over") }
    }

    /// The name of a member, fit for a log.
    private static func plain(_ name: String) -> String {
        String(String.UnicodeScalarView(name.unicodeScalars.prefix(64).map { $0.isASCII && $0.value >= 32 && $0.value < 127 ? $0 : "?" }))
    }
}
