import Evaluation

/// What a model wrote for a problem, and how a program is made of it.
package struct CodeCompletion: Hashable, Sendable {
    package enum Form: String, Hashable, Sendable {
        /// The text that goes on where the prompt ends.
        case continuation
        /// An answer in a conversation, with the code in a fenced block.
        case answer
    }

    package let text: String
    package let form: Form

    package init(_ text: String, form: Form) { (self.text, self.form) = (text, form) }

    /// The solution: the prompt with what the model added to it, or a block that defines the function, behind what stands
    /// in the prompt before it.
    package func solution(of problem: CodeProblem, in language: CodeLanguage) -> String {
        switch form {
        case .continuation: return problem.prompt + truncated(text, before: problem.stopStrings)
        case .answer:
            let definition = language.definition.replacing("{entry}", with: problem.entryPoint)
            let code = block(definition: definition, in: language)
            guard code.contains(definition) else { return problem.prompt + code }
            // What the prompt has before the function's own line: imports, helpers.
            guard let place = problem.prompt.byteRange(of: definition) else { return code }
            let before = problem.prompt[..<place.lowerBound]
            let preamble = before.lastIndex(of: "\n").map { before[...$0] } ?? ""
            return preamble + "\n" + code
        }
    }

    /// The last block of the language, or without a language, that defines the function; else the last such block; else
    /// the whole text.
    private func block(definition: String, in language: CodeLanguage) -> String {
        let blocks = FencedText.blocks(of: text).filter { $0.language.isEmpty || language.fences.contains($0.language) }
        return (blocks.last { $0.body.contains(definition) } ?? blocks.last)?.body ?? text
    }

    private func truncated(_ text: String, before stops: [String]) -> String {
        let bytes = Array(text.utf8)
        let end = stops.compactMap { stop in firstPlace(of: Array(stop.utf8), in: bytes) }.min() ?? bytes.count
        return String(decoding: bytes[..<end], as: UTF8.self)
    }

    private func firstPlace(of part: [UInt8], in bytes: [UInt8]) -> Int? {
        guard !part.isEmpty, part.count <= bytes.count else { return nil }
        return (0...bytes.count - part.count).first { bytes[$0..<$0 + part.count].elementsEqual(part) }
    }
}
