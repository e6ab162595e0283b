/// What is measured on each item, by the names of lm-evaluation-harness, and Assay's own.
package enum Metric: String, Hashable, Sendable, CaseIterable {
    /// The most likely choice is a right one; for a single continuation, it is what greedy decoding gives.
    case accuracy = "acc"
    /// The same with each log-likelihood divided by the choice's length in characters (Unicode scalars).
    case normalisedAccuracy = "acc_norm"
    /// The same with the length in bytes of UTF-8. For ASCII choices it is `acc_norm`.
    case byteNormalisedAccuracy = "acc_bytes"
    /// The same with each choice's log-likelihood without the prompt taken off: the choice that the prompt says most for.
    case mutualInformationAccuracy = "acc_mutual_info"
    /// The answer is the target (text), or the right choice is what greedy decoding gives.
    case exactMatch = "exact_match"
    /// Of two classes, from the picks of all items.
    case f1
    /// Matthews correlation, from the picks of all items.
    case matthewsCorrelation = "mcc"
    /// Squared distance of the choices' probabilities from the truth.
    case brierScore = "brier_score"
    /// From the log-likelihood of each item's target.
    case perplexity
    case wordPerplexity = "word_perplexity"
    case bytePerplexity = "byte_perplexity"
    case bitsPerByte = "bits_per_byte"
    /// Corpus scores of a text against references.
    case bleu
    case chrF = "chrf"
    case chrFPlusPlus = "chrf++"
    case translationErrorRate = "ter"
    /// The judge finds that the model refused. Assay's own.
    case refusalRate = "refusal_rate"
    /// The share of the answers with which the item's tests pass. Assay's own.
    case codePass = "code_pass"

    /// What must be asked of the model for it to be measured.
    package var outputTypes: [TaskDefinition.OutputType] {
        switch self {
        case .accuracy: [.multipleChoice, .loglikelihood]
        case .normalisedAccuracy, .byteNormalisedAccuracy, .mutualInformationAccuracy, .f1, .matthewsCorrelation, .brierScore:
            [.multipleChoice]
        case .exactMatch: [.multipleChoice, .generateUntil]
        case .perplexity: [.loglikelihood]
        case .wordPerplexity, .bytePerplexity, .bitsPerByte: [.loglikelihoodRolling]
        case .bleu, .chrF, .chrFPlusPlus, .translationErrorRate, .refusalRate, .codePass: [.generateUntil]
        }
    }

    /// How items' values become one, unless the task says otherwise.
    package var aggregation: Aggregation {
        switch self {
        case .accuracy, .normalisedAccuracy, .byteNormalisedAccuracy, .mutualInformationAccuracy, .exactMatch, .refusalRate, .codePass: .mean
        case .f1: .f1
        case .matthewsCorrelation: .matthewsCorrelation
        case .brierScore: .brierScore
        case .perplexity: .perplexity
        case .wordPerplexity, .bytePerplexity: .weightedPerplexity
        case .bitsPerByte: .bitsPerByte
        case .bleu: .bleu
        case .chrF: .chrF
        case .chrFPlusPlus: .chrFPlusPlus
        case .translationErrorRate: .translationErrorRate
        }
    }

    package var higherIsBetter: Bool {
        switch self {
        case .brierScore, .perplexity, .wordPerplexity, .bytePerplexity, .bitsPerByte, .translationErrorRate: false
        default: true
        }
    }

    /// The metrics of a task that names none.
    static func defaults(for type: TaskDefinition.OutputType) -> [Metric] {
        switch type {
        case .multipleChoice: [.accuracy, .normalisedAccuracy]
        case .generateUntil: [.exactMatch]
        case .loglikelihood: [.perplexity, .accuracy]
        case .loglikelihoodRolling: [.wordPerplexity, .bytePerplexity, .bitsPerByte]
        }
    }
}

