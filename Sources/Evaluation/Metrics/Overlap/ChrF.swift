/// chrF (Popović, WMT 2015) and chrF++ (Popović, WMT 2017) as sacrebleu 2.6.0 computes them: character n-grams up to 6
/// without white space, recall weighing twice as much as precision (β = 2), case kept; chrF++ has words and pairs of
/// words besides. Of several references the one with the segment's best score counts.
package struct ChrF: OverlapMetric {
    package struct Statistics: OverlapStatistics {
        package static let zero = Statistics(segments: 0, hypothesis: .zero, reference: .zero, matches: .zero)

        package fileprivate(set) var segments: Int
        /// N-grams of each order: characters 1...6, then words 1 and 2. The hypothesis' count only where the reference
        /// has any.
        package fileprivate(set) var hypothesis: SIMD8<Int>
        package fileprivate(set) var reference: SIMD8<Int>
        /// The hypothesis' n-grams that are in the reference.
        package fileprivate(set) var matches: SIMD8<Int>

        package static func += (sum: inout Statistics, other: Statistics) {
            sum.segments += other.segments
            sum.hypothesis &+= other.hypothesis
            sum.reference &+= other.reference
            sum.matches &+= other.matches
        }

        /// 0...100: F of the precision and the recall that the orders have on average, of those orders that both texts
        /// have.
        fileprivate var fMeasure: Double {
            var (precision, recall, orders) = (0.0, 0.0, 0.0)
            for order in 0..<SIMD8<Int>.scalarCount where hypothesis[order] > 0 && reference[order] > 0 {
                precision += Double(matches[order]) / Double(hypothesis[order])
                recall += Double(matches[order]) / Double(reference[order])
                orders += 1
            }
            guard precision + recall > 0 else { return 0 }
            precision /= orders
            recall /= orders
            let weight = 4.0  // β²
            return 100 * ((1 + weight) * precision * recall / (weight * precision + recall))
        }
    }

    private static let characterOrders = 6
    private let wordOrders: Int

    /// chrF.
    package static let characters = ChrF(wordOrders: 0)
    /// chrF++.
    package static let charactersAndWords = ChrF(wordOrders: 2)

    private init(wordOrders: Int) { self.wordOrders = wordOrders }

    package func statistics(hypothesis: String, references: [String]) throws(OverlapError) -> Statistics {
        let texts = ([hypothesis] + references).map { Array($0.unicodeScalars) }
        var candidates = [Statistics](
            repeating: Statistics(segments: 1, hypothesis: .zero, reference: .zero, matches: .zero), count: references.count)
        let characters = texts.map { $0.compactMap { TextScalars.isSpace($0) ? nil : $0.value } }
        Self.count(characters, orders: Self.characterOrders, from: 0, into: &candidates)
        if wordOrders > 0 {
            var vocabulary = Vocabulary()
            let words = texts.map { vocabulary.numbers(Self.words($0)) }
            Self.count(words, orders: wordOrders, from: Self.characterOrders, into: &candidates)
        }
        guard var best = candidates.first else { throw .noReferences }
        for candidate in candidates.dropFirst() where candidate.fMeasure > best.fMeasure { best = candidate }
        return best
    }

    /// 0...100.
    package func score(_ sum: Statistics) -> Double? { sum.segments > 0 ? sum.fMeasure : nil }

    /// - Parameters:
    ///   - texts: the hypothesis, then the references.
    ///   - first: where the orders begin in the statistics.
    ///   - candidates: the statistics with each reference.
    private static func count(_ texts: [[UInt32]], orders: Int, from first: Int, into candidates: inout [Statistics]) {
        let references = Array(texts.dropFirst())
        let overlap = NGramOverlap(hypothesis: texts[0], references: references, orders: orders)
        for (index, reference) in references.enumerated() {
            for order in 0..<orders {
                let count = NGramOverlap.count(reference, order: order + 1)
                candidates[index].reference[first + order] = count
                candidates[index].hypothesis[first + order] = count > 0 ? NGramOverlap.count(texts[0], order: order + 1) : 0
                candidates[index].matches[first + order] = overlap.matches[order][index]
            }
        }
    }

    /// Words, with one punctuation mark cut off: that at the end, or where there is none that at the beginning.
    private static func words(_ text: [Unicode.Scalar]) -> [ArraySlice<Unicode.Scalar>] {
        TextScalars.words(text).flatMap { word in
            if word.count > 1, let last = word.last, TextScalars.isPunctuation(last) { return [word.dropLast(), word.suffix(1)] }
            if word.count > 1, let first = word.first, TextScalars.isPunctuation(first) { return [word.prefix(1), word.dropFirst()] }
            return [word]
        }
    }
}
