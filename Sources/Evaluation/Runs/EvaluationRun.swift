import AuditCrypto
import CanonicalEncoding

/// A finished evaluation.
package struct EvaluationRun: Sendable {
    package let planDigest: SHA256Digest
    package let engine: LanguageModelInformation
    /// Of all suites.
    package let samples: Int
    package let results: [SuiteResult]
    /// Of each suite with a scaffold over the same task without one, by measure.
    package let uplifts: [ScaffoldUplift]
    /// Of each suite with a scaffold.
    package let scaffolds: [ScaffoldSummary]
    /// SHA-256 over all samples' lines, each with its newline: what a replay must give again.
    package let digest: SHA256Digest
    /// How long it took: apart from the record, which is the same whenever and however fast it was made.
    package let timing: Timing

    package struct Timing: Sendable {
        package let suites: [Suite]

        package struct Suite: Sendable {
            package let task: String
            /// Samples that were asked in this run, not taken over from an earlier one.
            package let asked: Int
            package let seconds: Double
            /// Of which the model's.
            package let engineSeconds: Double
        }

        package var seconds: Double { suites.reduce(0) { $0 + $1.seconds } }
    }

    /// For the evidence in a verdict: digests, figures and closed vocabularies; no prompt and no output.
    package var evidence: JSONValue {
        var object: JSONObject = [
            "planSha256": .string(planDigest.hex), "samplesSha256": .string(digest.hex),
            "samples": .integer(Int64(samples)), "engine": engine.json,
            "suites": .array(results.map(\.json)),
        ]
        if !scaffolds.isEmpty { object["scaffolds"] = .array(scaffolds.map(\.json)) }
        if !uplifts.isEmpty { object["uplift"] = .array(uplifts.map(\.json)) }
        return .object(object)
    }
}

/// How far a run is.
package struct EvaluationProgress: Hashable, Sendable {
    package let task: String
    /// In this suite.
    package let done: Int
    package let total: Int
    /// In the whole run.
    package let overallDone: Int
    package let overallTotal: Int
    /// Samples of this suite that failed.
    package let failures: Int
    /// Samples a second since this run began, those taken over from an earlier run not counted.
    package let itemsPerSecond: Double
    /// At that rate; nil before there is one.
    package var secondsLeft: Double? { itemsPerSecond > 0 ? Double(overallTotal - overallDone) / itemsPerSecond : nil }
}
