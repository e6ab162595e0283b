/// How well two runs know what they know, on the same items: the probability of the choice that was picked, held against
/// whether it was right.
package struct CalibrationShift: Hashable, Sendable {
    /// One run's.
    package struct Run: Hashable, Sendable {
        /// How often the picked choice was right, and the mean probability of it: the second above the first is overconfidence.
        package let accuracy: Proportion
        package let confidence: Double
        package let expectedCalibrationError: Double
        /// By the bootstrap over clusters, BCa; nil where it is not defined.
        package let interval: ConfidenceInterval?
        package let brier: PairedFigure.Estimate
        package let bins: [Bin]
    }

    /// A bin of the reliability diagram, with forecasts in it.
    package struct Bin: Hashable, Sendable {
        package let forecast: Double
        package let observed: Proportion
    }

    package let task: String
    package let count: Int
    package let clusters: Int
    package let first: Run
    package let second: Run
    /// Of the calibration errors, second less first, pairs drawn together.
    package let difference: Double
    package let interval: ConfidenceInterval?
    /// Of the squared errors that make the Brier score.
    package internal(set) var brier: PairedFigure

    /// Bins of equal width; resamples of the bootstrap and their seed, the same for every report.
    package static let bins = 10
    package static let resamples = 1_000
    package static let seed: UInt64 = 1

    /// A pair of forecasts as the bootstrap draws it.
    private struct Pair {
        let first: Forecast
        let second: Forecast
    }

    /// - Returns: nil where no pair has forecasts in both runs.
    init?(_ task: PairedSamples.Task, confidence: Double) {
        var pairs: [Pair] = [], names: [String?] = []
        for (index, forecasts) in task.forecasts.enumerated() {
            guard let first = forecasts.first, let second = forecasts.second else { continue }
            pairs.append(Pair(first: first, second: second))
            names.append(task.cluster(index))
        }
        // Only for the clusters' numbers.
        guard let numbered = ClusteredValues(names.map { (value: 0, cluster: $0) }) else { return nil }
        var groups = [[Pair]](repeating: [], count: numbered.clusterCount)
        for (pair, cluster) in zip(pairs, numbered.clusters) { groups[cluster].append(pair) }
        func squares(_ side: KeyPath<Pair, Forecast>) -> [Double] {
            pairs.map { pair in
                let error = pair[keyPath: side].probability - (pair[keyPath: side].outcome ? 1 : 0)
                return error * error
            }
        }
        guard
            let brier = PairedFigure(zip(zip(squares(\.first), squares(\.second)), names).map { ($0.0, $0.1, $1) }, confidence: confidence),
            let first = Self.run(pairs.map(\.first), names, groups.map { $0.map(\.first) }, brier.first, confidence),
            let second = Self.run(pairs.map(\.second), names, groups.map { $0.map(\.second) }, brier.second, confidence)
        else { return nil }
        self.task = task.name
        count = pairs.count
        clusters = numbered.clusterCount
        (self.first, self.second, self.brier) = (first, second, brier)
        difference = second.expectedCalibrationError - first.expectedCalibrationError
        interval = Bootstrap(resamples: Self.resamples, seed: Self.seed)?.interval(clusters: groups, confidence: confidence) { drawn in
            Self.error(drawn, \.second) - Self.error(drawn, \.first)
        }
    }

    private static func run(
        _ forecasts: [Forecast], _ names: [String?], _ groups: [[Forecast]], _ brier: PairedFigure.Estimate, _ confidence: Double
    ) -> Run? {
        guard let accuracy = Proportion(outcomes: zip(forecasts, names).map { ($0.outcome, $1) }, confidence: confidence),
            let curve = CalibrationCurve(forecasts, binning: .equalWidth(bins))
        else { return nil }
        var members = [[Int]](repeating: [], count: bins)
        for (index, forecast) in forecasts.enumerated() { members[place(forecast)].append(index) }
        let diagram = members.filter { !$0.isEmpty }.compactMap { members -> Bin? in
            Proportion(outcomes: members.map { (forecasts[$0].outcome, names[$0]) }, confidence: confidence).map { observed in
                Bin(forecast: members.reduce(0) { $0 + forecasts[$1].probability } / Double(members.count), observed: observed)
            }
        }
        return Run(
            accuracy: accuracy, confidence: forecasts.reduce(0) { $0 + $1.probability } / Double(forecasts.count),
            expectedCalibrationError: curve.expectedCalibrationError,
            interval: Bootstrap(resamples: resamples, seed: seed)?.interval(clusters: groups, confidence: confidence) { error($0, \.self) },
            brier: brier, bins: diagram)
    }

    /// As `CalibrationCurve.Binning.equalWidth` places forecasts.
    private static func place(_ forecast: Forecast) -> Int {
        min(bins - 1, max(0, Int((forecast.probability * Double(bins)).rounded(.up)) - 1))
    }

    /// `CalibrationCurve.expectedCalibrationError`, without the curve: it is worked out thousands of times.
    private static func error<Element>(_ drawn: [Element], _ side: (Element) -> Forecast) -> Double {
        var sums = [Double](repeating: 0, count: bins)
        for element in drawn {
            let forecast = side(element)
            sums[place(forecast)] += forecast.probability - (forecast.outcome ? 1 : 0)
        }
        return sums.reduce(0) { $0 + abs($1) } / Double(drawn.count)
    }
}
