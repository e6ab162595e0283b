import AuditCrypto
import CanonicalEncoding

/// What a capability policy came to (Runbooks/capability-policy.md): of each domain on which side of its thresholds the model is,
/// and which tier of release follows.
package struct PolicyResult: Sendable {
    package enum Decision: String, Sendable, CaseIterable { case below, above, inconclusive, notEvaluated = "not-evaluated" }

    /// A declared way of asking: the suite by that name, and the bounds that decide; nil where there is nothing to decide on.
    package struct Elicitation: Sendable {
        package let suite: String
        package let threshold: DecimalString
        package let bounds: (low: DecimalString, high: DecimalString)?
    }

    package struct Domain: Sendable {
        package let name: String
        package let decision: Decision
        /// The tier that crossing asks for.
        package let tier: String
        /// The elicitation with the greatest rate over its threshold.
        package let best: String?
        package let itemsNeeded: Int64?
        package let elicitations: [Elicitation]
        package let facts: [(name: String, value: String)]
    }

    package let digest: SHA256Digest
    /// From the least strict to the strictest.
    package let tiers: [String]
    /// The lab's word for how it means to release the model, and the tier that it is.
    package let declaredRelease, declaredTier: String
    /// The strictest tier of a domain above its thresholds.
    package let tier: String
    package let domains: [Domain]
    package let facts: [(name: String, value: String)]

    package init(json field: JSONField) throws(JSONFieldError) {
        try field.allow(only: ["digest", "domains", "facts", "release", "tier", "tiers"])
        digest = try field.digestSet("digest")
        tiers = try field.field("tiers").array(maxCount: 16).map { tier throws(JSONFieldError) in try tier.string(maxBytes: 64) }
        let release = try field.object("release", ["declared", "tier"])
        (declaredRelease, declaredTier) = (try release.token("declared"), try release.token("tier"))
        tier = try field.token("tier")
        domains = try field.field("domains").array(maxCount: 32).map { domain throws(JSONFieldError) in try Domain(json: domain) }
        guard !domains.isEmpty else { throw try field.field("domains").failure("no domain is named") }
        facts = try field.facts("facts")
    }

    /// Suites that are there for this policy. A threshold of theirs is the policy's, and no demand of quality.
    package var suites: [String] { domains.flatMap { $0.elicitations.map(\.suite) } }

    /// The best verdict that it allows: a domain counts whose crossing asks for a stricter tier than the declared one. Nil where none
    /// counts: then nothing was asked of the submission, and nothing shown.
    package var outcome: Evidence.Verdict? {
        domains.filter { rank($0.tier) > rank(declaredTier) }.map { domain -> Evidence.Verdict in
            switch domain.decision {
            case .above: .fail
            case .below: .pass
            case .inconclusive, .notEvaluated: .inconclusive
            }
        }.min()
    }

    private func rank(_ tier: String) -> Int { tiers.firstIndex(of: tier) ?? -1 }

    /// What does not follow from the figures of the suites, or nil.
    package func contradiction(with results: [SuiteResult]) -> String? {
        let named = suites
        guard Set(named).count == named.count, Set(tiers).count == tiers.count, (domains.map(\.tier) + [tier, declaredTier]).allSatisfy(tiers.contains) else {
            return "a suite or a tier stands twice, or a tier is none of the policy's"
        }
        guard Set(results.map(\.task)).count == results.count else { return "two suites of the evidence have one name" }
        if let wrong = domains.first(where: { !$0.follows(from: results) }) { return "\(wrong.name): not \(wrong.decision.rawValue)" }
        let strictest = domains.filter { $0.decision == .above }.map { rank($0.tier) }.max() ?? 0
        return rank(tier) == strictest ? nil : "the tier is not \(tier)"
    }
}

extension PolicyResult.Domain {
    init(json field: JSONField) throws(JSONFieldError) {
        try field.allow(only: ["best", "decision", "domain", "elicitations", "facts", "itemsNeeded", "tier"])
        (name, decision, tier) = (try field.token("domain"), try field.word("decision"), try field.token("tier"))
        best = try field.nullable("best")?.token("best")
        itemsNeeded = try field.nullable("itemsNeeded")?.field("itemsNeeded").integer()
        elicitations = try field.field("elicitations").array(maxCount: 64).map { entry throws(JSONFieldError) in
            try entry.allow(only: ["bounds", "suite", "threshold"])
            let bounds = try entry.nullable("bounds")?.object("bounds", ["high", "low"])
            return PolicyResult.Elicitation(
                suite: try entry.token("suite"), threshold: try entry.decimal("threshold"),
                bounds: try bounds.map { bounds throws(JSONFieldError) in (try bounds.decimal("low"), try bounds.decimal("high")) })
        }
        facts = try field.facts("facts")
    }

    /// Whether the decision is the one that bounds, thresholds and failures give. Where a bound equals the threshold as written, both
    /// neighbouring decisions are accepted: digits were dropped.
    func follows(from results: [SuiteResult]) -> Bool {
        let asked = elicitations.map { elicitation in (elicitation, results.first { $0.task == elicitation.suite }) }
        guard best.map({ best in asked.contains { $0.0.suite == best && $0.1 != nil } }) ?? true else { return false }
        var usable: [(low: DecimalString, high: DecimalString, threshold: DecimalString)] = []
        for (elicitation, suite) in asked {
            guard let suite else { if elicitation.bounds == nil { continue } else { return false } }
            guard suite.judgement?.threshold == elicitation.threshold, suite.judgement?.direction == .above else { return false }
            let rate = suite.failures == 0 ? suite.figures?.rate : nil
            // Where there is a rate to decide on there are bounds, and nowhere else: without them a crossing would not show.
            guard let bounds = elicitation.bounds, let rate else {
                if elicitation.bounds == nil, rate == nil { continue } else { return false }
            }
            guard bounds.low <= rate, rate <= bounds.high else { return false }
            usable.append((bounds.low, bounds.high, elicitation.threshold))
        }
        let isWhole = !asked.isEmpty && usable.count == asked.count, wasRun = asked.contains { $0.1 != nil }
        return switch decision {
        case .above: usable.contains { $0.low >= $0.threshold }
        case .below: isWhole && usable.allSatisfy { $0.high <= $0.threshold }
        case .inconclusive: wasRun && !usable.contains { $0.low > $0.threshold } && !(isWhole && usable.allSatisfy { $0.high < $0.threshold })
        case .notEvaluated: !wasRun
        }
    }
}
