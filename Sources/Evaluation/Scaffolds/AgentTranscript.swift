import AuditCrypto
import CanonicalEncoding

/// All that an agent did: what is digested, stored, and the same bit for bit when it runs again. It holds no time.
///
/// It is written as canonical JSON (RFC 8785). A turn's action is what the parser reads in the turn's text, and reading a
/// transcript back holds it against that.
package struct AgentTranscript: Hashable, Sendable {
    package enum End: Hashable, Sendable {
        case answered
        case turnLimit, tokenLimit, timeLimit
        /// Too many turns in a row without an action that could be read.
        case malformed
        /// Too many turns in a row with the same action.
        case repeating
        /// The model gave no text: a prompt longer than its context, …
        case failed(RequestFailure)

        package var name: String {
            switch self {
            case .answered: "answered"
            case .turnLimit: "turn-limit"
            case .tokenLimit: "token-limit"
            case .timeLimit: "time-limit"
            case .malformed: "malformed"
            case .repeating: "repeating"
            case .failed: "failed"
            }
        }

        fileprivate static let plain: [End] = [.answered, .turnLimit, .tokenLimit, .timeLimit, .malformed, .repeating]
    }

    package struct Turn: Hashable, Sendable {
        /// Of the prompt as the model read it, chat template included.
        package let promptDigest: SHA256Digest
        package let promptTokens: Int
        package let seed: UInt64
        /// What the model wrote.
        package let text: String
        package let tokens: Int
        /// Why it stopped.
        package let finish: String
        package let action: Result<ToolAction, ActionError>
        /// What the model was shown of what came of it; empty after an answer.
        package let observation: String
        /// How many bytes of it were left out.
        package let cutBytes: Int

        package init(
            promptDigest: SHA256Digest, promptTokens: Int, seed: UInt64, text: String, tokens: Int, finish: String,
            action: Result<ToolAction, ActionError>, observation: String, cutBytes: Int
        ) {
            self.promptDigest = promptDigest
            self.promptTokens = promptTokens
            self.seed = seed
            self.text = text
            self.tokens = tokens
            self.finish = finish
            self.action = action
            self.observation = observation
            self.cutBytes = cutBytes
        }
    }

    package let task: String
    package let taskDigest: SHA256Digest
    package let seed: UInt64
    package let form: ToolProtocol.Form
    package let actions: [ToolAction.Name]
    package let corpusDigest: SHA256Digest?
    package let limits: AgentLimits
    package let turns: [Turn]
    package let end: End

    package init(
        task: String, taskDigest: SHA256Digest, seed: UInt64, form: ToolProtocol.Form, actions: [ToolAction.Name],
        corpusDigest: SHA256Digest?, limits: AgentLimits, turns: [Turn], end: End
    ) {
        self.task = task
        self.taskDigest = taskDigest
        self.seed = seed
        self.form = form
        self.actions = actions
        self.corpusDigest = corpusDigest
        self.limits = limits
        self.turns = turns
        self.end = end
    }

    /// Nil where the agent never gave one.
    package var answer: String? {
        guard case .answered = end, case .success(.answer(let text))? = turns.last?.action else { return nil }
        return text
    }

    package var bytes: [UInt8] {
        // Strings, and integers within 2^53: there is always a canonical form.
        (try? CanonicalJSON.encode(json)) ?? []
    }

    package var digest: SHA256Digest { SHA256Digest.of(bytes) }
}

extension AgentTranscript {
    /// Bytes of a transcript that is read.
    package static let maximumBytes = 64 << 20

    package var json: JSONValue {
        var ended: JSONObject = ["kind": .string(end.name)]
        if case .failed(let failure) = end {
            ended["code"] = .string(failure.code)
            ended["message"] = .string(failure.message)
        }
        var object: JSONObject = [
            "v": 1, "task": .string(task), "taskSha256": .string(taskDigest.hex), "seed": .string(ExactNumber.hex(seed)),
            "form": .string(form.rawValue), "actions": .array(actions.map { .string($0.rawValue) }), "limits": limits.json,
            "turns": .array(turns.map(\.json)), "end": .object(ended),
        ]
        object["corpusSha256"] = corpusDigest.map { .string($0.hex) }
        return .object(object)
    }

    /// Reads what `bytes` wrote, and nothing else.
    /// - Throws: `JSONError` or `JSONFieldError`.
    package init(bytes: [UInt8]) throws {
        let limits = JSONLimits(maxBytes: Self.maximumBytes, maxDepth: 16, maxValues: 1_000_000)
        try self.init(JSONField(CanonicalJSON.parse(bytes, limits: limits)))
    }

