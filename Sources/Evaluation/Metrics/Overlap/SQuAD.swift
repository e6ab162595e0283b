/// The measures of the SQuAD evaluation scripts (Rajpurkar et al., EMNLP 2016 and ACL 2018): answers that are the same,
/// or the F-measure of their words, in lower case and without ASCII punctuation, English articles and extra white
/// space. Of several references the best counts; a corpus' score is the mean.
package struct SQuAD: OverlapMetric {
    package enum Measure: Hashable, Sendable, CaseIterable {
        case exactMatch
        case f1
    }

    package enum Edition: Hashable, Sendable, CaseIterable {
        /// 1.1: two answers without words have nothing in common, F1 is 0.
        case one
        /// 2.0, for questions without an answer: two answers without words agree, F1 is 1; references without words
        /// count only when there is no other.
        case two
    }

    private let measure: Measure
    private let edition: Edition

    package init(_ measure: Measure, edition: Edition) {
        self.measure = measure
        self.edition = edition
    }

    package func statistics(hypothesis: String, references: [String]) throws(OverlapError) -> MeanStatistics {
        guard !references.isEmpty else { throw .noReferences }
        var vocabulary = Vocabulary()
        let hypothesis = vocabulary.numbers(Self.words(hypothesis))
        var answers = references.map { vocabulary.numbers(Self.words($0)) }
        if edition == .two, answers.contains(where: { !$0.isEmpty }) { answers.removeAll { $0.isEmpty } }
        let best: Double
        switch measure {
        case .exactMatch: best = answers.contains(hypothesis) ? 1 : 0
        case .f1:
            let common = NGramOverlap(hypothesis: hypothesis, references: answers, orders: 1).matches[0]
            best = zip(answers, common).map { fMeasure(hypothesis, $0, common: $1) }.max() ?? 0
        }
        return MeanStatistics(sum: best, segments: 1, cutShort: 0)
    }

    /// 0...1.
    package func score(_ sum: MeanStatistics) -> Double? { sum.mean }

    private func fMeasure(_ hypothesis: [UInt32], _ answer: [UInt32], common: Int) -> Double {
        guard common > 0 else { return edition == .two && hypothesis.isEmpty && answer.isEmpty ? 1 : 0 }
        let precision = Double(common) / Double(hypothesis.count)
        let recall = Double(common) / Double(answer.count)
        return 2 * precision * recall / (precision + recall)
    }

    /// The words that are compared. An article is a whole run of letters, digits and underscores; what stood around it
    /// comes apart.
    private static func words(_ text: String) -> [ArraySlice<Unicode.Scalar>] {
        let kept = TextScalars.lowercased(text).filter { !TextScalars.isPunctuation($0) }
        var spaced: [Unicode.Scalar] = []
        spaced.reserveCapacity(kept.count)
        var index = 0
        while index < kept.count {
            let run = kept[index...].prefix(while: TextScalars.isWord)
            if run.isEmpty {
                spaced.append(kept[index])
                index += 1
            } else {
                spaced += articles.contains { run.elementsEqual($0) } ? [" "] : run
                index = run.endIndex
            }
        }
        return TextScalars.words(spaced)
    }

    private static let articles = ["a", "an", "the"].map { Array($0.unicodeScalars) }
}
