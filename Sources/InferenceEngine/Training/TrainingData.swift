import PromptTemplates

/// Texts to learn from, as tokens.
extension LoadedModel {
    /// A text that is learnt as a whole.
    ///
    /// - Parameter ends: whether the end of text, where the model has one, follows it and is learnt.
    package func example(text: String, ends: Bool) -> TrainingExample {
        let tokens = tokenizer.encode(text) + ending(ends)
        return TrainingExample(tokens: tokens, isLabel: [Bool](repeating: true, count: tokens.count))
    }

    /// A prompt and what is to follow it, tokenised each by itself; the prompt is not learnt.
    package func example(prompt: String, completion: String, ends: Bool) -> TrainingExample {
        let (before, after) = (tokenizer.encode(prompt), tokenizer.encode(completion) + ending(ends))
        return TrainingExample(
            tokens: before + after, isLabel: [Bool](repeating: false, count: before.count) + [Bool](repeating: true, count: after.count))
    }

    private func ending(_ ends: Bool) -> [Int32] { ends ? [tokenizer.endOfText].compactMap { $0 } : [] }

    /// A conversation by the model's template, of which the assistant's turns are learnt, with what ends each.
    ///
    /// - Throws: `unsupportedModel` where the template writes the beginning of a conversation otherwise once more follows it,
    ///   so that it cannot be told which tokens are whose.
    package func example(_ messages: [ChatMessage]) throws(EngineError) -> TrainingExample {
        let tokens = tokenizer.encode(try render(messages, addGenerationPrompt: false))
        var isLabel = [Bool](repeating: false, count: tokens.count)
        for (place, message) in messages.enumerated() where message.role == "assistant" {
            let before = tokenizer.encode(try render(Array(messages[..<place]), addGenerationPrompt: true))
            let through = tokenizer.encode(try render(Array(messages[...place]), addGenerationPrompt: false))
            guard tokens.starts(with: before), tokens.starts(with: through), before.count <= through.count else {
                throw EngineError(
                    .unsupportedModel,
                    "the model's chat template writes a conversation's beginning in more than one way: give prompt and completion instead")
            }
            for index in before.count..<through.count { isLabel[index] = true }
        }
        return TrainingExample(tokens: tokens, isLabel: isLabel)
    }
}
