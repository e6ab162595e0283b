import Glibc

/// Corpus BLEU (Papineni et al., ACL 2002) as sacrebleu 2.6.0 computes it by default (Post, WMT 2018): tokenizer 13a,
/// n-grams up to 4, case kept, exponential smoothing of orders without matches, all orders counted.
package struct BLEU: OverlapMetric {
    package struct Statistics: OverlapStatistics {
        package static let zero = Statistics(
            segments: 0, hypothesisWords: 0, referenceWords: 0, matches: .zero, totals: .zero)

        package fileprivate(set) var segments: Int
        package fileprivate(set) var hypothesisWords: Int
        /// Words of the reference whose length is closest to the hypothesis', the shorter of two equally close.
        package fileprivate(set) var referenceWords: Int
        /// The hypothesis' n-grams of order 1...4 that are in a reference, and all.
        package fileprivate(set) var matches: SIMD4<Int>
        package fileprivate(set) var totals: SIMD4<Int>

        package static func += (sum: inout Statistics, other: Statistics) {
            sum.segments += other.segments
            sum.hypothesisWords += other.hypothesisWords
            sum.referenceWords += other.referenceWords
            sum.matches &+= other.matches
            sum.totals &+= other.totals
        }
    }

    private static let orders = 4

    package init() {}

    package func statistics(hypothesis: String, references: [String]) throws(OverlapError) -> Statistics {
        var vocabulary = Vocabulary()
        let hypothesis = vocabulary.numbers(Tokenizer13a.words(hypothesis))
        let references = references.map { vocabulary.numbers(Tokenizer13a.words($0)) }
        let closest = references.map(\.count).min { (abs($0 - hypothesis.count), $0) < (abs($1 - hypothesis.count), $1) }
        guard let closest else { throw .noReferences }
        let overlap = NGramOverlap(hypothesis: hypothesis, references: references, orders: Self.orders)
        return Statistics(
            segments: 1, hypothesisWords: hypothesis.count, referenceWords: closest,
            matches: SIMD4(overlap.pooledMatches),
            totals: SIMD4((1...Self.orders).map { NGramOverlap.count(hypothesis, order: $0) }))
    }

    /// 0...100.
    package func score(_ sum: Statistics) -> Double? {
        guard sum.segments > 0 else { return nil }
        guard sum.matches != .zero else { return 0 }
        var smoothing = 1.0
        var logarithms = 0.0
        for order in 0..<Self.orders {
            let total = Double(sum.totals[order])
            // Without n-grams of an order precision is 0, and so is the product.
            guard total > 0 else { return 0 }
            if sum.matches[order] == 0 {
                smoothing *= 2
                logarithms += log(100 / (smoothing * total))
            } else {
                logarithms += log(100 * Double(sum.matches[order]) / total)
            }
        }
        let ratio = Double(sum.referenceWords) / Double(sum.hypothesisWords)
        let brevityPenalty = ratio > 1 ? exp(1 - ratio) : 1
        return brevityPenalty * exp(logarithms / Double(Self.orders))
    }
}
