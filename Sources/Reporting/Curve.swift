import Glibc

/// A curve to be drawn: finite values by whole steps, in order of the steps.
package struct Curve: Hashable, Sendable {
    package struct Point: Hashable, Sendable {
        package let x: Double
        package let y: Double

        package init(x: Double, y: Double) { (self.x, self.y) = (x, y) }
    }

    package let name: String
    package let points: [Point]

    package init(name: String, points: [Point]) {
        self.name = name
        self.points = points.filter { $0.x.isFinite && $0.y.isFinite }
    }

    /// Nil for no points.
    var bounds: (x: ClosedRange<Double>, y: ClosedRange<Double>)? {
        guard let first = points.first else { return nil }
        var (x, y) = (first.x...first.x, first.y...first.y)
        for point in points {
            x = min(x.lowerBound, point.x)...max(x.upperBound, point.x)
            y = min(y.lowerBound, point.y)...max(y.upperBound, point.y)
        }
        return (x, y)
    }
}

/// Marks on an axis at round numbers.
package struct AxisTicks: Hashable, Sendable {
    /// The marks, and around them the range that is drawn.
    package let values: [Double]
    /// Each mark's text.
    package let labels: [String]

    /// Marks at multiples of 1, 2 or 5 times a power of ten, about `count` of them, from at or below the range to at or
    /// above it (Heckbert 1990, "Nice Numbers for Graph Labels").
    package init(_ range: ClosedRange<Double>, count: Int) {
        var (low, high) = (range.lowerBound, range.upperBound)
        if low == high {
            let room = low == 0 ? 1 : abs(low) / 2
            (low, high) = (low - room, high + room)
        }
        // Divided before subtracted: the distance between the largest doubles overflows.
        let rough = high / Double(max(1, count)) - low / Double(max(1, count))
        let power = Self.powerOfTen(below: rough)
        let step = power * ([1, 2, 5].first { $0 * power >= rough } ?? 10)
        let first = (low / step).rounded(.down), last = (high / step).rounded(.up)
        // Where the step is too small for the numbers' own precision, only the ends are marked.
        values = last - first <= Double(4 * count) && first.magnitude < 1e15 && (first * step).isFinite && (last * step).isFinite
            ? stride(from: first, through: last, by: 1).map { $0 * step } : [low, high]
        labels = values.map { Self.text($0, step: step) }
    }

    private static func powerOfTen(below value: Double) -> Double {
        value > 0 && value.isFinite ? pow(10, floor(log10(value))) : 1
    }

    /// With as many digits as the step needs: `0.05`, `2000`, `1e-05`.
    private static func text(_ value: Double, step: Double) -> String {
        let magnitude = value.magnitude
        if value == 0 { return "0" }
        if magnitude < 1e-3 || magnitude >= 1e6 {
            var exponent = 0, mantissa = value
            while mantissa.magnitude >= 10 { (mantissa, exponent) = (mantissa / 10, exponent + 1) }
            while mantissa.magnitude < 1 { (mantissa, exponent) = (mantissa * 10, exponent - 1) }
            let rounded = (mantissa * 100).rounded() / 100
            return trimmed("\(rounded)") + "e\(exponent)"
        }
        var digits = 0, scaled = step
        while scaled < 1, digits < 6 { (scaled, digits) = (scaled * 10, digits + 1) }
        let factor = (0..<digits).reduce(1.0) { result, _ in result * 10 }
        return trimmed("\((value * factor).rounded() / factor)")
    }

    private static func trimmed(_ text: String) -> String { text.hasSuffix(".0") ? String(text.dropLast(2)) : text }
}
