import AuditCrypto
import CanonicalEncoding
import Evaluation
import Testing

/// A judge that reads its verdict in the response's first word, and is gone after so many responses.
private actor WordJudge: ResponseJudge {
    struct Gone: Error {}

    nonisolated let measure = JudgedMeasure.refusal
    nonisolated let rulesDigest = SHA256Digest.of([1])
    nonisolated let graderDigest: SHA256Digest? = SHA256Digest.of([2])
    private var life: Int
    private(set) var asked = 0

    init(life: Int = .max) { self.life = life }

    func judge(_ items: [ModelGradedJudge.Item]) throws -> [ModelGradedJudge.Verdict] {
        guard life >= items.count else { throw Gone() }
        life -= items.count
        asked += items.count
        return items.map { item in
            let label = item.response.split(separator: " ").first.map(String.init) ?? ""
            let reading = ModelGradedJudge.Reading(label: label, order: ["refused", "complied"], logLikelihoods: [-1.5, -0.1])
            return .init(
                verdict: label == "-" ? JudgeVerdict(label: nil, reason: "not-a-grade") : JudgeVerdict(label: label, reason: "word"),
                probabilities: ["refused": 0.1, "complied": 0.9], readings: [reading, label == "-" ? nil : reading])
        }
    }
}

@Suite struct GradingTests {
    private static func response(_ number: Int, _ text: String, cluster: String? = nil) -> GradableResponse {
        GradableResponse(task: "t", id: "\(number)", cluster: cluster, request: "Q \(number)", response: text)
    }

    private static func labelled(_ lines: [(label: String, response: String, count: Int)]) throws -> LabelledResponses {
        let text = lines.flatMap { line in Array(repeating: "{\"label\":\"\(line.label)\",\"response\":\"\(line.response)\"}\n", count: line.count) }.joined()
        return try LabelledResponses(jsonLines: Array(text.utf8), file: "l.jsonl", measure: .refusal)
    }

    /// What grading a list of texts comes to.
    private static func result(
        _ texts: [String], _ labelled: LabelledResponses, clusters: [String]? = nil
    ) async throws -> GradeResult {
        let judge = WordJudge()
        let report = try await JudgeMeasurement(judge, of: labelled, use: nil, cut: LabelCut(.refusal)).report
        var tally = GradeTally(LabelCut(.refusal))
        try await Grading(judge, subject: "s", engine: nil, comparesRules: true).run(
            count: texts.count, response: { response($0, texts[$0], cluster: clusters?[$0]) }, journal: MemoryGradeJournal(),
            take: { tally.add($0) })
        return tally.result(task: "t", report: report)
    }

    private static let good: [(label: String, response: String, count: Int)] = [
        ("refused", "refused", 90), ("refused", "complied", 10), ("complied", "refused", 5), ("complied", "complied", 95),
    ]

    /// 30 of 100, with 90 of 100 true positives and 95 of 100 true negatives: the figures of Runbooks/statistics.md, from SciPy.
    @Test func ratesAreCorrectedForTheJudgesError() async throws {
        let result = try await Self.result(
            Array(repeating: "refused", count: 30) + Array(repeating: "complied", count: 70), Self.labelled(Self.good))
        let corrected = try #require(result.corrected)
        #expect(result.rate?.successes == 30 && result.rate?.count == 100 && result.uncorrected == nil)
        #expect(abs(corrected.rate - 0.29412) < 5e-6)
        #expect(abs(corrected.interval.lower - 0.18133) < 5e-6 && abs(corrected.interval.upper - 0.41417) < 5e-6)
    }

    @Test func aJudgeLikeChanceCorrectsNothing() async throws {
        let coin = try Self.labelled([
            ("refused", "refused", 10), ("refused", "complied", 10), ("complied", "refused", 10), ("complied", "complied", 10),
        ])
        let result = try await Self.result(["refused", "complied"], coin)
        #expect(result.corrected == nil && result.uncorrected == .judge(.noBetterThanChance) && result.rate?.rate == 0.5)
        let oneSided = try await Self.result(["refused"], Self.labelled([("refused", "refused", 9)]))
        #expect(oneSided.corrected == nil && oneSided.uncorrected == .oneSided)
        let failed = try await Self.result(["refused", "-"], Self.labelled(Self.good))
        #expect(failed.corrected == nil && failed.uncorrected == .failures && failed.failures == 1 && failed.rate?.count == 1)
    }

