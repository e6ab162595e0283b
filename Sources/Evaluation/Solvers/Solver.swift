/// Turns rendered items into the model's output. It knows prompts and requests, and nothing of right answers.
package protocol Solver: Sendable {
    /// One output for each item, in order.
    /// - Throws: what the model throws; failures of single items are outputs.
    func solve(_ questions: [Question], with model: any LanguageModel) async throws -> [Solution]
}

/// An item as a solver sees it.
package struct Question: Sendable {
    package let item: EvaluationItem
    package let rendered: RenderedItem
    /// One for each time that the model is asked: the item's own, derived from the plan's seed.
    package let seeds: [UInt64]

    package init(item: EvaluationItem, rendered: RenderedItem, seeds: [UInt64]) {
        self.item = item
        self.rendered = rendered
        self.seeds = seeds
    }
}

/// What came of one item.
package struct Solution: Hashable, Sendable {
    package enum Output: Hashable, Sendable {
        /// One score for each choice; for a single continuation or a whole text, one. `alone` has each choice without the
        /// prompt, where that is measured.
        case choices([ScoredContinuation], alone: [ScoredContinuation])
        /// One for each time that the model was asked.
        case texts([GeneratedText])
        case failure(RequestFailure)
    }

    package struct ScoredContinuation: Hashable, Sendable {
        /// With the delimiter in front, as it was given to the model.
        package let text: String
        package let score: ContinuationScore

        package init(text: String, score: ContinuationScore) {
            self.text = text
            self.score = score
        }
    }

    /// The whole prompt as the model read it, chat template included; one for each choice where inputs are many.
    package let prompts: [String]
    package let output: Output
    /// What a scaffold did; nil where the model was asked without one.
    package let trace: ScaffoldTrace?

    package init(prompts: [String], output: Output, trace: ScaffoldTrace? = nil) {
        self.prompts = prompts
        self.output = output
        self.trace = trace
    }
}

/// How a suite's items are put to a model.
package struct ChatUse: Hashable, Sendable {
    /// Whether prompts go through the model's own chat template, with the description as system message.
    package let usesTemplate: Bool
    /// Whether examples are turns of their own there, and not part of the question.
    package let examplesAsTurns: Bool

    package init(usesTemplate: Bool, examplesAsTurns: Bool = false) {
        self.usesTemplate = usesTemplate
        self.examplesAsTurns = examplesAsTurns
    }

    func prompt(_ messages: [PromptMessage]) -> ModelPrompt {
        usesTemplate ? .chat(messages.turns(examplesAsTurns: examplesAsTurns)) : .text(messages.plainText)
    }

    /// The prompts' texts, for the record.
    func texts(
        of prompts: [ModelPrompt], with model: any LanguageModel
    ) async throws -> [Result<String, RequestFailure>] {
        var conversations: [[ChatTurn]] = []
        for case .chat(let turns) in prompts { conversations.append(turns) }
        var rendered = conversations.isEmpty ? [][...] : try await model.renderChat(conversations)[...]
        guard rendered.count == conversations.count else {
            throw EvaluationError.modelMisbehaved("\(rendered.count) rendered conversations for \(conversations.count)")
        }
        return prompts.map { prompt in
            switch prompt {
            case .text(let text): .success(text)
            case .chat: rendered.removeFirst()
            }
        }
    }
}
