/// Asks how likely given texts are: choices after a prompt, one continuation, or a whole text.
package struct ScoringSolver: Solver {
    private let chat: ChatUse
    private let delimiter: String
    private let scoresAlone: Bool

    package init(_ task: TaskDefinition, chat: ChatUse) {
        self.chat = chat
        // A chat template ends where the answer begins, so with one the delimiter goes, unless the answer's beginning is given.
        let isOpened = task.wording.prefix.map { !Joint.endsWithSpace($0.source) } ?? false
        delimiter = chat.usesTemplate && !isOpened ? "" : task.wording.targetDelimiter
        scoresAlone = task.metrics.contains { $0.metric == .mutualInformationAccuracy }
    }

    /// What is asked for one item.
    private struct Plan {
        var prompts: [ModelPrompt]
        /// For each prompt, its continuations.
        var continuations: [[String]]
        var alone: [String] = []
    }

    package func solve(_ questions: [Question], with model: any LanguageModel) async throws -> [Solution] {
        // A task's items are all of one kind.
        if case .rolling = questions.first?.rendered.requests { return try await solveRolling(questions, with: model) }
        let plans = questions.map { plan($0.rendered) }
        let texts = try await chat.texts(of: plans.flatMap(\.prompts), with: model)
        // A prompt that cannot be rendered is not asked.
        var requests: [ContinuationRequest] = []
        var textsOf: [[Result<String, RequestFailure>]] = []
        var next = texts[...]
        for plan in plans {
            let own = Array(next.prefix(plan.prompts.count))
            next = next.dropFirst(plan.prompts.count)
            textsOf.append(own)
            guard Self.failure(own) == nil else { continue }
            for (prompt, continuations) in zip(plan.prompts, plan.continuations) {
                requests.append(ContinuationRequest(prompt: prompt, continuations: continuations))
            }
            if !plan.alone.isEmpty { requests.append(ContinuationRequest(prompt: .text(""), continuations: plan.alone)) }
        }
        let answers = try await model.scoreContinuations(requests)
        guard answers.count == requests.count else {
            throw EvaluationError.modelMisbehaved("\(answers.count) scores for \(requests.count) prompts")
        }
        var rest = answers[...]
        return zip(plans, textsOf).map { plan, texts in
            if let failure = Self.failure(texts) { return Solution(prompts: [""], output: .failure(failure)) }
            let asked = plan.prompts.count + (plan.alone.isEmpty ? 0 : 1)
            let own = Array(rest.prefix(asked))
            rest = rest.dropFirst(asked)
            return Solution(prompts: texts.compactMap { try? $0.get() }, output: Self.output(plan, own))
        }
    }

    private func plan(_ rendered: RenderedItem) -> Plan {
        switch rendered.requests {
        case .choices(let messages, let choices):
            let continuations = choices.map { delimiter + $0 }
            return Plan(prompts: [chat.prompt(messages)], continuations: [continuations], alone: scoresAlone ? continuations : [])
        case .inputs(let contexts, let continuation):
            let continuations = [delimiter + continuation]
            return Plan(
                prompts: contexts.map { chat.prompt($0) }, continuations: contexts.map { _ in continuations },
                alone: scoresAlone ? rendered.choices.map { delimiter + $0 } : [])
        case .continuation(let messages, let continuation):
            return Plan(prompts: [chat.prompt(messages)], continuations: [[continuation]])
        case .rolling, .generation: return Plan(prompts: [], continuations: [])
        }
    }

    private static func failure(_ texts: [Result<String, RequestFailure>]) -> RequestFailure? {
        for case .failure(let failure) in texts { return failure }
        return nil
    }

    private static func output(_ plan: Plan, _ answers: [Result<[ContinuationScore], RequestFailure>]) -> Solution.Output {
        var scored: [Solution.ScoredContinuation] = []
        var alone: [Solution.ScoredContinuation] = []
        let asked = plan.continuations + (plan.alone.isEmpty ? [] : [plan.alone])
        for (index, (continuations, answer)) in zip(asked, answers).enumerated() {
            switch answer {
            case .failure(let failure): return .failure(failure)
            case .success(let scores):
                guard scores.count == continuations.count else {
                    return .failure(RequestFailure(code: "wrong-count", message: "\(scores.count) scores for \(continuations.count) choices"))
                }
                guard scores.allSatisfy({ $0.logLikelihood.isFinite }) else {
                    return .failure(RequestFailure(code: "not-finite", message: "a log-likelihood is not a finite number"))
                }
                let pairs = zip(continuations, scores).map { Solution.ScoredContinuation(text: $0, score: $1) }
                if index < plan.prompts.count { scored += pairs } else { alone += pairs }
            }
        }
        return .choices(scored, alone: alone)
    }

    private func solveRolling(_ questions: [Question], with model: any LanguageModel) async throws -> [Solution] {
        let texts = questions.map { question in
            if case .rolling(let text) = question.rendered.requests { text } else { "" }
        }
        let answers = try await model.scoreTexts(texts)
        guard answers.count == texts.count else { throw EvaluationError.modelMisbehaved("\(answers.count) scores for \(texts.count) texts") }
        return zip(texts, answers).map { text, answer in
            switch answer {
            case .failure(let failure): return Solution(prompts: [""], output: .failure(failure))
            case .success(let score):
                guard score.logLikelihood.isFinite else {
                    return Solution(
                        prompts: [""], output: .failure(RequestFailure(code: "not-finite", message: "a log-likelihood is not a finite number")))
                }
                return Solution(prompts: [""], output: .choices([.init(text: text, score: score)], alone: []))
            }
        }
    }
}
