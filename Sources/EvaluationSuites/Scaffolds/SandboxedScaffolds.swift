import CanonicalEncoding
import Evaluation
import Isolation

/// Scaffolds with an index in memory and the tool sandbox.
package struct SandboxedScaffolds: Scaffolding {
    private let width: Int?

    /// - Parameter width: how many actions are done at a time; nil for one a processor.
    package init(width: Int? = nil) { self.width = width }

    package func solver(for scaffold: Scaffold, suite: TaskSuite, generation: GenerationSettings, chat: ChatUse) throws -> any Solver {
        switch scaffold {
        case .retrieval(let passages):
            guard let corpus = suite.corpus?.corpus else {
                throw EvaluationError.planMismatch("\"\(suite.task.name)\" has no corpus to retrieve from; its file names none in metadata.corpus")
            }
            return RetrievalSolver(index: try RetrievalIndex(corpus), passages: passages, generation: generation, chat: chat)
        case .agent(let agent):
            if agent.commands != nil { try check(suite) }
            let sandbox = agent.commands.map { ToolSandbox(limits: ToolLimits($0)) }
            // A sandbox that does not hold is found out before the first item.
            _ = try sandbox?.report()
            let loop = AgentLoop(
                limits: agent.limits, form: agent.form, sandbox: sandbox, index: try suite.corpus.map { try RetrievalIndex($0.corpus) },
                temperature: generation.temperature.double, topK: generation.topK, topP: generation.topP.double, width: width)
            return AgentSolver(loop, filesField: suite.task.filesField)
        }
    }

    /// Every item's files have a place in the sandbox.
    private func check(_ suite: TaskSuite) throws {
        guard let field = suite.task.filesField else { return }
        for index in 0..<suite.items.count {
            let item = try suite.items.item(index)
            for file in try item.files(in: field) {
                do throws(ToolFileError) { _ = try ToolPath(file.path) } catch {
                    throw TaskError(.invalid, "\"\(field)\" of the item \(item.id): \(error)", file: item.file, line: item.line)
                }
            }
        }
    }
}

extension ToolLimits {
    init(_ limits: CommandLimits) {
        self.init(
            wall: .seconds(limits.seconds), cpuSeconds: limits.processorSeconds, memoryBytes: limits.memoryBytes, processes: limits.processes,
            openFiles: limits.openFiles, diskBytes: limits.diskBytes, diskFiles: limits.diskFiles, outputBytes: limits.outputBytes,
            floodBytes: limits.floodBytes)
    }
}
