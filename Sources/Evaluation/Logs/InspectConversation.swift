import CanonicalEncoding
import EvaluationLogs

/// An agent's transcript as messages and events of Inspect's: what it wrote, what it called, and what it was shown.
struct InspectConversation {
    private(set) var messages: [InspectLog.Message]
    private(set) var events: [InspectLog.Event] = []
    private(set) var limit: InspectLog.Limit?

    /// - Parameters:
    ///   - asked: the first prompt.
    ///   - time: of every event; turns' own times are not in a record.
    init(_ agent: AgentTrace, asked: InspectLog.Message, model: String, at time: InspectLog.Time) {
        messages = [asked]
        for (number, turn) in agent.transcript.turns.enumerated() {
            var call: InspectLog.ToolCall?
            if case .success(let action) = turn.action, action.name != .answer, case .object(let arguments)? = action.json["arguments"] {
                call = InspectLog.ToolCall(id: "call-\(number + 1)", function: action.name.rawValue, arguments: arguments)
            }
            let said = InspectLog.Message.assistant(.text(turn.text), model: model, toolCalls: call.map { [$0] })
            let output = InspectLog.Output(
                model: model, choices: [InspectLog.Choice(said, Self.reason(turn, calls: call != nil))],
                usage: InspectLog.Usage(input: turn.promptTokens, output: turn.tokens), time: nil)
            events.append(InspectLog.Event(.model(InspectLog.ModelCall(model: model, input: messages, output: output)), at: time))
            messages.append(said)
            guard let call else {
                // Nothing was done: the model was told why.
                if case .failure = turn.action { messages.append(InspectLog.Message(.user, turn.observation)) }
                continue
            }
            let result = InspectLog.Message.tool(call, result: turn.observation)
            var event = InspectLog.Event(.tool(InspectLog.ToolUse(call, result: turn.observation)), at: time)
            event.metadata = Self.metadata(agent, turn: number)
            events.append(event)
            messages.append(result)
        }
        let end = agent.transcript.end, limits = agent.transcript.limits
        limit =
            switch end {
            case .answered, .failed: nil
            case .turnLimit: InspectLog.Limit(.turn, Double(limits.turns), reason: end.name)
            case .tokenLimit: InspectLog.Limit(.token, Double(limits.tokens), reason: end.name)
            case .timeLimit: InspectLog.Limit(.time, Double(limits.seconds), reason: end.name)
            case .malformed: InspectLog.Limit(.custom, Double(limits.malformedTurns), reason: end.name)
            case .repeating: InspectLog.Limit(.custom, Double(limits.repeatedTurns), reason: end.name)
            }
        if let limit {
            events.append(InspectLog.Event(.sampleLimit(InspectLog.LimitReached(limit.type, end.name, limit: limit.limit)), at: time))
        }
    }

    private static func reason(_ turn: AgentTranscript.Turn, calls: Bool) -> InspectLog.StopReason {
        switch turn.finish {
        case "length": .maximumTokens
        case "context-full": .modelLength
        default: calls ? .toolCalls : .stop
        }
    }

    /// How a command ended, and what the sandbox refused.
    private static func metadata(_ agent: AgentTrace, turn: Int) -> JSONObject? {
        var object = JSONObject()
        if let command = agent.commands.first(where: { $0.turn == turn }) {
            object["outcome"] = .string(command.outcome)
            object["number"] = command.number.map { .integer(Int64($0)) }
        }
        let refused = agent.refusals.filter { $0.turn == turn }
        if !refused.isEmpty { object["refused"] = .array(refused.map { .string($0.kind.rawValue) }) }
        return object.count == 0 ? nil : object
    }
}
