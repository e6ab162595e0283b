import CanonicalEncoding
import DatasetFormats

/// A comparison of two runs, as `DegradationReport.json` states it, as one SVG file: for each task whose choices were scored a
/// reliability diagram of both runs, and all differences with their intervals.
package enum DegradationPlot {
    private static let (width, left, top) = (860.0, 300.0, 56.0)
    private static let (square, panel, line) = (260.0, 390.0, 22.0)
    private static let colours = [("first", "steelblue"), ("second", "darkorange")]

    /// - Parameter watermark: who it was shown to; nil where nobody else's material is in it.
    package static func document(_ report: JSONValue, title: String, watermark: String? = nil) -> String {
        let diagrams = (report["calibration"]?.array ?? []).prefix(20), rows = IntervalRow.of(report)
        let diagramRows = (diagrams.count + 1) / 2
        let forest = top + Double(diagramRows) * panel
        let height = forest + (rows.isEmpty ? 0 : Double(rows.count) * line + 70) + 30
        var canvas = SVGCanvas(width: width, height: height, title: title)
        canvas.text(40, 30, title, size: 16)
        for (place, diagram) in diagrams.enumerated() {
            reliability(diagram, x: 70 + Double(place % 2) * 410, y: top + Double(place / 2) * panel + 24, &canvas)
        }
        if !rows.isEmpty { intervals(rows, report["confidence"]?.string ?? "", y: forest + 24, &canvas) }
        if let watermark {
            canvas.text(40, height - 10, "Shown to \(watermark)", fill: "dimgray")
            canvas.text(width / 2, height / 2, watermark, size: 24, anchor: "middle", opacity: 0.07)
        }
        return canvas.document
    }

    /// Stated against observed, a bin a point with the interval of what was observed; on the dashed line a model that knows what it
    /// knows.
    private static func reliability(_ diagram: JSONValue, x: Double, y: Double, _ canvas: inout SVGCanvas) {
        let bottom = y + square
        canvas.text(x, y - 8, VisibleText.line(diagram["task"]?.string ?? "", limit: 40))
        canvas.line(x, bottom, x + square, y, stroke: "gray", dashed: true)
        for step in 0...5 {
            let part = Double(step) / 5, label = Figure.text(part, places: 1)
            canvas.line(x, bottom - part * square, x + square, bottom - part * square, stroke: "gainsboro")
            canvas.text(x - 6, bottom - part * square + 4, label, anchor: "end")
            canvas.text(x + part * square, bottom + 16, label, anchor: "middle")
        }
        canvas.text(x + square / 2, bottom + 34, "probability of the picked choice", anchor: "middle")
        canvas.text(x - 36, y + square / 2, "share that was right", anchor: "middle", turned: true)
        for (number, (side, colour)) in colours.enumerated() {
            let run = diagram[side]
            var points: [(Double, Double)] = []
            for bin in run?["bins"]?.array ?? [] {
                guard let forecast = unit(bin["forecast"]), let rate = unit(bin["rate"]) else { continue }
                let place = x + forecast * square
                points.append((place, bottom - rate * square))
                if let low = unit(bin["lower"]), let high = unit(bin["upper"]) {
                    canvas.line(place, bottom - low * square, place, bottom - high * square, stroke: colour, opacity: 0.45)
                }
            }
            canvas.polyline(points, stroke: colour)
            for point in points { canvas.circle(point.0, point.1, 3.5, fill: colour) }
            let error = run?["ece"]?.string.map { Figure.text($0, places: 3) } ?? ""
            let interval = run?["lower"]?.string.map { " (\(Figure.text($0, places: 3)) – \(Figure.text(run?["upper"]?.string ?? "", places: 3)))" } ?? ""
            canvas.text(x, bottom + 54 + Double(number) * 16, "\(side): error \(error)\(interval), n \(diagram["n"]?.integer ?? 0)", fill: colour)
        }
    }

    private static func intervals(_ rows: [IntervalRow], _ confidence: String, y: Double, _ canvas: inout SVGCanvas) {
        let reach = IntervalRow.reach(rows), right = width - 30, bottom = y + Double(rows.count) * line
        func place(_ value: Double) -> Double { left + (min(1, max(-1, value / reach)) + 1) / 2 * (right - left) }
        canvas.text(40, y - 8, "Differences, second less first, with intervals at \(confidence)")
        for step in -2...2 {
            let value = Double(step) / 2 * reach
            canvas.line(place(value), y, place(value), bottom, stroke: step == 0 ? "gray" : "gainsboro")
            canvas.text(place(value), bottom + 16, Figure.text(value, places: 2), anchor: "middle")
        }
        for (number, row) in rows.enumerated() {
            let middle = y + (Double(number) + 0.5) * line, colour = row.isWhole ? "black" : "dimgray"
            canvas.text(left - 12, middle + 4, row.name, anchor: "end", fill: colour)
            if let interval = row.interval {
                canvas.line(place(interval.low), middle, place(interval.high), middle, stroke: colour)
                for end in [interval.low, interval.high] { canvas.line(place(end), middle - 4, place(end), middle + 4, stroke: colour) }
            }
            canvas.circle(place(row.difference), middle, 4, fill: colour)
        }
    }

    private static func unit(_ value: JSONValue?) -> Double? { value?.string.flatMap(Double.init).flatMap { (0...1).contains($0) ? $0 : nil } }
}

