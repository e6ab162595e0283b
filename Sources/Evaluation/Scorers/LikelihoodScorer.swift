import Glibc
import PromptTemplates

/// Scores by log-likelihood: picks the most likely choice, or takes the likelihood of one continuation or text.
package struct LikelihoodScorer: Scorer {
    private let metrics: [Metric]
    private let filters: [String]

    package init(_ task: TaskDefinition) {
        metrics = task.metrics.compactMap(\.metric)
        filters = task.filters.map(\.name)
    }

    package func score(_ answered: [(question: Question, solution: Solution)]) -> [Result<SampleScore, RequestFailure>] {
        answered.map { score($0.solution, for: $0.question.rendered) }
    }

    package func score(_ solution: Solution, for item: RenderedItem) -> Result<SampleScore, RequestFailure> {
        guard case .choices(let scored, let alone) = solution.output, let first = scored.first else {
            return .failure(RequestFailure(code: "not-scored", message: "there are no log-likelihoods"))
        }
        switch item.requests {
        case .choices, .inputs:
            guard scored.count == item.choices.count else {
                return .failure(RequestFailure(code: "not-scored", message: "\(scored.count) scores for \(item.choices.count) choices"))
            }
            return .success(named(pick(scored.map(\.score), alone: alone.map(\.score.logLikelihood), item)))
        case .continuation: return .success(named(continuation(first.score)))
        case .rolling(let text): return .success(named(whole(first.score.logLikelihood, text)))
        case .generation: return .failure(RequestFailure(code: "not-scored", message: "a text was asked for"))
        }
    }

    /// The metrics' values under the names that the task reports them by: each filter takes the one answer that there is, so that
    /// all filters have the same values.
    private func named(_ score: SampleScore) -> SampleScore {
        var named = score
        named.values = [:]
        for (metric, value) in score.values {
            for filter in filters { named.values[TaskDefinition.valueName(metric, filter: filter)] = value }
        }
        return named
    }

    private func continuation(_ score: ContinuationScore) -> SampleScore {
        var result = SampleScore()
        for metric in metrics {
            result.values[metric.rawValue] = metric == .perplexity ? .number(score.logLikelihood) : .number(score.isGreedy ? 1 : 0)
        }
        return result
    }

    private func whole(_ sum: Double, _ text: String) -> SampleScore {
        var result = SampleScore()
        for metric in metrics {
            result.values[metric.rawValue] = .ratio(sum, count: metric == .wordPerplexity ? Self.words(text) : text.utf8.count)
        }
        return result
    }

    /// `len(re.split(r"\s+", text))`: one more than there are stretches of white space.
    static func words(_ text: String) -> Int {
        var (count, isInside) = (1, false)
        for scalar in text.unicodeScalars {
            if scalar.isPythonSpace, !isInside { count += 1 }
            isInside = scalar.isPythonSpace
        }
        return count
    }

    private func pick(_ scores: [ContinuationScore], alone: [Double], _ item: RenderedItem) -> SampleScore {
        let sums = scores.map(\.logLikelihood)
        var result = SampleScore()
        for metric in metrics {
            // The length is that of the choice itself, without the delimiter before it.
            let figures: [Double]
            switch metric {
            case .normalisedAccuracy: figures = zip(sums, item.choices).map { $0 / Double($1.unicodeScalars.count) }
            case .byteNormalisedAccuracy: figures = zip(sums, item.choices).map { $0 / Double($1.utf8.count) }
            case .mutualInformationAccuracy: figures = alone.count == sums.count ? zip(sums, alone).map { $0 - $1 } : sums
            default: figures = sums
            }
            let picked = Self.firstLargest(figures)
            switch metric {
            case .accuracy, .normalisedAccuracy, .byteNormalisedAccuracy, .mutualInformationAccuracy:
                result.picks[metric.rawValue] = picked
                result.values[metric.rawValue] = .number(item.right.accepts(picked) ? 1 : 0)
            case .exactMatch:
                result.values[metric.rawValue] = .number(item.right.numbers.contains { scores.indices.contains($0) && scores[$0].isGreedy } ? 1 : 0)
            case .f1, .matthewsCorrelation:
                result.values[metric.rawValue] = .classes(right: item.right.number(of: scores.count), picked: picked)
            case .brierScore:
                result.values[metric.rawValue] = .probabilities(right: item.right.number(of: scores.count), Self.softmax(sums))
            default: break
            }
        }
        return result
    }

    /// The index of the largest value, the first among equals, as `numpy.argmax`.
    static func firstLargest(_ values: [Double]) -> Int {
        var best = 0
        for index in values.indices.dropFirst() where values[index] > values[best] { best = index }
        return best
    }

    static func softmax(_ values: [Double]) -> [Double] {
        let largest = values.max() ?? 0
        let shares = values.map { exp($0 - largest) }
        let sum = shares.reduce(0, +)
        return shares.map { $0 / sum }
    }
}

extension RenderedItem.Right {
    var numbers: [Int] {
        switch self {
        case .choices(let numbers), .anyOf(let numbers): numbers
        case .text, .texts: []
        }
    }

    func accepts(_ pick: Int) -> Bool { numbers.contains(pick) }

    static let noChoice = -100

    /// The one right choice; -100, as the harness has it, where there is none among so many. A number below that is no choice
    /// either, and stands in no record.
    func number(of count: Int) -> Int {
        guard case .choices(let numbers) = self, let number = numbers.first, number < count else { return Self.noChoice }
        return max(number, Self.noChoice)
    }
}
