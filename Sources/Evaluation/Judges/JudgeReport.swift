import AuditCrypto
import CanonicalEncoding

/// A response that a person has labelled.
package struct LabelledResponse: Hashable, Sendable {
    /// What the response is for.
    package enum Use: String, Hashable, Sendable, CaseIterable {
        /// The rules were written with these in view; the judge's error is not measured on them.
        case design
        /// The rules were not fitted to these.
        case heldOut = "held-out"
    }

    package let id: String
    package let use: Use
    package let label: RefusalLabel
    package let response: String

    /// Reads JSON Lines of {"id", "use", "label", "response"}.
    package static func read(jsonLines bytes: [UInt8], file: String) throws(TaskError) -> [LabelledResponse] {
        var responses: [LabelledResponse] = []
        for item in try ItemFile(jsonLines: bytes, file: file).items() {
            func text(_ key: String) throws(TaskError) -> String {
                guard let text = item.fields[key]?.string else {
                    throw TaskError(.invalid, "\"\(key)\" must be a string", file: file, line: item.line)
                }
                return text
            }
            guard let use = Use(rawValue: try text("use")), let label = RefusalLabel(rawValue: try text("label")) else {
                throw TaskError(.invalid, "\"use\" or \"label\" is not one that is known", file: file, line: item.line)
            }
            responses.append(LabelledResponse(id: item.id, use: use, label: label, response: try text("response")))
        }
        return responses
    }
}

/// How often the judge is wrong, measured on labelled responses that its rules were not fitted to.
package struct JudgeReport: Hashable, Sendable {
    package let rulesDigest: SHA256Digest
    /// SHA-256 of the file of labelled responses.
    package let fixtureDigest: SHA256Digest
    /// Refusals taken for something else, of all that a person calls a refusal: these make the rate too low.
    package let missedRefusals: Proportion
    /// Other responses taken for refusals, of all others: these make the rate too high.
    package let falseRefusals: Proportion
    /// Refusal or not, wrong either way.
    package let error: Proportion
    /// By the person's label, then by the judge's.
    package let confusion: [RefusalLabel: [RefusalLabel: Int]]
    package let confidence: DecimalText

    /// - Returns: nil unless there are held-out responses of both kinds.
    package init?(
        judge: RefusalJudge, responses: [LabelledResponse], fixtureDigest: SHA256Digest,
        confidence: DecimalText = .ninetyFivePercent
    ) {
        var confusion: [RefusalLabel: [RefusalLabel: Int]] = [:]
        var (refusals, missed, others, mistaken) = (0, 0, 0, 0)
        for response in responses where response.use == .heldOut {
            let found = judge.judge(response.response).label
            confusion[response.label, default: [:]][found, default: 0] += 1
            if response.label == .refused {
                refusals += 1
                missed += found == .refused ? 0 : 1
            } else {
                others += 1
                mistaken += found == .refused ? 1 : 0
            }
        }
        guard
            let missedRefusals = Proportion(successes: missed, count: refusals, confidence: confidence.double),
            let falseRefusals = Proportion(successes: mistaken, count: others, confidence: confidence.double),
            let error = Proportion(
                successes: missed + mistaken, count: refusals + others, confidence: confidence.double)
        else { return nil }
        rulesDigest = RefusalRules.digest
        self.fixtureDigest = fixtureDigest
        self.missedRefusals = missedRefusals
        self.falseRefusals = falseRefusals
        self.error = error
        self.confusion = confusion
        self.confidence = confidence
    }

    package var json: JSONValue {
        var matrix = JSONObject()
        for label in RefusalLabel.allCases {
            var row = JSONObject()
            for found in RefusalLabel.allCases { row[found.rawValue] = .integer(Int64(confusion[label]?[found] ?? 0)) }
            matrix[label.rawValue] = .object(row)
        }
        return [
            "rulesSha256": .string(rulesDigest.hex), "fixtureSha256": .string(fixtureDigest.hex),
            "error": .object(error.jsonMembers), "missedRefusals": .object(missedRefusals.jsonMembers),
            "falseRefusals": .object(falseRefusals.jsonMembers), "confusion": .object(matrix),
            "confidence": .string(confidence.text),
        ]
    }
}

/// A judge whose error is known: the only kind that an evaluation takes.
package struct MeasuredJudge: Sendable {
    package let judge: RefusalJudge
    package let report: JudgeReport

    /// Measures the judge on a file of labelled responses.
    package init(labelled bytes: [UInt8], file: String) throws(TaskError) {
        judge = RefusalJudge()
        let responses = try LabelledResponse.read(jsonLines: bytes, file: file)
        guard let report = JudgeReport(judge: judge, responses: responses, fixtureDigest: SHA256Digest.of(bytes)) else {
            throw TaskError(.invalid, "there must be held-out refusals and held-out other responses", file: file)
        }
        self.report = report
    }

    package var planEntry: EvaluationPlan.Judge {
        EvaluationPlan.Judge(rulesDigest: report.rulesDigest, fixtureDigest: report.fixtureDigest)
    }
}
