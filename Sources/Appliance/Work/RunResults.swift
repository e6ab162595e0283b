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

        /// For a table: the figure with its n and interval, never without; where a judge found it, also without the judge's error,
        /// and that is what the decision rests on.
        var row: JSONValue {
            var row = Self.figures(evidence)
            for name in ["task", "metric", "n", "decision", "reason", "itemsNeeded", "judgeError"] { row[name] = evidence[name] ?? .null }
            row["corrected"] = .null
            if let corrected = evidence["corrected"], corrected.object != nil { row["corrected"] = .object(Self.figures(corrected)) }
            let sign = evidence["direction"]?.string == "above" ? "≥" : "≤"
            row["threshold"] = evidence["threshold"]?.string.map { JSONValue.string("\(sign) \($0)") } ?? .null
            return .object(row)
        }

        private static func figures(_ value: JSONValue) -> JSONObject {
            let interval = value["interval"]
            return ["value": value["rate"] ?? .null, "lower": interval?["low"] ?? .null, "upper": interval?["high"] ?? .null]
        }

        /// Nil without a threshold: the suite says nothing about the submission.
        var outcome: Evidence.Verdict? {
            guard let decision = evidence["decision"]?.string else { return nil }
            if decision == "inconclusive" { return .inconclusive }
            return decision == evidence["direction"]?.string ? .pass : .fail
        }
    }

    let engineBuild: String
    let blasCore: String
    let configuration: JSONObject
    let confinement: JSONObject
    let suites: [Suite]
    /// What scaffolds add, and how they fared: `ScaffoldUplift` and `ScaffoldSummary` as JSON. Empty for a run without any.
    let uplift: [JSONValue]
    let scaffolds: [JSONValue]
    let samplesDigest: String
    /// What the plan's capability policy decided, as the evidence states it; nil for a plan without one.
    let policy: JSONValue?
    private let policyResult: PolicyResult?

    /// The best verdict that the thresholds allow: the worst outcome of the policy, where a domain of it counts, and of those suites
    /// that have one and are not there for it.
    var suggested: Evidence.Verdict {
        let others = suites.filter { suite in policyResult?.suites.contains(suite.evidence["task"]?.string ?? "") != true }.compactMap(\.outcome)
        return (others + [policyResult?.outcome].compactMap(\.self)).min() ?? .inconclusive
    }

    /// - Parameter release: how the lab declares that it means to release the model.
    init(_ run: EvaluationRun, plan: EvaluationPlan, session: Workbench.Session, release: String) throws {
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
        uplift = run.uplifts.map(\.json)
        scaffolds = run.scaffolds.map(\.json)
        samplesDigest = run.digest.hex
        policy = plan.policy.map { PolicyAssessment($0, confidence: plan.confidence, results: run.results).evidence(release: release) }
        policyResult = try policy.map { try PolicyResult(json: JSONField($0, path: "$.policy")) }
    }

    func encoded() throws -> [UInt8] {
        var object: JSONObject = [
            "engine": [
                "build": .string(engineBuild), "openBLASCore": .string(blasCore), "configuration": .object(configuration),
                "confinement": .object(confinement),
            ],
            "samples": .string(samplesDigest), "suites": .array(suites.map(\.evidence)),
        ]
        if !uplift.isEmpty { object["uplift"] = .array(uplift) }
        if !scaffolds.isEmpty { object["scaffolds"] = .array(scaffolds) }
        object["policy"] = policy
        return try CanonicalJSON.encode(.object(object))
    }

    init(encoded bytes: [UInt8]) throws {
        let field = JSONField(try StrictJSON.parse(bytes))
        let engine = try field.field("engine")
        engineBuild = try engine.field("build").string()
        blasCore = try engine.field("openBLASCore").string()
        configuration = try engine.field("configuration").object()
        confinement = try engine.field("confinement").object()
        samplesDigest = try field.field("samples").string()
        uplift = try field.optional("uplift")?.array().map(\.value) ?? []
        scaffolds = try field.optional("scaffolds")?.array().map(\.value) ?? []
        suites = try field.field("suites").array().map { Suite(evidence: $0.value) }
        // Runs of before there were policies have no such member.
        let policy = try field.optional("policy").flatMap { $0.value == .null ? nil : $0 }
        self.policy = policy?.value
        policyResult = try policy.map { try PolicyResult(json: $0) }
    }
}

