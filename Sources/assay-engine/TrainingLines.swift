import CanonicalEncoding
import CommandSupport
import InferenceEngine
import PromptTemplates

/// The texts of a file of JSON Lines, as tokens.
enum TrainingLines {
    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    private static let maximumBytes = 4 << 30
    private static let limits = JSONLimits(maxBytes: JSONLines.maximumTextBytes, maxDepth: 16, maxValues: 4_000_000)

    /// - Parameter longest: tokens of a text that are used.
    /// - Throws: `Failure` with the number of the first line that cannot be used, or where there is none.
    static func read(_ path: String, _ model: LoadedModel, longest: Int, learnsPrompts: Bool, ends: Bool) throws -> [TrainingExample] {
        let bytes = try Files.read(path, maxBytes: maximumBytes)
        var examples: [TrainingExample] = []
        for (number, line) in bytes.split(separator: 0x0A, omittingEmptySubsequences: false).enumerated() {
            if line.allSatisfy({ $0 == 0x20 || $0 == 0x0D || $0 == 0x09 }) { continue }
            do {
                var example = try example(JSONField(try StrictJSON.parse(Array(line), limits: limits)), model, ends: ends)
                if learnsPrompts { example.isLabel = [Bool](repeating: true, count: example.tokens.count) }
                for token in example.tokens where !(0..<model.model.shape.vocabulary).contains(Int(token)) {
                    throw Failure(description: "the token \(token) is not in the vocabulary of \(model.model.shape.vocabulary)")
                }
                guard example.labels > 0 else { throw Failure(description: "it has no token to learn") }
                guard example.prefix(longest).labels > 0 else {
                    throw Failure(description: "it has no token to learn among its first \(longest), at which it is cut off: raise --length")
                }
                examples.append(example)
            } catch {
                throw Failure(description: "line \(number + 1): \(error)")
            }
        }
        guard !examples.isEmpty else { throw Failure(description: "there is no text in the file") }
        return examples
    }

    private static func example(_ line: JSONField, _ model: LoadedModel, ends: Bool) throws -> TrainingExample {
        let maximum = JSONLines.maximumTextBytes
        if let given = try line.optional("tokens") {
            try line.allow(only: ["labels", "tokens"])
            let tokens = try JSONLines.tokens(given)
            guard let labels = try line.optional("labels") else {
                return TrainingExample(tokens: tokens, isLabel: [Bool](repeating: true, count: tokens.count))
            }
            let flags = try labels.array(maxCount: 1 << 24).map { try $0.bool() }
            guard flags.count == tokens.count else { throw labels.failure("there are \(flags.count) labels for \(tokens.count) tokens") }
            return TrainingExample(tokens: tokens, isLabel: flags)
        }
        if let text = try line.optional("text") {
            try line.allow(only: ["text"])
            return model.example(text: try text.string(maxBytes: maximum), ends: ends)
        }
        if let prompt = try line.optional("prompt") {
            try line.allow(only: ["completion", "prompt"])
            return model.example(
                prompt: try prompt.string(maxBytes: maximum), completion: try line.field("completion").string(maxBytes: maximum), ends: ends)
        }
        try line.allow(only: ["messages"])
        let messages = try line.field("messages").array(maxCount: 4096).map { message in
            try message.allow(only: ["content", "role"])
            return ChatMessage(
                role: try message.field("role").string(maxBytes: 256), content: try message.field("content").string(maxBytes: 16 << 20))
        }
        return try model.example(messages)
    }
}
