import CanonicalEncoding

/// An item with its templates filled in: what is asked of the model, and what would be right.
package struct RenderedItem: Hashable, Sendable {
    /// What the harness calls an item's requests.
    package enum Requests: Hashable, Sendable {
        /// How likely each choice is after the context.
        case choices([PromptMessage], [String])
        /// How likely the same continuation is after each context (Winogrande's kind).
        case inputs([[PromptMessage]], String)
        /// How likely the continuation is, as it stands.
        case continuation([PromptMessage], String)
        /// How likely a whole text is.
        case rolling(String)
        case generation([PromptMessage])
    }

    /// The right answer.
    package enum Right: Hashable, Sendable {
        /// Numbers of choices; one that is out of range is never picked.
        case choices([Int])
        /// The task has lists of right choices.
        case anyOf([Int])
        case text(String)
        /// Any of these will do.
        case texts([String])
    }

    package let requests: Requests
    /// As they stand in the task, without a delimiter; empty where there are none.
    package let choices: [String]
    package let right: Right
    /// What `doc_to_target` gave, for logs.
    package let target: JSONValue

    package init(requests: Requests, choices: [String], right: Right, target: JSONValue) {
        self.requests = requests
        self.choices = choices
        self.right = right
        self.target = target
    }

    /// The item's own words to the model, without description and examples; nil where it is no question.
    package var question: String? {
        switch requests {
        case .choices(let messages, _), .continuation(let messages, _), .generation(let messages): messages.last { $0.role == .user }?.content
        case .inputs, .rolling: nil
        }
    }

    /// The same item with a text right before its question.
    package func preceded(by text: String) -> RenderedItem {
        guard case .generation(var messages) = requests, let place = messages.lastIndex(where: { $0.role == .user }) else { return self }
        messages[place] = PromptMessage(.user, text + messages[place].content, delimiter: messages[place].delimiter)
        return RenderedItem(requests: .generation(messages), choices: choices, right: right, target: target)
    }

    /// What the model reads first, as plain text; empty for a rolling text.
    package var plainPrompt: String {
        switch requests {
        case .choices(let messages, _), .continuation(let messages, _), .generation(let messages): messages.plainText
        case .inputs(let contexts, _): contexts.first?.plainText ?? ""
        case .rolling: ""
        }
    }
}
