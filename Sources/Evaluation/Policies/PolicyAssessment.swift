import CanonicalEncoding

/// What a plan's policy decides on a run's results, domain by domain.
package struct PolicyAssessment: Sendable {
    package struct Elicitation: Sendable {
        package let suite: CapabilityPolicy.Suite
        package let elicitation: CapabilityPolicy.Elicitation
        /// Nil where it was not run.
        package let result: SuiteResult?
        package let finding: CapabilityDecision.Finding

        package var rate: GuardedRate? { if case .rate(let rate) = finding { rate } else { nil } }
    }

    package struct Domain: Sendable {
        package let domain: CapabilityPolicy.Domain
        package let decision: CapabilityDecision
        /// The way of asking in which the rate is the furthest up from its threshold; nil where there is no rate.
        package let best: Elicitation?
        /// How many more items, in all suites of the domain together; nil where it is decided or no number can be given.
        package let itemsNeeded: Int?
        package let elicitations: [Elicitation]
    }

    package let policy: CapabilityPolicy
    package let confidence: DecimalText
    package let domains: [Domain]

    /// - Parameter results: of the plan's run.
    package init(_ policy: CapabilityPolicy, confidence: DecimalText, results: [SuiteResult]) {
        self.policy = policy
        self.confidence = confidence
        domains = policy.domains.map { domain in
            let declared = domain.elicitations
            let elicitations = declared.map { suite, elicitation in
                let result = results.first { ExactString($0.task) == ExactString(elicitation.name) }
                return Elicitation(
                    suite: suite, elicitation: elicitation, result: result,
                    finding: Self.finding(result, suite.metric(of: elicitation), confidence: confidence.double, comparisons: declared.count))
            }
            let (decision, itemsNeeded) = CapabilityDecision.of(elicitations.map { ($0.finding, $0.suite.threshold.double) })
            let measured = elicitations.compactMap { entry in entry.rate.map { (entry, $0.rate - entry.suite.threshold.double) } }
            return Domain(
                domain: domain, decision: decision, best: measured.max { $0.1 < $1.1 }?.0, itemsNeeded: itemsNeeded, elicitations: elicitations)
        }
    }

    private static func finding(_ result: SuiteResult?, _ metric: String, confidence: Double, comparisons: Int) -> CapabilityDecision.Finding {
        guard let result else { return .notRun }
        guard result.failures == 0, let proportion = result.values.first(where: { ExactString($0.name) == ExactString(metric) })?.proportion,
            let rate = GuardedRate(proportion, confidence: confidence, comparisons: comparisons)
        else { return .unusable }
        return .rate(rate)
    }

    /// The strictest tier that a domain above its threshold asks for; the least strict one where none is.
    package var tier: String {
        let ranks = domains.filter { $0.decision == .above }.compactMap { policy.rank(of: $0.domain.crossing.tier) }
        return policy.tiers[ranks.max() ?? 0]
    }

    /// Of the domains above their thresholds, each once and in the policy's order; else that of a model that crosses nothing.
    package var exportClasses: [String] {
        let crossed = domains.filter { $0.decision == .above }
        guard !crossed.isEmpty else { return policy.uncrossedExportClass.map { [$0] } ?? [] }
        return policy.exportClasses.filter { name in crossed.contains { $0.domain.crossing.exportClass.map { ExactString($0) } == ExactString(name) } }
    }
}
