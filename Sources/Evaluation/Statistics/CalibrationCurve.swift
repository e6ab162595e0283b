/// How far stated probabilities are from what happened.
package struct CalibrationCurve: Hashable, Sendable {
    /// How forecasts are put into bins.
    package enum Binning: Hashable, Sendable {
        /// Bins of 0...1 of the same width, the upper end belonging to each (Guo et al., arXiv:1706.04599, section 2);
        /// 0 belongs to the first.
        case equalWidth(Int)
        /// Bins of as nearly the same number of forecasts as can be, in ascending order, none that are equal apart
        /// (Nixon et al., arXiv:1904.01685, section 4).
        case equalMass(Int)
    }

    package struct Bin: Hashable, Sendable {
        package let count: Int
        /// Mean stated probability.
        package let forecast: Double
        /// Share of outcomes that were true.
        package let observed: Double
    }

    /// Those with forecasts in them, in ascending order.
    package let bins: [Bin]
    package let count: Int

    /// - Returns: nil without forecasts, for one outside 0...1, or outside of 1 to 10,000 bins.
    package init?(_ forecasts: [Forecast], binning: Binning) {
        guard !forecasts.isEmpty else { return nil }
        let places: [Int]
        switch binning {
        case .equalWidth(let bins):
            guard (1...10_000).contains(bins) else { return nil }
            places = forecasts.map { min(bins - 1, max(0, Int(($0.probability * Double(bins)).rounded(.up)) - 1)) }
        case .equalMass(let bins):
            guard (1...10_000).contains(bins) else { return nil }
            let order = forecasts.indices.sorted {
                (forecasts[$0].probability, $0) < (forecasts[$1].probability, $1)
            }
            var found = [Int](repeating: 0, count: forecasts.count)
            for (rank, index) in order.enumerated() {
                let isTied = rank > 0 && forecasts[order[rank - 1]].probability == forecasts[index].probability
                found[index] = isTied ? found[order[rank - 1]] : rank * min(bins, forecasts.count) / forecasts.count
            }
            places = found
        }
        var sums: [(count: Int, forecast: Double, observed: Double)] = Array(repeating: (0, 0, 0), count: (places.max() ?? 0) + 1)
        for (place, forecast) in zip(places, forecasts) {
            sums[place].count += 1
            sums[place].forecast += forecast.probability
            sums[place].observed += forecast.outcome ? 1 : 0
        }
        bins = sums.filter { $0.count > 0 }.map { sum in
            Bin(count: sum.count, forecast: sum.forecast / Double(sum.count), observed: sum.observed / Double(sum.count))
        }
        count = forecasts.count
    }

    /// The mean distance between stated and observed, each bin weighing as many forecasts as it holds (Naeini et al., AAAI
    /// 2015). It is biased upwards where bins are small.
    package var expectedCalibrationError: Double {
        bins.reduce(0) { $0 + Double($1.count) / Double(count) * abs($1.forecast - $1.observed) }
    }

    package var maximumCalibrationError: Double { bins.map { abs($0.forecast - $0.observed) }.max() ?? 0 }
}
