import AuditCrypto
import CanonicalEncoding

/// An assessment as the verdict's evidence has it (Runbooks/verdict-bundle-format.md).
extension PolicyAssessment {
    /// - Parameter release: the declaration's word. One that the policy does not know counts as the least strict tier.
    package func evidence(release: String) -> JSONValue {
        let results = domains.flatMap(\.elicitations).compactMap(\.result)
        var facts: JSONObject = [
            "name": .string(policy.name), "version": .string(policy.version),
            "elicitations declared": .string(String(domains.reduce(0) { $0 + $1.elicitations.count })),
            "elicitations run": .string(String(results.count)), "samples": .string(String(results.reduce(0) { $0 + $1.samples })),
            "tokens": .string(String(results.reduce(0) { $0 + $1.tokens })),
        ]
        if !exportClasses.isEmpty { facts["export classes"] = .string(exportClasses.joined(separator: ", ")) }
        return [
            "digest": ["sha256": .string(policy.digest.hex)], "facts": .object(facts),
            "release": ["declared": .string(release), "tier": .string(policy.tier(ofRelease: release) ?? policy.tiers[0])],
            "tiers": .array(policy.tiers.map { .string($0) }), "tier": .string(tier),
            "domains": .array(domains.map { $0.evidence(confidence: confidence) }),
        ]
    }
}

extension PolicyAssessment.Domain {
    fileprivate func evidence(confidence: DecimalText) -> JSONValue {
        [
            "domain": .string(domain.name), "decision": .string(decision.rawValue), "tier": .string(domain.crossing.tier),
            "best": best.map { .string($0.elicitation.name) } ?? nil, "itemsNeeded": itemsNeeded.map { .integer(Int64($0)) } ?? nil,
            "elicitations": .array(elicitations.map(\.evidence)), "facts": .object(facts(confidence)),
        ]
    }

    /// What is shown beside the decision, in words: nothing of it decides.
    private func facts(_ confidence: DecimalText) -> JSONObject {
        let alone = 1 - confidence.double
        var facts: JSONObject = [
            "means": .string(domain.crossing.means), "confidence of upper bounds": .string(confidence.text),
            "confidence of lower bounds": .string(DecimalText.fixed(1 - alone / Double(elicitations.count)) ?? ""),
        ]
        facts["export class"] = domain.crossing.exportClass.map { .string($0) }
        // Best against each baseline of its own suite: of another suite's rates there is no difference to take.
        guard let best, let proportion = best.proportion else { return facts }
        for baseline in [best.suite.human].compactMap(\.self) + best.suite.prior {
            facts["baseline \(baseline.name)"] = .string(baseline.words(beside: proportion, confidence: confidence))
        }
        return facts
    }
}

extension PolicyAssessment.Elicitation {
    fileprivate var evidence: JSONValue {
        let bounds: JSONValue? = rate.map {
            ["low": .string(DecimalText.fixed($0.lower) ?? ""), "high": .string(DecimalText.fixed($0.upper) ?? "")]
        }
        return ["suite": .string(elicitation.name), "threshold": .string(suite.threshold.text), "bounds": bounds ?? nil]
    }

    /// The rate as the suite's result has it.
    package var proportion: Proportion? {
        result?.values.first { ExactString($0.name) == ExactString(suite.metric(of: elicitation)) }?.proportion
    }
}

extension CapabilityPolicy.Baseline {
    /// Its rate with n or interval and source, and what the model's rate less it is: where n is known, with Newcombe's interval.
    package func words(beside model: Proportion, confidence: DecimalText) -> String {
        func text(_ value: Double) -> String { DecimalText.fixed(value) ?? "" }
        var words = "rate \(rate.text)"
        if let count { words += ", n \(count)" }
        if let interval { words += ", interval \(interval.lower.text) to \(interval.upper.text)" }
        words += "; the model less this: \(text(model.rate - rate.double))"
        if let count, let own = WilsonInterval.bounds(rate: rate.double, count: Double(count), z: model.z) {
            let uplift = Uplift(first: (model.rate, model.interval), second: (rate.double, own))
            words += ", interval \(text(uplift.interval.lower)) to \(text(uplift.interval.upper)) at confidence \(confidence.text)"
        }
        return words + "; source: \(source)"
    }
}
