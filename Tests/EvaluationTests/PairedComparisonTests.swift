import AuditCrypto
import CanonicalEncoding
import Evaluation
import Testing

@Suite struct PairedComparisonTests {
    private func record(_ id: String, _ value: Double?, cluster: String? = nil, item: String = "q") throws -> PairedComparison.Item {
        let file = try ItemFile(jsonLines: Array("{\"id\":\"\(id)\",\"q\":\"\(item)\",\"cluster\":\(cluster.map { "\"\($0)\"" } ?? "null")}".utf8), file: "i.jsonl")
        let rendered = RenderedItem(requests: .generation([]), choices: [], right: .text(""), target: "")
        let question = Question(item: try file.item(0), rendered: rendered, seeds: [1])
        let score = value.map { SampleScore(values: ["m": .number($0)]) }
        return .init(
            SampleRecord(
                question: question, task: "t",
                solution: Solution(prompts: [""], output: .texts([GeneratedText(text: "", tokens: [], finish: "length", promptTokenCount: 0)])),
                score: score.map { .success($0) } ?? .failure(RequestFailure(code: "x", message: "y"))))
    }

    /// 20 independent items: 9 only the first, 1 only the second. Expected from `scipy.stats.binomtest(1, 10).pvalue`, and
    /// `scipy.stats.ttest_1samp(differences, 0).confidence_interval(0.95)`.
    @Test func independentItems() throws {
        let outcomes = (0..<20).map { (first: $0 < 14 ? 1.0 : 0, second: $0 < 5 || $0 == 19 ? 1.0 : 0) }
        let comparison = try PairedComparison(
            first: outcomes.enumerated().map { try record("\($0.offset)", $0.element.first) } + [record("alone", 1), record("failed", 1)],
            second: outcomes.enumerated().map { try record("\($0.offset)", $0.element.second) } + [record("failed", nil)], confidence: 0.95)
        let value = try #require(comparison.values.first)
        #expect(comparison.values.count == 1 && comparison.unpaired == 2 && value.count == 20 && value.clusters == 20)
        #expect(value.first == 0.7 && abs(value.second - 0.3) < 1e-12 && abs(value.difference + 0.4) < 1e-12)
        #expect(abs((value.pValue ?? 0) - 0.021484375) < 1e-12 && value.adjusted == value.pValue)
        let interval = try #require(value.interval)
        #expect(abs(interval.lower + 0.6799863620168152) < 1e-9 && abs(interval.upper + 0.12001363798318487) < 1e-9, "\(interval)")
    }

    /// Items in clusters are not twenty observations.
    @Test func clusters() throws {
        let pairs = (0..<20).map { (id: "\($0)", first: Double($0 / 4 % 2), second: 1.0, cluster: "c\($0 / 4)") }
        let comparison = try PairedComparison(
            first: pairs.map { try record($0.id, $0.first, cluster: $0.cluster) },
            second: pairs.map { try record($0.id, $0.second, cluster: $0.cluster) }, confidence: 0.95)
        let value = try #require(comparison.values.first)
        #expect(value.clusters == 5 && value.difference == 0.6)
        // Five cluster means of 0 and 1 (scipy.stats.ttest_1samp([1, 0, 1, 0, 1], 0)): t = 2.449, 4 degrees of freedom.
        #expect(abs((value.pValue ?? 0) - 0.0704839) < 1e-5, "\(String(describing: value.pValue))")
    }

    @Test func otherItemsOfTheSameName() throws {
        #expect(throws: PairedComparison.Mismatch.self) {
            try PairedComparison(first: [record("1", 1)], second: [record("1", 1, item: "other")], confidence: 0.95)
        }
    }
}
