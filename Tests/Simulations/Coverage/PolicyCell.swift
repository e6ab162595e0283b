import Evaluation

/// How often a capability policy's decisions are wrong where the true rate is the threshold itself, the worst place.
struct PolicyCell: Cell {
    let source: ItemSource
    let count: Int
    /// Of clusters that differ in size, the largest of the source's; nil where all have the source's.
    let sizes: [Int]?
    /// How many ways of asking the domain declares.
    let elicitations: Int

    static let all: [any Cell] = equal + unequal

    /// A few large clusters among many small ones: (how many, of what size).
    private static let mixtures: [[(clusters: Int, size: Int)]] = [[(10, 30), (200, 1)], [(4, 50), (100, 2)], [(1, 200), (100, 1)]]

    private static var unequal: [any Cell] {
        var cells: [any Cell] = []
        for threshold in Grid.thresholds {
            for mixture in mixtures {
                let sizes = mixture.flatMap { [Int](repeating: $0.size, count: $0.clusters) }
                for correlation in [0.3, 0.6, 0.9] {
                    for elicitations in [1, 4] {
                        cells.append(
                            PolicyCell(
                                source: ItemSource(rate: threshold, clusterSize: sizes.max() ?? 1, correlation: correlation),
                                count: sizes.reduce(0, +), sizes: sizes, elicitations: elicitations))
                    }
                }
            }
        }
        return cells
    }

    private static let equal: [any Cell] = {
        var cells: [any Cell] = []
        for threshold in Grid.thresholds {
            for count in [20, 100, 500] {
                for (size, correlations) in [(1, [0.0])] + Grid.clusterSizes.map({ ($0, Grid.correlations) }) {
                    for correlation in correlations {
                        for elicitations in [1, 4] {
                            cells.append(
                                PolicyCell(
                                    source: ItemSource(rate: threshold, clusterSize: size, correlation: correlation), count: count, sizes: nil,
                                    elicitations: elicitations))
                        }
                    }
                }
            }
        }
        return cells
    }()

    var factors: [Report.Factor] { .source(source, count: count) + [.init(name: "elicitations", value: Double(elicitations))] }

    func run(simulations: Int, generator: inout SeededGenerator) -> [Report.Figure] {
        var (above, below) = (0, 0)
        for _ in 0..<simulations {
            let findings = (0..<elicitations).map { _ in (finding(&generator), source.rate) }
            // Wrong: every way of asking only just reaches it, and each has its chance to err.
            if CapabilityDecision.of(findings).decision == .above { above += 1 }
            // Wrong: one way of asking reaches it, and the others are known to lie below.
            if CapabilityDecision.of([findings[0]]).decision == .below { below += 1 }
        }
        return [
            .init(name: "above", value: Double(above) / Double(simulations)), .init(name: "below", value: Double(below) / Double(simulations)),
        ]
    }

    private func finding(_ generator: inout SeededGenerator) -> CapabilityDecision.Finding {
        let proportion =
            source.clusterSize == 1
            ? Proportion(
                successes: ItemSource.successes(of: count, rate: source.rate, &generator), count: count, confidence: Grid.confidence)
            : ClusteredValues(groups: groups(&generator)).flatMap { Proportion($0, confidence: Grid.confidence) }
        return proportion.flatMap { GuardedRate($0, confidence: Grid.confidence, comparisons: elicitations) }.map { .rate($0) } ?? .unusable
    }

    private func groups(_ generator: inout SeededGenerator) -> [[Double]] {
        if let sizes { return source.groups(sizes: sizes, &generator) }
        return source.groups(count: count, &generator)
    }
}

extension Report {
    /// How often a policy's decisions err, by how items are clustered and how many ways of asking there are.
    var policyTable: String {
        func worst(_ figure: String) -> String {
            guard let row = rows.max(by: { $0.figure(figure) < $1.figure(figure) }) else { return "" }
            return "\(Self.percent(row.figure(figure))) at \(row.place)"
        }
        var lines = [
            "**\(study.rawValue)**: \(rows.count) cells, the true rate at the threshold. `above` in \(Self.percent(Self.mean(rows.map { $0.figure("above") }))) "
                + "of runs on average, `below` in \(Self.percent(Self.mean(rows.map { $0.figure("below") }))).",
            "Worst: `above` \(worst("above")); `below` \(worst("below")).",
            "Clusters of 30, 50 and 200 are the largest of unequal ones: 10 of 30 and 200 of 1, 4 of 50 and 100 of 2, 1 of 200 and 100 of 1.", "",
            "| cluster | ICC | elicitations | cells | above, mean | above, most | below, mean | below, most |", "|---|---|---|---|---|---|---|---|",
        ]
        func values(_ name: String) -> [Double] { Set(rows.compactMap { $0.factor(name) }).sorted() }
        for size in values("cluster") {
            for correlation in values("ICC") {
                for elicitations in values("elicitations") {
                    let own = rows.filter { $0.factor("cluster") == size && $0.factor("ICC") == correlation && $0.factor("elicitations") == elicitations }
                    guard !own.isEmpty else { continue }
                    let figures = ["above", "below"].flatMap { name in
                        [Self.mean(own.map { $0.figure(name) }), own.map { $0.figure(name) }.max() ?? .nan]
                    }
                    lines.append(
                        "| \(Self.plain(size)) | \(Self.plain(correlation)) | \(Self.plain(elicitations)) | \(own.count) | "
                            + figures.map(Self.percent).joined(separator: " | ") + " |")
                }
            }
        }
        return lines.joined(separator: "\n")
    }
}
