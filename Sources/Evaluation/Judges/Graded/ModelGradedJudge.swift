import AuditCrypto
import Glibc

/// A model that judges by a rubric.
///
/// Every response is put to the model twice, with the grades in one order and in the other, because models favour places
/// and letters. How often the two passes differ is part of the result.
///
/// With `.likelihood` the model writes nothing: the likelihoods of the grades' letters are compared, and the verdict is the
/// grade with the highest mean probability over both passes. A model too small to keep to a format can judge so. With
/// `.text` it writes a line, greedily; what is not exactly one grade is a failure, and so are two passes that differ. A
/// failure is never a verdict.
package struct ModelGradedJudge: Sendable {
    package enum Method: String, Hashable, Sendable {
        case likelihood
        case text
    }

    package struct Verdict: Hashable, Sendable {
        /// The label, or why there is none.
        package let verdict: JudgeVerdict
        /// By label, their sum 1; empty with `.text`.
        package let probabilities: [String: Double]
        /// What each pass read, in its own order of grades; nil where it failed.
        package let readings: [Reading?]
        /// The rule by which the response speaks to whoever grades it; nil where it does not.
        package let injection: String?

        /// What each pass said alone; nil where it failed.
        package var passes: [String?] { readings.map { $0?.label } }

        package init(
            verdict: JudgeVerdict, probabilities: [String: Double] = [:], readings: [Reading?] = [], injection: String? = nil
        ) {
            (self.verdict, self.probabilities) = (verdict, probabilities)
            (self.readings, self.injection) = (readings, injection)
        }

        /// Whether both passes said something, and not the same.
        package var passesDiffer: Bool {
            guard passes.count == 2, let one = passes[0], let other = passes[1] else { return false }
            return one != other
        }
    }

    /// One pass: the grades in the order in which they were put.
    package struct Reading: Hashable, Sendable {
        /// What the pass says.
        package let label: String
        package let order: [String]
        /// Of each grade's line, in `order`, in nats; empty with `.text`.
        package let logLikelihoods: [Double]

        package init(label: String, order: [String], logLikelihoods: [Double]) {
            (self.label, self.order, self.logLikelihoods) = (label, order, logLikelihoods)
        }

        /// By label: the likelihoods as shares of their sum.
        var probabilities: [String: Double] {
            guard let best = logLikelihoods.max() else { return [:] }
            let weights = logLikelihoods.map { exp($0 - best) }
            let total = weights.reduce(0, +)
            return Dictionary(zip(order, weights.map { $0 / total })) { first, _ in first }
        }
    }

    package struct Item: Hashable, Sendable {
        package let request: String?
        package let response: String

        package init(request: String?, response: String) {
            (self.request, self.response) = (request, response)
        }
    }

    package let rubric: Rubric
    package let method: Method
    /// The model that grades, in the words of whoever loaded it.
    package let modelDigest: SHA256Digest
    package let seed: UInt64
    private let model: any LanguageModel

    /// So many responses are put to the model at once.
    package static let batch = 4
    /// A grade's line is short.
    package static let maximumTokens = 16

    package init(
        model: any LanguageModel, modelDigest: SHA256Digest, rubric: Rubric, method: Method = .likelihood, seed: UInt64 = 0
    ) {
        (self.model, self.modelDigest, self.rubric) = (model, modelDigest, rubric)
        (self.method, self.seed) = (method, seed)
    }

    /// Whether the model judges what it wrote itself: models prefer their own.
    package func judgesItself(_ subject: SHA256Digest) -> Bool { subject == modelDigest }

    /// - Returns: a verdict for each, in order.
    /// - Throws: what the model throws when it is gone. A request that the model refuses is a failure of that verdict.
    package func judge(_ items: [Item]) async throws -> [Verdict] {
        let usesChat = try await model.information().hasChatTemplate
        var verdicts: [Verdict] = []
        var start = 0
        while start < items.count {
            let part = items[start..<min(start + Self.batch, items.count)]
            start += part.count
            let prompts = part.flatMap { item in
                [false, true].map { GradingPrompt(rubric, request: item.request, response: item.response, reversed: $0) }
            }
            let passes =
                switch method {
                case .likelihood: try await score(prompts, usesChat: usesChat)
                case .text: try await write(prompts, usesChat: usesChat)
                }
            for (index, item) in part.enumerated() {
                verdicts.append(
                    verdict(
                        passes[2 * index], passes[2 * index + 1], injection: InjectionCheck.found(in: item.response)))
            }
        }
        return verdicts
    }

    // MARK: One pass

    private typealias Pass = Result<Reading, RequestFailure>

    private func prompt(_ prompt: GradingPrompt, usesChat: Bool) -> ModelPrompt {
        usesChat ? .chat([ChatTurn(role: "user", content: prompt.text)]) : .text(prompt.text + "\n\n")
    }

    private func score(_ prompts: [GradingPrompt], usesChat: Bool) async throws -> [Pass] {
        let requests = prompts.map { prompt in
            ContinuationRequest(
                prompt: self.prompt(prompt, usesChat: usesChat), continuations: prompt.letters.map { "Grade: \($0)" })
        }
        let results = try await model.scoreContinuations(requests)
        guard results.count == prompts.count else { return prompts.map { _ in .failure(Self.noAnswer) } }
        return zip(prompts, results).map { prompt, result in
            result.flatMap { scores in
                let values = scores.map(\.logLikelihood)
                guard values.count == prompt.labels.count, let best = values.max(), values.allSatisfy(\.isFinite) else {
                    return .failure(RequestFailure(code: "no-likelihood", message: "a grade has no finite likelihood"))
                }
                // Of grades as likely as one another, the first in the prompt.
                let place = values.firstIndex(of: best) ?? 0
                return .success(Reading(label: prompt.labels[place], order: prompt.labels, logLikelihoods: values))
            }
        }
    }

    private func write(_ prompts: [GradingPrompt], usesChat: Bool) async throws -> [Pass] {
        let requests = prompts.map { prompt in
            GenerationRequest(
                prompt: self.prompt(prompt, usesChat: usesChat), maximumTokens: Self.maximumTokens, stopStrings: [],
                temperature: 0, seed: seed)
        }
        let results = try await model.generate(requests)
        guard results.count == prompts.count else { return prompts.map { _ in .failure(Self.noAnswer) } }
        return zip(prompts, results).map { prompt, result in
            result.flatMap { generated in
                guard let place = Self.grade(in: generated.text, letters: prompt.letters) else {
                    return .failure(RequestFailure(code: "not-a-grade", message: "the reply is not one line with one grade"))
                }
                return .success(Reading(label: prompt.labels[place], order: prompt.labels, logLikelihoods: []))
            }
        }
    }

    private static let noAnswer = RequestFailure(code: "no-answer", message: "the model answered another number of requests")

    /// Which letter a reply names: `Grade: B`, `**Grade: B.**`, or the letter alone. Nil where it names none, or several.
    static func grade(in reply: String, letters: [String]) -> Int? {
        var found: Set<Int> = []
        for line in reply.split(separator: "\n") {
            var words = line.split { !$0.isLetter && !$0.isNumber }.map(String.init)
            if words.first?.lowercased() == "grade" { words.removeFirst() } else if words.count > 1 { continue }
            guard words.count == 1, let place = letters.firstIndex(of: words[0]) else { continue }
            found.insert(place)
        }
        return found.count == 1 ? found.first : nil
    }

    // MARK: Both passes

    private func verdict(_ one: Pass, _ other: Pass, injection: String?) -> Verdict {
        let readings = [one, other].map { try? $0.get() }
        func verdict(_ label: String?, _ reason: String, _ probabilities: [String: Double] = [:]) -> Verdict {
            Verdict(
                verdict: JudgeVerdict(label: label, reason: reason), probabilities: probabilities, readings: readings,
                injection: injection)
        }
        switch (one, other) {
        case (.failure(let failure), _), (_, .failure(let failure)): return verdict(nil, failure.code)
        case (.success(let one), .success(let other)):
            guard method == .likelihood else {
                return one.label == other.label ? verdict(one.label, "text") : verdict(nil, "passes-differ")
            }
            let (first, second) = (one.probabilities, other.probabilities)
            var mean: [String: Double] = [:]
            var best: (label: String, value: Double)?
            // In the rubric's order, so that a tie is settled the same way every time.
            for grade in rubric.grades {
                let value = ((first[grade.label] ?? 0) + (second[grade.label] ?? 0)) / 2
                mean[grade.label] = value
                if value > best?.value ?? -1 { best = (grade.label, value) }
            }
            return verdict(best?.label, "likelihood", mean)
        }
    }
}
