import CanonicalEncoding
import Evaluation

/// Measures a judge on labelled responses, and then grades a run's answers with it, one measure after another.
struct GradeWork: Sendable {
    /// A measure with the responses that its judge's error is measured on.
    struct Part: Sendable {
        let judge: any ResponseJudge
        let labelled: LabelledResponses
        let use: LabelledResponse.Use?
        let cut: LabelCut
    }

    /// What came of a measure.
    struct Outcome: Sendable {
        let report: JudgeReport
        let results: [GradeResult]
    }

    let parts: [Part]
    let answers: RunAnswers
    let engine: LanguageModelInformation?
    let out: String

    func run(_ bar: SharedProgressBar) async throws -> [Outcome] {
        var outcomes: [Outcome] = []
        for part in parts { outcomes.append(try await grade(part, bar)) }
        return outcomes
    }

    private func grade(_ part: Part, _ bar: SharedProgressBar) async throws -> Outcome {
        let name = part.judge.measure.rawValue
        let report = try await JudgeMeasurement(
            part.judge, of: part.labelled, use: part.use, cut: part.cut, engine: engine,
            journal: try LineJournal("\(out)/labelled_\(name).jsonl"),
            progress: { bar.show("measuring \(name)", done: $0, total: $1, unit: "responses") }
        ).report
        let places = answers.suites.flatMap(\.places)
        let owners = answers.suites.indices.flatMap { index in answers.suites[index].places.map { _ in index } }
        let grading = Grading(
            part.judge,
            subject: [
                "planSha256": .string(answers.plan.digest.hex), "suites": .array(answers.suites.map { .string($0.name) }),
                "requests": .string(answers.hasItems ? "item" : "prompt"),
            ], engine: engine, comparesRules: true)
        // Records come in the order of places.
        var (tallies, number) = ([GradeTally](repeating: GradeTally(part.cut), count: answers.suites.count), 0)
        try await grading.run(
            count: places.count, response: { try await answers.answer(places[$0]) },
            journal: try LineJournal("\(out)/grades_\(name).jsonl"),
            progress: { bar.show("grading \(name)", done: $0, total: places.count, unit: "answers") },
            take: { record in
                tallies[owners[number]].add(record)
                number += 1
            })
        return Outcome(report: report, results: zip(answers.suites, tallies).map { $1.result(task: $0.name, report: report) })
    }
}
