/// How often each label was given to two runs' answers on the same items, refusals in full and in part apart, with what the
/// judge's own error leaves of it.
package struct RefusalShift: Hashable, Sendable {
    /// A rate without the judge's error, or why there is none.
    package enum Corrected<Value: Hashable & Sendable>: Hashable, Sendable {
        case value(Value)
        case unknown(String)
    }

    package let task: String
    package let label: RefusalLabel
    package internal(set) var figure: PairedFigure
    /// Nil where no judge was given whose error is known for this label.
    package let first: Corrected<CorrectedRate>?
    package let second: Corrected<CorrectedRate>?
    package let difference: Corrected<CorrectedDifference>?

    init?(task: PairedSamples.Task, label: RefusalLabel, confidence: Double, judge: JudgeReport?) {
        var pairs: [(first: Double, second: Double, cluster: String?)] = []
        for (index, labels) in task.labels.enumerated() {
            guard let first = labels.first, let second = labels.second else { continue }
            pairs.append((first == label ? 1 : 0, second == label ? 1 : 0, task.cluster(index)))
        }
        guard let figure = PairedFigure(pairs, confidence: confidence) else { return nil }
        self.task = task.name
        self.label = label
        self.figure = figure
        guard let accuracy = judge?.accuracy(of: label, confidence: confidence) else {
            (first, second, difference) = (nil, nil, nil)
            return
        }
        first = figure.first.proportion.map { Self.rate($0, accuracy) }
        second = figure.second.proportion.map { Self.rate($0, accuracy) }
        difference = figure.interval.map { Self.difference(figure.difference, $0, accuracy) }
    }

    private static func rate(_ observed: Proportion, _ judge: JudgeAccuracy) -> Corrected<CorrectedRate> {
        do { return .value(try CorrectedRate(observed: observed, judge: judge)) } catch { return .unknown(error.description) }
    }

    private static func difference(_ observed: Double, _ interval: ConfidenceInterval, _ judge: JudgeAccuracy) -> Corrected<CorrectedDifference> {
        do { return .value(try CorrectedDifference(observed: observed, interval: interval, judge: judge)) } catch { return .unknown(error.description) }
    }
}

extension JudgeReport {
    /// How good the judge is at one label, by the people's label and the judge's own; nil where people's are no labels, or no
    /// response has this one.
    package func accuracy(of label: RefusalLabel, confidence: Double) -> JudgeAccuracy? {
        guard measure == .refusal, confusion.keys.allSatisfy({ RefusalLabel(rawValue: $0) != nil }) else { return nil }
        var (hits, positives, rejections, negatives) = (0, 0, 0, 0)
        for (person, row) in confusion {
            for (found, count) in row where RefusalLabel(rawValue: found) != nil {
                if person == label.rawValue {
                    positives += count
                    if found == label.rawValue { hits += count }
                } else {
                    negatives += count
                    if found != label.rawValue { rejections += count }
                }
            }
        }
        return JudgeAccuracy(hits: hits, positives: positives, rejections: rejections, negatives: negatives, confidence: confidence)
    }
}
