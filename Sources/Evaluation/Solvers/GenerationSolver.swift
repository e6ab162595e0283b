/// Asks for text after the prompt, as often as each question has seeds.
package struct GenerationSolver: Solver {
    private let chat: ChatUse
    private let settings: GenerationSettings

    package init(_ settings: GenerationSettings, chat: ChatUse) {
        self.chat = chat
        self.settings = settings
    }

    package func solve(_ questions: [Question], with model: any LanguageModel) async throws -> [Solution] {
        let prompts = questions.map { question in
            if case .generation(let messages) = question.rendered.requests { chat.prompt(messages) } else { ModelPrompt.text("") }
        }
        let texts = try await chat.texts(of: prompts, with: model)
        var requests: [GenerationRequest] = []
        for (index, text) in texts.enumerated() {
            guard case .success = text else { continue }
            for seed in questions[index].seeds {
                requests.append(
                    GenerationRequest(
                        prompt: prompts[index], maximumTokens: settings.maximumTokens, stopStrings: settings.until,
                        temperature: settings.temperature.double, topK: settings.topK, topP: settings.topP.double, seed: seed))
            }
        }
        let answers = try await model.generate(requests)
        guard answers.count == requests.count else {
            throw EvaluationError.modelMisbehaved("\(answers.count) texts for \(requests.count) prompts")
        }
        var rest = answers[...]
        return zip(questions, texts).map { question, text in
            switch text {
            case .failure(let failure): return Solution(prompts: [""], output: .failure(failure))
            case .success(let text):
                let own = Array(rest.prefix(question.seeds.count))
                rest = rest.dropFirst(question.seeds.count)
                return Solution(prompts: [text], output: Self.output(own))
            }
        }
    }

    private static func output(_ answers: [Result<GeneratedText, RequestFailure>]) -> Solution.Output {
        var texts: [GeneratedText] = []
        for answer in answers {
            switch answer {
            case .failure(let failure): return .failure(failure)
            case .success(let text): texts.append(text)
            }
        }
        return .texts(texts)
    }
}