/// One entry of a task's `metric_list`.
package struct MetricRequest: Hashable, Sendable {
    package let metric: Metric
    package let aggregation: Aggregation
    package let higherIsBetter: Bool
    /// What `exact_match` leaves out of account.
    package let normalisation: TextNormalisation

    package var name: String { metric.rawValue }

    init(_ metric: Metric) {
        self.metric = metric
        aggregation = metric.aggregation
        higherIsBetter = metric.higherIsBetter
        normalisation = TextNormalisation()
    }

    static func list(_ map: TaskYAMLMap, outputType: TaskDefinition.OutputType) throws(TaskError) -> [MetricRequest] {
        guard let yaml = map.value("metric_list") else { return Metric.defaults(for: outputType).map(MetricRequest.init) }
        guard case .list(let elements) = yaml.content, (1...16).contains(elements.count) else {
            throw yaml.failure(.invalid, "\"metric_list\" must be a list of 1 to 16 entries")
        }
        var requests: [MetricRequest] = []
        for element in elements {
            let request = try MetricRequest(element, outputType: outputType)
            // A name that stands twice is one metric, as last described.
            requests.removeAll { $0.metric == request.metric }
            requests.append(request)
        }
        return requests
    }

    private init(_ yaml: TaskYAML, outputType: TaskDefinition.OutputType) throws(TaskError) {
        let entry = try TaskYAMLMap(yaml, name: "an entry of \"metric_list\"")
        let nameYAML = try entry.required("metric")
        let name = try nameYAML.string("metric", maxBytes: 64)
        if let outside = entry.value("hf_evaluate"), try entry.bool("hf_evaluate") == true {
            throw outside.failure(.unsupported, "\"hf_evaluate: true\" downloads the metric's code; name a metric that is built in")
        }
        guard let metric = Metric(rawValue: name), metric.outputTypes.contains(outputType) else {
            let known = Metric.allCases.filter { $0.outputTypes.contains(outputType) }.map(\.rawValue)
            throw nameYAML.failure(
                .unsupported, "the metric \"\(name)\" is not supported for \(outputType.rawValue); one of \(known.joined(separator: ", "))")
        }
        self.metric = metric
        if let aggregationYAML = entry.value("aggregation") {
            let word = try aggregationYAML.string("aggregation", maxBytes: 64)
            guard let aggregation = Aggregation(rawValue: word) else {
                let known = Aggregation.allCases.map(\.rawValue).joined(separator: ", ")
                throw aggregationYAML.failure(.unsupported, "the aggregation \"\(word)\" is not supported; one of \(known)")
            }
            guard aggregation.takes(metric.aggregation) else {
                throw aggregationYAML.failure(.invalid, "the aggregation \(word) cannot be worked out from \(name)'s values")
            }
            self.aggregation = aggregation
        } else {
            aggregation = metric.aggregation
        }
        higherIsBetter = try entry.bool("higher_is_better") ?? metric.higherIsBetter
        guard outputType == .generateUntil else {
            // As in the harness, settings have no effect where choices are compared.
            normalisation = TextNormalisation()
            return
        }
        try entry.allow(only: [
            "metric", "aggregation", "higher_is_better", "hf_evaluate", "ignore_case", "ignore_punctuation", "ignore_numbers",
            "regexes_to_ignore",
        ])
        normalisation = TextNormalisation(
            removing: try PythonExpression.list(entry, "regexes_to_ignore"), ignoresCase: try entry.bool("ignore_case") ?? false,
            ignoresPunctuation: try entry.bool("ignore_punctuation") ?? false, ignoresNumbers: try entry.bool("ignore_numbers") ?? false)
    }
}

extension PythonExpression {
    /// The expressions of a key that holds one or a list of them.
    static func list(_ map: TaskYAMLMap, _ key: String) throws(TaskError) -> [PythonExpression] {
        var expressions: [PythonExpression] = []
        for source in try map.strings(key, maxCount: 64) ?? [] { expressions.append(try PythonExpression(source, map, key)) }
        return expressions
    }

    init(_ source: String, _ map: TaskYAMLMap, _ key: String) throws(TaskError) {
        do {
            self = try PythonExpression(source)
        } catch {
            throw (map.value(key) ?? TaskYAML(content: .null, file: map.file, line: map.line))
                .failure(.unsupported, "the expression \"\(source.prefix(128))\": \(error.message)")
        }
    }
}