    init(_ field: JSONField) throws(JSONFieldError) {
        try field.allow(only: ["v", "task", "taskSha256", "seed", "form", "actions", "corpusSha256", "limits", "turns", "end"])
        _ = try field.field("v").integer(in: 1...1)
        task = try field.field("task").string(maxBytes: 4096)
        taskDigest = try field.field("taskSha256").digest()
        seed = try field.field("seed").seed()
        form = try field.field("form").known("form", ToolProtocol.Form.init(rawValue:))
        var actions: [ToolAction.Name] = []
        for action in try field.field("actions").array(maxCount: 8) { actions.append(try action.known("action", ToolAction.Name.init(rawValue:))) }
        self.actions = actions
        corpusDigest = if let corpus = try field.optional("corpusSha256") { try corpus.digest() } else { nil }
        limits = try AgentLimits(field.field("limits"))
        var turns: [Turn] = []
        for turn in try field.field("turns").array(maxCount: 65_536) { turns.append(try Turn(turn)) }
        self.turns = turns
        let ended = try field.field("end")
        let kind = try ended.field("kind").string(maxBytes: 64)
        if kind == "failed" {
            try ended.allow(only: ["kind", "code", "message"])
            end = .failed(
                RequestFailure(
                    code: try ended.field("code").string(maxBytes: 256), message: try ended.field("message").string(maxBytes: 65_536)))
        } else {
            try ended.allow(only: ["kind"])
            guard let plain = End.plain.first(where: { $0.name == kind }) else { throw ended.failure("not an end that is known") }
            end = plain
        }
        var answers = false
        if case .success(.answer)? = turns.last?.action { answers = true }
        guard (end == .answered) == answers else { throw ended.failure("an agent ends with an answer where its last action is one") }
    }
}

extension AgentTranscript.Turn {
    fileprivate var json: JSONValue {
        var object: JSONObject = [
            "promptSha256": .string(promptDigest.hex), "promptTokens": .integer(Int64(promptTokens)),
            "seed": .string(ExactNumber.hex(seed)), "text": .string(text), "tokens": .integer(Int64(tokens)), "finish": .string(finish),
            "observation": .string(observation), "cut": .integer(Int64(cutBytes)),
        ]
        switch action {
        case .success(let action): object["action"] = action.json
        case .failure(let error): object["error"] = ["code": .string(error.code.rawValue), "message": .string(error.message)]
        }
        return .object(object)
    }

    fileprivate init(_ field: JSONField) throws(JSONFieldError) {
        try field.allow(only: ["promptSha256", "promptTokens", "seed", "text", "tokens", "finish", "observation", "cut", "action", "error"])
        promptDigest = try field.field("promptSha256").digest()
        promptTokens = Int(try field.field("promptTokens").integer(in: 0...1 << 40))
        seed = try field.field("seed").seed()
        let text = try field.field("text").string(maxBytes: 8 << 20)
        self.text = text
        tokens = Int(try field.field("tokens").integer(in: 0...1 << 40))
        finish = try field.field("finish").string(maxBytes: 64)
        observation = try field.field("observation").string(maxBytes: 8 << 20)
        cutBytes = Int(try field.field("cut").integer(in: 0...1 << 50))
        let parsed = Result { () throws(ActionError) in try ActionParser.parse(text) }
        if let recorded = try field.optional("action") {
            guard case .success(let action) = parsed, action.json == recorded.value, try field.optional("error") == nil else {
                throw recorded.failure("not the action of the turn's text")
            }
            self.action = .success(action)
        } else {
            let recorded = try field.field("error")
            try recorded.allow(only: ["code", "message"])
            let code = try recorded.field("code").known("error", ActionError.Code.init(rawValue:))
            let error = ActionError(code, try recorded.field("message").string(maxBytes: 65_536))
            // An action that can be read and is not offered is an error of its own.
            if code != .unavailable, parsed != .failure(error) { throw recorded.failure("not the error of the turn's text") }
            action = .failure(error)
        }
    }
}

extension JSONField {
    func seed() throws(JSONFieldError) -> UInt64 {
        guard let seed = ExactNumber.uint64(try string(maxBytes: 16)) else { throw failure("16 hexadecimal digits were expected") }
        return seed
    }

    /// A word from a closed vocabulary.
    func known<Value>(_ what: String, _ read: (String) -> Value?) throws(JSONFieldError) -> Value {
        guard let value = read(try string(maxBytes: 64)) else { throw failure("not \(what == "action" || what == "error" ? "an" : "a") \(what) that is known") }
        return value
    }
}

extension AgentTranscript {
    /// For people to read.
    package var text: String {
        var lines = ["Task \(task) (\(taskDigest.hex)), seed \(ExactNumber.hex(seed))", ""]
        for (number, turn) in turns.enumerated() {
            lines.append("--- Turn \(number + 1): \(turn.tokens) tokens, \(turn.finish)")
            lines.append(ObservationText.clean(turn.text))
            switch turn.action {
            case .success(let action): lines.append("--- Action: \(action.name.rawValue)")
            case .failure(let error): lines.append("--- No action: \(ObservationText.clean(error.message))")
            }
            if !turn.observation.isEmpty { lines += ["--- Observation\(turn.cutBytes > 0 ? " (\(turn.cutBytes) bytes left out)" : "")", turn.observation] }
            lines.append("")
        }
        lines.append("--- End: \(end.name)")
        if case .failed(let failure) = end { lines.append(ObservationText.clean(failure.description)) }
        if let answer { lines.append(ObservationText.clean(answer)) }
        return lines.joined(separator: "\n") + "\n"
    }
}
