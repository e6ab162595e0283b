import CanonicalEncoding
import EvaluationLogs
import Foundation
import Testing

/// Summaries are cut where Inspect cuts them: at 5,120 characters, and as Python's `textwrap.shorten` cuts.
@Suite struct SummaryTests {
    /// Texts around the limits, with words, hyphens and spaces of all kinds.
    static var texts: [String] {
        var generator = SplitMix(state: 42)
        let pieces = [
            "word", "well-known", "a-b", "A-B-C", "é-é-é", "x--y", "end.--Next", "--", "-", "---a", "12-34", "ab-12", "ab-c1", "_a-b_", "don't-you", "²-½",
            "語-語語", "🙂-🙂", "\u{E9}t\u{E9}", "a", "I", "(paren-thesis)", "http://a-b.example/c-d", "e\u{301}x-e\u{301}x",
        ]
        let spaces = [" ", "  ", "\n", "\t", "\u{A0}", "\u{2003}", "\u{1F}", "\u{85}", "\r\n", " ", " ", " "]
        var texts = ["", " ", "short", " trim \n me ", String(repeating: "x", count: 1024), String(repeating: "x", count: 1025),
            String(repeating: "x-", count: 600), "a " + String(repeating: "y-z", count: 600), String(repeating: "-", count: 1030),
            String(repeating: "ab ", count: 341) + "c", String(repeating: " ", count: 9000) + "late", String(repeating: "🙂", count: 1500)]
        for _ in 0..<400 {
            var text = String.UnicodeScalarView()
            let target = 980 + Int(generator.next() % 120)
            while text.count < target {
                text.append(contentsOf: pieces[Int(generator.next() % UInt64(pieces.count))].unicodeScalars)
                if generator.next() % 4 > 0 { text.append(contentsOf: spaces[Int(generator.next() % UInt64(spaces.count))].unicodeScalars) }
            }
            texts.append(String(text))
        }
        return texts
    }

    struct SplitMix {
        var state: UInt64
        mutating func next() -> UInt64 {
            state &+= 0x9E37_79B9_7F4A_7C15
            var value = (state ^ state >> 30) &* 0xBF58_476D_1CE4_E5B9
            value = (value ^ value >> 27) &* 0x94D0_49BB_1331_11EB
            return value ^ value >> 31
        }
    }

    @Test func textsAreShortenedAsPythonDoes() throws {
        let texts = Self.texts
        let expected = try #require(
            try Python.json(
                """
                import json, sys, textwrap
                texts = json.load(sys.stdin)
                print(json.dumps([textwrap.shorten(text[:8192], width=1024, placeholder="...") for text in texts]))
                """, input: try JSONSerialization.data(withJSONObject: texts)) as? [String])
        var cut = 0
        for (text, expected) in zip(texts, expected) {
            var sample = InspectLog.Sample(id: .integer(1), epoch: 1, input: .text(""), target: .text(""), metadata: ["text": .string(text)])
            sample.scores = ["s": .init(1, answer: text, explanation: text)]
            let summary = InspectLog.Summary(sample)
            #expect(summary.metadata["text"]?.string.map { Array($0.utf8) } == Array(expected.utf8), "\(text.debugDescription)")
            #expect(summary.scores?["s"]?.answer == expected && summary.scores?["s"]?.explanation == expected)
            if expected.hasSuffix("...") { cut += 1 }
        }
        #expect(cut > 150)
    }

    @Test func inputsAreCutAtTheirCharacters() {
        for (count, isCut) in [(5119, false), (5120, false), (5121, true)] {
            for character in ["x", "é", "e\u{301}", "🙂"] {
                let text = String(String.UnicodeScalarView(String(repeating: character, count: count).unicodeScalars.prefix(count)))
                let summary = InspectLog.Summary(
                    .init(id: .integer(1), epoch: 1, input: .messages([.init(.user, .parts([.reasoning("r"), .text(text)]))]), target: .list([text])))
                let expected = isCut ? String(String.UnicodeScalarView(text.unicodeScalars.prefix(5120))) + "...\n(content truncated)" : text
                #expect(summary.target == .list([expected]))
                #expect(summary.input == .messages([.init(.user, .parts([.text("(Reasoning)"), .text(expected)]))]))
            }
        }
    }

    @Test func largeValuesAreLeftOut() throws {
        // Characters of the JSON with an indent of two, which is what Inspect measures.
        let counts = 0...60
        let sizes = try #require(
            try Python.json(
                """
                import json, sys
                print(json.dumps([len(json.dumps([{"k": [i % 10, {}, "é"]} for i in range(n)], indent=2, ensure_ascii=False)) for n in range(61)]))
                """) as? [Int])
        #expect(sizes.contains { $0 > 1024 })
        for (count, size) in zip(counts, sizes) {
            let value = JSONValue.array((0..<count).map { ["k": [.integer(Int64($0 % 10)), [:], "é"]] })
            let summary = InspectLog.Summary(.init(id: .integer(1), epoch: 1, input: .text(""), target: .text(""), metadata: ["v": value]))
            #expect((summary.metadata["v"] == value) == (size <= 1024), "\(size) characters")
        }
        // To the character.
        for length in 1010...1024 {
            let value: JSONValue = [.string(String(repeating: "é", count: length))]
            let summary = InspectLog.Summary(.init(id: .integer(1), epoch: 1, input: .text(""), target: .text(""), metadata: ["v": value]))
            // With the brackets, the quotes, two line breaks and two spaces.
            #expect((summary.metadata["v"] == value) == (length + 8 <= 1024))
        }
    }
}
