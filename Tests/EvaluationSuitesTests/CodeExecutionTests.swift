import AuditCrypto
import EvaluationSuites
import Isolation
import Testing

@Suite("Code is scored by running it") struct CodeExecutionTests {
    static let sandbox = ToolSandbox(
        limits: ToolLimits(wall: .seconds(4), cpuSeconds: 4, memoryBytes: 256 << 20, processes: 16, diskBytes: 4 << 20, floodBytes: 4 << 20))
    static let scorer = CodeExecutionScorer(sandbox: sandbox)

    static func problem() throws -> CodeProblem {
        try CodeProblem(
            id: "test/0", prompt: "from typing import List\n\n\ndef total(xs: List[int]) -> int:\n    \"\"\"The sum of xs.\n    >>> total([1, 2])\n    3\n    \"\"\"\n",
            entryPoint: "total",
            tests: "def check(candidate):\n    assert candidate([]) == 0\n    assert candidate([1, 2]) == 3\n    assert candidate([-1]) == -1\n")
    }

    static let continuations: [(String, CodeVerdict.Status)] = [
        ("    return sum(xs)\n", .passed), ("    t = 0\n    for x in xs:\n        t += x\n    return t\n\ndef other():\n    nonsense(\n", .passed),
        ("    return sum(xs)\nprint('hello')\nassert False", .passed), ("    return 3\n", .failed), ("    return None\n", .failed),
        ("    return sum(ys)\n", .error(kind: "NameError")), ("    return (\n", .error(kind: "SyntaxError")), ("    return 1 // 0\n", .error(kind: "ZeroDivisionError")),
        ("    while True: pass\n", .timedOut), ("    import time; time.sleep(100)\n", .timedOut), ("    return total(xs)\n", .error(kind: "RecursionError")),
        ("    x = bytearray(1 << 30)\n", .error(kind: "MemoryError")), ("    import os; os._exit(0)\n", .error(kind: "no-verdict")),
        ("    import sys; sys.exit(0)\n", .error(kind: "no-verdict")), ("    import sys; sys.exit(3)\n", .error(kind: "exit-3")),
        ("    import os, signal; os.kill(os.getpid(), signal.SIGSEGV)\n", .error(kind: "signal-11")),
        ("    import os; os.write(1, b'x' * (8 << 20))\n", .error(kind: "flooded")), ("    import ctypes; ctypes.CDLL(None).unshare(0x10000000)\n", .error(kind: "denied-system-call")),
        ("    import socket; socket.socket()\n", .error(kind: "PermissionError")), ("    open('/etc/shadow')\n", .error(kind: "FileNotFoundError")), ("", .error(kind: "TypeError")),
    ]

    @Test("What a continuation is found to be", arguments: continuations) func continuation(text: String, status: CodeVerdict.Status) throws {
        // A head without a body returns None, which is no sum: an assertion.
        let expected = text.isEmpty ? .failed : status
        let verdict = try Self.scorer.score(.init(problem: Self.problem(), completion: CodeCompletion(text, form: .continuation)))
        #expect(verdict.status == expected)
        #expect(verdict.complaint.utf8.count <= 2048)
        #expect(verdict.problem == "test/0")
    }

    /// Processor time decides, and not a clock that runs on while others compute: a program that ends by itself in the second run has
    /// not timed out, and one that the kernel ends for its processor time has.
    @Test("Time is processor time, and out of time is so twice") func time() throws {
        let limits = ToolLimits(wall: .seconds(20), cpuSeconds: 2, memoryBytes: 256 << 20, processes: 16, diskBytes: 4 << 20)
        let scorer = CodeExecutionScorer(sandbox: ToolSandbox(limits: limits))
        func status(_ text: String) throws -> CodeVerdict.Status {
            try scorer.score(.init(problem: Self.problem(), completion: CodeCompletion(text, form: .continuation))).status
        }
        let clock = ContinuousClock()
        var began = clock.now
        #expect(try status("    while True: pass\n") == .timedOut)
        #expect(clock.now - began >= .seconds(4) && clock.now - began < .seconds(18), "\(clock.now - began)")
        began = clock.now
        #expect(try status("    import time; time.sleep(3); return sum(xs)\n") == .passed)
        #expect(clock.now - began >= .seconds(9), "three calls that sleep: \(clock.now - began)")
        // A program that kills itself has not run out of time.
        #expect(try status("    import os, signal; os.kill(os.getpid(), signal.SIGKILL)\n") == .error(kind: "signal-9"))
    }

