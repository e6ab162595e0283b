import Evaluation

/// Lets an agent loose on each item, as often as it is to be asked; what it answers is the text that is scored.
package struct AgentSolver: Solver {
    private let loop: AgentLoop
    private let filesField: String?

    /// - Parameter filesField: the items' field with the files that an agent begins with.
    package init(_ loop: AgentLoop, filesField: String?) {
        self.loop = loop
        self.filesField = filesField
    }

    package func solve(_ questions: [Question], with model: any LanguageModel) async throws -> [Solution] {
        var tasks: [(task: AgentTask, seed: UInt64)] = []
        for question in questions {
            let task = AgentTask(id: question.item.id, text: question.rendered.plainPrompt, files: try question.item.files(in: filesField))
            for seed in question.seeds { tasks.append((task, seed)) }
        }
        var rest = try await loop.run(tasks, with: model)[...]
        return questions.map { question in
            let own = Array(rest.prefix(question.seeds.count))
            rest = rest.dropFirst(question.seeds.count)
            return Solution(prompts: [own.first?.firstPrompt ?? ""], output: Self.output(own), trace: .agents(own.map(\.trace)))
        }
    }

    /// An agent that did not answer has answered nothing, and one whose conversation outgrew the model's context did not answer.
    /// A model that failed is a failure.
    private static func output(_ runs: [AgentLoop.Run]) -> Solution.Output {
        var texts: [GeneratedText] = []
        for run in runs {
            let transcript = run.transcript
            if case .failed(let failure) = transcript.end, failure.code != contextExceeded || transcript.turns.isEmpty { return .failure(failure) }
            texts.append(
                GeneratedText(
                    text: transcript.answer ?? "", tokens: [], finish: transcript.end.name,
                    promptTokenCount: transcript.turns.reduce(0) { $0 + $1.promptTokens }))
        }
        return .texts(texts)
    }

    /// As the engine calls it.
    private static let contextExceeded = "context-exceeded"
}
