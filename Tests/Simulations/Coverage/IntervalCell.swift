import Evaluation

/// The interval of a proportion.
struct IntervalCell: Cell {
    let source: ItemSource
    let count: Int

    static let independent: [any Cell] = cells(sizes: [1], correlations: [0])
    static let clustered: [any Cell] = cells(sizes: Grid.clusterSizes, correlations: Grid.correlations)

    private static func cells(sizes: [Int], correlations: [Double]) -> [any Cell] {
        var cells: [any Cell] = []
        for count in Grid.counts {
            for rate in Grid.rates {
                for size in sizes {
                    for correlation in correlations {
                        cells.append(
                            IntervalCell(
                                source: ItemSource(rate: rate, clusterSize: size, correlation: correlation), count: count))
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
            let proportion =
                source.clusterSize == 1
                ? Proportion(
                    successes: ItemSource.successes(of: count, rate: source.rate, &generator), count: count,
                    confidence: Grid.confidence)
                : ClusteredValues(groups: source.groups(count: count, &generator))
                    .flatMap { Proportion($0, confidence: Grid.confidence) }
            guard let interval = proportion?.interval else { return false }
            width += interval.upper - interval.lower
            return interval.contains(source.rate)
        }
        return [
            .init(name: "coverage", value: coverage), .init(name: "width", value: width / Double(simulations)),
        ]
    }
}
