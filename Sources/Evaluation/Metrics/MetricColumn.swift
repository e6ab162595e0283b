import Glibc

/// The values of one metric over a suite's items, kept as far as its aggregation needs them.
struct MetricColumn: Sendable {
    let aggregation: Aggregation
    /// Of each item that was scored; NaN for one without a value of its own.
    private(set) var numbers: [Double] = []
    /// Items with a value.
    private(set) var count = 0
    /// What each number is divided by, for ratios.
    private var divisors: [Int32] = []
    private var labels = LabelCounts()
    private var overlap: OverlapColumn?
    /// An item whose value has no place in the aggregation: no right choice, or no reference.
    private var isSpoilt = false

    init(_ aggregation: Aggregation) {
        self.aggregation = aggregation
        overlap = OverlapColumn(aggregation)
    }

    mutating func append(_ value: MetricValue?) {
        if value != nil { count += 1 }
        switch value {
        case .number(let number): numbers.append(number)
        case .ratio(let sum, let divisor):
            numbers.append(sum)
            divisors.append(Int32(clamping: divisor))
        case .classes(let right, let picked):
            numbers.append(.nan)
            labels.add(truth: right, prediction: picked)
        case .probabilities(let right, let values):
            // Kept item by item, so that its interval is that of a mean.
            numbers.append(values.enumerated().reduce(0) { sum, pair in
                let distance = pair.element - (pair.offset == right ? 1 : 0)
                return sum + distance * distance
            })
            if !values.indices.contains(right) { isSpoilt = true }
        case .texts(let references, let written):
            numbers.append(.nan)
            if overlap?.append(written, references) != true { isSpoilt = true }
        case nil: numbers.append(.nan)
        }
    }

    /// Whether the figure is a mean of the items' own numbers.
    var isMean: Bool { aggregation == .mean || aggregation == .nanMean || aggregation == .brierScore }

    /// The figure over all items; nil where there is none.
    var value: Double? {
        guard count > 0, !isSpoilt else { return nil }
        switch aggregation {
        case .mean, .brierScore: return sum / Double(count)
        case .nanMean:
            let known = numbers.filter { !$0.isNaN }
            return known.isEmpty ? nil : known.reduce(0, +) / Double(known.count)
        case .median: return numbers.sorted()[numbers.count / 2]
        case .perplexity: return exp(-sum / Double(count))
        case .weightedPerplexity: return exp(-ratio)
        case .bitsPerByte: return -ratio / log(2)
        case .f1: return try? labels.f1(.binary(positive: 1))
        case .matthewsCorrelation: return labels.matthewsCorrelation
        case .bleu, .chrF, .chrFPlusPlus, .translationErrorRate: return overlap?.score
        }
    }

    private var sum: Double { numbers.reduce(0, +) }
    private var ratio: Double { sum / Double(divisors.reduce(0) { $0 + Int($1) }) }
}

/// Sums from which a corpus score of texts is worked out.
private enum OverlapColumn: Sendable {
    case bleu(BLEU.Statistics)
    case chrF(ChrF, ChrF.Statistics)
    case edits(TER.Statistics)

    init?(_ aggregation: Aggregation) {
        switch aggregation {
        case .bleu: self = .bleu(.zero)
        case .chrF: self = .chrF(.characters, .zero)
        case .chrFPlusPlus: self = .chrF(.charactersAndWords, .zero)
        case .translationErrorRate: self = .edits(.zero)
        default: return nil
        }
    }

    /// - Returns: false where the texts cannot be compared.
    mutating func append(_ written: String, _ references: [String]) -> Bool {
        do {
            switch self {
            case .bleu(let sum): self = .bleu(sum + (try BLEU().statistics(hypothesis: written, references: references)))
            case .chrF(let metric, let sum): self = .chrF(metric, sum + (try metric.statistics(hypothesis: written, references: references)))
            case .edits(let sum): self = .edits(sum + (try TER().statistics(hypothesis: written, references: references)))
            }
            return true
        } catch {
            return false
        }
    }

    var score: Double? {
        switch self {
        case .bleu(let sum): BLEU().score(sum)
        case .chrF(let metric, let sum): metric.score(sum)
        case .edits(let sum): TER().score(sum)
        }
    }
}
