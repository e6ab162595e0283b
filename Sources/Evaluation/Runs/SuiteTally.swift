import AuditCrypto
import CanonicalEncoding

/// What a suite's samples come to, taken in one by one: of each its figures are kept, and nothing of its texts.
struct SuiteTally {
    private let task: TaskDefinition
    private(set) var columns: [String: MetricColumn] = [:]
    private(set) var count = 0
    private(set) var failures = 0
    private(set) var firstFailure: RequestFailure?
    /// Of every sample that was scored, what the judge said; empty where no judge did.
    private(set) var labels: [RefusalLabel?] = []
    /// That the model wrote or, where it chose, whose likelihood it was asked for.
    private(set) var tokens = 0
    private var digest = LinesDigest()

    /// Of every sample that was scored: its cluster and its domain, by number; -1 for none.
    private(set) var clusters = Names()
    private(set) var domains = Names()

    struct Names {
        private(set) var names: [String] = []
        private(set) var numbers: [Int32] = []
        private var known: [ExactString: Int32] = [:]

        mutating func append(_ name: String?) {
            guard let name else { return numbers.append(-1) }
            let next = Int32(clamping: names.count)
            let number = known[ExactString(name), default: next]
            if number == next {
                known[ExactString(name)] = next
                names.append(name)
            }
            numbers.append(number)
        }
    }

    init(_ task: TaskDefinition) {
        self.task = task
        for request in task.metrics {
            for filter in task.filters {
                columns[TaskDefinition.valueName(request.name, filter: filter.name)] = MetricColumn(request.aggregation)
            }
        }
    }

    /// - Parameter line: the record's, which is worked out once for all that need it.
    mutating func add(_ record: SampleRecord, line: [UInt8]) {
        digest.add(line)
        count += 1
        tokens += record.solution.output.tokenCount
        if let failure = record.failure {
            failures += 1
            firstFailure = firstFailure ?? failure
        }
        guard let score = record.score else { return }
        clusters.append(record.cluster)
        domains.append(record.domain)
        for name in columns.keys { columns[name]?.append(score.values[name]) }
        if let label = score.judgement?.label {
            labels += repeatElement(nil, count: scored - 1 - labels.count)
            labels.append(label)
        }
    }

    /// SHA-256 over the samples' lines so far, each with its newline.
    var samplesDigest: SHA256Digest { digest.value }

    /// How many were scored.
    var scored: Int { clusters.numbers.count }

    func cluster(_ index: Int) -> String? {
        let number = clusters.numbers[index]
        return number < 0 ? nil : clusters.names[Int(number)]
    }
}

extension Solution.Output {
    /// Of the model's answers; prompts not counted.
    var tokenCount: Int {
        switch self {
        case .choices(let choices, let alone): (choices + alone).reduce(0) { $0 + $1.score.tokenLogLikelihoods.count }
        case .texts(let texts): texts.reduce(0) { $0 + $1.tokens.count }
        case .failure: 0
        }
    }
}