extension EvaluationPlan.Suite {
    /// What evidence could not state of it, being no token: what it is and its text. Nil where there is nothing of the kind.
    /// - Parameter tasks: the appliance's own, for the rate that is stated of a suite without a threshold.
    func unstatable(_ tasks: [TaskDefinition]) -> (what: String, text: String)? {
        let own = tasks.first { ExactString($0.name) == ExactString(task) && pack == nil }
        let metric = threshold?.metric ?? own?.rateNames.first ?? own?.valueNames.first
        let stated: [(what: String, text: String?)] = [
            ("name", name), ("version", version), ("metric", metric), ("pack's name", pack?.name), ("pack's version", pack?.version),
        ]
        for (what, text) in stated {
            if let text, !JSONField.isToken(text) { return (what, text) }
        }
        return nil
    }
}

extension RunResults.Suite {
    init(_ result: Evaluation.SuiteResult, _ entry: EvaluationPlan.Suite) throws {
        let value = result.decisive, figures = value?.proportion?.jsonMembers
        let scored = value?.proportion?.count ?? result.samples - result.failures
        var object: JSONObject = [
            "confidence": .string(result.confidence.text), "corrected": Self.corrected(result),
            "failures": .integer(Int64(result.failures)), "items": try Self.digest(of: entry.data.map(\.digest)).digestSet,
            "metric": .string(entry.threshold?.metric ?? value?.name ?? result.values.first?.name ?? "none"),
            "n": .integer(Int64(scored)), "samples": result.samplesDigest.digestSet, "task": .string(result.task),
            "taskFile": entry.taskDigest.digestSet, "version": .string(result.version),
        ]
        object["interval"] = figures.map { Self.interval($0) } ?? .null
        for name in ["rate", "successes"] { object[name] = figures?[name] ?? .null }
        object["judgeError"] = result.decidingJudge.flatMap { $0.json["error"]?["rate"] } ?? .null
        object["itemsNeeded"] = result.itemsToSettle.map { .integer(Int64(max(0, $0 - scored))) } ?? .null
        object["reason"] = result.noDecision.map { .string($0.code.rawValue) } ?? .null
        object["decision"] = result.decision.map { .string($0.rawValue) } ?? .null
        object["direction"] = entry.threshold.map { .string($0.direction == .atLeast ? "above" : "below") } ?? .null
        object["pack"] = entry.pack.map { ["digest": $0.digest.digestSet, "name": .string($0.name), "version": .string($0.version)] } ?? .null
        object["threshold"] = entry.threshold.map { .string($0.value.text) } ?? .null
        evidence = .object(object)
    }

    private static func interval(_ figures: JSONObject) -> JSONValue {
        ["low": figures["lower"] ?? .null, "high": figures["upper"] ?? .null]
    }

    /// The rate without the judge's error, with the counts that it follows from.
    private static func corrected(_ result: Evaluation.SuiteResult) -> JSONValue {
        guard let corrected = result.decisive?.corrected?.jsonMembers, let counts = result.decidingJudge?.counts else { return .null }
        func counted(_ successes: Int, of total: Int) -> JSONValue { ["n": .integer(Int64(total)), "successes": .integer(Int64(successes))] }
        return [
            "interval": interval(corrected), "rate": corrected["rate"] ?? .null,
            "sensitivity": counted(counts.truePositives, of: counts.positives),
            "specificity": counted(counts.trueNegatives, of: counts.negatives),
        ]
    }

    /// One data file is its own digest; several are the digest over theirs, in the plan's order.
    private static func digest(of files: [SHA256Digest]) throws -> SHA256Digest {
        files.count == 1 ? files[0] : .of(files.flatMap(\.bytes))
    }
}
