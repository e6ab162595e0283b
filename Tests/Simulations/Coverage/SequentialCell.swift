import Evaluation

/// The sequential test against a threshold, beside the fixed design with as many items.
struct SequentialCell: Cell {
    let threshold: Double
    let source: ItemSource
    let planned: Int
    /// How far the true rate is from the threshold, in units of what the fixed design tells from it with a power of 80 %;
    /// negative below, 0 at the threshold.
    let distance: Double

    static let all: [any Cell] = {
        var cells: [any Cell] = []
        for threshold in Grid.thresholds {
            for planned in [100, 200, 500] {
                for (size, correlations) in [(1, [0.0])] + Grid.clusterSizes.map({ ($0, Grid.correlations) }) {
                    for correlation in correlations {
                        for distance in [0.0, 1, 2, -1, -2] {
                            guard
                                let cell = SequentialCell(
                                    threshold: threshold, planned: planned, size: size, correlation: correlation, distance: distance)
                            else { continue }
                            cells.append(cell)
                        }
                    }
                }
            }
        }
        return cells
    }()

    /// - Returns: nil where the fixed design tells no such rate from the threshold.
    init?(threshold: Double, planned: Int, size: Int, correlation: Double, distance: Double) {
        var rate = threshold
        if distance != 0 {
            let effect = 1 + Double(size - 1) * correlation
            guard let design = StudyDesign(confidence: Grid.confidence, power: 0.8, designEffect: effect),
                let detectable = design.detectableRate(threshold: threshold, above: distance > 0, items: planned)
            else { return nil }
            rate += abs(distance) * (detectable - threshold)
        }
        guard (0...1).contains(rate) else { return nil }
        self.threshold = threshold
        self.planned = planned
        self.distance = distance
        source = ItemSource(rate: rate, clusterSize: size, correlation: correlation)
    }

    var factors: [Report.Factor] {
        [.init(name: "threshold", value: threshold), .init(name: "distance", value: distance)] + .source(source, count: planned)
    }

    func run(simulations: Int, generator: inout SeededGenerator) -> [Report.Figure] {
        let units = (planned + source.clusterSize - 1) / source.clusterSize
        var (items, above, below) = (0, 0, 0)
        for _ in 0..<simulations {
            guard var test = SequentialTest(
                threshold: threshold, plannedUnits: units, largestUnit: source.clusterSize, confidence: Grid.confidence)
            else { continue }
            while test.state == .undecided {
                let size = min(source.clusterSize, planned - test.sequence.items)
                let successes = ItemSource.successes(of: size, rate: source.clusterRate(&generator), &generator)
                guard let unit = SequentialUnit(sum: Double(successes), count: size), test.observe(unit) != nil else { break }
            }
            items += test.sequence.items
            above += test.state == .above ? 1 : 0
            below += test.state == .below ? 1 : 0
        }
        let total = Double(simulations)
        let (right, wrong) = distance > 0 ? (above, below) : distance < 0 ? (below, above) : (0, above + below)
        return [
            .init(name: "wrong", value: Double(wrong) / total), .init(name: "right", value: Double(right) / total),
            .init(name: "saved", value: 1 - Double(items) / total / Double(planned)),
        ]
    }
}
