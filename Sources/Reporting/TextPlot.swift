/// A curve in a terminal.
package enum TextPlot {
    private static let blocks = Array("▁▂▃▄▅▆▇█")

    /// One line of blocks, from the lowest value to the highest; each column the mean of the points in its part of the steps.
    package static func sparkline(_ curve: Curve, width: Int = 60) -> String {
        guard let bounds = curve.bounds, width > 0 else { return "" }
        var sums = [Double](repeating: 0, count: width), counts = [Int](repeating: 0, count: width)
        for point in curve.points {
            let column = cell(point.x, bounds.x, width)
            sums[column] += fraction(point.y, bounds.y)
            counts[column] += 1
        }
        return String(
            zip(sums, counts).map { sum, count in
                count == 0 ? " " : blocks[min(blocks.count - 1, Int(sum / Double(count) * Double(blocks.count)))]
            })
    }

    /// Dots over axes with round numbers.
    package static func drawn(_ curve: Curve, width: Int = 64, height: Int = 12) -> String {
        guard let bounds = curve.bounds, width > 1, height > 1 else { return "\(curve.name): nothing to draw" }
        let ticks = AxisTicks(bounds.y, count: 4)
        let (low, high) = (ticks.values.first ?? 0, ticks.values.last ?? 0)
        var grid = [[Character]](repeating: [Character](repeating: " ", count: width), count: height)
        for point in curve.points {
            grid[height - 1 - cell(point.y, low...high, height)][cell(point.x, bounds.x, width)] = "•"
        }
        var labels = [String](repeating: "", count: height)
        for (value, label) in zip(ticks.values, ticks.labels) { labels[height - 1 - cell(value, low...high, height)] = label }
        let margin = labels.map(\.count).max() ?? 0
        var lines = ["\(curve.name)"]
        for (label, row) in zip(labels, grid) {
            lines.append(padded(label, margin) + (label.isEmpty ? " │" : " ┤") + trimmed(String(row)))
        }
        let (start, end) = (short(bounds.x.lowerBound), short(bounds.x.upperBound))
        lines.append(padded("", margin) + " └" + String(repeating: "─", count: width))
        lines.append(padded("", margin + 2) + start + padded(end, max(end.count + 1, width - start.count)) + "  step")
        return lines.joined(separator: "\n")
    }

    /// Where in 0...1; the middle of a range without length.
    private static func fraction(_ value: Double, _ range: ClosedRange<Double>) -> Double {
        // Halved before subtracted: the distance between the largest doubles overflows.
        let span = range.upperBound / 2 - range.lowerBound / 2
        return span > 0 ? min(1, max(0, (value / 2 - range.lowerBound / 2) / span)) : 0.5
    }

    private static func cell(_ value: Double, _ range: ClosedRange<Double>, _ count: Int) -> Int {
        min(count - 1, Int(fraction(value, range) * Double(count)))
    }

    private static func padded(_ text: String, _ width: Int) -> String {
        String(repeating: " ", count: max(0, width - text.count)) + text
    }

    private static func trimmed(_ text: String) -> String { String(text.reversed().drop { $0 == " " }.reversed()) }

    private static func short(_ value: Double) -> String {
        let text = "\(value)"
        return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
    }
}
