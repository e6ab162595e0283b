import Evaluation
import Synchronization

/// A model whose turns are given by a function of the conversation so far: what was said and seen, the newest last.
final class ScriptedAgent: LanguageModel {
    typealias Script = @Sendable (_ task: String, _ observations: [String]) -> String

    private let script: Script
    private let batches = Mutex<[Int]>([])

    init(_ script: @escaping Script) { self.script = script }

    /// How many conversations each call asked for.
    var batchSizes: [Int] { batches.withLock(\.self) }

    func information() -> LanguageModelInformation {
        LanguageModelInformation(
            architecture: "scripted", contextLength: 4096, hasChatTemplate: true, threads: 1, blasCore: "none", numerics: [:], engine: "test")
    }

    func renderChat(_ conversations: [[ChatTurn]]) -> [Result<String, RequestFailure>] {
        conversations.map { turns in .success(turns.map { "<\($0.role)>\($0.content)</>" }.joined()) }
    }

    func scoreContinuations(_ requests: [ContinuationRequest]) -> [Result<[ContinuationScore], RequestFailure>] {
        requests.map { _ in .failure(RequestFailure(code: "none", message: "none")) }
    }

    func scoreTexts(_ texts: [String]) -> [Result<ContinuationScore, RequestFailure>] {
        texts.map { _ in .failure(RequestFailure(code: "none", message: "none")) }
    }

    func generate(_ requests: [GenerationRequest]) -> [Result<GeneratedText, RequestFailure>] {
        batches.withLock { $0.append(requests.count) }
        return requests.map { request in
            let (task, observations) = Self.conversation(request.prompt)
            var text = script(task, observations)
            for stop in request.stopStrings { if let end = text.ranges(of: stop).first { text = String(text[..<end.lowerBound]) } }
            if text == "fail" { return .failure(RequestFailure(code: "context-exceeded", message: "the prompt is too long")) }
            return .success(GeneratedText(text: text, tokens: [Int](repeating: 7, count: text.utf8.count / 4 + 1), finish: "end-of-text", promptTokenCount: 9))
        }
    }

    private static func conversation(_ prompt: ModelPrompt) -> (String, [String]) {
        switch prompt {
        case .chat(let turns):
            let said = turns.filter { $0.role == "user" }.map(\.content)
            return (said.first ?? "", said.dropFirst().map { String($0.dropFirst("Observation:\n".count)) })
        case .text(let text):
            let parts = text.split(separator: "\n### ")
            let task = parts.first { $0.hasPrefix("Task\n") }.map { String($0.dropFirst(5)) } ?? ""
            return (task, parts.filter { $0.hasPrefix("Observation") }.map { String($0.drop { $0 != "\n" }.dropFirst()) })
        }
    }
}
