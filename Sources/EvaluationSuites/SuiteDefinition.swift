import Evaluation

/// A suite that comes with the appliance: where its task file lies, and what is asked of a model unless a plan says
/// otherwise.
package struct SuiteDefinition: Hashable, Sendable {
    /// The task file, relative to the library's folder.
    package let taskFile: String
    package let threshold: Threshold
    package let usesChatTemplate: Bool
    /// In a sentence, for people.
    package let purpose: String
    /// Whether a plan has it unless it says which suites it wants.
    package var isStandard = false
}

extension SuiteDefinition {
    /// In the order in which they are run.
    package static let all: [SuiteDefinition] = [
        .capability, .refusal, .overrefusal, .lookalikes, .statements, .cloze, .reasoning, .reasoningSteps, .code,
        .questions, .terminal,
    ]
}
