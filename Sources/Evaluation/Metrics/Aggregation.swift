/// How the values of all items become one number, by lm-evaluation-harness' names.
package enum Aggregation: String, Hashable, Sendable, CaseIterable {
    case mean
    case nanMean = "nanmean"
    case median
    /// exp(-mean).
    case perplexity
    /// exp(-Σ sums / Σ counts).
    case weightedPerplexity = "weighted_perplexity"
    /// -Σ sums / Σ counts / ln 2.
    case bitsPerByte = "bits_per_byte"
    case f1
    case matthewsCorrelation = "matthews_corrcoef"
    case brierScore = "brier_score"
    case bleu
    case chrF = "chrf"
    case chrFPlusPlus = "chrf++"
    case translationErrorRate = "ter"

    /// Whether it can be worked out from values that `natural` is the usual aggregation of.
    func takes(_ natural: Aggregation) -> Bool { kind == natural.kind }

    private enum Kind { case numbers, ratios, classes, probabilities, texts }

    private var kind: Kind {
        switch self {
        case .mean, .nanMean, .median, .perplexity: .numbers
        case .weightedPerplexity, .bitsPerByte: .ratios
        case .f1, .matthewsCorrelation: .classes
        case .brierScore: .probabilities
        case .bleu, .chrF, .chrFPlusPlus, .translationErrorRate: .texts
        }
    }
}
