/// In which ways a task is asked, so that what each adds can be seen: without anything, and through scaffolds.
package struct ScaffoldArms: Hashable, Sendable {
    package enum Arm: String, Hashable, Sendable, CaseIterable {
        case bare, retrieval, agent
    }

    /// In the order in which they are run.
    package let arms: [Arm]
    package let passages: Int
    package let limits: AgentLimits

    /// - Parameters:
    ///   - arms: what comes twice counts once.
    ///   - passages: that retrieval puts before a question.
    ///   - limits: of an agent.
    package init(_ arms: [Arm], passages: Int = Self.plannedPassages, limits: AgentLimits = .planned) {
        self.arms = Arm.allCases.filter(arms.contains)
        self.passages = passages
        self.limits = limits
    }

    package static let plannedPassages = 4
    package static let bare = ScaffoldArms([.bare])

    /// What suits a task: only a task that asks for text has a scaffold, and retrieval needs a corpus.
    /// - Returns: nil for the bare arm.
    package func scaffolds(for suite: TaskSuite, chat: ChatUse) -> [Scaffold?] {
        arms.filter { suits($0, suite) }.map { scaffold($0, chat: chat) }
    }

    /// What an arm puts around the model, whatever the task; nil for the bare arm.
    package func scaffold(_ arm: Arm, chat: ChatUse) -> Scaffold? {
        switch arm {
        case .bare: nil
        case .retrieval: .retrieval(passages: passages)
        case .agent: .agent(AgentScaffold(form: chat.usesTemplate ? .chat : .text, limits: limits))
        }
    }

    package func suits(_ arm: Arm, _ suite: TaskSuite) -> Bool {
        switch arm {
        case .bare: true
        case .retrieval: suite.task.generation != nil && suite.corpus != nil
        case .agent: suite.task.generation != nil
        }
    }
}
