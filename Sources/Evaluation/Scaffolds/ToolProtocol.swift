/// How an agent is told what it can do, and what its conversation looks like to a model.
package struct ToolProtocol: Hashable, Sendable {
    package enum Form: String, Hashable, Sendable {
        /// Turns of a conversation, in the model's own template.
        case chat
        /// One text with headings, for models without a template.
        case text
    }

    package let form: Form
    /// What can be done, in the order in which it is explained.
    package let actions: [ToolAction.Name]

    /// - Parameters:
    ///   - hasTerminal: a sandbox, for `bash`, `read` and `write`.
    ///   - hasCorpus: documents, for `search`.
    package init(form: Form, hasTerminal: Bool, hasCorpus: Bool) {
        self.form = form
        actions = (hasTerminal ? [.bash, .read, .write] : []) + (hasCorpus ? [.search] : []) + [.answer]
    }

    /// What a text-form turn ends before.
    package static let headings = ["\n### Task", "\n### Turn", "\n### Observation"]

    package var stopStrings: [String] { form == .text ? Self.headings : [] }

    /// The system message.
    package var instructions: String {
        var lines = [
            "You solve a task step by step. In each turn, write at most a few sentences of thought, then exactly one action.",
            "You are then shown an observation: what came of the action. Wait for it; never write one yourself.",
            "", "An action is a fenced block. These are the actions:", "",
        ]
        for action in actions { lines += [Self.example(action), ""] }
        lines += [
            "Instead of a block you can write <tool_call>{\"name\": \"answer\", \"arguments\": {\"text\": \"42\"}}</tool_call>, with the",
            "arguments " + actions.map { "\($0.rawValue): \($0.arguments.joined(separator: ", "))" }.joined(separator: "; ") + ".",
        ]
        return lines.joined(separator: "\n")
    }

    private static func example(_ action: ToolAction.Name) -> String {
        switch action {
        case .bash: "Run commands in a terminal without a network; files in /work stay, programs end with the command:\n```bash\nls -l\n```"
        case .read: "Read a file of /work:\n```read\nnotes.txt\n```"
        case .write: "Write a file of /work:\n```write notes.txt\nThe whole content.\n```"
        case .search: "Search the documents:\n```search\nwords that the text may have\n```"
        case .answer: "Give the answer, which ends the task:\n```answer\n42\n```"
        }
    }

    /// The conversation so far, ready for the next turn.
    package func prompt(task: String, turns: [(text: String, observation: String)]) -> ModelPrompt {
        switch form {
        case .chat:
            var conversation = [ChatTurn(role: "system", content: instructions), ChatTurn(role: "user", content: task)]
            for turn in turns {
                conversation.append(ChatTurn(role: "assistant", content: turn.text))
                conversation.append(ChatTurn(role: "user", content: "Observation:\n\(turn.observation)"))
            }
            return .chat(conversation)
        case .text:
            var text = "\(instructions)\n\n### Task\n\(task)\n"
            for (number, turn) in turns.enumerated() {
                text += "\n### Turn \(number + 1)\n\(turn.text)\n\n### Observation \(number + 1)\n\(turn.observation)\n"
            }
            return .text(text + "\n### Turn \(turns.count + 1)\n")
        }
    }
}
