import CanonicalEncoding

extension CapabilityPolicy {
    /// An elicitation that cannot be asked with the tasks that there are, and why.
    package struct Unmet: Hashable, Sendable {
        package let domain: String
        package let elicitation: String
        package let task: String
        package let reason: String
    }

    /// What keeps these tasks from being asked as the policy says; empty where nothing does.
    package func unmet(in tasks: [TaskSuite]) -> [Unmet] {
        domains.flatMap { domain in
            domain.elicitations.compactMap { suite, elicitation in
                Self.fault(suite, elicitation, in: tasks).map {
                    Unmet(domain: domain.name, elicitation: elicitation.name, task: suite.task(of: elicitation), reason: $0)
                }
            }
        }
    }

    private static func fault(_ suite: Suite, _ elicitation: Elicitation, in tasks: [TaskSuite]) -> String? {
        guard let own = tasks.first(where: { ExactString($0.task.name) == ExactString(suite.task(of: elicitation)) }) else {
            return "there is no such task here"
        }
        let task = own.task
        let metric = suite.metric(of: elicitation)
        guard task.valueNames.contains(where: { ExactString($0) == ExactString(metric) }) else {
            return "the task does not measure \(metric); it measures \(task.valueNames.joined(separator: "; "))"
        }
        let name = metric.prefix { $0 != "," }
        guard task.metrics.contains(where: { ExactString($0.name) == ExactString(String(name)) && $0.aggregation == .mean && $0.higherIsBetter }) else {
            return "\(name) is no rate there that is better the higher it is"
        }
        if (elicitation.shots ?? 0) > 0, task.fewShot == nil { return "the task has no examples to put first" }
        if elicitation.chat.usesTemplate, task.wording.prefix != nil { return "\"gen_prefix\" is not put into a chat template" }
        if let name = elicitation.scaffold, arm(name).map({ ScaffoldArms.bare.suits($0, own) }) != true {
            return "it cannot be asked through a scaffold of that name; retrieval needs a corpus, and agent a task that asks for text"
        }
        return nil
    }

    private static func arm(_ name: String) -> ScaffoldArms.Arm? {
        ScaffoldArms.Arm(rawValue: name).flatMap { $0 == .bare ? nil : $0 }
    }

    /// The scaffold that an elicitation names, as plans are drafted with it; nil where it names none.
    private static func scaffold(_ elicitation: Elicitation) -> Scaffold? {
        elicitation.scaffold.flatMap { arm($0) }.flatMap { ScaffoldArms.bare.scaffold($0, chat: elicitation.chat) }
    }

    /// The suites of a plan, one for each elicitation, in the policy's order; those that cannot be asked are left out (`unmet`).
    /// - Parameter limit: the first so many items of each.
    package func planSuites(from tasks: [TaskSuite], limit: Int? = nil) -> [EvaluationPlan.Suite] {
        domains.flatMap(\.elicitations).compactMap { suite, elicitation in
            guard Self.fault(suite, elicitation, in: tasks) == nil,
                let own = tasks.first(where: { ExactString($0.task.name) == ExactString(suite.task(of: elicitation)) })
            else { return nil }
            return EvaluationPlan.Suite(
                task: own.task.name, label: elicitation.name, version: own.task.version, taskDigest: own.taskDigest, includes: own.includedFiles,
                scorers: own.scorerFiles, data: own.dataFiles, limit: limit, shots: elicitation.shots, chat: elicitation.chat, threshold: suite.planThreshold(of: elicitation),
                scaffold: Self.scaffold(elicitation), corpus: own.corpusFile)
        }
    }

    /// What in a plan contradicts the policy that it holds: a suite by the name of an elicitation that is asked in another way, or held
    /// against another threshold, or bounds that err more often than decisions may. Nil where nothing does. A plan need not have every
    /// elicitation; what it has not is not evaluated.
    package func fault(in plan: EvaluationPlan) -> String? {
        let least = DecimalText.ninetyFivePercent
        guard plan.confidence.double >= least.double else {
            return "with a policy the confidence is at least \(least.text), and this plan's is \(plan.confidence.text)"
        }
        for (suite, elicitation) in domains.flatMap(\.elicitations) {
            guard let entry = plan.suites.first(where: { ExactString($0.name) == ExactString(elicitation.name) }) else { continue }
            func fault(_ what: String) -> String { "\"\(entry.name)\" is an elicitation of the plan's policy, and \(what)" }
            if let pack = entry.pack {
                return fault("is a task of the pack \(pack.name), where the policy means the appliance's own")
            }
            guard ExactString(entry.task) == ExactString(suite.task(of: elicitation)) else {
                return fault("asks the task \(entry.task), where the policy says \(suite.task(of: elicitation))")
            }
            guard entry.threshold == suite.planThreshold(of: elicitation) else {
                return fault("its threshold is not the policy's: \(suite.metric(of: elicitation)) of at least \(suite.threshold.text)")
            }
            guard entry.shots == elicitation.shots, entry.chat == elicitation.chat else {
                return fault("its \"shots\", \"chatTemplate\" or \"examplesAsTurns\" are not those that the policy declares")
            }
            guard entry.scaffold?.kind.rawValue == elicitation.scaffold else {
                return fault("its scaffold is \(entry.scaffold?.kind.rawValue ?? "none"), where the policy says \(elicitation.scaffold ?? "none")")
            }
            // Fewer turns, say, show less of what a model can do.
            guard entry.scaffold == Self.scaffold(elicitation) else {
                return fault("its scaffold is not set as plans are drafted with it")
            }
            // The bounds of an interval that may be looked at at any time hold for one rate, not for the greatest of several.
            guard !entry.stopsEarly else { return fault("cannot end early") }
        }
        return nil
    }
}
