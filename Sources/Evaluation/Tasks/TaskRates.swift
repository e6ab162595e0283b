/// Which of a task's figures are rates: means of values that are 1 or 0 for every item. Only a rate can be held against a
/// threshold, for only of a rate is it known how far it may be off.
extension TaskDefinition {
    /// The names of its rates, in the order of `valueNames`. What the task's own functions give may be one: that is seen when all
    /// samples are scored, and until then it counts as one.
    package var rateNames: [String] {
        filters.flatMap { filter in
            metrics.filter { $0.aggregation == .mean && isZeroOrOne($0.metric, filter) }.map { Self.valueName($0.name, filter: filter.name) }
        }
    }

    private func isZeroOrOne(_ metric: Metric?, _ filter: FilterPipeline) -> Bool {
        switch metric {
        case nil: true
        case .accuracy, .normalisedAccuracy, .byteNormalisedAccuracy, .mutualInformationAccuracy, .refusalRate: true
        // Of several responses a share is right.
        case .exactMatch, .codePass: outputType != .generateUntil || filter.givesOne(of: repeats)
        case .f1, .matthewsCorrelation, .brierScore, .perplexity, .wordPerplexity, .bytePerplexity, .bitsPerByte, .bleu, .chrF,
            .chrFPlusPlus, .translationErrorRate:
            false
        }
    }
}

extension FilterPipeline {
    /// Whether one response is left of so many.
    func givesOne(of repeats: Int) -> Bool {
        var (isOne, isText) = (repeats == 1, false)
        for step in steps {
            switch step {
            case .takeFirst: (isOne, isText) = (true, true)
            case .majorityVote: (isOne, isText) = (true, false)
            case .takeFirstOf(let count): if !isText { isOne = isOne || count == 1 }
            case .removeWhitespace, .lowercase, .uppercase, .expression, .choice, .map:
                // Of a text that was taken out of the list, these make a list of what came of its characters.
                if isText { (isOne, isText) = (false, false) }
            }
        }
        return isOne
    }
}
