import PromptTemplates

/// A piece of a prompt: a message of a conversation, and what follows it where the prompt is plain text.
package struct PromptMessage: Hashable, Sendable {
    package enum Role: String, Hashable, Sendable {
        case system, user, assistant
    }

    package let role: Role
    package let content: String
    package var delimiter: String

    init(_ role: Role, _ content: String, delimiter: String = "") {
        self.role = role
        self.content = content
        self.delimiter = delimiter
    }
}

extension [PromptMessage] {
    /// Everything one after another: the prompt without a chat template.
    package var plainText: String { map { $0.content + $0.delimiter }.joined() }

    /// The turns for a chat template: each message one, or all examples and the question together as one.
    func turns(examplesAsTurns: Bool) -> [ChatTurn] {
        if examplesAsTurns { return map { ChatTurn(role: $0.role.rawValue, content: $0.content) } }
        var messages = self[...]
        var turns: [ChatTurn] = []
        if let system = messages.first, system.role == .system {
            turns.append(ChatTurn(role: system.role.rawValue, content: system.content))
            messages = messages.dropFirst()
        }
        let opening = messages.last?.role == .assistant ? messages.popLast() : nil
        var question = Array(messages)
        if !question.isEmpty { question[question.count - 1].delimiter = "" }
        turns.append(ChatTurn(role: PromptMessage.Role.user.rawValue, content: question.plainText))
        if let opening { turns.append(ChatTurn(role: opening.role.rawValue, content: opening.content)) }
        return turns
    }

    /// One question, and with an answer an example: `build_qa_turn` of the harness.
    static func turn(
        question: String, answer: String?, prefix: String?, targetDelimiter: String, delimiter: String
    ) -> [PromptMessage] {
        let prefix = prefix.flatMap { $0.isEmpty ? nil : $0 }
        let hasAnswer = answer.map { !$0.isEmpty } ?? false
        let between =
            if hasAnswer, prefix == nil { targetDelimiter } else if let prefix, Joint.needsDelimiter(question, prefix) { targetDelimiter } else { "" }
        let user = PromptMessage(.user, question, delimiter: between)
        if let answer, hasAnswer {
            return [user, PromptMessage(.assistant, Joint.joined(prefix ?? "", answer), delimiter: delimiter)]
        }
        return prefix.map { [user, PromptMessage(.assistant, $0)] } ?? [user]
    }
}

/// Where two texts meet: a space goes between them unless there is white space already.
enum Joint {
    static func needsDelimiter(_ before: String, _ after: String) -> Bool {
        guard let last = before.unicodeScalars.last, let first = after.unicodeScalars.first else { return false }
        return !last.isPythonSpace && !first.isPythonSpace
    }

    static func joined(_ before: String, _ after: String) -> String {
        needsDelimiter(before, after) ? before + " " + after : before + after
    }

    static func endsWithSpace(_ text: String) -> Bool { text.unicodeScalars.last?.isPythonSpace ?? false }
}
