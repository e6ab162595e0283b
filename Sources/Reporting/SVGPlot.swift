/// Curves as one SVG file that stands alone: no script, no style sheet, no font and no link from elsewhere. Every text is
/// escaped.
package enum SVGPlot {
    private static let (width, panel, top, left, right) = (860.0, 240.0, 56.0, 84.0, 24.0)

    /// - Parameters:
    ///   - title: one line above the curves.
    ///   - watermark: who it was shown to; at the foot, and across each curve.
    package static func document(_ curves: [Curve], title: String, watermark: String) -> String {
        let height = top + Double(max(1, curves.count)) * panel + 28
        var lines = [
            #"<svg xmlns="http://www.w3.org/2000/svg" width="\#(number(width))" height="\#(number(height))" "#
                + #"viewBox="0 0 \#(number(width)) \#(number(height))" font-family="sans-serif" font-size="12" role="img">"#,
            "<title>\(escaped(title))</title>",
            #"<rect width="100%" height="100%" fill="white"/>"#,
            #"<text x="\#(number(left))" y="30" font-size="16" fill="black">\#(escaped(title))</text>"#,
        ]
        for (index, curve) in curves.enumerated() { lines += panel(curve, at: top + Double(index) * panel, watermark) }
        lines.append(#"<text x="\#(number(left))" y="\#(number(height - 10))" fill="dimgray">Shown to \#(escaped(watermark))</text>"#)
        lines.append("</svg>")
        return lines.joined(separator: "\n") + "\n"
    }

    private static func panel(_ curve: Curve, at start: Double, _ watermark: String) -> [String] {
        guard let bounds = curve.bounds else { return [] }
        let xTicks = AxisTicks(bounds.x, count: 8), yTicks = AxisTicks(bounds.y, count: 5)
        let (x0, x1) = (left, width - right), (y0, y1) = (start + panel - 60, start + 16)
        func place(_ value: Double, _ ticks: AxisTicks, _ low: Double, _ high: Double) -> Double {
            let (first, last) = (ticks.values.first ?? 0, ticks.values.last ?? 1)
            // Halved before subtracted: the distance between the largest doubles overflows.
            return low + (value / 2 - first / 2) / (last / 2 - first / 2) * (high - low)
        }
        var lines: [String] = []
        for (value, label) in zip(yTicks.values, yTicks.labels) {
            let y = number(place(value, yTicks, y0, y1))
            lines.append(#"<line x1="\#(number(x0))" y1="\#(y)" x2="\#(number(x1))" y2="\#(y)" stroke="gainsboro"/>"#)
            lines.append(#"<text x="\#(number(x0 - 8))" y="\#(y)" text-anchor="end" dominant-baseline="middle">\#(escaped(label))</text>"#)
        }
        for (value, label) in zip(xTicks.values, xTicks.labels) {
            let x = number(place(value, xTicks, x0, x1))
            lines.append(#"<line x1="\#(x)" y1="\#(number(y0))" x2="\#(x)" y2="\#(number(y0 + 5))" stroke="dimgray"/>"#)
            lines.append(#"<text x="\#(x)" y="\#(number(y0 + 20))" text-anchor="middle">\#(escaped(label))</text>"#)
        }
        lines.append(#"<path d="M\#(number(x0)) \#(number(y1))V\#(number(y0))H\#(number(x1))" fill="none" stroke="dimgray"/>"#)
        lines.append(
            #"<text x="\#(number((x0 + x1) / 2))" y="\#(number((y0 + y1) / 2))" text-anchor="middle" font-size="20" fill="black" "#
                + #"fill-opacity="0.07">\#(escaped(watermark))</text>"#)
        let points = curve.points.map { "\(number(place($0.x, xTicks, x0, x1))),\(number(place($0.y, yTicks, y0, y1)))" }
        lines.append(#"<polyline points="\#(points.joined(separator: " "))" fill="none" stroke="steelblue" stroke-width="1.5"/>"#)
        let middle = number((y0 + y1) / 2)
        lines.append(
            #"<text x="18" y="\#(middle)" text-anchor="middle" transform="rotate(-90 18 \#(middle))">\#(escaped(curve.name))</text>"#)
        lines.append(#"<text x="\#(number((x0 + x1) / 2))" y="\#(number(y0 + 38))" text-anchor="middle">step</text>"#)
        return lines
    }

    /// A coordinate, to a hundredth of a pixel.
    static func number(_ value: Double) -> String {
        let rounded = (value * 100).rounded() / 100
        return rounded == rounded.rounded() && rounded.magnitude < 1e9 ? "\(Int(rounded))" : "\(rounded)"
    }

    /// Text for an element or an attribute (XML 1.0, section 2.4); characters that XML does not allow (section 2.2) become
    /// U+FFFD.
    static func escaped(_ text: String) -> String {
        var result = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": result.append(contentsOf: "&amp;".unicodeScalars)
            case "<": result.append(contentsOf: "&lt;".unicodeScalars)
            case ">": result.append(contentsOf: "&gt;".unicodeScalars)
            case "\"": result.append(contentsOf: "&quot;".unicodeScalars)
            case "'": result.append(contentsOf: "&#39;".unicodeScalars)
            case "\t", "\n", "\r": result.append(scalar)
            default: result.append(scalar.value < 0x20 || scalar.value == 0xFFFE || scalar.value == 0xFFFF ? "\u{FFFD}" : scalar)
            }
        }
        return String(result)
    }
}
