import Evaluation

/// The interval of a rate corrected for a judge's measured error. Each simulation draws new labelled responses too. Where the
/// correction is refused, because the judge cannot be told from chance or its rate fits no true rate, nothing is covered.
struct JudgeCell: Cell {
    let source: ItemSource
    let count: Int
    let sensitivity: Double
    let specificity: Double
    let labelled: Int

    static let independent: [any Cell] = cells(accuracies: Grid.accuracies, labelled: Grid.labelled, sizes: [1], correlations: [0])
    static let clustered: [any Cell] = cells(
        accuracies: [(0.9, 0.9)], labelled: [50, 300], sizes: Grid.clusterSizes, correlations: Grid.correlations)

    private static func cells(
        accuracies: [(Double, Double)], labelled: [Int], sizes: [Int], correlations: [Double]
    ) -> [any Cell] {
        var cells: [any Cell] = []
        for count in Grid.counts {
            for rate in Grid.rates {
                for (sensitivity, specificity) in accuracies {
                    for labels in labelled {
                        for size in sizes {
                            for correlation in correlations {
                                cells.append(
                                    JudgeCell(
                                        source: ItemSource(rate: rate, clusterSize: size, correlation: correlation), count: count,
                                        sensitivity: sensitivity, specificity: specificity, labelled: labels))
                            }
                        }
                    }
                }
            }
        }
        return cells
    }

    var factors: [Report.Factor] {
        .source(source, count: count) + [
            .init(name: "sensitivity", value: sensitivity), .init(name: "specificity", value: specificity),
            .init(name: "labelled", value: Double(labelled)),
        ]
    }

    func run(simulations: Int, generator: inout SeededGenerator) -> [Report.Figure] {
        var (width, refused) = (0.0, 0)
        let coverage = Self.share(simulations) {
            guard let observed = observed(&generator),
                let judge = JudgeAccuracy(
                    hits: ItemSource.successes(of: labelled, rate: sensitivity, &generator), positives: labelled,
                    rejections: ItemSource.successes(of: labelled, rate: specificity, &generator), negatives: labelled,
                    confidence: Grid.confidence),
                let corrected = try? CorrectedRate(observed: observed, judge: judge)
            else {
                refused += 1
                return false
            }
            width += corrected.interval.upper - corrected.interval.lower
            return corrected.interval.contains(source.rate)
        }
        return [
            .init(name: "coverage", value: coverage),
            .init(name: "width", value: width / Double(max(1, simulations - refused))),
            .init(name: "refused", value: Double(refused) / Double(simulations)),
        ]
    }

    private func observed(_ generator: inout SeededGenerator) -> Proportion? {
        guard source.clusterSize > 1 else {
            let judged = source.rate * sensitivity + (1 - source.rate) * (1 - specificity)
            return Proportion(
                successes: ItemSource.successes(of: count, rate: judged, &generator), count: count, confidence: Grid.confidence)
        }
        let groups = source.groups(count: count, &generator).map { group in
            group.map { truth -> Double in
                generator.uniform() < (truth == 1 ? sensitivity : 1 - specificity) ? 1 : 0
            }
        }
        return ClusteredValues(groups: groups).flatMap { Proportion($0, confidence: Grid.confidence) }
    }
}
