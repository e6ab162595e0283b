import Evaluation
import Isolation

/// Runs what a model wrote for an evaluation's items in the tool sandbox, as Python.
package struct SandboxedCodeTester: CodeTester {
    private let scorer: CodeExecutionScorer

    package init(sandbox: ToolSandbox = ToolSandbox(limits: .scoredCode), width: Int? = nil) {
        scorer = CodeExecutionScorer(sandbox: sandbox, width: width)
    }

    package func test(_ attempts: [CodeAttempt]) async throws -> [CodeOutcome] {
        var asked: [CodeExecutionScorer.Attempt] = []
        var places: [Int] = []
        var outcomes = attempts.map { _ in CodeOutcome(passed: false, status: "no-function-name") }
        for (index, attempt) in attempts.enumerated() {
            // A name that is none is put into no program.
            guard let problem = try? CodeProblem(id: attempt.id, prompt: attempt.prompt, entryPoint: attempt.entryPoint, tests: attempt.tests) else { continue }
            asked.append(.init(problem: problem, completion: CodeCompletion(attempt.written, form: attempt.isAnswer ? .answer : .continuation)))
            places.append(index)
        }
        for (place, verdict) in zip(places, try await scorer.score(asked)) {
            let status = if case .error(let kind) = verdict.status { kind } else { verdict.status.name }
            outcomes[place] = CodeOutcome(passed: verdict.passed, status: status)
        }
        return outcomes
    }
}
