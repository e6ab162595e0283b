/// A judge against people, yes or no, in counts: what an interval for a rate needs in order to carry the judge's error.
package struct BinaryCounts: Hashable, Sendable {
    /// A person says yes, and so does the judge.
    package private(set) var truePositives = 0
    package private(set) var falseNegatives = 0
    package private(set) var falsePositives = 0
    package private(set) var trueNegatives = 0
    /// The judge gave no label, where a person says yes, and where no. In no other count.
    package private(set) var failedPositives = 0
    package private(set) var failedNegatives = 0

    package init() {}

    package init(truePositives: Int, falseNegatives: Int, falsePositives: Int, trueNegatives: Int) {
        (self.truePositives, self.falseNegatives) = (truePositives, falseNegatives)
        (self.falsePositives, self.trueNegatives) = (falsePositives, trueNegatives)
    }

    /// - Parameter judge: nil where it gave no label.
    package mutating func add(person: Bool, judge: Bool?) {
        switch (person, judge) {
        case (true, true?): truePositives += 1
        case (true, false?): falseNegatives += 1
        case (false, true?): falsePositives += 1
        case (false, false?): trueNegatives += 1
        case (true, nil): failedPositives += 1
        case (false, nil): failedNegatives += 1
        }
    }

    package var positives: Int { truePositives + falseNegatives }
    package var negatives: Int { falsePositives + trueNegatives }
    package var judged: Int { positives + negatives }
    package var failures: Int { failedPositives + failedNegatives }

    /// Cohen's kappa (Educational and Psychological Measurement 20, 1960): agreement beyond what two who decide by their
    /// own rates, independently, would have. Nil where nothing was judged, or where both always say the same.
    package var kappa: Double? {
        guard judged > 0 else { return nil }
        let total = Double(judged)
        let observed = Double(truePositives + trueNegatives) / total
        let judgeYes = Double(truePositives + falsePositives) / total
        let personYes = Double(positives) / total
        let expected = judgeYes * personYes + (1 - judgeYes) * (1 - personYes)
        guard expected < 1 else { return nil }
        return (observed - expected) / (1 - expected)
    }
}
