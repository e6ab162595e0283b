import AuditCrypto
import CanonicalEncoding
import Evaluation
import Isolation
import VerdictBundle

/// A finished run in the terms of the verdict's evidence: figures, digests and what computed them.
struct RunResults: Sendable {
    /// One suite as the evidence states it (Runbooks/verdict-bundle-format.md).
    struct Suite: Sendable {
        let evidence: JSONValue

        /// For a table: the figure with its n and interval, never without.
        var row: JSONValue {
            let sign = evidence["direction"]?.string == "above" ? "≥" : "≤"
            return [
                "task": evidence["task"] ?? nil, "metric": evidence["metric"] ?? nil, "n": evidence["n"] ?? nil,
                "value": evidence["rate"] ?? nil, "lower": evidence["interval"]?["low"] ?? nil,
                "upper": evidence["interval"]?["high"] ?? nil, "threshold": .string("\(sign) \(evidence["threshold"]?.string ?? "")"),
                "decision": evidence["decision"] ?? nil, "itemsNeeded": evidence["itemsNeeded"] ?? nil,
                "judgeError": evidence["judgeError"] ?? nil,
            ]
        }

        var outcome: Evidence.Verdict {
            let decision = evidence["decision"]?.string
            if decision == "inconclusive" { return .inconclusive }
            return decision == evidence["direction"]?.string ? .pass : .fail
        }
    }

    let engineBuild: String
    let blasCore: String
    let configuration: JSONObject
    let confinement: JSONObject
    let suites: [Suite]
    let samplesDigest: String

    /// The best verdict that the thresholds allow: the worst of the suites' outcomes.
    var suggested: Evidence.Verdict { suites.map(\.outcome).min() ?? .inconclusive }

    init(_ run: EvaluationRun, plan: EvaluationPlan, session: Workbench.Session) throws {
        let identity = session.identity
        engineBuild = "assay-engine/\(identity.version)"
        blasCore = identity.blasCore
        var configuration: JSONObject = [
            "build": .string(identity.build), "openBLAS": .string(identity.blasConfiguration),
            "threads": .string(String(identity.threads)), "scoreBatch": .string(String(plan.engine.scoreBatch)),
            "generationBatch": .string(String(plan.engine.generationBatch)),
        ]
        for (name, value) in identity.numerics.sorted(by: { $0.key < $1.key }) { configuration[name] = .string(value) }
        self.configuration = configuration
        let report = session.confinement
        let worker = report.worker
        confinement = [
            "bubblewrap": .string(report.bubblewrapVersion), "namespaces": .string(report.namespaces.joined(separator: ", ")),
            "hostUser": .string(String(report.hostUserID)), "limitedBy": .string(report.limitedBy.joined(separator: ", ")),
            "landlockABI": .string(String(worker.landlockABI)), "seccompMode": .string(String(worker.seccompMode)),
            "capabilities": .string(String(worker.capabilities)), "noNewPrivileges": .string(String(worker.noNewPrivileges)),
            "refused": .string(worker.refusals.keys.sorted().joined(separator: ", ")),
        ]
        suites = try run.results.map { result in
            guard let entry = plan.suites.first(where: { ExactString($0.name) == ExactString(result.task) }) else {
                throw EvaluationError.planMismatch("there is no \(result.task) in the plan")
            }
            return try Suite(result, entry)
        }
        samplesDigest = run.digest.hex
    }

    func encoded() throws -> [UInt8] {
        try CanonicalJSON.encode([
            "engine": [
                "build": .string(engineBuild), "openBLASCore": .string(blasCore), "configuration": .object(configuration),
                "confinement": .object(confinement),
            ],
            "samples": .string(samplesDigest), "suites": .array(suites.map(\.evidence)),
        ])
    }

    init(encoded bytes: [UInt8]) throws {
        let field = JSONField(try StrictJSON.parse(bytes))
        let engine = try field.field("engine")
        engineBuild = try engine.field("build").string()
        blasCore = try engine.field("openBLASCore").string()
        configuration = try engine.field("configuration").object()
        confinement = try engine.field("confinement").object()
        samplesDigest = try field.field("samples").string()
        suites = try field.field("suites").array().map { Suite(evidence: $0.value) }
    }
}

extension RunResults.Suite {
    init(_ result: Evaluation.SuiteResult, _ entry: EvaluationPlan.Suite) throws {
        let value = result.values.first { ExactString($0.name) == ExactString(entry.threshold.metric) }
        guard let proportion = value?.proportion else {
            throw EvaluationError.planMismatch("\(result.task) did not measure \(entry.threshold.metric) as a rate")
        }
        let figures = proportion.jsonMembers, interval = result.interval ?? proportion.interval
        let itemsNeeded = result.itemsToSettle.map { max(0, $0 - proportion.count) }
        evidence = [
            "confidence": .string(result.confidence.text), "decision": .string(result.decision.rawValue),
            "direction": entry.threshold.direction == .atLeast ? "above" : "below",
            "failures": .integer(Int64(result.failures)),
            "interval": [
                "low": .string(DecimalText.fixed(interval.lower) ?? ""), "high": .string(DecimalText.fixed(interval.upper) ?? ""),
            ],
            "items": try Self.digest(of: entry.data.map(\.digest)).digestSet,
            "itemsNeeded": result.decision == .inconclusive ? itemsNeeded.map { .integer(Int64($0)) } ?? nil : nil,
            "judgeError": result.judge.flatMap { $0.json["error"]?["rate"] } ?? nil,
            "metric": .string(entry.threshold.metric), "n": figures["n"] ?? nil, "rate": figures["rate"] ?? nil,
            "samples": result.samplesDigest.digestSet, "successes": figures["successes"] ?? nil,
            "task": .string(result.task), "taskFile": entry.taskDigest.digestSet,
            "threshold": .string(entry.threshold.value.text), "version": .string(result.version),
        ]
    }

    /// One data file is its own digest; several are the digest over theirs, in the plan's order.
    private static func digest(of files: [SHA256Digest]) throws -> SHA256Digest {
        files.count == 1 ? files[0] : .of(files.flatMap(\.bytes))
    }
}
