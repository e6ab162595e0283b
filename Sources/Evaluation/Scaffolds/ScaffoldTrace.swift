import AuditCrypto
import CanonicalEncoding

/// What a scaffold did for one sample: a part of its record.
package enum ScaffoldTrace: Hashable, Sendable {
    /// What was put before the question, best first.
    case retrieval(corpus: SHA256Digest, passages: [RetrievedPassage])
    /// An agent for each time that the item was asked.
    case agents([AgentTrace])

    /// Of an agent's transcript.
    package static let maximumBytes = 32 << 20

    package var kind: Scaffold.Kind {
        switch self {
        case .retrieval: .retrieval
        case .agents: .agent
        }
    }

    package var agents: [AgentTrace] { if case .agents(let agents) = self { agents } else { [] } }
}

/// A passage by its place; its text stands in the prompt.
package struct RetrievedPassage: Hashable, Sendable {
    package let document: String
    /// In the document, from 0.
    package let passage: Int
    /// Of the passage's text.
    package let digest: SHA256Digest

    package init(document: String, passage: Int, digest: SHA256Digest) {
        self.document = document
        self.passage = passage
        self.digest = digest
    }
}

/// An agent's way: what it wrote and was shown, how its commands ended, and what the sandbox was seen to refuse.
package struct AgentTrace: Hashable, Sendable {
    package let transcript: AgentTranscript
    /// One for each turn whose action was `bash`, in order.
    package let commands: [AgentCommand]
    /// In the order of turns, each kind once a turn.
    package let refusals: [AgentRefusal]

    package init(transcript: AgentTranscript, commands: [AgentCommand], refusals: [AgentRefusal]) {
        self.transcript = transcript
        self.commands = commands
        self.refusals = refusals
    }

    /// Whether a clock decided, so that another run may come out differently.
    package var isClocked: Bool { transcript.end == .timeLimit || commands.contains { $0.outcome == AgentCommand.timedOut } }
}

/// How a command ended; what it was stands in its turn.
package struct AgentCommand: Hashable, Sendable {
    /// From 0.
    package let turn: Int
    /// `exited`, `signalled`, `timed-out`, `memory-exceeded`, `flooded`.
    package let outcome: String
    /// The exit code, or the signal's number.
    package let number: Int?
    package let standardOutput: Output
    package let standardError: Output

    package static let timedOut = "timed-out"
    static let outcomes = ["exited", "signalled", timedOut, "memory-exceeded", "flooded"]

    /// A stream that was written.
    package struct Output: Hashable, Sendable {
        package let bytes: Int
        /// How many of them were not kept.
        package let cut: Int
        /// Of all of them.
        package let digest: SHA256Digest

        package init(bytes: Int, cut: Int, digest: SHA256Digest) { (self.bytes, self.cut, self.digest) = (bytes, cut, digest) }
    }

    package init(turn: Int, outcome: String, number: Int?, standardOutput: Output, standardError: Output) {
        self.turn = turn
        self.outcome = outcome
        self.number = number
        self.standardOutput = standardOutput
        self.standardError = standardError
    }
}

/// Something that the sandbox refused, as far as it shows: by how a command ended, or by what it complained of. A command that
/// hides its complaints leaves no sign of what was refused, and one that prints such words leaves one of nothing.
package struct AgentRefusal: Hashable, Sendable {
    package enum Kind: String, Hashable, Sendable, CaseIterable {
        /// The filter ended it for a system call that only attacks make.
        case systemCall = "system-call"
        /// EPERM, EACCES.
        case permission
        /// A write where nothing may be written.
        case readOnly = "read-only"
        /// A place outside /work and /tmp that is not there in the sandbox, or a path that leads out of /work.
        case outside
        case network
        /// No more processes.
        case processes
        case memory, output, time
    }

    /// From 0.
    package let turn: Int
    package let kind: Kind

    package init(turn: Int, kind: Kind) { (self.turn, self.kind) = (turn, kind) }
}

// MARK: As JSON

extension ScaffoldTrace {
    var json: JSONValue {
        switch self {
        case .retrieval(let corpus, let passages):
            [
                "kind": .string(kind.rawValue), "corpusSha256": .string(corpus.hex),
                "passages": .array(
                    passages.map { ["document": .string($0.document), "passage": .integer(Int64($0.passage)), "sha256": .string($0.digest.hex)] }),
            ]
        case .agents(let agents): ["kind": .string(kind.rawValue), "agents": .array(agents.map(\.json))]
        }
    }

    init(_ field: JSONField) throws(JSONFieldError) {
        switch try field.field("kind").known("scaffold", Scaffold.Kind.init(rawValue:)) {
        case .retrieval:
            try field.allow(only: ["kind", "corpusSha256", "passages"])
            var passages: [RetrievedPassage] = []
            for passage in try field.field("passages").array(maxCount: Scaffold.maximumPassages) {
                try passage.allow(only: ["document", "passage", "sha256"])
                passages.append(
                    RetrievedPassage(
                        document: try passage.field("document").string(maxBytes: 256), passage: Int(try passage.field("passage").integer(in: 0...1 << 32)),
                        digest: try passage.field("sha256").digest()))
            }
            self = .retrieval(corpus: try field.field("corpusSha256").digest(), passages: passages)
        case .agent:
            try field.allow(only: ["kind", "agents"])
            var agents: [AgentTrace] = []
            for agent in try field.field("agents").array(maxCount: 1024) { agents.append(try AgentTrace(agent)) }
            self = .agents(agents)
        }
    }

