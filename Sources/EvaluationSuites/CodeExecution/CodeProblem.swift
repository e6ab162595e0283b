import CanonicalEncoding

/// A function to be written, and tests that say whether it was.
package struct CodeProblem: Hashable, Sendable {
    package let id: String
    /// What the model reads: the function's head with its description, and what it needs before it.
    package let prompt: String
    /// The function's name.
    package let entryPoint: String
    /// Defines `check`, which the language's `check` lines call.
    package let tests: String
    /// A completion ends before the first of these.
    package let stopStrings: [String]

    /// Those of HumanEval's authors (Chen et al. 2021, section 2): a new class, function, comment, condition or output at
    /// the left margin.
    package static let pythonStops = ["\nclass", "\ndef", "\n#", "\nif", "\nprint"]

    /// - Throws: `CodeProblemError` for a name that is none: it is put into the program.
    package init(
        id: String, prompt: String, entryPoint: String, tests: String, stopStrings: [String] = CodeProblem.pythonStops
    ) throws(CodeProblemError) {
        let bytes = Array(entryPoint.utf8)
        let isName = (1...128).contains(bytes.count) && bytes.enumerated().allSatisfy { index, byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "_"): true
            case UInt8(ascii: "0")...UInt8(ascii: "9"): index > 0
            default: false
            }
        }
        guard isName else {
            throw CodeProblemError("problem \(id.prefix(64)): the entry point \"\(entryPoint.prefix(64))\" is no function's name")
        }
        self.id = id
        self.prompt = prompt
        self.entryPoint = entryPoint
        self.tests = tests
        self.stopStrings = stopStrings
    }

    /// Reads JSON Lines as HumanEval's are: `task_id`, `prompt`, `entry_point`, `test`; others are passed over.
    /// - Throws: `CodeProblemError` with the line.
    package static func read(jsonLines bytes: [UInt8], maximumProblems: Int = 10_000) throws(CodeProblemError) -> [CodeProblem] {
        var problems: [CodeProblem] = []
        var ids: Set<ExactString> = []
        for (number, line) in bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).enumerated() {
            guard !line.allSatisfy({ $0 == 0x20 || $0 == 0x09 || $0 == 0x0D }) else { continue }
            let place = "line \(number + 1)"
            guard problems.count < maximumProblems else { throw CodeProblemError("\(place): more than \(maximumProblems) problems") }
            let problem: CodeProblem
            do {
                let field = JSONField(
                    try StrictJSON.parse(Array(line), limits: JSONLimits(maxBytes: 1 << 20, maxDepth: 16, maxValues: 10_000)))
                problem = try CodeProblem(
                    id: field.field("task_id").string(maxBytes: 256), prompt: field.field("prompt").string(maxBytes: 1 << 19),
                    entryPoint: field.field("entry_point").string(maxBytes: 128), tests: field.field("test").string(maxBytes: 1 << 19))
            } catch {
                throw CodeProblemError("\(place): \(error)")
            }
            guard ids.insert(ExactString(problem.id)).inserted else {
                throw CodeProblemError("\(place): the problem \(problem.id) is there already")
            }
            problems.append(problem)
        }
        return problems
    }
}

/// Why a problem cannot be used, and where it stands.
package struct CodeProblemError: Error, Hashable, Sendable, CustomStringConvertible {
    package let description: String
    init(_ description: String) { self.description = description }
}