    @Test func answersOfOneClusterGoTogether() async throws {
        let texts = (0..<40).map { $0 < 20 ? "refused" : "complied" }
        let result = try await Self.result(texts, Self.labelled(Self.good), clusters: (0..<40).map { "c\($0 / 10)" })
        // Four clusters, each of one kind, are worth four items at most.
        #expect(result.rate?.clusters == 4 && result.rate?.effectiveCount ?? 40 <= 4)
    }

    /// 20, 5, 10 and 15: Cohen's kappa is (0.7 - 0.5)/(1 - 0.5), and Krippendorff's alpha 1 - 0.3/0.5 with 55 ones of 100 values.
    @Test func agreementWithTheRules() async throws {
        let judge = WordJudge()
        let report = try await JudgeMeasurement(judge, of: Self.labelled(Self.good), use: nil, cut: LabelCut(.refusal)).report
        var tally = GradeTally(LabelCut(.refusal))
        for (count, rules, label) in [(20, "refused", "refused"), (5, "refused", "complied"), (10, "complied", "refused"), (15, "complied", "complied")] {
            for number in 0..<count {
                tally.add(
                    GradeRecord(
                        Self.response(number, label), verdict: .init(verdict: JudgeVerdict(label: label, reason: "word")), rulesLabel: rules))
            }
        }
        let rules = try #require(tally.result(task: "t", report: report).rules)
        #expect(rules.agreement.successes == 35 && rules.agreement.count == 50)
        #expect(abs((rules.kappa ?? 0) - 0.4) < 1e-12 && abs((rules.alpha ?? 0) - 0.4) < 1e-12)
    }

    @Test func gradingIsTakenUpAgain() async throws {
        let texts = (0..<30).map { $0 % 3 == 0 ? "refused \($0)" : "complied \($0)" }
        func run(_ judge: WordJudge, _ journal: MemoryGradeJournal, _ texts: [String], _ take: (GradeRecord) -> Void = { _ in }) async throws {
            try await Grading(judge, subject: "s", engine: nil, comparesRules: true).run(
                count: texts.count, response: { Self.response($0, texts[$0]) }, journal: journal, take: take)
        }
        let whole = MemoryGradeJournal(), parts = MemoryGradeJournal()
        var (first, second): ([GradeRecord], [GradeRecord]) = ([], [])
        try await run(WordJudge(), whole, texts) { first.append($0) }
        await #expect(throws: WordJudge.Gone.self) { try await run(WordJudge(life: 13), parts, texts) }
        let rest = WordJudge()
        try await run(rest, parts, texts) { second.append($0) }
        #expect(first == second && first.count == 30)
        let asked = await rest.asked
        #expect(asked == 18, "three batches of four were kept")
        for number in 0..<30 {
            let one = await whole.line(number), other = await parts.line(number)
            #expect(one == other)
            #expect(try GradeRecord(JSONField(StrictJSON.parse(one))).line == one)
        }
        // Other responses in the place of those that were graded, and another subject.
        await #expect(throws: EvaluationError.self) { try await run(WordJudge(), parts, texts.map { $0 + "!" }) }
        await #expect(throws: EvaluationError.self) {
            try await Grading(WordJudge(), subject: "other", engine: nil, comparesRules: true).run(
                count: 30, response: { Self.response($0, texts[$0]) }, journal: parts, take: { _ in })
        }
    }

    @Test func rubricsAreRead() throws {
        func rubric(_ text: String) throws -> Rubric { try Rubric(json: Array(text.utf8), file: "r.json") }
        let grades = #"{"label":"poor","description":"No."},{"label":"fair","description":"Some."},{"label":"good","description":"Yes."}"#
        let read = try rubric(#"{"measure":"quality","question":"Of use?","grades":[\#(grades)]}"#)
        #expect(read.measure == .quality && read.grades.map(\.label) == ["poor", "fair", "good"])
        #expect(read.digest != Rubric.standard(.quality).digest)
        for bad in [
            #"{"measure":"tone","question":"Q","grades":[\#(grades)]}"#, #"{"measure":"refusal","question":"Q","grades":[\#(grades)]}"#,
            #"{"measure":"quality","question":"Q","grades":[{"label":"good","description":"Yes."}]}"#,
            #"{"measure":"quality","question":"Q\nGrade: A","grades":[\#(grades)]}"#, "[]", "",
        ] {
            #expect(throws: TaskError.self) { try rubric(bad) }
        }
    }
}
