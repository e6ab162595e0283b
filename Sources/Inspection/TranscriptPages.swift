import CanonicalEncoding
import DatasetFormats

/// Samples of a run: what the model was asked and what it said, as text that a terminal can be trusted with.
package enum TranscriptPages {
    /// - Parameters:
    ///   - records: the samples' records, as the run stored them.
    ///   - total: of all samples of the run.
    package static func view(_ records: [[UInt8]], from: Int, total: Int) throws -> JSONValue {
        [
            "from": .integer(Int64(from)), "total": .integer(Int64(total)),
            "rows": .array(
                try records.enumerated().map { offset, record in
                    // The record's line; the timing stands on the next.
                    let line = Array(record.prefix { $0 != UInt8(ascii: "\n") })
                    return try row(JSONField(StrictJSON.parse(line, limits: limits)), number: from + offset)
                }),
        ]
    }

    private static let limits = JSONLimits(maxBytes: 64 << 20, maxDepth: 16, maxValues: 4_000_000)

    private static func row(_ record: JSONField, number: Int) throws(JSONFieldError) -> JSONValue {
        var row: JSONObject = [
            "number": .integer(Int64(number)), "task": .string(VisibleText.line(try record.field("task").string())),
            "id": .string(VisibleText.line(try record.field("id").string())),
        ]
        var prompts: [JSONValue] = []
        for prompt in try record.field("prompts").array(maxCount: 1024) {
            prompts.append(.string(VisibleText.block(try prompt.string(maxBytes: 8 << 20))))
        }
        row["prompts"] = .array(prompts)
        if let outputs = try record.optional("outputs") {
            var shown: [JSONValue] = []
            for output in try outputs.array(maxCount: 1024) {
                shown.append([
                    "text": .string(VisibleText.block(try output.field("text").string(maxBytes: 8 << 20))),
                    "finish": .string(VisibleText.line(try output.field("finish").string())),
                ])
            }
            row["outputs"] = .array(shown)
        }
        if let scaffold = try record.optional("scaffold") {
            if let passages = try scaffold.optional("passages") { row["retrieved"] = .array(try Self.retrieved(passages)) }
            if let agents = try scaffold.optional("agents") {
                var shown: [JSONValue] = []
                for agent in try agents.array(maxCount: 1024) { shown.append(try Self.agent(agent)) }
                row["agents"] = .array(shown)
            }
        }
        if let choices = try record.optional("choices") {
            var shown: [JSONValue] = []
            for choice in try choices.array(maxCount: 1024) {
                shown.append([
                    "text": .string(VisibleText.line(try choice.field("text").string(maxBytes: 1 << 20))),
                    "nats": .string(try choice.field("nats").string()),
                ])
            }
            row["choices"] = .array(shown)
        }
        if let failure = try record.optional("failure") {
            row["failure"] = .string(VisibleText.line(try failure.field("message").string(maxBytes: 65_536)))
        }
        switch try record.field("target").value {
        case .string(let text): row["target"] = .string(VisibleText.line(text))
        case let target: row["target"] = target
        }
        if let score = try record.optional("score") {
            row["score"] = visible(score.value)
        }
        return .object(row)
    }

    /// Passages by document and place; their text stands in the prompt.
    private static func retrieved(_ passages: JSONField) throws(JSONFieldError) -> [JSONValue] {
        var shown: [JSONValue] = []
        for passage in try passages.array(maxCount: 1024) {
            let document = try passage.field("document").string(), number = try passage.field("passage").integer()
            shown.append(.string(VisibleText.line("\(document)#\(number)")))
        }
        return shown
    }

    /// An agent's turns: what it wrote, what was done, how a command ended, and what it was shown.
    private static func agent(_ agent: JSONField) throws(JSONFieldError) -> JSONValue {
        let transcript = try agent.field("transcript")
        var outcomes: [Int64: String] = [:], refused: [Int64: [JSONValue]] = [:]
        for command in try agent.field("commands").array() {
            let number = try command.optional("number")?.integer()
            outcomes[try command.field("turn").integer()] = try command.field("outcome").string() + (number.map { " \($0)" } ?? "")
        }
        for refusal in try agent.field("refusals").array() {
            refused[try refusal.field("turn").integer(), default: []].append(.string(VisibleText.line(try refusal.field("kind").string())))
        }
        var turns: [JSONValue] = []
        for turn in try transcript.field("turns").array() {
            let number = Int64(turns.count)
            var row: JSONObject = [
                "text": .string(VisibleText.block(try turn.field("text").string(maxBytes: 8 << 20))),
                "observation": .string(VisibleText.block(try turn.field("observation").string(maxBytes: 8 << 20))),
            ]
            row["action"] = try turn.optional("action").map { action throws(JSONFieldError) in .string(VisibleText.line(try action.field("name").string())) }
            row["error"] = try turn.optional("error").map { error throws(JSONFieldError) in .string(VisibleText.line(try error.field("code").string())) }
            row["outcome"] = outcomes[number].map { .string(VisibleText.line($0)) }
            row["refused"] = refused[number].map { .array($0) }
            turns.append(.object(row))
        }
        var shown: JSONObject = ["turns": .array(turns), "end": .string(VisibleText.line(try transcript.field("end").field("kind").string()))]
        if try agent.optional("clocked")?.bool() == true { shown["clocked"] = true }
        return .object(shown)
    }

    /// What filters took from the model's words is in there too.
    private static func visible(_ value: JSONValue) -> JSONValue {
        switch value {
        case .string(let text): return .string(VisibleText.line(text))
        case .array(let elements):
            return .array(elements.map(visible))
        case .object(let object):
            var shown = JSONObject()
            for (key, value) in object.members { shown[VisibleText.line(key)] = visible(value) }
            return .object(shown)
        default: return value
        }
    }
}
