import CanonicalEncoding

/// What lies between two runs on the same items, the base model's and the aligned one's, say: what was lost in knowledge and
/// reasoning, how much more is refused, and how well the model still knows what it knows.
package struct DegradationReport: Hashable, Sendable {
    /// A value of a task, over all items or within a domain.
    package struct Row: Hashable, Sendable {
        package let task: String
        /// As `TaskDefinition.valueNames`.
        package let metric: String
        /// Nil for all items.
        package let domain: String?
        package internal(set) var figure: PairedFigure
    }

    package let confidence: DecimalText
    /// Holm's correction is for all rows of a table: of this one, of `domains`, of `refusals`, of the Brier scores.
    package private(set) var values: [Row] = []
    /// By task, then by domain in order of first appearance.
    package private(set) var domains: [Row] = []
    package private(set) var refusals: [RefusalShift] = []
    package private(set) var calibration: [CalibrationShift] = []
    /// Nil where no task says how often answers were right.
    package let capability: CapabilityDrop?
    /// Items that only one run has, and those that failed in either.
    package let alone: Int
    package let failed: Int
    /// Tasks, and why something of theirs is not compared.
    package let leftOut: [Omission]

    package struct Omission: Hashable, Sendable {
        package let task: String
        package let reason: String

        package init(task: String, reason: String) { (self.task, self.reason) = (task, reason) }
    }

    /// - Parameters:
    ///   - judge: that labelled both runs' answers; nil where it is not at hand.
    ///   - capability: tasks that the one number is over; nil for all that say how often answers were right.
    ///   - leftOut: tasks whose samples the caller did not hand in.
    package init(
        _ samples: PairedSamples, confidence: DecimalText, judge: JudgeReport? = nil, capability chosen: Set<String>? = nil,
        leftOut: [Omission] = []
    ) {
        self.confidence = confidence
        alone = samples.alone
        failed = samples.failed
        let level = confidence.double
        var strata: [CapabilityDrop.Stratum] = []
        var (clusters, reasons) = (0, leftOut)
        for task in samples.tasks where task.count > 0 {
            var members: [[Int]] = task.domains.names.map { _ in [] }, others: [Int] = []
            for (index, domain) in task.domains.numbers.enumerated() {
                if domain < 0 { others.append(index) } else { members[Int(domain)].append(index) }
            }
            var parts: [(domain: String?, members: [Int])] = zip(task.domains.names, members).map { ($0, $1) }
            if !others.isEmpty, !members.isEmpty { parts.append((nil, others)) }
            let order = task.columns.indices.sorted { task.columns[$0].utf8.lexicographicallyPrecedes(task.columns[$1].utf8) }
            for column in order {
                if let figure = Self.figure(task, column, 0..<task.count, level) {
                    values.append(Row(task: task.name, metric: task.columns[column], domain: nil, figure: figure))
                }
                for (domain, members) in parts {
                    guard let figure = Self.figure(task, column, members, level) else { continue }
                    domains.append(Row(task: task.name, metric: task.columns[column], domain: domain, figure: figure))
                }
            }
            if task.hasOtherValues { reasons.append(Omission(task: task.name, reason: "it has values that are worked out from all items together and not item by item")) }
            if task.labels.contains(where: { $0.first != nil && $0.second != nil }) {
                refusals += RefusalLabel.allCases.compactMap { RefusalShift(task: task, label: $0, confidence: level, judge: judge) }
            }
            if let shift = CalibrationShift(task, confidence: level) { calibration.append(shift) }
            guard chosen?.contains(task.name) ?? true, let metric = CapabilityDrop.metric(among: task.columns),
                let column = task.columns.firstIndex(of: metric)
            else { continue }
            for (domain, members) in members.isEmpty ? [(domain: nil, members: others)] : parts {
                let items = members.compactMap { index -> (drop: Double, cluster: Int)? in
                    let (first, second) = (task.first[column][index], task.second[column][index])
                    guard (0...1).contains(first), (0...1).contains(second) else { return nil }
                    let named = task.clusters.numbers[index]
                    return (first - second, clusters + (named < 0 ? task.clusters.names.count + index : Int(named)))
                }
                if !items.isEmpty { strata.append(.init(task: task.name, metric: metric, domain: domain, items: items)) }
            }
            // Clusters of two tasks are never one, whatever they are called.
            clusters += task.clusters.names.count + task.count
        }
        capability = CapabilityDrop(strata, confidence: level)
        self.leftOut = reasons
        PairedFigure.adjust(&values, \.figure)
        PairedFigure.adjust(&domains, \.figure)
        PairedFigure.adjust(&refusals, \.figure)
        PairedFigure.adjust(&calibration, \.brier)
    }

    private static func figure(
        _ task: PairedSamples.Task, _ column: Int, _ members: some Sequence<Int>, _ confidence: Double
    ) -> PairedFigure? {
        var pairs: [(first: Double, second: Double, cluster: String?)] = []
        for index in members {
            let (first, second) = (task.first[column][index], task.second[column][index])
            if first.isFinite, second.isFinite { pairs.append((first, second, task.cluster(index))) }
        }
        return PairedFigure(pairs, confidence: confidence)
    }

    /// Whether there is anything to compare.
    package var isEmpty: Bool { values.isEmpty && refusals.isEmpty && calibration.isEmpty }
}