    /// Whether it can be that of a sample with this id, these seeds, prompts and output.
    func fits(id: String, seeds: [UInt64], prompts: [String], output: Solution.Output) -> Bool {
        guard case .agents(let agents) = self else { return true }
        guard agents.count == seeds.count, zip(agents, seeds).allSatisfy({ ExactString($0.transcript.task) == ExactString(id) && $0.transcript.seed == $1 })
        else { return false }
        if let first = agents.first?.transcript.turns.first {
            guard let prompt = prompts.first, first.promptDigest == SHA256Digest.of(Array(prompt.utf8)) else { return false }
        }
        switch output {
        case .choices: return false
        case .failure: return agents.contains { if case .failed = $0.transcript.end { true } else { false } }
        case .texts(let texts):
            return texts.count == agents.count
                && zip(texts, agents).allSatisfy { ExactString($0.text) == ExactString($1.transcript.answer ?? "") && $0.finish == $1.transcript.end.name }
        }
    }

    /// Whether it can be of a suite that is asked through this scaffold.
    func fits(_ scaffold: Scaffold) -> Bool {
        switch (self, scaffold) {
        case (.retrieval(_, let passages), .retrieval(let most)): passages.count <= most
        case (.agents(let agents), .agent(let planned)):
            agents.allSatisfy { $0.transcript.form == planned.form && $0.transcript.limits == planned.limits && $0.transcript.actions.contains(.bash) == (planned.commands != nil) }
        default: false
        }
    }
}

extension AgentTrace {
    var json: JSONValue {
        var object: JSONObject = [
            "transcript": transcript.json, "commands": .array(commands.map(\.json)),
            "refusals": .array(refusals.map { ["turn": .integer(Int64($0.turn)), "kind": .string($0.kind.rawValue)] }),
        ]
        if isClocked { object["clocked"] = true }
        return .object(object)
    }

    init(_ field: JSONField) throws(JSONFieldError) {
        try field.allow(only: ["transcript", "commands", "refusals", "clocked"])
        let transcript = try AgentTranscript(field.field("transcript"))
        let list = try field.field("commands")
        var commands: [AgentCommand] = []
        for command in try list.array(maxCount: 65_536) { commands.append(try AgentCommand(command)) }
        let ran = transcript.turns.indices.filter { if case .success(.bash) = transcript.turns[$0].action { true } else { false } }
        guard commands.map(\.turn) == Array(ran) else { throw list.failure("not one command for each turn that has one") }
        var refusals: [AgentRefusal] = []
        for refusal in try field.field("refusals").array(maxCount: 65_536) {
            try refusal.allow(only: ["turn", "kind"])
            refusals.append(
                AgentRefusal(
                    turn: Int(try refusal.field("turn").integer(in: 0...Int64(max(0, transcript.turns.count - 1)))),
                    kind: try refusal.field("kind").known("refusal", AgentRefusal.Kind.init(rawValue:))))
        }
        self.init(transcript: transcript, commands: commands, refusals: refusals)
        guard try field.optional("clocked")?.bool() ?? false == isClocked else { throw field.failure("not what the commands say of the clock") }
    }
}

extension AgentCommand {
    fileprivate var json: JSONValue {
        var object: JSONObject = [
            "turn": .integer(Int64(turn)), "outcome": .string(outcome), "stdout": standardOutput.json, "stderr": standardError.json,
        ]
        object["number"] = number.map { .integer(Int64($0)) }
        return .object(object)
    }

    fileprivate init(_ field: JSONField) throws(JSONFieldError) {
        try field.allow(only: ["turn", "outcome", "number", "stdout", "stderr"])
        self.init(
            turn: Int(try field.field("turn").integer(in: 0...65_536)),
            outcome: try field.field("outcome").known("outcome") { name in Self.outcomes.first { $0 == name } },
            number: try field.optional("number").map { number throws(JSONFieldError) in Int(try number.integer(in: 0...65_535)) },
            standardOutput: try Output(field.field("stdout")), standardError: try Output(field.field("stderr")))
    }
}

extension AgentCommand.Output {
    fileprivate var json: JSONValue { ["bytes": .integer(Int64(bytes)), "cut": .integer(Int64(cut)), "sha256": .string(digest.hex)] }

    fileprivate init(_ field: JSONField) throws(JSONFieldError) {
        try field.allow(only: ["bytes", "cut", "sha256"])
        self.init(
            bytes: Int(try field.field("bytes").integer(in: 0...1 << 50)), cut: Int(try field.field("cut").integer(in: 0...1 << 50)),
            digest: try field.field("sha256").digest())
    }
}
