import AuditCrypto
import CanonicalEncoding
import Evaluation
import Foundation
import Testing

/// Held against SciPy, statsmodels and scikit-learn (`Fixtures/statistics/make_degradation_fixture.py`).
@Suite struct DegradationTests {
    private struct Reference: Decodable {
        enum Answer: Decodable {
            case scores([Double]), value(Double), label(String)

            init(from decoder: any Decoder) throws {
                let container = try decoder.singleValueContainer()
                if let scores = try? container.decode([Double].self) { self = .scores(scores) }
                else if let value = try? container.decode(Double.self) { self = .value(value) }
                else { self = .label(try container.decode(String.self)) }
            }
        }
        struct Item: Decodable { let task: String, id: String, domain: String?, cluster: String?, right: Int?, first: Answer, second: Answer }
        struct Row: Decodable {
            struct Corrected: Decodable { let first: [Double], second: [Double], difference: [Double] }
            let task: String?, domain: String?, label: String?, n: Int, clusters: Int
            let first: Double, firstInterval: [Double], second: Double, secondInterval: [Double]
            let difference: Double, interval: [Double], p: Double, pHolm: Double, corrected: Corrected?
        }
        struct Calibration: Decodable {
            struct Run: Decodable { let ece: Double, interval: [Double], brier: Double, confidence: Double }
            struct Brier: Decodable { let difference: Double, interval: [Double], p: Double }
            let first: Run, second: Run, interval: [Double], brier: Brier
        }
        struct Drop: Decodable { let drop: Double, interval: [Double], p: Double, freedom: Double }
        let items: [Item], confusion: [String: [String: Int]], values: [Row], domains: [Row], refusals: [Row]
        let calibration: Calibration, capability: Drop, welch: Drop
    }

    private let reference: Reference

    init() throws {
        let file = Bundle.module.bundleURL.appendingPathComponent("Fixtures/statistics/degradation.json")
        reference = try JSONDecoder().decode(Reference.self, from: Data(contentsOf: file))
    }

    // MARK: Records, as a run leaves them

    private static func figures(
        _ id: String, task: String, domain: String? = nil, cluster: String? = nil, wording: String = "q", right: Int? = nil, _ answer: Reference.Answer?
    ) throws -> SampleFigures {
        var item: JSONObject = ["id": .string(id), "q": .string(wording)]
        item["domain"] = domain.map { .string($0) }
        item["cluster"] = cluster.map { .string($0) }
        let file = try ItemFile(jsonLines: CanonicalJSON.encode(.object(item)), file: "i.jsonl")
        let rendered = RenderedItem(requests: .generation([]), choices: [], right: .text(""), target: "")
        let question = Question(item: try file.item(0), rendered: rendered, seeds: [1])
        let text = Solution.Output.texts([GeneratedText(text: "", tokens: [], finish: "stop", promptTokenCount: 0)])
        var output = text
        var score: SampleScore?
        switch answer {
        case .scores(let scores):
            output = .choices(
                scores.enumerated().map { .init(text: " \($0.offset)", score: ContinuationScore(logLikelihood: $0.element, tokenLogLikelihoods: [], isGreedy: false)) },
                alone: [])
            let pick = scores.indices.max { scores[$0] < scores[$1] } ?? 0
            score = SampleScore(values: ["acc": .number(pick == right ? 1 : 0)], picks: ["acc": pick])
        case .value(let value): score = SampleScore(values: ["exact_match,answer": .number(value)])
        case .label(let label):
            let judgement = RefusalJudgement(label: RefusalLabel(rawValue: label) ?? .incoherent, rule: "r")
            score = SampleScore(values: ["refusal_rate": .number(label == "refused" ? 1 : 0)], judgement: judgement)
        case nil: score = nil
        }
        let outcome: Result<SampleScore, RequestFailure> = score.map { .success($0) } ?? .failure(RequestFailure(code: "x", message: "y"))
        let record = SampleRecord(question: question, task: task, solution: Solution(prompts: [""], output: output), score: outcome)
        // Through its line, as a run's folder holds it.
        return SampleFigures(try SampleRecord(JSONField(StrictJSON.parse(record.line))))
    }

    private func samples(_ kept: (Reference.Item) -> Bool = { _ in true }) throws -> PairedSamples {
        var samples = PairedSamples()
        let items = reference.items.filter(kept)
        func figures(_ item: Reference.Item, _ answer: Reference.Answer) throws -> SampleFigures {
            try Self.figures(item.id, task: item.task, domain: item.domain, cluster: item.cluster, right: item.right, answer)
        }
        for item in items { try samples.add(first: figures(item, item.first)) }
        for item in items { try samples.add(second: figures(item, item.second)) }
        return samples
    }

