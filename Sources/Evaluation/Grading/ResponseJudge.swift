import AuditCrypto

/// A judge of responses, by rules or by a model: the one interface through which runs are graded and judges measured.
package protocol ResponseJudge: Sendable {
    var measure: JudgedMeasure { get }
    /// SHA-256 of the rules, or of a model's rubric.
    var rulesDigest: SHA256Digest { get }
    /// SHA-256 of the model that grades; nil for rules.
    var graderDigest: SHA256Digest? { get }
    /// A verdict for each, in order.
    /// - Throws: what a model throws when it is gone.
    func judge(_ items: [ModelGradedJudge.Item]) async throws -> [ModelGradedJudge.Verdict]
}

extension ModelGradedJudge: ResponseJudge {
    package var measure: JudgedMeasure { rubric.measure }
    package var rulesDigest: SHA256Digest { rubric.digest }
    package var graderDigest: SHA256Digest? { modelDigest }
}

/// The rules of a measure.
package struct RulesAsJudge: ResponseJudge {
    package let measure: JudgedMeasure
    private let rules: any RuleJudge

    package init(_ measure: JudgedMeasure) {
        self.measure = measure
        rules =
            switch measure {
            case .refusal: RefusalJudge()
            case .compliance: ComplianceJudge()
            case .quality: QualityJudge()
            }
    }

    package var rulesDigest: SHA256Digest { type(of: rules).digest }
    package var graderDigest: SHA256Digest? { nil }

    package func verdict(on response: String, to request: String?) -> JudgeVerdict { rules.verdict(on: response, to: request) }

    package func judge(_ items: [ModelGradedJudge.Item]) -> [ModelGradedJudge.Verdict] {
        items.map { ModelGradedJudge.Verdict(verdict: verdict(on: $0.response, to: $0.request)) }
    }
}

extension [EvaluationPlan.ModelFile] {
    /// Stands for the whole model: a single file's own SHA-256; of several, that over a line `DIGEST  PATH` for each, by path.
    package var digest: SHA256Digest {
        if count == 1 { return self[0].digest }
        let lines = map { "\($0.digest.hex)  \($0.path)\n" }.sorted { $0.dropFirst(64).utf8.lexicographicallyPrecedes($1.dropFirst(64).utf8) }
        return SHA256Digest.of([UInt8](lines.joined().utf8))
    }
}
