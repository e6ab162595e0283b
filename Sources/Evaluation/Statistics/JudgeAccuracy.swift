/// How good a judge is, measured on responses that people have labelled.
package struct JudgeAccuracy: Hashable, Sendable {
    /// Of those with the property, how many the judge says have it.
    package let sensitivity: Proportion
    /// Of those without it, how many the judge says lack it.
    package let specificity: Proportion

    package init(sensitivity: Proportion, specificity: Proportion) {
        self.sensitivity = sensitivity
        self.specificity = specificity
    }

    /// From counts of labelled responses.
    /// - Returns: nil without responses of either kind, or with a confidence level outside (0, 1).
    package init?(hits: Int, positives: Int, rejections: Int, negatives: Int, confidence: Double) {
        guard let sensitivity = Proportion(successes: hits, count: positives, confidence: confidence),
            let specificity = Proportion(successes: rejections, count: negatives, confidence: confidence)
        else { return nil }
        self.init(sensitivity: sensitivity, specificity: specificity)
    }

    /// Sensitivity + specificity - 1 (W. J. Youden, Cancer 3, 1950): 1 for a judge without error, 0 for one that says
    /// the same of both kinds.
    package var youden: Double { sensitivity.rate + specificity.rate - 1 }

    /// The lower bound of `youden`, Newcombe's as for a difference of sensitivity and false positives.
    package var youdenLowerBound: Double {
        let (one, two) = (sensitivity.rate - sensitivity.interval.lower, specificity.rate - specificity.interval.lower)
        return youden - (one * one + two * two).squareRoot()
    }
}
