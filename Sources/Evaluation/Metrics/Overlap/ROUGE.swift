/// ROUGE (Lin, ACL workshop 2004) as rouge_score 0.1.2 computes it by default, without stemming: the F-measure of words
/// (ROUGE-1), of pairs of words (ROUGE-2), or of the longest common subsequence of words (ROUGE-L). Words are runs of
/// a...z and 0...9 in lower case, so that texts in other scripts have none. Of several references the one with the best
/// F-measure counts; a corpus' score is the mean.
///
/// ROUGE-L takes time with the product of the lengths. Of longer texts only the first `longestText` words can be
/// matched, while all are counted, so that the score falls and never rises; `MeanStatistics.cutShort` says how often
/// that happened.
package struct ROUGE: OverlapMetric {
    package enum Kind: Hashable, Sendable, CaseIterable {
        case words
        case pairs
        case longestSubsequence
    }

    /// Half a second for a pair of texts.
    static let longestText = 1 << 17

    private let kind: Kind

    package init(_ kind: Kind) { self.kind = kind }

    package func statistics(hypothesis: String, references: [String]) throws(OverlapError) -> MeanStatistics {
        guard !references.isEmpty else { throw .noReferences }
        var vocabulary = Vocabulary()
        let hypothesis = vocabulary.numbers(Self.words(hypothesis))
        let references = references.map { vocabulary.numbers(Self.words($0)) }
        let matches: [Int]
        var order = 1
        var cutShort = false
        switch kind {
        case .words: matches = NGramOverlap(hypothesis: hypothesis, references: references, orders: 1).matches[0]
        case .pairs:
            order = 2
            matches = NGramOverlap(hypothesis: hypothesis, references: references, orders: 2).matches[1]
        case .longestSubsequence:
            let start = Array(hypothesis.prefix(Self.longestText))
            matches = references.map {
                LongestCommonSubsequence.length(start, Array($0.prefix(Self.longestText)), vocabulary: vocabulary.count)
            }
            cutShort = ([hypothesis] + references).contains { $0.count > Self.longestText }
        }
        let best = zip(references, matches).map { reference, matches in
            Self.fMeasure(
                matches: matches, hypothesis: NGramOverlap.count(hypothesis, order: order),
                reference: NGramOverlap.count(reference, order: order))
        }.max() ?? 0
        return MeanStatistics(sum: best, segments: 1, cutShort: cutShort ? 1 : 0)
    }

    /// 0...1.
    package func score(_ sum: MeanStatistics) -> Double? { sum.mean }

    private static func words(_ text: String) -> [ArraySlice<Unicode.Scalar>] {
        TextScalars.lowercased(text).split { !("a"..."z").contains($0) && !TextScalars.isDigit($0) }
    }

    private static func fMeasure(matches: Int, hypothesis: Int, reference: Int) -> Double {
        guard matches > 0 else { return 0 }
        let precision = Double(matches) / Double(hypothesis)
        let recall = Double(matches) / Double(reference)
        return 2 * precision * recall / (precision + recall)
    }
}