/// An SVG file that stands alone, element by element; every text is escaped.
struct SVGCanvas {
    private var lines: [String]

    init(width: Double, height: Double, title: String) {
        let (w, h) = (SVGPlot.number(width), SVGPlot.number(height))
        lines = [
            #"<svg xmlns="http://www.w3.org/2000/svg" width="\#(w)" height="\#(h)" viewBox="0 0 \#(w) \#(h)" font-family="sans-serif" font-size="12" role="img">"#,
            "<title>\(SVGPlot.escaped(title))</title>", #"<rect width="100%" height="100%" fill="white"/>"#,
        ]
    }

    var document: String { (lines + ["</svg>"]).joined(separator: "\n") + "\n" }

    mutating func text(
        _ x: Double, _ y: Double, _ text: String, size: Int = 12, anchor: String = "start", fill: String = "black", opacity: Double = 1, turned: Bool = false
    ) {
        let (x, y) = (SVGPlot.number(x), SVGPlot.number(y))
        let turn = turned ? #" transform="rotate(-90 \#(x) \#(y))""# : "", faint = opacity < 1 ? #" fill-opacity="\#(opacity)""# : ""
        lines.append(#"<text x="\#(x)" y="\#(y)" font-size="\#(size)" text-anchor="\#(anchor)" fill="\#(fill)"\#(faint)\#(turn)>\#(SVGPlot.escaped(text))</text>"#)
    }

    mutating func line(_ x1: Double, _ y1: Double, _ x2: Double, _ y2: Double, stroke: String, dashed: Bool = false, opacity: Double = 1) {
        let dashes = dashed ? #" stroke-dasharray="4 4""# : "", faint = opacity < 1 ? #" stroke-opacity="\#(opacity)""# : ""
        lines.append(
            #"<line x1="\#(SVGPlot.number(x1))" y1="\#(SVGPlot.number(y1))" x2="\#(SVGPlot.number(x2))" y2="\#(SVGPlot.number(y2))" stroke="\#(stroke)"\#(dashes)\#(faint)/>"#)
    }

    mutating func polyline(_ points: [(Double, Double)], stroke: String) {
        guard !points.isEmpty else { return }
        let text = points.map { "\(SVGPlot.number($0.0)),\(SVGPlot.number($0.1))" }.joined(separator: " ")
        lines.append(#"<polyline points="\#(text)" fill="none" stroke="\#(stroke)" stroke-width="1.5"/>"#)
    }

    mutating func circle(_ x: Double, _ y: Double, _ radius: Double, fill: String) {
        lines.append(#"<circle cx="\#(SVGPlot.number(x))" cy="\#(SVGPlot.number(y))" r="\#(SVGPlot.number(radius))" fill="\#(fill)"/>"#)
    }
}
