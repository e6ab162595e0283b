import CanonicalEncoding
import Reporting
import Testing

@Suite struct ReportTests {
    /// A report as `DegradationReport.json` has it, with a name that would steer a terminal or end a text's element.
    private static let report: JSONValue = [
        "confidence": "0.95", "alone": 2, "failed": 1, "leftOut": [["task": "early", "reason": "it may end early"]],
        "values": [
            [
                "task": "a<b\u{1B}[2J", "metric": "acc", "n": 40, "clusters": 40, "first": "0.825000", "firstInterval": ["lower": "0.680500", "upper": "0.912546"],
                "second": "0.500000", "secondInterval": ["lower": "0.351995", "upper": "0.648005"], "difference": "-0.325000", "lower": "-0.486739",
                "upper": "-0.132238", "p": "0.002350", "pHolm": "0.007050",
            ]
        ],
        "domains": [], "refusals": [],
        "calibration": [
            [
                "task": "a", "n": 40, "clusters": 40, "difference": "0.1", "lower": .null, "upper": .null,
                "brier": ["first": "0.1", "second": "0.2", "difference": "0.1", "lower": "0.0", "upper": "0.2"],
                "first": ["accuracy": ["rate": "0.5", "lower": "0.4", "upper": "0.6"], "confidence": "0.5", "ece": "0.1", "lower": "0.05", "upper": "0.2",
                    "bins": [["forecast": "0.25", "rate": "0.50", "lower": "0.25", "upper": "0.75"], ["forecast": "0.75", "rate": "1.0", "lower": "0.5", "upper": "1.0"]]],
                "second": ["accuracy": ["rate": "0.5", "lower": "0.4", "upper": "0.6"], "confidence": "0.5", "ece": "0.1", "bins": []],
            ]
        ],
        "capability": ["drop": "0.176250", "lower": "0.095591", "upper": "0.256909", "p": "0.000043", "reason": .null, "n": 137, "domains": [[:], [:]]],
    ]

    @Test func inATerminal() throws {
        let lines = DegradationText.lines(Self.report, drawn: true).joined(separator: "\n").split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        #expect(lines[0] == "Capability drop: 0.1763 (0.0956 – 0.2569, p <0.0001); mean over 2 domains, each weighing the same, of 137 items.")
        let row = try #require(lines.first { $0.hasPrefix("a<b") })
        #expect(row.contains("0.8250 (0.6805 – 0.9125)") && row.contains("-0.3250") && row.contains("0.0071") && !row.contains("\u{1B}"))
        #expect(lines.contains("Left out of early: it may end early.") && lines.contains("2 items that only one run has, left out."))
        // Drawn over -0.5 … 0.5 in 49 columns with 0 in column 24: -0.486739 is 23 columns left of it, -0.325 16 and -0.132238 6.
        let drawn = Array(try #require(lines.last { $0.contains("├") }))
        let zero = try #require(drawn.lastIndex(of: "│"))
        #expect(drawn.firstIndex(of: "├") == zero - 23 && drawn.firstIndex(of: "●") == zero - 16 && drawn.firstIndex(of: "┤") == zero - 6)
    }

    @Test func asSVG() {
        let svg = DegradationPlot.document(Self.report, title: "b against a", watermark: "alice & co")
        #expect(svg.hasPrefix("<svg ") && svg.hasSuffix("</svg>\n") && svg.contains("Shown to alice &amp; co"))
        #expect(svg.contains("a&lt;b&lt;U+001B&gt;[2J") && !svg.contains("\u{1B}"))
        // The diagram's square begins at (70, 80) and is 260 wide: a forecast of 0.25 that came true half the time lies at (135, 210).
        #expect(svg.contains(#"<circle cx="135" cy="210" r="3.5" fill="steelblue"/>"#))
        #expect(svg.contains(#"<line x1="135" y1="275" x2="135" y2="145" stroke="steelblue" stroke-opacity="0.45"/>"#))
        // Of the differences, one: on a scale from 300 to 830 with 0 in the middle, -0.325 of 0.5 is at 392.75.
        #expect(svg.contains(#"cx="392.75""#))
        #expect(DegradationPlot.document(["values": []], title: "none").hasSuffix("</svg>\n"))
    }
}
