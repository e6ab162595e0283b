import Foundation
import Reporting
import Testing

@Suite struct PlotTests {
    /// Worked out by hand: multiples of 1, 2 or 5 times a power of ten that hold the range.
    @Test(arguments: [
        (0.0...1.0, 5, ["0", "0.2", "0.4", "0.6", "0.8", "1"]), (0.3...2.9, 4, ["0", "1", "2", "3"]),
        (-10...90, 5, ["-20", "0", "20", "40", "60", "80", "100"]), (7...7, 2, ["0", "5", "10", "15"]),
        (0...2e-5, 2, ["0", "1e-5", "2e-5"]), (0...3_000_000, 3, ["0", "1e6", "2e6", "3e6"]),
    ] as [(ClosedRange<Double>, Int, [String])])
    func ticks(range: ClosedRange<Double>, count: Int, labels: [String]) {
        let ticks = AxisTicks(range, count: count)
        #expect(ticks.labels == labels)
        #expect((ticks.values.first ?? .infinity) <= range.lowerBound && (ticks.values.last ?? -.infinity) >= range.upperBound)
    }

    @Test func hardRanges() {
        for range in [-Double.greatestFiniteMagnitude...Double.greatestFiniteMagnitude, 1e15...1e15 + 1, 0...Double.leastNonzeroMagnitude, 1e300...1e301] {
            let ticks = AxisTicks(range, count: 4)
            #expect(!ticks.values.isEmpty && ticks.values.count < 40 && ticks.labels.count == ticks.values.count)
        }
    }

    @Test func sparkline() {
        let rising = Curve(name: "x", points: (0..<8).map { .init(x: Double($0), y: Double($0)) })
        #expect(TextPlot.sparkline(rising, width: 8) == "▁▂▃▄▅▆▇█")
        #expect(TextPlot.sparkline(Curve(name: "x", points: []), width: 8) == "")
        // A gap stays empty, and what is not finite is left out.
        let gap = Curve(name: "x", points: [.init(x: 0, y: 1), .init(x: 3, y: 1), .init(x: 1, y: .nan)])
        #expect(TextPlot.sparkline(gap, width: 4) == "▅  ▅")
    }

    @Test func plotOfALine() {
        let curve = Curve(name: "loss", points: [.init(x: 0, y: 3), .init(x: 50, y: 2), .init(x: 100, y: 1)])
        let lines = TextPlot.drawn(curve, width: 21, height: 5).split(separator: "\n", omittingEmptySubsequences: false)
        // Marks at 1, 1.5, 2, 2.5 and 3; the points on the first, middle and last of them.
        #expect(lines.count == 8 && lines[0] == "loss")
        #expect(lines[1] == "  3 ┤•" && lines[3] == "  2 ┤          •" && lines[5] == "  1 ┤                    •")
        #expect(lines[7].hasSuffix("100  step"))
    }

    @Test func svgIsWellFormedAndEscaped() throws {
        let hostile = #"<script>alert("x")</script> & 'y' \#u{1B}[2J"#
        let curve = Curve(name: hostile, points: [.init(x: 0, y: 1e-9), .init(x: 1e9, y: -4)])
        let text = SVGPlot.document([curve, Curve(name: "empty", points: [])], title: hostile, watermark: hostile)
        #expect(!text.contains("<script") && !text.contains("\u{1B}") && !text.contains("href"))
        // Each text is there, escaped: title twice, watermark twice, the curve's name once.
        #expect(text.components(separatedBy: "&lt;script&gt;alert(&quot;x&quot;)&lt;/script&gt; &amp; &#39;y&#39;").count == 6)
        // Every tag that opens is closed, in order.
        var open: [Substring] = []
        for tag in text.matches(of: /<(\/?)([a-z]+)[^<>]*?(\/?)>/) {
            if tag.output.1 == "/" {
                #expect(open.popLast() == tag.output.2)
            } else if tag.output.3 != "/" {
                open.append(tag.output.2)
            }
        }
        #expect(open.isEmpty)
        #expect(text.contains(#"<polyline points="84,"#))
    }
}
