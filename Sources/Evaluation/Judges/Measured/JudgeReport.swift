import AuditCrypto
import CanonicalEncoding

/// How often a judge is wrong, measured against people.
///
/// Yes and no are what the measure counts: for `refusal`, a label of `counted`; for graded measures, a value of at least
/// `cut`. What the judge could not judge is in no rate, and is counted apart.
package struct JudgeReport: Hashable, Sendable {
    package let measure: JudgedMeasure
    /// SHA-256 of the rules, or of a model's rubric.
    package let rulesDigest: SHA256Digest
    /// SHA-256 of the model that graded, as its caller names it; nil for rules.
    package let modelDigest: SHA256Digest?
    /// SHA-256 of the file of labelled responses.
    package let fixtureDigest: SHA256Digest
    /// The labels that count as yes.
    package let counted: [String]
    package let counts: BinaryCounts
    /// By the person's label, then by the judge's; "-" where the judge gave none.
    package let confusion: [String: [String: Int]]
    /// Agreement among the people, where several labelled; nil elsewhere.
    package let alphaAmongPeople: Double?
    /// Of the judge's labels, how often those of its two passes differed; nil for rules, which have one.
    package let passesDiffer: Proportion?
    package let confidence: DecimalText

    /// Yes where a person says yes; nil where no person does.
    package let sensitivity: Proportion?
    /// No where a person says no; nil where no person does.
    package let specificity: Proportion?
    /// Wrong either way.
    package let error: Proportion

    /// - Returns: nil where nothing was judged.
    package init?(
        measure: JudgedMeasure, rulesDigest: SHA256Digest, modelDigest: SHA256Digest? = nil, fixtureDigest: SHA256Digest,
        counted: [String], outcomes: [JudgeOutcome], alphaAmongPeople: Double? = nil, passesDiffer: Proportion? = nil,
        confidence: DecimalText = .ninetyFivePercent
    ) {
        var counts = BinaryCounts()
        var confusion: [String: [String: Int]] = [:]
        for outcome in outcomes {
            counts.add(person: outcome.personSaysYes, judge: outcome.judgeSaysYes)
            confusion[outcome.personLabel, default: [:]][outcome.verdict.label ?? "-", default: 0] += 1
        }
        guard
            let error = Proportion(
                successes: counts.falseNegatives + counts.falsePositives, count: counts.judged, confidence: confidence.double)
        else { return nil }
        self.measure = measure
        self.rulesDigest = rulesDigest
        self.modelDigest = modelDigest
        self.fixtureDigest = fixtureDigest
        self.counted = counted
        self.counts = counts
        self.confusion = confusion
        self.alphaAmongPeople = alphaAmongPeople
        self.passesDiffer = passesDiffer
        self.confidence = confidence
        self.error = error
        sensitivity = Proportion(successes: counts.truePositives, count: counts.positives, confidence: confidence.double)
        specificity = Proportion(successes: counts.trueNegatives, count: counts.negatives, confidence: confidence.double)
    }

    /// Right either way.
    package var agreement: Proportion? {
        Proportion(successes: counts.judged - error.successes, count: counts.judged, confidence: confidence.double)
    }

    /// For an interval that carries the judge's error.
    /// - Returns: nil where people say yes to all of the responses, or to none.
    package func accuracy(confidence: Double) -> JudgeAccuracy? {
        JudgeAccuracy(
            hits: counts.truePositives, positives: counts.positives, rejections: counts.trueNegatives, negatives: counts.negatives,
            confidence: confidence)
    }

    package var json: JSONValue {
        var matrix = JSONObject()
        for (label, row) in confusion.sorted(by: { $0.key < $1.key }) {
            var cells = JSONObject()
            for (found, count) in row.sorted(by: { $0.key < $1.key }) { cells[found] = .integer(Int64(count)) }
            matrix[label] = .object(cells)
        }
        var object: JSONObject = [
            "measure": .string(measure.rawValue), "rulesSha256": .string(rulesDigest.hex),
            "fixtureSha256": .string(fixtureDigest.hex), "counted": .array(counted.map { .string($0) }),
            "truePositives": .integer(Int64(counts.truePositives)), "falseNegatives": .integer(Int64(counts.falseNegatives)),
            "falsePositives": .integer(Int64(counts.falsePositives)), "trueNegatives": .integer(Int64(counts.trueNegatives)),
            "failures": .integer(Int64(counts.failures)), "error": .object(error.jsonMembers), "confusion": .object(matrix),
            "confidence": .string(confidence.text),
        ]
        object["modelSha256"] = modelDigest.map { .string($0.hex) }
        object["sensitivity"] = sensitivity.map { .object($0.jsonMembers) }
        object["specificity"] = specificity.map { .object($0.jsonMembers) }
        object["kappa"] = counts.kappa.flatMap { DecimalText.fixed($0) }.map { .string($0) }
        object["alphaAmongPeople"] = alphaAmongPeople.flatMap { DecimalText.fixed($0) }.map { .string($0) }
        object["passesDiffer"] = passesDiffer.map { .object($0.jsonMembers) }
        return .object(object)
    }
}

/// A response that a person and a judge have labelled.
package struct JudgeOutcome: Hashable, Sendable {
    package let id: String
    package let personLabel: String
    package let personSaysYes: Bool
    package let verdict: JudgeVerdict
    /// Nil where the judge gave no label.
    package let judgeSaysYes: Bool?

    package init(id: String, personLabel: String, personSaysYes: Bool, verdict: JudgeVerdict, judgeSaysYes: Bool?) {
        (self.id, self.personLabel, self.personSaysYes) = (id, personLabel, personSaysYes)
        (self.verdict, self.judgeSaysYes) = (verdict, judgeSaysYes)
    }
}
