import AuditCrypto
import CanonicalEncoding
import Evaluation
import Testing

/// A model to which every text is as likely as its length and chance have it, but for those that it has read, which it also
/// goes on with.
private struct ReadingModel: LanguageModel {
    let known: [String]

    func information() -> LanguageModelInformation {
        LanguageModelInformation(
            architecture: "test", contextLength: 1000, hasChatTemplate: false, threads: 1, blasCore: "", numerics: [:], engine: "test")
    }

    func renderChat(_ conversations: [[ChatTurn]]) -> [Result<String, RequestFailure>] {
        conversations.map { _ in .failure(RequestFailure(code: "none", message: "no template")) }
    }

    private func score(_ text: String, of whole: String) -> ContinuationScore {
        let chance = Double(SHA256Digest.of(Array(text.utf8)).bytes[0]) / 256
        let value = -2 * Double(text.utf8.count) + chance + (known.contains { $0.contains(whole) } ? 8 : 0)
        return ContinuationScore(logLikelihood: value, tokenLogLikelihoods: [Float(value)], isGreedy: false)
    }

    func scoreContinuations(_ requests: [ContinuationRequest]) -> [Result<[ContinuationScore], RequestFailure>] {
        requests.map { request in .success(request.continuations.map { score($0, of: request.plainText + $0) }) }
    }

    func scoreTexts(_ texts: [String]) -> [Result<ContinuationScore, RequestFailure>] { texts.map { .success(score($0, of: $0)) } }

    func generate(_ requests: [GenerationRequest]) -> [Result<GeneratedText, RequestFailure>] {
        requests.map { request in
            let rest = known.first { $0.hasPrefix(request.plainText) }?.dropFirst(request.plainText.count)
            return .success(GeneratedText(text: rest.map(String.init) ?? " and so on", tokens: [1], finish: "length", promptTokenCount: 1))
        }
    }
}

@Suite struct ContaminationTests {
    /// Dice: of two, a sum of at most 3 in 3 of 36 ways; of a coin and a three-sided one, at most 3 in 3 of 6.
    @Test func rankTotals() throws {
        #expect(abs(try #require(RankTotal([(1, 6), (2, 6)])).pValue - 3.0 / 36) < 1e-15)
        #expect(abs(try #require(RankTotal([(1, 2), (2, 3)])).pValue - 0.5) < 1e-15)
        #expect(abs(try #require(RankTotal([(1, 10), (1, 10), (1, 10)])).pValue - 1e-3) < 1e-15)
        #expect(RankTotal([(6, 6), (6, 6)])?.pValue == 1)
        #expect(RankTotal([]) == nil && RankTotal([(0, 6)]) == nil && RankTotal([(7, 6)]) == nil)
        // A hundred ranks of ten at their mean: the sum is symmetrical about 550, where it lies with density 1/√(2π · 825).
        let middle = try #require(RankTotal((0..<100).map { (rank: $0 % 10 + 1, of: 10) }))
        #expect(middle.total == 550 && abs(middle.pValue - (0.5 + 0.5 / (2 * 3.141592653589793 * 825).squareRoot())) < 1e-4)
    }

