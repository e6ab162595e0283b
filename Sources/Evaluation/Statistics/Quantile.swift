/// Quantiles of a sample.
package enum Quantile {
    /// Linear between the order statistics, `1 + (n - 1) p` being the place (definition 7 of Hyndman and Fan, The
    /// American Statistician 50, 1996): what NumPy's `quantile` gives.
    /// - Parameter sorted: in ascending order, finite.
    /// - Returns: nil without values, or for a probability outside [0, 1].
    package static func linear(ofSorted sorted: [Double], at probability: Double) -> Double? {
        guard let last = sorted.last, probability >= 0, probability <= 1 else { return nil }
        let place = probability * Double(sorted.count - 1)
        let below = Int(place)
        guard below + 1 < sorted.count else { return last }
        return sorted[below] + (place - Double(below)) * (sorted[below + 1] - sorted[below])
    }
}
