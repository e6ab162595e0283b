import CanonicalEncoding

/// What a scaffold adds to one measure of a task: the arm with it less the bare arm, on the same items.
package struct ScaffoldUplift: Hashable, Sendable {
    /// Where the interval comes from.
    package enum Method: String, Hashable, Sendable {
        /// Values of 0 and 1 on independent items: Newcombe's hybrid for pairs.
        case newcombePaired = "newcombe-paired"
        /// Student's over clusters of differences.
        case student = "student-clusters"
        /// Values of 0 and 1 in clusters whose differences do not vary, so that Student's interval would have no width: Newcombe's for
        /// separate arms, each with its effective sample size.
        case newcombe
    }

    /// As the plan calls the suites.
    package let arm: String
    package let bare: String
    /// As `TaskDefinition.valueNames`.
    package let metric: String
    /// Items with a value in both arms, and the clusters they are in.
    package let count: Int
    package let clusters: Int
    /// Items without a value in one of them.
    package let unpaired: Int
    package let bareMean: Double
    package let armMean: Double
    package let difference: Double
    /// Nil for fewer than two clusters.
    package let interval: ConfidenceInterval?
    package let method: Method?
    /// Items that only one arm got right; nil where values are others than 0 and 1.
    package let gained: Int?
    package let lost: Int?
    /// Of McNemar's exact test where values are 0 and 1 and items independent, else of the paired t test over clusters.
    package let pValue: Double?
    /// The same, with Holm's correction for all uplifts of the run.
    package fileprivate(set) var adjusted: Double?

    /// - Parameter pairs: at least one.
    /// - Returns: nil where there is none, or a value is not finite.
    init?(
        arm: String, bare: String, metric: String, pairs: [(arm: Double, bare: Double, cluster: String?)], unpaired: Int, confidence: Double
    ) {
        guard let paired = PairedDifference(pairs.map { (first: $0.arm, second: $0.bare, cluster: $0.cluster) }) else { return nil }
        self.arm = arm
        self.bare = bare
        self.metric = metric
        self.unpaired = unpaired
        count = pairs.count
        clusters = paired.differences.clusterCount
        armMean = pairs.reduce(0) { $0 + $1.arm } / Double(pairs.count)
        bareMean = pairs.reduce(0) { $0 + $1.bare } / Double(pairs.count)
        difference = paired.estimate.mean
        let student = paired.interval(confidence: confidence)
        guard pairs.allSatisfy({ [0, 1].contains($0.arm) && [0, 1].contains($0.bare) }) else {
            (gained, lost) = (nil, nil)
            (interval, method, pValue) = (student, student.map { _ in .student }, paired.pValue)
            return
        }
        let (both, gained, lost) = (pairs.count { $0.arm + $0.bare == 2 }, pairs.count { $0.arm > $0.bare }, pairs.count { $0.bare > $0.arm })
        (self.gained, self.lost) = (gained, lost)
        if clusters == pairs.count {
            let uplift = Uplift(both: both, firstOnly: gained, secondOnly: lost, neither: pairs.count - both - gained - lost, confidence: confidence)
            (interval, method) = (uplift?.interval, uplift.map { _ in .newcombePaired })
            pValue = McNemarTest(firstOnly: gained, secondOnly: lost)?.pValue
        } else if let student, student.upper - student.lower > 1e-9 * max(1, abs(difference)) {
            (interval, method, pValue) = (student, .student, paired.pValue)
        } else {
            // (Where all clusters differ alike, rounding leaves a spread of some 1e-16.) A difference without spread is not known exactly, and no test of it says more than its sign.
            let first = Proportion(outcomes: pairs.map { ($0.arm == 1, $0.cluster) }, confidence: confidence)
            let second = Proportion(outcomes: pairs.map { ($0.bare == 1, $0.cluster) }, confidence: confidence)
            if clusters > 1, let first, let second {
                (interval, method) = (Uplift(first: first, second: second).interval, .newcombe)
            } else {
                (interval, method) = (nil, nil)
            }
            pValue = nil
        }
    }

    /// With Holm's correction over all that have a p-value.
    static func corrected(_ uplifts: [ScaffoldUplift]) -> [ScaffoldUplift] {
        var uplifts = uplifts
        let tested = uplifts.indices.filter { uplifts[$0].pValue != nil }
        for (index, value) in zip(tested, Multiplicity.holm.adjusted(tested.compactMap { uplifts[$0].pValue }) ?? []) { uplifts[index].adjusted = value }
        return uplifts
    }

    /// Figures as decimal strings with six places, counts as integers.
    package var json: JSONValue {
        func text(_ value: Double?) -> JSONValue? { value.flatMap { DecimalText.fixed($0) }.map { .string($0) } }
        var object: JSONObject = [
            "arm": .string(arm), "over": .string(bare), "metric": .string(metric), "n": .integer(Int64(count)), "clusters": .integer(Int64(clusters)),
            "unpaired": .integer(Int64(unpaired)),
        ]
        object["bare"] = text(bareMean)
        object["scaffolded"] = text(armMean)
        object["difference"] = text(difference)
        object["lower"] = text(interval?.lower)
        object["upper"] = text(interval?.upper)
        object["method"] = method.map { .string($0.rawValue) }
        object["gained"] = gained.map { .integer(Int64($0)) }
        object["lost"] = lost.map { .integer(Int64($0)) }
        object["p"] = text(pValue)
        object["pHolm"] = text(adjusted)
        return .object(object)
    }
}

/// How a suite's scaffold fared, in counts.
package struct ScaffoldSummary: Hashable, Sendable {
    /// As the plan calls the suite.
    package let task: String
    package let kind: Scaffold.Kind
    package var samples = 0
    /// Of agents: how many ended how, and their turns and commands in all.
    package var ends: [String: Int] = [:]
    package var turns = 0
    package var commands = 0
    /// Samples in which the sandbox was seen to refuse something, by kind.
    package var refusals: [AgentRefusal.Kind: Int] = [:]
    /// Samples in which a clock decided.
    package var clocked = 0

    init(task: String, kind: Scaffold.Kind) { (self.task, self.kind) = (task, kind) }

    mutating func add(_ trace: ScaffoldTrace?) {
        samples += 1
        let agents = trace?.agents ?? []
        for agent in agents {
            ends[agent.transcript.end.name, default: 0] += 1
            turns += agent.transcript.turns.count
            commands += agent.commands.count
        }
        for kind in Set(agents.flatMap { $0.refusals.map(\.kind) }) { refusals[kind, default: 0] += 1 }
        if agents.contains(where: \.isClocked) { clocked += 1 }
    }

    package var json: JSONValue {
        func counts(_ counts: [String: Int]) -> JSONValue {
            var object = JSONObject()
            for (name, count) in counts.sorted(by: { $0.key < $1.key }) { object[name] = .integer(Int64(count)) }
            return .object(object)
        }
        var object: JSONObject = ["task": .string(task), "kind": .string(kind.rawValue), "samples": .integer(Int64(samples))]
        guard kind == .agent else { return .object(object) }
        object["ends"] = counts(ends)
        object["turns"] = .integer(Int64(turns))
        object["commands"] = .integer(Int64(commands))
        object["refusals"] = counts(Dictionary(uniqueKeysWithValues: refusals.map { ($0.key.rawValue, $0.value) }))
        object["clocked"] = .integer(Int64(clocked))
        return .object(object)
    }
}
