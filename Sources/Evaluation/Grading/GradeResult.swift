import AuditCrypto
import CanonicalEncoding

/// What a judge makes of one suite's answers: how often it says yes, and how often it would say so without its measured error.
package struct GradeResult: Hashable, Sendable {
    /// Why there is no corrected rate.
    package enum Uncorrected: Hashable, Sendable {
        case judge(CorrectionError)
        /// People say the same of all labelled responses, so that one of the judge's two errors is not known.
        case oneSided
        /// Some answers have no verdict: the others are a selection that nobody chose.
        case failures

        package var reason: String {
            switch self {
            case .judge(let error): error.description
            case .oneSided: "people say the same of all labelled responses: label some of the other kind"
            case .failures: "some answers have no verdict, so that the rate is of a selection"
            }
        }

        package var code: String {
            switch self {
            case .judge(let error): error.rawValue
            case .oneSided: "oneSided"
            case .failures: "failures"
            }
        }
    }

    /// The judge against the rules, on these answers: no measure of who is right.
    package struct Comparison: Hashable, Sendable {
        package let agreement: Proportion
        /// Cohen's.
        package let kappa: Double?
        /// Krippendorff's, nominal.
        package let alpha: Double?
    }

    package let task: String
    package let measure: JudgedMeasure
    /// Yes among the answers with a verdict; nil where there is none. Answers to one item, and items of one cluster, go together.
    package let rate: Proportion?
    package let corrected: CorrectedRate?
    package let uncorrected: Uncorrected?
    /// How often each label was given.
    package let labels: [String: Int]
    package let answers: Int
    package let failures: Int
    /// Of the verdicts with two passes, how often those differ.
    package let passesDiffer: Proportion?
    /// Answers that speak to whoever grades them.
    package let injections: Int
    package let rules: Comparison?
}

/// Takes grades in, one by one: of each a bit and its cluster is kept.
package struct GradeTally {
    private let cut: LabelCut
    private var outcomes: [(success: Bool, cluster: String?)] = []
    private var agreements: [(success: Bool, cluster: String?)] = []
    private var againstRules = BinaryCounts()
    private var labels: [String: Int] = [:]
    private var (answers, failures, injections, read, differing) = (0, 0, 0, 0, 0)

    package init(_ cut: LabelCut) { self.cut = cut }

    package mutating func add(_ record: GradeRecord) {
        answers += 1
        if record.verdict.injection != nil { injections += 1 }
        if record.verdict.readings.count == 2, record.verdict.readings.allSatisfy({ $0 != nil }) {
            read += 1
            if record.verdict.passesDiffer { differing += 1 }
        }
        guard let label = record.verdict.verdict.label else {
            failures += 1
            return
        }
        labels[label, default: 0] += 1
        let isYes = cut.counted.contains(label)
        outcomes.append((isYes, record.cluster))
        guard let rules = record.rulesLabel else { return }
        let rulesSayYes = cut.counted.contains(rules)
        againstRules.add(person: rulesSayYes, judge: isYes)
        agreements.append((rulesSayYes == isYes, record.cluster))
    }

    package func result(task: String, report: JudgeReport) -> GradeResult {
        let confidence = report.confidence.double
        let rate = Proportion(outcomes: outcomes, confidence: confidence)
        var (corrected, uncorrected) = (CorrectedRate?.none, GradeResult.Uncorrected?.none)
        if failures > 0 {
            uncorrected = .failures
        } else if let accuracy = report.accuracy {
            if let rate {
                do throws(CorrectionError) {
                    corrected = try CorrectedRate(observed: rate, judge: accuracy)
                } catch {
                    uncorrected = .judge(error)
                }
            }
        } else {
            uncorrected = .oneSided
        }
        return GradeResult(
            task: task, measure: report.measure, rate: rate, corrected: corrected, uncorrected: uncorrected, labels: labels,
            answers: answers, failures: failures, passesDiffer: Proportion(successes: differing, count: read, confidence: confidence),
            injections: injections,
            rules: Proportion(outcomes: agreements, confidence: confidence).map { agreement in
                let counts = againstRules
                func units(_ count: Int, _ rules: Double, _ judge: Double) -> [[Double]] { Array(repeating: [rules, judge], count: count) }
                return GradeResult.Comparison(
                    agreement: agreement, kappa: counts.kappa,
                    alpha: KrippendorffAlpha.alpha(
                        units: units(counts.truePositives, 1, 1) + units(counts.falseNegatives, 1, 0)
                            + units(counts.falsePositives, 0, 1) + units(counts.trueNegatives, 0, 0), distance: .nominal))
            })
    }
}

extension GradeResult {
    package var json: JSONValue {
        var counts = JSONObject()
        for label in measure.labels { counts[label] = .integer(Int64(labels[label] ?? 0)) }
        var object: JSONObject = [
            "task": .string(task), "measure": .string(measure.rawValue), "answers": .integer(Int64(answers)),
            "failures": .integer(Int64(failures)), "injections": .integer(Int64(injections)), "labels": .object(counts),
        ]
        object["judged"] = rate.map { .object($0.jsonMembers) }
        object["corrected"] = corrected.map { corrected in
            [
                "rate": .string(DecimalText.fixed(corrected.rate) ?? ""), "lower": .string(DecimalText.fixed(corrected.interval.lower) ?? ""),
                "upper": .string(DecimalText.fixed(corrected.interval.upper) ?? ""),
            ]
        }
        object["uncorrected"] = uncorrected.map { ["code": .string($0.code), "reason": .string($0.reason)] }
        object["passesDiffer"] = passesDiffer.map { .object($0.jsonMembers) }
        object["rules"] = rules.map { rules in
            var object: JSONObject = ["agreement": .object(rules.agreement.jsonMembers)]
            object["kappa"] = rules.kappa.flatMap { DecimalText.fixed($0) }.map { .string($0) }
            object["alpha"] = rules.alpha.flatMap { DecimalText.fixed($0) }.map { .string($0) }
            return .object(object)
        }
        return .object(object)
    }
}
