import Evaluation

/// The interval of a proportion.
struct IntervalCell: Cell {
    let source: ItemSource
    let count: Int
    /// Makes the interval of clustered outcomes.
    let interval: @Sendable (ClusteredValues) -> ConfidenceInterval?

    static let independent: [any Cell] = cells(sizes: [1], correlations: [0]) { _ in nil }
    static let clustered: [any Cell] = cells(sizes: Grid.clusterSizes, correlations: Grid.correlations) {
        Proportion($0, confidence: Grid.confidence)?.interval
    }
    /// As `inspect_ai` has it.
    static let inspect: [any Cell] = cells(sizes: Grid.clusterSizes, correlations: Grid.correlations) {
        InspectMetrics.wilson(of: $0, level: Grid.confidence)
    }

    private static func cells(
        sizes: [Int], correlations: [Double], interval: @escaping @Sendable (ClusteredValues) -> ConfidenceInterval?
    ) -> [any Cell] {
        var cells: [any Cell] = []
        for count in Grid.counts {
            for rate in Grid.rates {
                for size in sizes {
                    for correlation in correlations {
                        cells.append(
                            IntervalCell(
                                source: ItemSource(rate: rate, clusterSize: size, correlation: correlation), count: count,
                                interval: interval))
                    }
                }
            }
        }
        return cells
    }

    var factors: [Report.Factor] { .source(source, count: count) }

    func run(simulations: Int, generator: inout SeededGenerator) -> [Report.Figure] {
        var width = 0.0
        let coverage = Self.share(simulations) {
            let found =
                source.clusterSize == 1
                ? Proportion(
                    successes: ItemSource.successes(of: count, rate: source.rate, &generator), count: count,
                    confidence: Grid.confidence)?.interval
                : ClusteredValues(groups: source.groups(count: count, &generator)).flatMap(interval)
            guard let found else { return false }
            width += found.upper - found.lower
            return found.contains(source.rate)
        }
        return [
            .init(name: "coverage", value: coverage), .init(name: "width", value: width / Double(simulations)),
        ]
    }
}
