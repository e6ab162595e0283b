import CanonicalEncoding
import Evaluation
import Testing

/// Compares with what sacrebleu, rouge_score and the SQuAD scripts make of the same texts
/// (`Fixtures/overlap/make_overlap_fixture.py`).
@Suite struct OverlapMetricTests {
    struct Segment: Sendable {
        let hypothesis: String
        let references: [String]
        let expected: JSONValue

        init(_ row: JSONValue) throws {
            let times = Int(row["times"]?.integer ?? 1)
            func text(_ value: JSONValue?) throws -> String { String(repeating: try #require(value?.string), count: times) }
            hypothesis = try text(row["hypothesis"])
            references = try #require(row["references"]?.array).map(text)
            expected = row
        }

        func numbers(_ name: String) -> [Double]? { expected[name]?.array?.compactMap(Self.number) }

        static func number(_ value: JSONValue) -> Double? { value.double ?? value.string.flatMap { Double($0) } }
    }

    struct Fixture: Sendable {
        let segments: [Segment]
        let corpora: [JSONValue]

        init() throws {
            let json = try StrictJSON.parse(try TestFiles.read("overlap/segments.json"))
            segments = try #require(json["rows"]?.array).map(Segment.init)
            corpora = try #require(json["corpora"]?.array)
        }
    }

    static let fixture = Result { try Fixture() }

    /// Compares the values of each segment, and the scores of corpora.
    private func compare<M: OverlapMetric>(_ metric: M, name: String, numbers: (M.Statistics) -> [Double]) throws {
        let fixture = try Self.fixture.get()
        var all: [M.Statistics] = []
        var compared = 0
        for (index, segment) in fixture.segments.enumerated() {
            let statistics = try metric.statistics(hypothesis: segment.hypothesis, references: segment.references)
            all.append(statistics)
            #expect(statistics.segments == 1)
            guard let expected = segment.numbers(name) else { continue }
            compared += 1
            let found = numbers(statistics)
            #expect(found.count == expected.count)
            #expect(
                zip(found, expected).allSatisfy { abs($0 - $1) <= 1e-9 },
                "segment \(index): \(found) instead of \(expected)")
        }
        #expect(compared > 330)
        for corpus in fixture.corpora {
            let range = Int(try #require(corpus["from"]?.integer))..<Int(try #require(corpus["to"]?.integer))
            guard let expected = corpus[name].flatMap(Segment.number) else { continue }
            let sum = all[range].reduce(M.Statistics.zero, +)
            #expect(sum.segments == range.count)
            let score = try #require(metric.score(sum))
            #expect(abs(score - expected) <= 1e-9, "segments \(range): \(score) instead of \(expected)")
        }
        #expect(metric.score(.zero) == nil)
        #expect(throws: OverlapError.noReferences) { try metric.statistics(hypothesis: "a", references: []) }
    }

    @Test func bleuIsSacrebleus() throws {
        try compare(BLEU(), name: "bleu") { statistics in
            [statistics.hypothesisWords, statistics.referenceWords].map(Double.init)
                + (0..<4).map { Double(statistics.matches[$0]) } + (0..<4).map { Double(statistics.totals[$0]) }
        }
    }

    @Test(arguments: [("chrf", ChrF.characters, 6), ("chrf++", ChrF.charactersAndWords, 8)])
    func chrFIsSacrebleus(name: String, metric: ChrF, orders: Int) throws {
        try compare(metric, name: name) { statistics in
            (0..<orders).flatMap { [statistics.hypothesis[$0], statistics.reference[$0], statistics.matches[$0]] }.map(Double.init)
        }
    }

    @Test func terIsSacrebleus() throws {
        try compare(TER(), name: "ter") { statistics in
            #expect(statistics.cutShort == 0)
            return [Double(statistics.edits), statistics.referenceWords]
        }
    }

    @Test(arguments: zip(ROUGE.Kind.allCases, 0...2))
    func rougeIsRougeScores(kind: ROUGE.Kind, position: Int) throws {
        try compareMeans(ROUGE(kind), name: "rouge", position: position)
    }

    @Test(arguments: [("squad1", SQuAD.Edition.one), ("squad2", .two)], Array(zip(SQuAD.Measure.allCases, 0...1)))
    func squadIsTheScripts(edition: (String, SQuAD.Edition), measure: (SQuAD.Measure, Int)) throws {
        try compareMeans(SQuAD(measure.0, edition: edition.1), name: edition.0, position: measure.1)
    }

    private func compareMeans<M: OverlapMetric>(_ metric: M, name: String, position: Int) throws
    where M.Statistics == MeanStatistics {
        let segments = try Self.fixture.get().segments
        var sum = MeanStatistics.zero
        var total = 0.0
        for (index, segment) in segments.enumerated() {
            let statistics = try metric.statistics(hypothesis: segment.hypothesis, references: segment.references)
            let expected = try #require(segment.numbers(name))[position]
            #expect(abs(statistics.sum - expected) <= 1e-9, "segment \(index): \(statistics.sum) instead of \(expected)")
            #expect(statistics.segments == 1 && statistics.cutShort == 0)
            sum += statistics
            total += expected
        }
        #expect(abs(try #require(metric.score(sum)) - total / Double(segments.count)) <= 1e-9)
        #expect(metric.score(.zero) == nil)
        #expect(throws: OverlapError.noReferences) { try metric.statistics(hypothesis: "a", references: []) }
    }
}
