import Glibc

/// The values of one metric over a suite's items, kept as far as its aggregation needs them.
struct MetricColumn: Sendable {
    let aggregation: Aggregation
    /// Of each item that was scored; NaN for one without a value.
    private(set) var numbers: [Double] = []
    /// What each number is divided by, for ratios.
    private(set) var counts: [Int32] = []
    private var classes: [ClassPair: Int] = [:]
    private var squares = 0.0
    /// Items with a value.
    private(set) var count = 0
    /// An item whose value has no place in the aggregation: no right class, or more classes than two.
    private var isSpoilt = false

    private struct ClassPair: Hashable {
        let right: Int
        let picked: Int
    }

    init(_ aggregation: Aggregation) { self.aggregation = aggregation }

    mutating func append(_ value: MetricValue?) {
        if value != nil { count += 1 }
        switch value {
        case .number(let number): numbers.append(number)
        case .ratio(let sum, let divisor):
            numbers.append(sum)
            counts.append(Int32(clamping: divisor))
        case .classes(let right, let picked):
            numbers.append(.nan)
            classes[ClassPair(right: right, picked: picked), default: 0] += 1
        case .probabilities(let right, let values):
            let distances = values.enumerated().map { ($1 - ($0 == right ? 1 : 0)) * ($1 - ($0 == right ? 1 : 0)) }
            let distance = distances.reduce(0, +)
            // Kept item by item, so that its interval is that of a mean.
            numbers.append(distance)
            squares += distance
            if !values.indices.contains(right) { isSpoilt = true }
        case .texts, nil: numbers.append(.nan)
        }
    }

    /// Whether the figure is a mean of the items' own numbers.
    var isMean: Bool { aggregation == .mean || aggregation == .nanMean || aggregation == .brierScore }

    /// The figure over all items; nil where there is none.
    var value: Double? {
        guard count > 0, !isSpoilt else { return nil }
        switch aggregation {
        case .mean: return numbers.reduce(0, +) / Double(count)
        case .nanMean:
            let known = numbers.filter { !$0.isNaN }
            return known.isEmpty ? nil : known.reduce(0, +) / Double(known.count)
        case .median: return numbers.sorted()[numbers.count / 2]
        case .perplexity: return exp(-numbers.reduce(0, +) / Double(count))
        case .weightedPerplexity: return exp(-ratio)
        case .bitsPerByte: return -ratio / log(2)
        case .brierScore: return squares / Double(count)
        case .f1: return f1
        case .matthewsCorrelation: return matthewsCorrelation
        case .bleu, .chrF, .chrFPlusPlus, .translationErrorRate: return nil
        }
    }

    private var ratio: Double { numbers.reduce(0, +) / Double(counts.reduce(0) { $0 + Int($1) }) }

    /// Of the class 1 among 0 and 1, as scikit-learn's `f1_score`.
    private var f1: Double? {
        guard classes.keys.allSatisfy({ (0...1).contains($0.right) && (0...1).contains($0.picked) }) else { return nil }
        func count(_ right: Int, _ picked: Int) -> Double { Double(classes[ClassPair(right: right, picked: picked)] ?? 0) }
        let doubled = 2 * count(1, 1)
        let all = doubled + count(0, 1) + count(1, 0)
        return all == 0 ? 0 : doubled / all
    }

    /// For any number of classes (Gorodkin, Computational Biology and Chemistry 28, 2004), as scikit-learn has it.
    private var matthewsCorrelation: Double {
        var (right, picked, agreeing, total) = ([Int: Double](), [Int: Double](), 0.0, 0.0)
        for (pair, number) in classes {
            let number = Double(number)
            right[pair.right, default: 0] += number
            picked[pair.picked, default: 0] += number
            if pair.right == pair.picked { agreeing += number }
            total += number
        }
        let crossed = right.reduce(0) { $0 + $1.value * (picked[$1.key] ?? 0) }
        let rightSquares = right.values.reduce(0) { $0 + $1 * $1 }, pickedSquares = picked.values.reduce(0) { $0 + $1 * $1 }
        let spread = (total * total - pickedSquares) * (total * total - rightSquares)
        return spread == 0 ? 0 : (agreeing * total - crossed) / spread.squareRoot()
    }
}
