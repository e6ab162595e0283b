import AuditCrypto

/// What one sample brings to a comparison of two runs: figures and words of closed vocabularies, nothing that was asked or said.
package struct SampleFigures: Sendable {
    package let task: String
    package let id: String
    package let itemDigest: SHA256Digest
    package let domain: String?
    package let cluster: String?
    package let failed: Bool
    /// By `TaskDefinition.valueNames`: those values that are one number for each item.
    package let values: [String: Double]
    /// Whether it has values that are worked out from all items together, which are not compared item by item.
    package let hasOtherValues: Bool
    package let label: RefusalLabel?
    /// Where choices were scored: the probability of the choice that was picked, by softmax over the choices' log-likelihoods,
    /// and whether it was right.
    package let forecast: Forecast?

    package init(_ record: SampleRecord) {
        task = record.task
        id = record.id
        itemDigest = record.itemDigest
        domain = record.domain
        cluster = record.cluster
        failed = record.score == nil
        let all = record.score?.values ?? [:]
        values = all.compactMapValues(\.number)
        hasOtherValues = values.count < all.count
        label = record.score?.judgement?.label
        forecast = record.score.flatMap { Self.forecast($0, record.solution) }
    }

    /// Those whose rule picks a choice, the plainest first.
    private static let picking: [Metric] = [.accuracy, .normalisedAccuracy, .byteNormalisedAccuracy, .mutualInformationAccuracy]

    private static func forecast(_ score: SampleScore, _ solution: Solution) -> Forecast? {
        guard case .choices(let choices, _) = solution.output, choices.count > 1 else { return nil }
        for metric in picking {
            guard let pick = member(score.picks, metric), let value = member(score.values, metric)?.number, choices.indices.contains(pick) else { continue }
            let shares = LikelihoodScorer.softmax(choices.map(\.score.logLikelihood))
            return Forecast(probability: shares[pick], outcome: value == 1)
        }
        return nil
    }

    /// What stands under a metric's name, or under that and a filter's.
    private static func member<Value>(_ table: [String: Value], _ metric: Metric) -> Value? {
        table[metric.rawValue] ?? table.filter { $0.key.hasPrefix(metric.rawValue + ",") }.min { $0.key < $1.key }?.value
    }
}
