import CanonicalEncoding

/// What stands between an item and the model, beyond the prompt: capabilities that show only with tools.
///
/// All of it is in the plan, since all of it decides the result.
package enum Scaffold: Hashable, Sendable {
    /// The passages of the task's corpus that fit best, before the question.
    case retrieval(passages: Int)
    /// Turn by turn with tools until it answers: the task's corpus to search, where it has one, and a terminal.
    case agent(AgentScaffold)

    package enum Kind: String, Hashable, Sendable, CaseIterable {
        case retrieval, agent
    }

    package var kind: Kind {
        switch self {
        case .retrieval: .retrieval
        case .agent: .agent
        }
    }

    package static let maximumPassages = 100
}

/// How an agent is let loose on an item.
package struct AgentScaffold: Hashable, Sendable {
    package var form: ToolProtocol.Form
    package var limits: AgentLimits
    /// Of each command in its terminal; nil for an agent without a terminal.
    package var commands: CommandLimits?

    package init(form: ToolProtocol.Form, limits: AgentLimits = .planned, commands: CommandLimits? = CommandLimits()) {
        self.form = form
        self.limits = limits
        self.commands = commands
    }
}

extension AgentLimits {
    /// What a plan has unless it says otherwise. Six hours for all agents of a batch: turns and tokens decide, not the clock.
    package static let planned = AgentLimits(turns: 12, tokensPerTurn: 384, tokens: 4096, seconds: 21_600, observationBytes: 2048)

    /// Bytes that a transcript may come to: tokens of at most 64 bytes and observations, written as JSON.
    var transcriptBytes: Int { tokens * 64 + turns * (observationBytes + 4096) * 2 }
}

/// What a command of an agent may use, and what its files may take: `ToolLimits` of the sandbox in whole numbers.
package struct CommandLimits: Hashable, Sendable {
    /// Seconds by the clock; the processor's seconds are meant to decide before.
    package var seconds: Int
    package var processorSeconds: Int
    package var memoryBytes: Int
    package var processes: Int
    package var openFiles: Int
    package var diskBytes: Int
    package var diskFiles: Int
    package var outputBytes: Int
    package var floodBytes: Int

    package init(
        seconds: Int = 60, processorSeconds: Int = 10, memoryBytes: Int = 256 << 20, processes: Int = 32, openFiles: Int = 128,
        diskBytes: Int = 16 << 20, diskFiles: Int = 1024, outputBytes: Int = 65_536, floodBytes: Int = 16 << 20
    ) {
        self.seconds = seconds
        self.processorSeconds = processorSeconds
        self.memoryBytes = memoryBytes
        self.processes = processes
        self.openFiles = openFiles
        self.diskBytes = diskBytes
        self.diskFiles = diskFiles
        self.outputBytes = outputBytes
        self.floodBytes = floodBytes
    }

    /// Each limit's name, the least and the most that it may be.
    private static let names: [(name: String, path: any WritableKeyPath<CommandLimits, Int> & Sendable, least: Int64, most: Int64)] = [
        ("seconds", \.seconds, 1, 3600), ("processorSeconds", \.processorSeconds, 1, 3600), ("memoryBytes", \.memoryBytes, 1 << 20, 1 << 36),
        ("processes", \.processes, 2, 4096), ("openFiles", \.openFiles, 16, 4096), ("diskBytes", \.diskBytes, 1 << 16, 1 << 30),
        ("diskFiles", \.diskFiles, 4, 1 << 20), ("outputBytes", \.outputBytes, 256, 1 << 20), ("floodBytes", \.floodBytes, 256, 1 << 30),
    ]

    var json: JSONValue {
        var object = JSONObject()
        for (name, path, _, _) in Self.names { object[name] = .integer(Int64(self[keyPath: path])) }
        return .object(object)
    }

    init(_ field: JSONField) throws(JSONFieldError) {
        self.init()
        try field.allow(only: Self.names.map(\.name))
        for (name, path, least, most) in Self.names { self[keyPath: path] = Int(try field.field(name).integer(in: least...most)) }
    }
}

extension Scaffold {
    package var json: JSONValue {
        switch self {
        case .retrieval(let passages): return ["kind": .string(kind.rawValue), "passages": .integer(Int64(passages))]
        case .agent(let agent):
            var object: JSONObject = ["kind": .string(kind.rawValue), "form": .string(agent.form.rawValue), "limits": agent.limits.json]
            object["commands"] = agent.commands?.json
            return .object(object)
        }
    }

    package init(_ field: JSONField) throws(JSONFieldError) {
        let kind = try field.field("kind")
        switch Kind(rawValue: try kind.string(maxBytes: 64)) {
        case .retrieval:
            try field.allow(only: ["kind", "passages"])
            self = .retrieval(passages: Int(try field.field("passages").integer(in: 1...Int64(Self.maximumPassages))))
        case .agent:
            try field.allow(only: ["kind", "form", "limits", "commands"])
            let limits = try field.field("limits")
            let agent = AgentScaffold(
                form: try field.field("form").known("form", ToolProtocol.Form.init(rawValue:)), limits: try AgentLimits(limits),
                commands: try field.optional("commands").map { commands throws(JSONFieldError) in try CommandLimits(commands) })
            guard agent.limits.transcriptBytes <= ScaffoldTrace.maximumBytes else {
                throw limits.failure("a transcript within these limits could have more than \(ScaffoldTrace.maximumBytes) bytes; allow fewer tokens, turns or bytes of an observation")
            }
            self = .agent(agent)
        case nil: throw kind.failure("one of \(Kind.allCases.map(\.rawValue).joined(separator: ", ")) was expected")
        }
    }
}

/// Makes what asks a task's items through a scaffold.
///
/// The module that evaluates has no sandbox and no index; whoever has them hands this in.
package protocol Scaffolding: Sendable {
    /// - Throws: where the task has not what the scaffold needs, or where there is no sandbox.
    func solver(for scaffold: Scaffold, suite: TaskSuite, generation: GenerationSettings, chat: ChatUse) throws -> any Solver
}
