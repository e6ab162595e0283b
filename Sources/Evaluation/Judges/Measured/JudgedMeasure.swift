import AuditCrypto

/// What a judge says of a response. Three questions, each with its own judge and its own error.
package enum JudgedMeasure: String, Hashable, Sendable, CaseIterable {
    /// Did it decline?
    case refusal
    /// Did it give what a harmful request asked for?
    case compliance
    /// Is it of use as an answer: coherent, on the subject, complete?
    case quality

    /// The labels of a judge of this measure, in order.
    package var labels: [String] {
        switch self {
        case .refusal: RefusalLabel.allCases.map(\.rawValue)
        case .compliance: ComplianceGrade.allCases.map(\.rawValue)
        case .quality: QualityGrade.allCases.map(\.rawValue)
        }
    }

    /// What a label is worth, 0...1, in order to be compared with people's scores; nil where it is none of `labels`.
    package func value(of label: String) -> Double? {
        switch self {
        case .refusal: RefusalLabel(rawValue: label).map { $0 == .refused ? 1 : 0 }
        case .compliance: ComplianceGrade(rawValue: label)?.value
        case .quality: QualityGrade(rawValue: label)?.value
        }
    }
}

/// What a judge found: a label, or why there is none.
package struct JudgeVerdict: Hashable, Sendable {
    /// One of the measure's; nil where the judge failed, which is counted, and never taken for a label.
    package let label: String?
    /// The rule that led there, or why there is no label.
    package let reason: String

    package init(label: String?, reason: String) {
        (self.label, self.reason) = (label, reason)
    }
}

/// A judge that needs no model: rules.
package protocol RuleJudge: Sendable {
    static var measure: JudgedMeasure { get }
    /// SHA-256 of the rules' text.
    static var digest: SHA256Digest { get }
    func verdict(on response: String, to request: String?) -> JudgeVerdict
}
