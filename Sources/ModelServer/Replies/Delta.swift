import CanonicalEncoding
import EngineProtocol

/// What was added to one text of a reply.
struct Delta {
    let index: Int
    var text = ""
    /// Empty unless log-probabilities are wanted.
    var entries: [TokenEntry] = []
    var finish: GenerateResult.FinishReason?
}

/// One text of a reply that is handed over as a whole.
struct WholeText {
    var text = ""
    var entries: [TokenEntry] = []
    var finish: GenerateResult.FinishReason?

    mutating func add(_ delta: Delta) {
        text += delta.text
        entries += delta.entries
        finish = finish ?? delta.finish
    }
}

extension GenerateResult.FinishReason {
    /// OpenAI's word for it.
    var word: JSONValue {
        switch self {
        case .endOfText, .stopString: "stop"
        case .length, .contextFull: "length"
        }
    }
}

/// How many tokens were read and written.
struct Usage {
    var prompt = 0
    var completion = 0

    var json: JSONValue {
        [
            "prompt_tokens": .integer(Int64(prompt)), "completion_tokens": .integer(Int64(completion)),
            "total_tokens": .integer(Int64(prompt + completion)),
        ]
    }
}
