import Evaluation
import Testing

/// Texts that are made to be expensive end, and do not gain by it.
@Suite struct OverlapLimitTests {
    /// Words in an order that only depends on the seed.
    private func text(_ count: Int, words: Int, seed: UInt64) -> String {
        var state = seed
        return (0..<count).map { _ in
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return "w\((state >> 33) % UInt64(words))"
        }.joined(separator: " ")
    }

    @Test(arguments: [1, 2, 3, 50, 100_000])
    func translationEditRateEnds(words: Int) throws {
        let (one, other) = (text(10_000, words: words, seed: 1), text(10_000, words: words, seed: 2))
        let statistics = try TER().statistics(hypothesis: one, references: [other])
        #expect(statistics.referenceWords == 10_000 && statistics.edits <= 10_000 && statistics.cutShort == 0)
    }

    /// The first words put last: each of a thousand trials changes all distances that follow, and none helps.
    @Test(arguments: [(10_000, 0), (20_000, 1)])
    func trialsThatChangeEverythingEnd(count: Int, cutShort: Int) throws {
        let words = (0..<count).map { "w\($0)" }
        let moved = Array(words[40...] + words[..<40])
        let statistics = try TER().statistics(
            hypothesis: moved.joined(separator: " "), references: [words.joined(separator: " ")])
        #expect(statistics.edits == count && statistics.cutShort == cutShort)
    }

    /// Beyond the table's bound no moves are made; the edit distance is what it is.
    @Test func veryLongTextsAreComparedWithoutMoves() throws {
        let words = 200_000
        let hypothesis = String(repeating: "a b c d ", count: words / 4)
        let reference = String(repeating: "a b c e ", count: words / 4)
        let statistics = try TER().statistics(hypothesis: hypothesis, references: [reference])
        #expect(statistics.edits == words / 4 && statistics.cutShort == 1)
        #expect(try TER().statistics(hypothesis: hypothesis, references: ["a b c d"]).edits == words - 4)
        #expect(try TER().statistics(hypothesis: "a b c d", references: [hypothesis]).edits == words - 4)
    }

    /// Words beyond the bound of ROUGE-L count, and match nothing.
    @Test func veryLongTextsLoseByTheirLength() throws {
        let bound = 1 << 17
        let text = String(repeating: "a ", count: bound)
        let metric = ROUGE(.longestSubsequence)
        let within = try metric.statistics(hypothesis: text, references: [text])
        #expect(within.sum == 1 && within.cutShort == 0)
        let beyond = try metric.statistics(hypothesis: text + text, references: [text + text])
        #expect(beyond.sum == 0.5 && beyond.cutShort == 1)
    }

    /// Two hundred thousand words of one, and of as many: what takes time with the length alone does so.
    @Test(arguments: [1, 200_000])
    func longTextsTakeTimeWithTheirLength(words: Int) throws {
        let hypothesis = text(200_000, words: words, seed: 3)
        let metrics: [any OverlapMetric] = [BLEU(), ChrF.charactersAndWords, ROUGE(.pairs), SQuAD(.f1, edition: .two)]
        for metric in metrics {
            #expect(try metric.statistics(hypothesis: hypothesis, references: [hypothesis]).segments == 1)
        }
    }

    @Test func equivalentSpellingsAreOtherTexts() throws {
        let (composed, decomposed) = ("caf\u{E9}", "cafe\u{301}")
        #expect(composed == decomposed)
        #expect(try TER().statistics(hypothesis: composed, references: [decomposed]).edits == 1)
        #expect(try BLEU().statistics(hypothesis: composed, references: [decomposed]).matches == .zero)
        #expect(try ChrF.characters.statistics(hypothesis: composed, references: [decomposed]).reference[0] == 5)
        #expect(try SQuAD(.exactMatch, edition: .one).statistics(hypothesis: composed, references: [decomposed]).sum == 0)
    }
}
