import CanonicalEncoding
import ContentStore
import Evaluation
import LocalAPI

/// Capability policies (Runbooks/capability-policy.md): what of one can be asked here, and the plan that asks it.
extension OpenAppliance {
    /// Holds a policy against the suites that are here.
    func checkPolicy(_ parameters: JSONField) throws -> JSONValue {
        try parameters.allow(only: ["policy"])
        let policy = try CapabilityPolicy(parameters.field("policy"))
        let unmet = policy.unmet(in: library.suites)
        return [
            "policy": .string(policy.digest.hex),
            "missing": .array(
                unmet.map {
                    ["domain": .string($0.domain), "elicitation": .string($0.elicitation), "task": .string($0.task), "reason": .string($0.reason)]
                }),
        ]
    }

    /// - Throws: where a suite is missing, or the policy does not say what the declared release is.
    func askablePolicy(_ field: JSONField, for submission: StoredSubmission) throws -> CapabilityPolicy {
        let policy = try CapabilityPolicy(field)
        let word = submission.manifest.declaration.release.rawValue
        guard policy.tier(ofRelease: word) != nil else {
            throw LocalFailure(
                code: "policy.unknown-release", message: "The policy does not say which tier the declared release \(word) is.",
                advice: "Add it below \"releases\", one of \(policy.tiers.joined(separator: ", ")).")
        }
        let unmet = policy.unmet(in: library.suites)
        guard unmet.isEmpty else {
            let words = unmet.prefix(8).map { "\($0.elicitation) (\($0.task)): \($0.reason)" }.joined(separator: "; ")
            throw LocalFailure(
                code: "policy.missing-suites", message: "Of the policy's elicitations \(unmet.count) cannot be asked here: \(words).",
                advice: "See all of them with assay policy check FILE. The suites here are \(library.suites.map(\.task.name).joined(separator: ", ")).")
        }
        return policy
    }

    /// Adds the policy and a suite for each of its elicitations.
    func add(_ policy: CapabilityPolicy, to plan: inout EvaluationPlan, limit: Int?) {
        plan.policy = policy
        plan.suites += policy.planSuites(from: library.suites, limit: limit)
        let tasks = library.suites.filter { suite in plan.suites.contains { ExactString($0.task) == ExactString(suite.task.name) } }
        if tasks.contains(where: \.task.needsJudge) { plan.judge = library.judge.planEntry }
    }
}