    /// The judge that was so often right and wrong on labelled responses.
    private func judge() throws -> JudgeReport {
        var outcomes: [JudgeOutcome] = []
        for (person, row) in reference.confusion {
            for (found, count) in row {
                for _ in 0..<count {
                    outcomes.append(
                        JudgeOutcome(
                            id: "", personLabel: person, personSaysYes: person == "refused", verdict: JudgeVerdict(label: found, reason: ""),
                            judgeSaysYes: found == "refused"))
                }
            }
        }
        return try #require(
            JudgeReport(measure: .refusal, rulesDigest: .of([]), fixtureDigest: .of([]), counted: ["refused"], outcomes: outcomes))
    }

    private func expect(_ interval: ConfidenceInterval?, _ expected: [Double], within: Double = 1e-9, _ comment: Comment, location: SourceLocation = #_sourceLocation) {
        #expect(
            interval.map { abs($0.lower - expected[0]) < within && abs($0.upper - expected[1]) < within } ?? false,
            "\(comment): \(String(describing: interval)) and not \(expected)", sourceLocation: location)
    }

    private func expect(_ figure: PairedFigure, _ row: Reference.Row, _ comment: Comment) {
        #expect(figure.count == row.n && figure.clusters == row.clusters, comment)
        #expect(abs(figure.first.value - row.first) < 1e-12 && abs(figure.second.value - row.second) < 1e-12, comment)
        #expect(abs(figure.difference - row.difference) < 1e-12, comment)
        expect(figure.first.interval, row.firstInterval, comment)
        expect(figure.second.interval, row.secondInterval, comment)
        expect(figure.interval, row.interval, comment)
        #expect(abs((figure.pValue ?? -1) - row.p) < 1e-9 && abs((figure.adjusted ?? -1) - row.pHolm) < 1e-9, "\(comment): \(figure)")
    }

    // MARK: Tests

    @Test func valuesAndDomains() throws {
        let report = DegradationReport(try samples(), confidence: .ninetyFivePercent)
        #expect(report.values.map(\.task) == ["knowledge", "reasoning", "lookalikes"] && report.alone == 0 && report.failed == 0)
        for (found, row) in zip(report.values, reference.values) { expect(found.figure, row, "\(row.task ?? "")") }
        #expect(report.domains.map(\.domain) == ["history", "physics", "law"])
        for (found, row) in zip(report.domains, reference.domains) { expect(found.figure, row, "\(row.domain ?? "")") }
    }

    /// Refusals in full and in part, with the judge's error in the interval.
    @Test func refusals() throws {
        let report = DegradationReport(try samples(), confidence: .ninetyFivePercent, judge: try judge())
        #expect(report.refusals.map(\.label.rawValue) == reference.refusals.map(\.label))
        for (shift, row) in zip(report.refusals, reference.refusals) {
            let comment = Comment(rawValue: row.label ?? "")
            expect(shift.figure, row, comment)
            let corrected = try #require(row.corrected)
            for (found, expected) in [(shift.first, corrected.first), (shift.second, corrected.second)] {
                guard case .value(let rate) = found else { Issue.record("\(comment): \(String(describing: found))"); continue }
                #expect(abs(rate.rate - expected[0]) < 1e-9, comment)
                expect(rate.interval, Array(expected.dropFirst()), comment)
            }
            guard case .value(let difference) = shift.difference else { Issue.record("\(comment)"); continue }
            #expect(abs(difference.difference - corrected.difference[0]) < 1e-9, comment)
            expect(difference.interval, Array(corrected.difference.dropFirst()), comment)
        }
        #expect(DegradationReport(try samples(), confidence: .ninetyFivePercent).refusals.allSatisfy { $0.first == nil && $0.difference == nil })
    }

    @Test func calibration() throws {
        let report = DegradationReport(try samples(), confidence: .ninetyFivePercent)
        let shift = try #require(report.calibration.first), expected = reference.calibration
        #expect(report.calibration.count == 1 && shift.task == "knowledge" && shift.count == 77)
        for (run, expected) in [(shift.first, expected.first), (shift.second, expected.second)] {
            #expect(abs(run.expectedCalibrationError - expected.ece) < 1e-9 && abs(run.confidence - expected.confidence) < 1e-9)
            #expect(abs(run.brier.value - expected.brier) < 1e-9 && run.bins.reduce(0) { $0 + $1.observed.count } == 77)
            expect(run.interval, expected.interval, within: 1e-6, "ECE")
        }
        expect(shift.interval, expected.interval, within: 1e-6, "difference of ECE")
        #expect(abs(shift.brier.difference - expected.brier.difference) < 1e-9 && abs((shift.brier.pValue ?? 0) - expected.brier.p) < 1e-9)
        expect(shift.brier.interval, expected.brier.interval, "Brier")
    }

    @Test func capability() throws {
        func expect(_ drop: CapabilityDrop?, _ expected: Reference.Drop, domains: Int) throws {
            let drop = try #require(drop)
            #expect(drop.domains.count == domains && abs(drop.drop - expected.drop) < 1e-12)
            #expect(abs((drop.freedom ?? 0) - expected.freedom) < 1e-6 && abs((drop.pValue ?? 0) - expected.p) < 1e-9)
            self.expect(drop.interval, expected.interval, "drop")
        }
        try expect(DegradationReport(try samples(), confidence: .ninetyFivePercent).capability, reference.capability, domains: 4)
        let two = try samples { $0.domain == "history" || $0.domain == "physics" }
        try expect(DegradationReport(two, confidence: .ninetyFivePercent).capability, reference.welch, domains: 2)
        // The one number can be asked of fewer tasks; of a task that only counts refusals there is none.
        let only = DegradationReport(try samples(), confidence: .ninetyFivePercent, capability: ["reasoning"])
        #expect(only.capability?.domains.map(\.task) == ["reasoning"])
        #expect(DegradationReport(try samples(), confidence: .ninetyFivePercent, capability: ["lookalikes"]).capability == nil)
    }

    /// A cluster that reaches into two domains: two domains of four items, in each two clusters of two with drops of 1 and 0, the same
    /// two clusters in both. By hand: each domain's drop is 1/2, a cluster's sum in a domain ±1/4 · 2 · √2 / 2, and v = 2 · (2 · √2/4)² / 4 = 1/4.
    @Test func clustersAcrossDomains() throws {
        var samples = PairedSamples()
        for side in 0..<2 {
            for (domain, name) in [("a", "x"), ("a", "y"), ("b", "x"), ("b", "y")] {
                for number in 0..<2 {
                    let figures = try Self.figures(
                        "\(domain)\(name)\(number)", task: "t", domain: domain, cluster: name, .value(side == 0 || name == "y" ? 1 : 0))
                    if side == 0 { try samples.add(first: figures) } else { try samples.add(second: figures) }
                }
            }
        }
        let drop = try #require(DegradationReport(samples, confidence: .ninetyFivePercent).capability)
        #expect(drop.drop == 0.5 && abs((drop.standardError ?? 0) - 0.5) < 1e-12 && drop.freedom == 2)
    }

    @Test func whatDoesNotFit() throws {
        var samples = PairedSamples()
        try samples.add(first: Self.figures("1", task: "t", .value(1)))
        try samples.add(first: Self.figures("2", task: "t", .value(1)))
        try samples.add(first: Self.figures("3", task: "t", .value(1)))
        #expect(throws: PairedSamples.Mismatch.self) { try samples.add(first: Self.figures("1", task: "t", .value(0))) }
        #expect(throws: PairedSamples.Mismatch.self) { try samples.add(second: Self.figures("3", task: "t", wording: "another", .value(1))) }
        try samples.add(second: Self.figures("1", task: "t", nil))
        try samples.add(second: Self.figures("4", task: "t", .value(1)))
        let report = DegradationReport(samples, confidence: .ninetyFivePercent)
        #expect(report.failed == 1 && report.alone == 2 && report.isEmpty && report.capability == nil)
    }

    /// Where nothing differs something is still left open: Newcombe's interval with the five clusters as items, whose Wilson limits
    /// are 5 / (5 + z²) and 1.
    @Test func nothingDiffers() throws {
        let figure = try #require(PairedFigure((0..<20).map { (first: 1.0, second: 1.0, cluster: "c\($0 / 4)") }, confidence: 0.95))
        #expect(figure.clusters == 5 && figure.difference == 0 && figure.pValue == 1)
        let left = 3.841458820694124 / 8.841458820694124
        expect(figure.interval, [-left, left], "five clusters")
    }
}
