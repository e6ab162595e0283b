/// Newton's method with a bracket.
enum RootFinder {
    /// The root between `low` and `high` of a function that increases there.
    /// - Parameter function: the value and the derivative at a point.
    static func increasing(
        from low: Double, to high: Double, start: Double, _ function: (Double) -> (value: Double, slope: Double)
    ) -> Double {
        var (low, high, x) = (low, high, start)
        for _ in 0..<200 {
            let (value, slope) = function(x)
            if value == 0 { return x }
            if value < 0 { low = x } else { high = x }
            let newton = x - value / slope
            let next = newton > low && newton < high ? newton : low + (high - low) / 2
            if abs(next - x) <= 2 * x.ulp || next == low && next == high { return next }
            x = next
        }
        return x
    }

    /// The last point between `low` and `high`, to 2^-60 of their distance, at which `holds` is still true, where it
    /// is true at `low` and turns false once.
    static func boundary(from low: Double, to high: Double, _ holds: (Double) -> Bool) -> Double {
        var (low, high) = (low, high)
        for _ in 0..<60 {
            let middle = low + (high - low) / 2
            if middle == low || middle == high { break }
            if holds(middle) { low = middle } else { high = middle }
        }
        return low
    }
}
