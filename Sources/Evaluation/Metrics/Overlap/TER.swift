/// Translation edit rate (Snover et al., AMTA 2006) as sacrebleu 2.6.0 computes it by default: lower case, words at
/// white space, punctuation kept. Edits are words inserted, deleted or replaced and runs of words moved; of several
/// references the one that takes the fewest edits counts, and lengths are the references' mean.
///
/// The search for moves is bounded (`ShiftSearch.workLimit`, which two texts of 10,000 words do not reach). Where a
/// pair of texts goes beyond it the search ends there, so that more edits are counted and never fewer: a text that is
/// made to be expensive cannot gain by it. `Statistics.cutShort` says how often that happened.
package struct TER: OverlapMetric {
    package struct Statistics: OverlapStatistics {
        package static let zero = Statistics(segments: 0, edits: 0, referenceWords: 0, cutShort: 0)

        package fileprivate(set) var segments: Int
        package fileprivate(set) var edits: Int
        /// The mean over a segment's references.
        package fileprivate(set) var referenceWords: Double
        /// Segments whose search for moves ended at the bound: their edits can be more than sacrebleu's.
        package fileprivate(set) var cutShort: Int

        package static func += (sum: inout Statistics, other: Statistics) {
            sum.segments += other.segments
            sum.edits += other.edits
            sum.referenceWords += other.referenceWords
            sum.cutShort += other.cutShort
        }
    }

    package init() {}

    package func statistics(hypothesis: String, references: [String]) throws(OverlapError) -> Statistics {
        var vocabulary = Vocabulary()
        let hypothesis = vocabulary.numbers(TextScalars.words(TextScalars.lowercased(hypothesis)))
        var fewest: Int?
        var words = 0
        var cutShort = false
        for reference in references {
            let reference = vocabulary.numbers(TextScalars.words(TextScalars.lowercased(reference)))
            var search = ShiftSearch(hypothesis: hypothesis, reference: reference)
            let edits = search.edits()
            fewest = min(fewest ?? edits, edits)
            words += reference.count
            cutShort = cutShort || search.isCutShort
        }
        guard let fewest else { throw .noReferences }
        return Statistics(
            segments: 1, edits: fewest, referenceWords: Double(words) / Double(references.count), cutShort: cutShort ? 1 : 0)
    }

    /// Edits for 100 words of the references: 0 and more, less is better. 100 where all references are empty and some
    /// hypothesis is not.
    package func score(_ sum: Statistics) -> Double? {
        guard sum.segments > 0 else { return nil }
        if sum.referenceWords > 0 { return 100 * (Double(sum.edits) / sum.referenceWords) }
        return sum.edits > 0 ? 100 : 0
    }
}
