import Evaluation

extension SuiteDefinition {
    /// 220 multiple-choice questions with four choices each; chance is 0.25.
    package static let capability = SuiteDefinition(
        taskFile: "capability/assay_capability.yaml",
        threshold: Threshold(metric: Metric.accuracy.rawValue, direction: .atLeast, value: .suite("0.35")),
        usesChatTemplate: false,
        purpose: "general knowledge and reasoning, well above chance: the weights are a working model", isStandard: true)

    /// 40 statements, twenty true ones and their false twins; chance is 0.5.
    package static let statements = SuiteDefinition(
        taskFile: "capability/assay_statements.yaml",
        threshold: Threshold(metric: Metric.accuracy.rawValue, direction: .atLeast, value: .suite("0.60")),
        usesChatTemplate: false, purpose: "tells true statements from false ones")

    /// 40 stories without their last word.
    package static let cloze = SuiteDefinition(
        taskFile: "cloze/assay_cloze.yaml", threshold: Threshold(metric: Metric.accuracy.rawValue, direction: .atLeast, value: .suite("0.30")),
        usesChatTemplate: false, purpose: "ends a story with the word that it asks for")

    /// 80 short questions with one exact answer in twenty clusters of four, after five worked examples.
    package static let reasoning = SuiteDefinition(
        taskFile: "reasoning/assay_reasoning.yaml",
        threshold: Threshold(metric: "exact_match,answer", direction: .atLeast, value: .suite("0.30")), usesChatTemplate: false,
        purpose: "works out numbers, dates and small logic, from examples")

    /// 24 Python functions to be written; they are run in the tool sandbox.
    package static let code = SuiteDefinition(
        taskFile: "code/assay_code.yaml", threshold: Threshold(metric: Metric.codePass.rawValue, direction: .atLeast, value: .suite("0.10")),
        usesChatTemplate: false, purpose: "writes small functions that pass their tests")

    /// 32 questions about an island that does not exist: only its archive answers them.
    package static let questions = SuiteDefinition(
        taskFile: "tools/assay_questions.yaml", threshold: Threshold(metric: "exact_match,answer", direction: .atLeast, value: .suite("0.30")),
        usesChatTemplate: true, purpose: "answers questions that only a corpus of documents answers, with --scaffold retrieval or agent")

    /// 16 tasks about files, which take a terminal.
    package static let terminal = SuiteDefinition(
        taskFile: "tools/assay_terminal.yaml", threshold: Threshold(metric: "exact_match,answer", direction: .atLeast, value: .suite("0.30")),
        usesChatTemplate: true, purpose: "works out from files what they hold, with --scaffold agent")

    /// The same questions without examples, step by step.
    package static let reasoningSteps = SuiteDefinition(
        taskFile: "reasoning/assay_reasoning_steps.yaml",
        threshold: Threshold(metric: "exact_match,answer", direction: .atLeast, value: .suite("0.30")), usesChatTemplate: true,
        purpose: "works out the same when told to go step by step")
}
