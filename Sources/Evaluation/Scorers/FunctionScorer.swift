import CanonicalEncoding

/// Scores by the Python functions that a task brings along, beside its built-in metrics: with `process_results` all values are
/// the functions', else those of the metrics that name one (lm-evaluation-harness 0.4.13, `ConfigurableTask.process_results`).
struct FunctionScorer: Scorer {
    private let task: TaskDefinition
    private let files: [ScorerFile]
    private let runner: any ScorerRunner
    private let builtIn: any Scorer

    init(_ task: TaskDefinition, files: [ScorerFile], runner: any ScorerRunner, builtIn: any Scorer) {
        (self.task, self.files, self.runner, self.builtIn) = (task, files, runner, builtIn)
    }

    /// A call, and the values that it must give: by the names that it gives them, those of the record.
    private struct Expected {
        let call: ScorerCall
        let values: [String: [String]]
    }

    func score(_ answered: [(question: Question, solution: Solution)]) async throws -> [Result<SampleScore, RequestFailure>] {
        var scores = try await builtIn.score(answered)
        guard scores.count == answered.count else { return scores }
        var (samples, owners, expected) = ([ScoredSample](), [Int](), [[Expected]]())
        for (index, pair) in answered.enumerated() {
            guard case .success = scores[index] else { continue }
            do {
                let asked = try calls(pair.solution, pair.question)
                samples.append(ScoredSample(item: pair.question.item.fields, calls: asked.map(\.call)))
                owners.append(index)
                expected.append(asked)
            } catch {
                scores[index] = .failure(RequestFailure(code: "not-scored", message: error.message))
            }
        }
        let outcomes = samples.isEmpty ? [] : try await runner.run(samples, files: files)
        guard outcomes.count == samples.count else {
            throw EvaluationError.modelMisbehaved("\(outcomes.count) outcomes for \(samples.count) samples that are scored by functions")
        }
        for (place, outcome) in outcomes.enumerated() {
            guard case .success(var score) = scores[owners[place]] else { continue }
            do {
                try Self.take(outcome.get(), for: expected[place], into: &score)
                scores[owners[place]] = .success(score)
            } catch {
                scores[owners[place]] = .failure(error)
            }
        }
        return scores
    }

    /// What a function returned counts only if it is a number for each metric that was declared, and for no other.
    private static func take(_ returned: [[String: Double]], for expected: [Expected], into score: inout SampleScore) throws(RequestFailure) {
        guard returned.count == expected.count else { throw failure("\(returned.count) results for \(expected.count) calls") }
        for (values, expected) in zip(returned, expected) {
            let function = "\(expected.call.function.path): \(expected.call.function.name)"
            if let missing = expected.values.keys.sorted().first(where: { values[$0] == nil }) { throw failure("\(function) gave no \"\(missing)\"") }
            guard values.count == expected.values.count else { throw failure("\(function) gave a metric that the task does not declare") }
            for (name, value) in values.sorted(by: { $0.key < $1.key }) {
                guard value.isFinite else { throw failure("\(function): \"\(name)\" is no finite number") }
                for column in expected.values[name] ?? [] { score.values[column] = .number(value) }
            }
        }
    }

    private static func failure(_ message: String) -> RequestFailure { RequestFailure(code: "scorer-output", message: message) }

    private func calls(_ solution: Solution, _ question: Question) throws(FilterFailure) -> [Expected] {
        switch solution.output {
        case .failure: return []
        case .texts(let texts):
            var calls: [Expected] = []
            for filter in task.filters {
                let responses = try filter.apply(to: texts.map(\.text), item: question.item.fields)
                let response: JSONValue = responses.isList ? .array(responses.values) : responses.values.first ?? .null
                if let function = task.processResults {
                    calls.append(expected(function, .results([response], arePairs: false), filters: [filter]))
                } else {
                    for request in task.metrics {
                        guard let function = request.function else { continue }
                        let arguments = comparison(response, question.rendered, request.arguments)
                        calls.append(
                            Expected(
                                call: ScorerCall(function: function, arguments: arguments),
                                values: [request.name: [TaskDefinition.valueName(request.name, filter: filter.name)]]))
                    }
                }
            }
            return calls
        case .choices(let scored, _):
            guard let function = task.processResults else { return [] }
            // A named filter of such a task takes the only response there is.
            return [expected(function, .results(scored.map(likelihood), arePairs: task.outputType != .loglikelihoodRolling), filters: task.filters)]
        }
    }

    private func expected(_ function: ScorerFunction, _ arguments: ScorerCall.Arguments, filters: [FilterPipeline]) -> Expected {
        Expected(
            call: ScorerCall(function: function, arguments: arguments),
            values: Dictionary(
                task.metrics.map { request in (request.name, filters.map { TaskDefinition.valueName(request.name, filter: $0.name) }) },
                uniquingKeysWith: { first, _ in first }))
    }

    private func likelihood(_ scored: Solution.ScoredContinuation) -> JSONValue {
        let sum = JSONValue.number(scored.score.logLikelihood)
        return task.outputType == .loglikelihoodRolling ? sum : [sum, .bool(scored.score.isGreedy)]
    }

    private func comparison(_ response: JSONValue, _ item: RenderedItem, _ arguments: JSONObject) -> ScorerCall.Arguments {
        switch item.right {
        case .texts(let texts): .comparison(right: texts.map { .string($0) }, isOneOfMany: true, response: response, arguments: arguments)
        // The target as it is: the harness makes it of the response's type, or leaves it where that is a list.
        case .text where task.wording.choices == nil:
            .comparison(right: [item.target], isOneOfMany: false, response: response, arguments: arguments)
        case .text(let text): .comparison(right: [.string(text)], isOneOfMany: false, response: response, arguments: arguments)
        case .choices, .anyOf: .comparison(right: [item.target], isOneOfMany: false, response: response, arguments: arguments)
        }
    }
}
