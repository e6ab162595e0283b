import AuditCrypto
import Evaluation
import Isolation

/// Lets a model act, turn by turn, until it answers or reaches a limit.
///
/// Several agents advance together, at most 64: in each round one request goes to the model for all that wait for it, then their
/// actions are done side by side. An agent's transcript does not depend on the others, and its sandbox is let go when it ends.
package struct AgentLoop: Sendable {
    /// An agent's end, with what is not the same when it runs again.
    package struct Run: Sendable {
        package let transcript: AgentTranscript
        /// As the model read it; empty where there was no turn.
        package let firstPrompt: String
        /// What the sandbox was seen to refuse.
        package let refusals: [AgentRefusal]
        /// Every command it had run, with durations.
        package let commands: [ToolCommandRecord]
        package let timing: Timing

        /// What stands in a sample's record.
        package var trace: AgentTrace {
            let turns = transcript.turns.indices.filter { if case .success(.bash) = transcript.turns[$0].action { true } else { false } }
            return AgentTrace(
                transcript: transcript,
                commands: zip(turns, commands).map { turn, command in
                    AgentCommand(
                        turn: turn, outcome: command.result.outcome.name, number: command.result.outcome.number,
                        standardOutput: .init(command.result.standardOutput), standardError: .init(command.result.standardError))
                }, refusals: refusals)
        }
    }

    package struct Timing: Hashable, Sendable {
        package struct Turn: Hashable, Sendable {
            /// Until the model's text was there, which the agents of a round share.
            package let model: Duration
            package let action: Duration
        }

        package let turns: [Turn]
    }

    /// Agents at a time, each of which may have a sandbox with files in memory.
    private static let mostTogether = 64

    package let limits: AgentLimits
    package let tools: ToolProtocol
    private let sandbox: ToolSandbox?
    private let index: RetrievalIndex?
    private let temperature: Double
    private let topK: Int
    private let topP: Double
    private let width: Int?

    /// - Parameters:
    ///   - sandbox: for a terminal and files; nil where there is none.
    ///   - index: for searching; nil where there is nothing to search.
    ///   - width: how many actions are done at a time; nil for one a processor.
    package init(
        limits: AgentLimits = AgentLimits(), form: ToolProtocol.Form = .chat, sandbox: ToolSandbox? = nil,
        index: RetrievalIndex? = nil, temperature: Double = 0, topK: Int = 0, topP: Double = 1, width: Int? = nil
    ) {
        self.limits = limits
        tools = ToolProtocol(form: form, hasTerminal: sandbox != nil, hasCorpus: index != nil)
        self.sandbox = sandbox
        self.index = index
        self.temperature = temperature
        self.topK = topK
        self.topP = topP
        self.width = width
    }

    package func run(_ task: AgentTask, seed: UInt64 = 0, with model: any LanguageModel) async throws -> Run {
        let runs = try await run([task], seed: seed, with: model)
        return runs[0]
    }

    package func run(_ tasks: [AgentTask], seed: UInt64 = 0, with model: any LanguageModel) async throws -> [Run] {
        try await run(tasks.map { ($0, seed) }, with: model)
    }

    /// - Parameter tasks: each with the seed that its turns' seeds are derived from.
    /// - Returns: as many runs as tasks, in their order.
    /// - Throws: `SandboxError` when a sandbox cannot be set up, `ToolFileError` for a task's file that has no room, and what
    ///   the model throws when it is gone. Whatever a model writes is a transcript.
    package func run(_ tasks: [(task: AgentTask, seed: UInt64)], with model: any LanguageModel) async throws -> [Run] {
        var runs: [Run] = []
        for start in stride(from: 0, to: tasks.count, by: Self.mostTogether) {
            runs += try await runTogether(Array(tasks[start..<min(start + Self.mostTogether, tasks.count)]), model)
        }
        return runs
    }

    private func runTogether(_ tasks: [(task: AgentTask, seed: UInt64)], _ model: any LanguageModel) async throws -> [Run] {
        var agents = tasks.map { Agent(task: $0.task, seed: $0.seed) }
        let clock = ContinuousClock()
        let begin = clock.now
        while true {
            for index in agents.indices where agents[index].end == nil {
                agents[index].end = limit(reachedBy: agents[index], after: clock.now - begin)
            }
            let waiting = agents.indices.filter { agents[$0].end == nil }
            guard !waiting.isEmpty else { break }
            let asked = clock.now
            try Task.checkCancellation()
            let written = try await ask(waiting.map { agents[$0] }, model)
            let modelTime = clock.now - asked
            var acting: [(index: Int, work: Work)] = []
            for (index, (written, seed)) in zip(waiting, written) {
                switch written {
                case .failure(let failure): agents[index].end = .failed(failure)
                case .success(let (prompt, generated)):
                    if agents[index].turns.isEmpty { agents[index].firstPrompt = prompt }
                    let digest = SHA256Digest.of(Array(prompt.utf8))
                    acting.append((index, Work(agent: agents[index], action: action(in: generated.text), prompt: digest, generated: generated, seed: seed)))
                }
            }
            let done = try await BlockingWork.map(acting.map(\.work), width: width) { work in
                let start = ContinuousClock.now
                let effect = try effect(of: work)
                return (effect, ContinuousClock.now - start)
            }
            for ((index, work), (effect, duration)) in zip(acting, done) {
                agents[index].take(work, effect, time: Timing.Turn(model: modelTime, action: duration))
            }
        }
        return agents.map { agent in
            Run(
                transcript: AgentTranscript(
                    task: agent.task.id, taskDigest: agent.task.digest, seed: agent.seed, form: tools.form, actions: tools.actions,
                    corpusDigest: index?.corpusDigest, limits: limits, turns: agent.turns, end: agent.end ?? .turnLimit),
                firstPrompt: agent.firstPrompt, refusals: agent.refusals, commands: agent.commands, timing: Timing(turns: agent.times))
        }
    }

    // MARK: An agent

    private struct Agent: Sendable {
        let task: AgentTask
        let seed: UInt64
        var firstPrompt = ""
        var refusals: [AgentRefusal] = []
        var turns: [AgentTranscript.Turn] = []
        /// With it the session is let go, and its log kept.
        var end: AgentTranscript.End? {
            didSet {
                guard end != nil, let last = session else { return }
                commands = last.log
                session = nil
            }
        }
        var session: ToolSession?
        var commands: [ToolCommandRecord] = []
        var times: [Timing.Turn] = []

        init(task: AgentTask, seed: UInt64) { (self.task, self.seed) = (task, seed) }

        mutating func take(_ work: Work, _ effect: Effect, time: Timing.Turn) {
            session = effect.session
            refusals += effect.refusals.map { AgentRefusal(turn: turns.count, kind: $0) }
            turns.append(
                AgentTranscript.Turn(
                    promptDigest: work.prompt, promptTokens: work.generated.promptTokenCount, seed: work.seed,
                    text: work.generated.text, tokens: work.generated.tokens.count, finish: work.generated.finish, action: work.action,
                    observation: effect.text, cutBytes: effect.cutBytes))
            if case .success(.answer) = work.action { end = .answered }
            times.append(time)
        }
    }

    private struct Work: Sendable {
        let agent: Agent
        let action: Result<ToolAction, ActionError>
        let prompt: SHA256Digest
        let generated: GeneratedText
        let seed: UInt64
    }

    private struct Effect: Sendable {
        var text: String
        var cutBytes = 0
        var session: ToolSession?
        var refusals: [AgentRefusal.Kind] = []
    }

    private func limit(reachedBy agent: Agent, after time: Duration) -> AgentTranscript.End? {
        let malformed = agent.turns.reversed().prefix { if case .failure = $0.action { true } else { false } }.count
        if malformed >= limits.malformedTurns { return .malformed }
        if case .success(let last)? = agent.turns.last?.action {
            let same = agent.turns.reversed().prefix { $0.action == .success(last) }.count
            if same >= limits.repeatedTurns { return .repeating }
        }
        if agent.turns.count >= limits.turns { return .turnLimit }
        if agent.turns.reduce(0, { $0 + $1.tokens }) >= limits.tokens { return .tokenLimit }
        return time >= .seconds(limits.seconds) ? .timeLimit : nil
    }

    // MARK: The model

    private typealias Written = Result<(String, GeneratedText), RequestFailure>

    private func ask(_ agents: [Agent], _ model: any LanguageModel) async throws -> [(Written, UInt64)] {
        let prompts = agents.map { agent in
            tools.prompt(task: agent.task.text, turns: agent.turns.map { ($0.text, $0.observation) })
        }
        var conversations: [[ChatTurn]] = []
        for case .chat(let turns) in prompts { conversations.append(turns) }
        let rendered = conversations.isEmpty ? [] : try await model.renderChat(conversations)
        guard rendered.count == conversations.count else {
            throw EvaluationError.modelMisbehaved("\(rendered.count) rendered conversations for \(conversations.count)")
        }
        var texts = rendered.makeIterator()
        var results: [(Written, UInt64)] = []
        var requests: [(place: Int, prompt: String, request: GenerationRequest)] = []
        for (place, (agent, prompt)) in zip(agents, prompts).enumerated() {
            let turnSeed = Self.seed(of: agent.turns.count, task: agent.task.id, seed: agent.seed)
            let text: Result<String, RequestFailure> =
                switch prompt {
                case .text(let text): .success(text)
                case .chat: texts.next() ?? .failure(RequestFailure(code: "no-prompt", message: "the conversation was not rendered"))
                }
            switch text {
            case .failure(let failure): results.append((.failure(failure), turnSeed))
            case .success(let text):
                results.append((.failure(RequestFailure(code: "no-answer", message: "the model gave no result")), turnSeed))
                let left = max(1, limits.tokens - agent.turns.reduce(0) { $0 + $1.tokens })
                requests.append(
                    (
                        place, text,
                        GenerationRequest(
                            prompt: prompt, maximumTokens: min(limits.tokensPerTurn, left), stopStrings: tools.stopStrings,
                            temperature: temperature, topK: topK, topP: topP, seed: turnSeed)
                    ))
            }
        }
        let answers = try await model.generate(requests.map(\.request))
        guard answers.count == requests.count else {
            throw EvaluationError.modelMisbehaved("\(answers.count) texts for \(requests.count) prompts")
        }
        for (request, answer) in zip(requests, answers) { results[request.place].0 = answer.map { (request.prompt, $0) } }
        return results
    }

    /// The first eight bytes of SHA-256("assay-agent-turn-v1" 0 seed 0 task 0 turn), big-endian.
    static func seed(of turn: Int, task: String, seed: UInt64) -> UInt64 {
        var bytes = Array("assay-agent-turn-v1".utf8)
        for part in [String(seed), task, String(turn)] {
            bytes.append(0)
            bytes += part.utf8
        }
        return SHA256Digest.of(bytes).bytes.prefix(8).reduce(0) { $0 << 8 | UInt64($1) }
    }

    // MARK: Its actions

    private func action(in text: String) -> Result<ToolAction, ActionError> {
        do throws(ActionError) {
            let action = try ActionParser.parse(text)
            guard tools.actions.contains(action.name) else {
                throw ActionError(
                    .unavailable, "there is no \(action.name.rawValue) in this task; there are "
                        + tools.actions.map(\.rawValue).joined(separator: ", "))
            }
            return .success(action)
        } catch {
            return .failure(error)
        }
    }

    /// Does it, and says what came of it.
    private func effect(of work: Work) throws -> Effect {
        switch work.action {
        case .failure(let error): return shown("Error: \(error.message)", work.agent.session)
        case .success(.answer): return Effect(text: "", session: work.agent.session)
        case .success(.search(let query)):
            guard let index else { return shown("Error: there is nothing to search", work.agent.session) }
            let hits = try index.search(query, limit: limits.passages)
            let text = hits.isEmpty ? "Nothing was found: try other words." : hits.map(\.prose).joined(separator: "\n\n")
            return shown(text, work.agent.session)
        case .success(let action):
            guard let sandbox else { return shown("Error: there is no terminal", nil) }
            let session = try work.agent.session ?? begin(work.agent.task, in: sandbox)
            let (text, refusals) = try outcome(of: action, in: session)
            var effect = shown(text, session)
            effect.refusals = refusals
            return effect
        }
    }

    private func begin(_ task: AgentTask, in sandbox: ToolSandbox) throws -> ToolSession {
        let session = try sandbox.session()
        for file in task.files { try session.write(file.bytes, to: ToolPath(file.path)) }
        return session
    }

    private func outcome(of action: ToolAction, in session: ToolSession) throws -> (String, [AgentRefusal.Kind]) {
        do {
            switch action {
            case .bash(let command):
                let result = try session.run("/bin/bash", ["-c", command])
                let errors = result.standardError.text
                let text = "[\(result.outcome)]\n\(result.standardOutput.text)" + (errors.isEmpty ? "" : "[stderr]\n\(errors)")
                return (text, RefusalSigns.kinds(of: result))
            case .read(let path):
                return (String(decoding: try session.read(ToolPath(path), maxBytes: 1 << 20), as: UTF8.self), [])
            case .write(let path, let content):
                try session.write(Array(content.utf8), to: ToolPath(path))
                return ("Wrote \(content.utf8.count) bytes to \(path).", [])
            case .search, .answer: return ("", [])
            }
        } catch let error as ToolFileError {
            return ("Error: \(error)", error.leadsOut ? [.outside] : [])
        }
    }

    private func shown(_ text: String, _ session: ToolSession?) -> Effect {
        let (text, cutBytes) = ObservationText.cut(ObservationText.clean(text), maximumBytes: limits.observationBytes)
        return Effect(text: text, cutBytes: cutBytes, session: session)
    }
}

extension AgentCommand.Output {
    init(_ output: CapturedOutput) { self.init(bytes: output.totalBytes, cut: output.cutBytes, digest: output.digest) }
}