    static let answers: [(String, Bool)] = [
        ("Here it is:\n\n```python\ndef total(xs):\n    return sum(xs)\n```\nIt adds.", true), ("```py\nfrom typing import List\ndef total(xs: List[int]) -> int:\n    return sum(xs)\n```", true),
        ("```\ndef total(xs: List[int]):\n    return sum(xs)\n```", true), ("First\n```python\ndef helper(): pass\n```\nthen\n```python\ndef total(xs):\n    return sum(xs)\n```\nUse:\n```python\nprint(total([1]))\n```", true),
        ("```bash\npip install sum\n```\n```python\ndef total(xs):\n    return sum(xs)", true), ("def total(xs):\n    return sum(xs)\n", true), ("    return sum(xs)\n", true),
        ("```python\ndef total(xs):\n    return 0\n```", false), ("I cannot write that.", false), ("```javascript\nfunction total(xs) { return 0 }\n```", false),
    ]

    @Test("The code of an answer is found", arguments: answers) func answer(text: String, passes: Bool) throws {
        #expect(try Self.scorer.score(.init(problem: Self.problem(), completion: CodeCompletion(text, form: .answer))).passed == passes)
    }

    @Test("Many are scored together, in order, and the same every time") func parallel() async throws {
        let problem = try Self.problem()
        let attempts = (0..<12).map { CodeExecutionScorer.Attempt(problem: problem, completion: CodeCompletion("    return sum(xs)\(["", " + 1"][$0 % 2])\n", form: .continuation)) }
        let verdicts = try await Self.scorer.score(attempts)
        #expect(verdicts.map(\.passed) == (0..<12).map { $0 % 2 == 0 })
        #expect(try await Self.scorer.score(attempts) == verdicts)
        #expect(verdicts[0].programDigest == SHA256Digest.of(Array(Self.scorer.program(of: attempts[0], mark: Self.mark(attempts[0])).utf8)))
    }

    private static func mark(_ attempt: CodeExecutionScorer.Attempt) -> String {
        let parts = ["assay-code-mark-v1", attempt.problem.id, attempt.problem.tests, attempt.completion.text]
        return String(SHA256Digest.of(Array(parts.joined(separator: "\0").utf8)).hex.prefix(32))
    }

    @Test("Other languages are other values") func languages() throws {
        let bash = try CodeProblem(
            id: "b", prompt: "double() {\n", entryPoint: "double", tests: "check() { [ \"$($1 4)\" = 8 ]; }", stopStrings: [])
        let inBash = CodeExecutionScorer(language: .bash, sandbox: Self.sandbox)
        #expect(try inBash.score(.init(problem: bash, completion: CodeCompletion("  echo $(($1 * 2))\n}", form: .continuation))).passed)
        #expect(try inBash.score(.init(problem: bash, completion: CodeCompletion("  echo $1\n}", form: .continuation))).status == .failed)
        #expect(try inBash.score(.init(problem: bash, completion: CodeCompletion("  exit 0\n}\ndouble 1", form: .continuation))).status == .error(kind: "no-verdict"))
        let c = try CodeProblem(
            id: "c", prompt: "", entryPoint: "twice", tests: "#include <assert.h>\nint main(void) { assert(twice(4) == 8); return 0; }", stopStrings: [])
        let inC = CodeExecutionScorer(language: .c, sandbox: Self.sandbox)
        #expect(try inC.score(.init(problem: c, completion: CodeCompletion("```c\nint twice(int x) { return 2 * x; }\n```", form: .answer))).passed)
        #expect(try inC.score(.init(problem: c, completion: CodeCompletion("```c\nint twice(int x) { return x; }\n```", form: .answer))).status == .failed)
    }

    @Test("Problems are read from JSON Lines, with the line where one is not right") func problems() throws {
        let line = #"{"task_id":"HumanEval/0","prompt":"def f():\n","entry_point":"f","canonical_solution":"    pass\n","test":"def check(c): pass\n"}"#
        #expect(try CodeProblem.read(jsonLines: Array("\(line)\n\n".utf8)).map(\.id) == ["HumanEval/0"])
        for (text, place) in [("\(line)\n\(line)", "line 2"), (line.replacing("\"f\"", with: "\"f(); import os\""), "line 1"), ("{}", "line 1"), ("\n[", "line 2")] {
            let error = #expect(throws: CodeProblemError.self) { try CodeProblem.read(jsonLines: Array(text.utf8)) }
            #expect(error?.description.contains(place) == true)
        }
    }
}
