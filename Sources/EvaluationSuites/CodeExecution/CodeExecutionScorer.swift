import AuditCrypto
import Evaluation
import Isolation

/// Scores code by running it: HumanEval's way (Chen et al. 2021). The program is the solution, the tests, and a call of
/// `check`; it runs in the tool sandbox.
///
/// The last line of its output must be a mark that the tests' end prints, so that a solution that ends the program early
/// has not passed. A solution that looks for the mark in its own file can print it: that is for those who read solutions.
///
/// A program that ran out of time is run once more, and timed out only if it does so again: what else the machine did is then
/// less likely to decide. A program that takes about as long as it may can still come out either way.
package struct CodeExecutionScorer: Sendable {
    /// A model's completion of a problem.
    package struct Attempt: Hashable, Sendable {
        package let problem: CodeProblem
        package let completion: CodeCompletion

        package init(problem: CodeProblem, completion: CodeCompletion) { (self.problem, self.completion) = (problem, completion) }
    }

    package let language: CodeLanguage
    private let sandbox: ToolSandbox
    private let width: Int?

    /// - Parameters:
    ///   - sandbox: whose limits hold for each attempt.
    ///   - width: how many run at a time; nil for one a processor. More than there are processors makes some time out.
    package init(language: CodeLanguage = .python, sandbox: ToolSandbox, width: Int? = nil) {
        self.language = language
        self.sandbox = sandbox
        self.width = width
    }

    /// - Returns: a verdict for each attempt, in their order.
    /// - Throws: `SandboxError` when the sandbox cannot be set up. Whatever a program does is a verdict.
    package func score(_ attempts: [Attempt]) async throws -> [CodeVerdict] {
        try await BlockingWork.map(attempts, width: width) { try score($0) }
    }

    /// Blocks until the program has ended.
    package func score(_ attempt: Attempt) throws -> CodeVerdict {
        let mark = mark(of: attempt)
        let program = Array(program(of: attempt, mark: mark).utf8)
        func verdict(_ status: CodeVerdict.Status, _ complaint: String = "") -> CodeVerdict {
            CodeVerdict(
                problem: attempt.problem.id, status: status, complaint: ObservationText.end(of: complaint, maximumBytes: 2048),
                programDigest: SHA256Digest.of(program))
        }
        func run() throws -> ToolResult {
            try sandbox.run(language.command[0], Array(language.command.dropFirst()), files: [(path: language.fileName, bytes: program)])
        }
        var result: ToolResult
        do {
            result = try run()
            if status(of: result, mark: mark) == .timedOut { result = try run() }
        } catch let error as ToolFileError {
            return verdict(.error(kind: "too-large"), error.description)
        }
        return verdict(status(of: result, mark: mark), result.standardError.text)
    }

    /// The whole program.
    package func program(of attempt: Attempt, mark: String) -> String {
        [
            attempt.completion.solution(of: attempt.problem, in: language), attempt.problem.tests,
            language.check.replacing("{entry}", with: attempt.problem.entryPoint),
            language.epilogue.replacing("{mark}", with: mark),
        ].joined(separator: "\n") + "\n"
    }

    /// 32 hexadecimal digits, the same whenever this attempt is scored.
    private func mark(of attempt: Attempt) -> String {
        var bytes = Array("assay-code-mark-v1".utf8)
        for part in [attempt.problem.id, attempt.problem.tests, attempt.completion.text] {
            bytes.append(0)
            bytes += part.utf8
        }
        return String(SHA256Digest.of(bytes).hex.prefix(32))
    }

    private func status(of result: ToolResult, mark: String) -> CodeVerdict.Status {
        switch result.outcome {
        case .exited(code: 0):
            guard !language.epilogue.isEmpty else { return .passed }
            let last = result.standardOutput.text.split(separator: "\n").last
            return last.map { $0.utf8.elementsEqual(mark.utf8) } == true ? .passed : .error(kind: "no-verdict")
        case .exited(let code):
            let kind = language.namesErrors ? errorName(in: result.standardError.text) : nil
            if kind == "AssertionError" { return .failed }
            if !language.namesErrors, code == 1 { return .failed }
            return .error(kind: kind ?? "exit-\(code)")
        case .signalled where result.usedUp(sandbox.limits): return .timedOut
        case .signalled(let number):
            if result.wasDeniedSystemCall { return .error(kind: "denied-system-call") }
            // assert(3) ends by abort(3).
            if !language.namesErrors, number == 6 { return .failed }
            return .error(kind: "signal-\(number)")
        case .timedOut: return .timedOut
        case .memoryExceeded: return .error(kind: "memory-exceeded")
        case .flooded: return .error(kind: "flooded")
        }
    }

    /// `NameError` of `NameError: name 'x' is not defined`, the last line that begins at the margin with such a name.
    private func errorName(in complaint: String) -> String? {
        for line in complaint.split(separator: "\n").reversed() {
            let name = line.prefix { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_" || $0 == ".") }
            let rest = line[name.endIndex...]
            if !name.isEmpty, name.utf8.count <= 64, rest.isEmpty || rest.hasPrefix(": "), name.first?.isLetter == true {
                return String(name.split(separator: ".").last ?? name)
            }
        }
        return nil
    }
}

extension ToolResult {
    /// Whether the kernel ended it because a process had taken its processor time: by SIGKILL, where a limit has no second, later one.
    fileprivate func usedUp(_ limits: ToolLimits) -> Bool {
        guard case .signalled(let number) = outcome, number == 9 || number == 24, let usage else { return false }
        // What was used is told in ticks.
        return usage.userSeconds + usage.systemSeconds >= Double(limits.cpuSeconds) - 0.5
    }
}

extension ToolLimits {
    /// For programs that are scored: their processor time decides, which hardly depends on what else the machine does, and the time on
    /// the clock only for those that wait.
    package static let scoredCode = ToolLimits(wall: .seconds(30), cpuSeconds: 10)
}
