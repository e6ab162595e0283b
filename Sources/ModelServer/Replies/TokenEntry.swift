import CanonicalEncoding
import EngineProtocol

/// A token of a reply with how likely it was.
struct TokenEntry {
    let token: Int
    let piece: TokenPiece
    /// Nil for a prompt's first token, which nothing stands before.
    let logprob: Float?
    let alternatives: [(token: Int, piece: TokenPiece, logprob: Float)]
    /// Whether the reply's text has it.
    let isInText: Bool
}

extension JSONValue {
    /// A logarithm of a probability, in the shortest digits that read back as this very float. JSON has no infinity: what is
    /// impossible is -9999, as in vLLM.
    static func logprob(_ value: Float) throws -> JSONValue {
        guard !value.isNaN else {
            throw APIError(status: 500, "the model gives a log-probability that is no number: its weights hold NaN or infinities", type: "server_error")
        }
        guard value.isFinite else { return .number(-9999) }
        return .number(Double(value.description) ?? Double(value))
    }
}

/// How tokens are called.
struct TokenNames {
    let byID: Bool

    func name(_ token: Int, _ piece: TokenPiece) -> String { byID ? "token_id:\(token)" : piece.shown }
}

/// The `logprobs` of a completion: four lists side by side.
struct CompletionLogprobs {
    private let names: TokenNames
    /// Characters of the text so far, so that parts of a stream go on where the last one ended.
    private var characters = 0

    init(names: TokenNames) { self.names = names }

    mutating func json(_ entries: [TokenEntry]) throws -> JSONValue {
        var tokens: [JSONValue] = [], logprobs: [JSONValue] = [], tops: [JSONValue] = [], offsets: [JSONValue] = []
        for entry in entries {
            tokens.append(.string(names.name(entry.token, entry.piece)))
            offsets.append(.integer(Int64(offset(of: entry))))
            guard let logprob = entry.logprob else {
                logprobs.append(.null)
                tops.append(.null)
                continue
            }
            logprobs.append(try .logprob(logprob))
            // The token itself is always among them; of two tokens of one name the likelier counts.
            var top = JSONObject()
            for alternative in entry.alternatives {
                let name = names.name(alternative.token, alternative.piece)
                if top[name] == nil { top[name] = try .logprob(alternative.logprob) }
            }
            let own = names.name(entry.token, entry.piece)
            if top[own] == nil { top[own] = try .logprob(logprob) }
            tops.append(.object(top))
        }
        return ["tokens": .array(tokens), "token_logprobs": .array(logprobs), "top_logprobs": .array(tops), "text_offset": .array(offsets)]
    }

    /// Where the token's first character is in the text, counted in Unicode scalars; a token that begins within a character is
    /// where that begins.
    private mutating func offset(of entry: TokenEntry) -> Int {
        guard entry.isInText else { return characters }
        func continues(_ byte: UInt8) -> Bool { byte & 0xC0 == 0x80 }
        let offset = entry.piece.bytes.first.map(continues) == true ? max(0, characters - 1) : characters
        characters += entry.piece.bytes.count { !continues($0) }
        return offset
    }
}

/// The `logprobs` of a chat's reply.
enum ChatLogprobs {
    static func json(_ entries: [TokenEntry], names: TokenNames) throws -> JSONValue {
        func token(_ id: Int, _ piece: TokenPiece, _ logprob: Float) throws -> JSONObject {
            [
                "token": .string(names.name(id, piece)), "logprob": try .logprob(logprob),
                "bytes": .array(piece.bytes.map { .integer(Int64($0)) }),
            ]
        }
        let content = try entries.map { entry -> JSONValue in
            var object = try token(entry.token, entry.piece, entry.logprob ?? 0)
            object["top_logprobs"] = .array(try entry.alternatives.map { .object(try token($0.token, $0.piece, $0.logprob)) })
            return .object(object)
        }
        return ["content": .array(content), "refusal": .null]
    }
}