    @Test func twoSamples() throws {
        let four = try #require(ClusteredValues([1, 1, 1, 1])), none = try #require(ClusteredValues([0, 0, 0, 0]))
        // One of the 70 ways to choose four of eight.
        let apart = try #require(TwoSampleTest(first: four, second: none, seed: 3))
        #expect(apart.difference == 1 && abs(apart.pValueGreater - 1.0 / 70) < 0.004)
        #expect(TwoSampleTest(first: none, second: four, seed: 3)?.pValueGreater == 1)
        // As two clusters there are two ways to deal them.
        let (one, other) = (try #require(ClusteredValues(groups: [[1, 1, 1, 1]])), try #require(ClusteredValues(groups: [[0, 0, 0, 0]])))
        #expect(abs(try #require(TwoSampleTest(first: one, second: other, seed: 3)).pValueGreater - 0.5) < 0.02)
    }

    @Test func guids() throws {
        for bad in ["", "1b4e28ba-2fa1-41d2-883f-0016d3cca42", "1b4e28ba-2fa1-41d2-883f-0016d3cca42g", "1B4e28ba-2fa1-41d2-883f-0016d3cca427", "1b4e28ba22fa1-41d2-883f-0016d3cca427"] {
            #expect(CanaryGUID(bad) == nil, "\(bad)")
        }
        let guid = try #require(CanaryGUID("1b4e28ba-2fa1-41d2-883f-0016d3cca427"))
        #expect(guid.context(in: Array("é # canary 1b4e28ba-2fa1-41d2-883f-0016d3cca427\ntask: t".utf8)) == "é # canary ")
        // The first byte of "é" is cut off, so the other goes too.
        #expect(guid.context(in: Array("é # canary 1b4e28ba-2fa1-41d2-883f-0016d3cca427".utf8), bytes: 11) == " # canary ")
        #expect(guid.context(in: Array("task: t".utf8)) == nil)
    }

    @Test func choicesAreFoundWhereTheyStand() {
        let text = "Which? A. Copper B. Tin C. Lead"
        let item = ContaminationItem(id: "1", cluster: nil, text: text + " Answer: B", asked: text, lists: [["A", "B", "C"], ["Copper", "Tin", "Lead"]])
        let other = ContaminationItem(id: "1", cluster: nil, text: text, lists: [["Tin", "Copper"], ["Tin", "Tin"], ["Zinc", "Iron"]])
        #expect(item != ContaminationItem(id: "1", cluster: nil, text: text + " Answer: B"))
        #expect(other == ContaminationItem(id: "1", cluster: nil, text: text))
        let fields: JSONObject = ["q": "Q", "choices": ["text": ["a", "b"], "label": ["A", "B"]], "n": [1, 2], "list": ["x"]]
        #expect(ContaminationItem.lists(in: fields) == [["a", "b"], ["A", "B"], ["x"]])
    }

    private static func items(_ name: String) -> [ContaminationItem] {
        (0..<48).map { number in
            let words = (0..<4).map { "\(name)\(SHA256Digest.of([UInt8(number), UInt8($0)]).hex.prefix(5))" }
            let asked = "Question \(number) of the \(name): which of these is the keeper's?\nA. \(words[0])\nB. \(words[1])\nC. \(words[2])\nD. \(words[3])"
            return ContaminationItem(id: "\(number)", cluster: nil, text: asked + "\nAnswer: \(words[1])", asked: asked, lists: [words])
        }
    }

    private static func findings(_ model: ReadingModel, _ items: [ContaminationItem], _ controls: [ContaminationItem]?) async throws -> [ContaminationFinding] {
        var check = ContaminationCheck(model: model, seed: 5)
        check.guids = 199
        let guid = try #require(CanaryGUID("1b4e28ba-2fa1-41d2-883f-0016d3cca427"))
        var findings = [try await check.canary(guid, after: "# canary ", progress: { _ in })]
        if let finding = try await check.choiceOrder(items, subject: "t", progress: { _ in }) { findings.append(finding) }
        if let finding = try await check.itemOrder(items, subject: "t", progress: { _ in }) { findings.append(finding) }
        findings += try await check.items(items, controls: controls, subject: "t", progress: { _ in })
        return ContaminationReport(findings).findings
    }

    @Test func whatWasReadIsFound() async throws {
        let items = Self.items("tale"), controls = Self.items("myth")
        // It read the questions as they are, and the file as it is.
        let file = items.map(\.text).joined(separator: "\n\n")
        let model = ReadingModel(known: ["# canary 1b4e28ba-2fa1-41d2-883f-0016d3cca427", file] + items.map(\.text))
        let findings = try await Self.findings(model, items, controls)
        #expect(findings.map(\.test) == [.canary, .choiceOrder, .itemOrder, .completion, .loss])
        // The first of 200: 1/200, and log2 200 bits.
        #expect(findings[0].pValue == 0.005 && abs(findings[0].figure - 7.643856189774724) < 1e-12)
        // 48 times, and six times, the first of ten.
        #expect(abs((findings[1].pValue ?? 1) / 1e-48 - 1) < 1e-9 && findings[1].count == 48)
        #expect(abs((findings[2].pValue ?? 1) / 1e-6 - 1) < 1e-9 && findings[2].count == 6)
        #expect(findings[3].figure == 1 && findings[3].pValue == 1e-4)
        #expect(findings[4].figure > 0 && findings[4].pValue == 1e-4)
        #expect(ContaminationReport(findings).found.count == 5)
        // Holm: the largest of five stays, the smallest is taken five times.
        #expect(findings[0].adjusted == 0.005 && abs((findings[1].adjusted ?? 1) / 5e-48 - 1) < 1e-9)
    }

    @Test func whatWasNotReadIsNotFound() async throws {
        let (items, controls) = (Self.items("tale"), Self.items("myth"))
        let findings = try await Self.findings(ReadingModel(known: []), items, controls)
        #expect(findings.count == 5 && ContaminationReport(findings).found.isEmpty, "\(findings.map { ($0.test, $0.pValue) })")
        #expect(findings[3].figure < 0.2)
        // The same again, bit for bit; without controls no p-value of completion, and no test of loss.
        #expect(try await Self.findings(ReadingModel(known: []), items, controls) == findings)
        let alone = try await Self.findings(ReadingModel(known: []), items, nil)
        #expect(alone.map(\.test) == [.canary, .choiceOrder, .itemOrder, .completion] && alone[3].pValue == nil)
    }
}
