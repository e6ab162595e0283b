/// Runs code that a model wrote against an item's tests, where it can do no harm.
///
/// The module that evaluates starts no programs; whoever has a sandbox hands it in.
package protocol CodeTester: Sendable {
    /// One outcome for each attempt, in order.
    /// - Throws: when there is no sandbox. Whatever a program does is an outcome.
    func test(_ attempts: [CodeAttempt]) async throws -> [CodeOutcome]
}

/// What a model wrote for an item of HumanEval's kind (Chen et al. 2021): its fields `prompt`, `entry_point` and `test`.
package struct CodeAttempt: Hashable, Sendable {
    package let id: String
    package let prompt: String
    package let entryPoint: String
    package let tests: String
    package let written: String
    /// Whether it is an answer in a conversation, with the code in a fenced block, and not what goes on where the prompt ends.
    package let isAnswer: Bool
}

/// What running it showed.
package struct CodeOutcome: Hashable, Sendable {
    package let passed: Bool
    /// `passed`, `failed`, `timed-out`, or what else ended it. It is the same whenever the same program is run, unless the program takes
    /// about as long as it may, or does what is not the same each time by itself.
    package let status: String

    package static let timedOut = "timed-out"

    package init(passed: Bool, status: String) {
        self.passed = passed
        self.status = status
    }
}

extension CodeAttempt {
    /// - Throws: `FilterFailure` where the item has no such fields.
    init(_ written: String, for item: EvaluationItem, isAnswer: Bool) throws(FilterFailure) {
        func text(_ name: String) throws(FilterFailure) -> String {
            guard let text = item.fields[name]?.string else { throw FilterFailure(message: "code_pass needs the item's field \"\(name)\", a string") }
            return text
        }
        self.init(
            id: item.id, prompt: try text("prompt"), entryPoint: try text("entry_point"), tests: try text("test"), written: written,
            isAnswer: isAnswer)
    }
}
