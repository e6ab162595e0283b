/// How often each true label was predicted as which: what F1 and Matthews' correlation are computed from, as
/// scikit-learn 1.9.1 does it.
///
/// Its size is that of the pairs of labels that occur.
package struct LabelCounts: Hashable, Sendable {
    package static let zero = LabelCounts()

    private struct Pair: Hashable {
        let truth: Int
        let prediction: Int
    }

    private var pairs: [Pair: Int] = [:]

    package init() {}

    package mutating func add(truth: Int, prediction: Int) { pairs[Pair(truth: truth, prediction: prediction), default: 0] += 1 }

    package static func += (sum: inout LabelCounts, other: LabelCounts) {
        sum.pairs.merge(other.pairs, uniquingKeysWith: +)
    }

    package static func + (one: LabelCounts, other: LabelCounts) -> LabelCounts {
        var sum = one
        sum += other
        return sum
    }

    package var count: Int { pairs.values.reduce(0, +) }

    /// What F1 is taken of.
    package enum Average: Hashable, Sendable {
        /// One class of two.
        case binary(positive: Int)
        /// The mean over the classes.
        case macro
        /// All classes' counts together: here the share of right predictions.
        case micro
        /// The mean over the classes, each as often as it is true.
        case weighted
    }

    /// F1, 0...1: twice what is right over what is true and what is predicted. A class that is neither has 0.
    /// - Returns: nil without observations.
    /// - Throws: `OverlapError` where the labels are not those of two classes with the positive one among them.
    package func f1(_ average: Average) throws(OverlapError) -> Double? {
        let classes = classes
        guard !classes.isEmpty else { return nil }
        switch average {
        case .binary(let positive):
            guard classes.count <= 2 else { throw .tooManyLabels(classes.count) }
            let found = classes.map(\.label)
            guard classes.count < 2 || found.contains(positive) else { throw .otherLabels(positive: positive, found: found) }
            return classes.first { $0.label == positive }?.f1 ?? 0
        case .macro: return classes.reduce(0) { $0 + $1.f1 } / Double(classes.count)
        case .micro: return Double(classes.reduce(0) { $0 + $1.right }) / Double(count)
        case .weighted: return classes.reduce(0) { $0 + $1.f1 * Double($1.truth) } / Double(count)
        }
    }

    /// The correlation of truth and prediction, -1...1 (Matthews 1975; for more than two classes Gorodkin's R_K, 2004);
    /// 0 where all truths or all predictions are the same, nil without observations.
    package var matthewsCorrelation: Double? {
        let classes = classes
        guard !classes.isEmpty else { return nil }
        let total = Double(count)
        func sum(_ term: (Class) -> Double) -> Double { classes.reduce(0) { $0 + term($1) } }
        let covariance = sum { Double($0.right) } * total - sum { Double($0.truth) * Double($0.predicted) }
        let truths = total * total - sum { Double($0.truth) * Double($0.truth) }
        let predictions = total * total - sum { Double($0.predicted) * Double($0.predicted) }
        let product = truths * predictions
        return product == 0 ? 0 : covariance / product.squareRoot()
    }

    private struct Class {
        let label: Int
        var truth = 0
        var predicted = 0
        var right = 0

        var f1: Double { truth + predicted > 0 ? Double(2 * right) / Double(truth + predicted) : 0 }
    }

    /// Each label that occurs, in order.
    private var classes: [Class] {
        var classes: [Int: Class] = [:]
        for (pair, count) in pairs {
            classes[pair.truth, default: Class(label: pair.truth)].truth += count
            classes[pair.prediction, default: Class(label: pair.prediction)].predicted += count
            if pair.truth == pair.prediction { classes[pair.truth, default: Class(label: pair.truth)].right += count }
        }
        return classes.values.sorted { $0.label < $1.label }
    }
}
