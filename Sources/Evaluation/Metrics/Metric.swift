import CanonicalEncoding

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
    /// Nil where a function that the task brings along gives the value.
    package let metric: Metric?
    package let name: String
    package let aggregation: Aggregation
    package let higherIsBetter: Bool
    /// What `exact_match` leaves out of account.
    package let normalisation: TextNormalisation
    /// The function that compares a response with what is right; nil where the metric is built in, and where `process_results` gives
    /// all values.
    package let function: ScorerFunction?
    /// What that function is given besides.
    package let arguments: JSONObject

    init(_ metric: Metric) {
        self.metric = metric
        name = metric.rawValue
        aggregation = metric.aggregation
        higherIsBetter = metric.higherIsBetter
        normalisation = TextNormalisation()
        (function, arguments) = (nil, [:])
    }

    /// - Parameter isScoredByFunction: whether `process_results` gives the values, so that metrics may be called anything.
    static func list(
        _ map: TaskYAMLMap, outputType: TaskDefinition.OutputType, isScoredByFunction: Bool, in folder: TaskFolder
    ) throws(TaskError) -> [MetricRequest] {
        guard let yaml = map.value("metric_list") else {
            guard !isScoredByFunction else { throw map.failure(.invalid, "with \"process_results\", \"metric_list\" must name the metrics that it gives") }
            return Metric.defaults(for: outputType).map(MetricRequest.init)
        }
        guard case .list(let elements) = yaml.content, (1...16).contains(elements.count) else {
            throw yaml.failure(.invalid, "\"metric_list\" must be a list of 1 to 16 entries")
        }
        var requests: [MetricRequest] = []
        for element in elements {
            let entry = try TaskYAMLMap(element, name: "an entry of \"metric_list\"")
            let request: MetricRequest
            if isScoredByFunction {
                request = try MetricRequest(named: entry)
            } else if let metric = entry.value("metric"), case .code = metric.content, outputType == .generateUntil {
                // The harness calls a metric's function for texts only.
                request = try MetricRequest(ScorerFunction(metric, "metric", in: folder), entry)
            } else {
                request = try MetricRequest(entry, outputType: outputType)
            }
            // A name that stands twice is one metric, as last described.
            requests.removeAll { ExactString($0.name) == ExactString(request.name) }
            requests.append(request)
        }
        return requests
    }

    private init(_ entry: TaskYAMLMap, outputType: TaskDefinition.OutputType) throws(TaskError) {
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
        self.name = metric.rawValue
        (function, arguments) = (nil, [:])
        aggregation = try Self.aggregation(entry, of: name, usually: metric.aggregation) ?? metric.aggregation
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

extension MetricRequest {
    /// A metric that `process_results` gives; its settings are for the function to know.
    private init(named entry: TaskYAMLMap) throws(TaskError) {
        let nameYAML = try entry.required("metric")
        let name = try nameYAML.string("metric", maxBytes: 64)
        let known = Metric(rawValue: name)
        guard known != .mutualInformationAccuracy else {
            throw nameYAML.failure(.unsupported, "with \"process_results\" choices are not asked for without the prompt, which \(name) needs")
        }
        try self.init(name, nil, known, entry, arguments: [:])
    }

    /// A metric whose value `function` gives. Its name is the function's, and what else stands in the entry is handed to it.
    private init(_ function: ScorerFunction, _ entry: TaskYAMLMap) throws(TaskError) {
        var arguments = JSONObject()
        for member in entry.members where !["metric", "aggregation", "higher_is_better", "hf_evaluate"].contains(member.key) {
            arguments[member.key] = try member.value.json(member.key)
        }
        try self.init(function.name, function, nil, entry, arguments: arguments)
    }

    private init(_ name: String, _ function: ScorerFunction?, _ known: Metric?, _ entry: TaskYAMLMap, arguments: JSONObject) throws(TaskError) {
        guard ScorerFunction.isMetricName(name) else {
            throw entry.failure(.invalid, "a metric's name must be 1 to 64 bytes without white space, control characters, quotes, slashes or commas")
        }
        metric = nil
        (self.name, self.function, self.arguments) = (name, function, arguments)
        // Functions give numbers.
        guard let aggregation = try Self.aggregation(entry, of: name, usually: .mean) ?? (known?.aggregation == .mean ? .mean : nil) else {
            throw entry.failure(.invalid, "the metric \"\(name)\" is the task's own and needs an \"aggregation\", such as mean")
        }
        self.aggregation = aggregation
        higherIsBetter = try entry.bool("higher_is_better") ?? known?.higherIsBetter ?? true
        normalisation = TextNormalisation()
    }

    /// - Parameter usual: what the metric's values are of the kind of.
    fileprivate static func aggregation(_ entry: TaskYAMLMap, of name: String, usually usual: Aggregation) throws(TaskError) -> Aggregation? {
        guard let yaml = entry.value("aggregation") else { return nil }
        let word = try yaml.string("aggregation", maxBytes: 64)
        guard let aggregation = Aggregation(rawValue: word) else {
            let known = Aggregation.allCases.map(\.rawValue).joined(separator: ", ")
            throw yaml.failure(.unsupported, "the aggregation \"\(word)\" is not supported; one of \(known)")
        }
        guard aggregation.takes(usual) else {
            throw yaml.failure(.invalid, "the aggregation \(word) cannot be worked out from \(name)'s values")
        }
        return aggregation
    }
}

extension PythonExpression {
    /// The expressions of a key that holds a list of them. In a string the harness takes each character for one.
    static func list(_ map: TaskYAMLMap, _ key: String) throws(TaskError) -> [PythonExpression] {
        var expressions: [PythonExpression] = []
        var sources = try map.strings(key, maxCount: 64) ?? []
        if let value = map.value(key), case .string(let text) = value.content { sources = text.unicodeScalars.map { String($0) } }
        for source in sources { expressions.append(try PythonExpression(source, map, key)) }
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
