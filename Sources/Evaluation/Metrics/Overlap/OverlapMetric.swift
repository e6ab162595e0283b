/// A metric that compares a text with its references and scores a corpus from sums.
///
/// Each segment (a hypothesis with its references) gives a small value; the values of a corpus are added up, and the
/// score is computed from the sum. So a corpus takes no more memory than a segment, the order of segments does not
/// matter, and a bootstrap resamples values instead of texts.
///
/// Texts are sequences of Unicode scalars, as Python has them, not of grapheme clusters, and nothing is normalised.
package protocol OverlapMetric: Sendable {
    associatedtype Statistics: OverlapStatistics

    /// What one segment adds to the sum.
    ///
    /// A corpus whose segments have different numbers of references is fine here, while lm-evaluation-harness cuts all
    /// to the smallest number; a caller who wants its results gives each segment as many.
    /// - Throws: `OverlapError.noReferences`.
    func statistics(hypothesis: String, references: [String]) throws(OverlapError) -> Statistics

    /// The score of all segments in `sum`; nil without segments.
    func score(_ sum: Statistics) -> Double?
}

/// What segments add up to.
package protocol OverlapStatistics: Hashable, Sendable {
    static var zero: Self { get }
    /// How many segments are in it.
    var segments: Int { get }
    static func += (sum: inout Self, other: Self)
}

extension OverlapStatistics {
    package static func + (one: Self, other: Self) -> Self {
        var sum = one
        sum += other
        return sum
    }
}

/// The sum of values that segments have of their own: the score is their mean.
package struct MeanStatistics: OverlapStatistics {
    package static let zero = MeanStatistics(sum: 0, segments: 0, cutShort: 0)

    package internal(set) var sum: Double
    package internal(set) var segments: Int
    /// Segments so long that not all of them was compared. None where the metric has no such bound.
    package internal(set) var cutShort: Int

    var mean: Double? { segments > 0 ? sum / Double(segments) : nil }

    package static func += (sum: inout MeanStatistics, other: MeanStatistics) {
        sum.sum += other.sum
        sum.segments += other.segments
        sum.cutShort += other.cutShort
    }
}

/// Why texts or labels could not be compared.
package enum OverlapError: Error, Hashable, Sendable, CustomStringConvertible {
    /// A segment without references.
    case noReferences
    /// The F1 of one class was asked for, but there are more than two classes.
    case tooManyLabels(Int)
    /// The F1 of one class was asked for, but there are two others.
    case otherLabels(positive: Int, found: [Int])

    package var description: String {
        switch self {
        case .noReferences:
            "there is no reference to compare the text with; give each item at least one target"
        case .tooManyLabels(let count):
            "F1 of one class needs at most two labels, and there are \(count); ask for the macro, micro or weighted average"
        case .otherLabels(let positive, let found):
            "F1 is asked for label \(positive), and the labels are \(found); number the classes 0 and 1, or ask for an average"
        }
    }
}
