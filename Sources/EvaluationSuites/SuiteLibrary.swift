import CommandSupport
import Evaluation

/// The suites of one folder, read and checked, with the judge that they need.
package struct SuiteLibrary: Sendable {
    package struct Entry: Sendable {
        package let definition: SuiteDefinition
        package let suite: TaskSuite
    }

    package let entries: [Entry]
    package let judge: MeasuredJudge

    package var suites: [TaskSuite] { entries.map(\.suite) }

    /// Reads every suite below `directory`, renders every item once, and measures the judge.
    /// - Throws: `TaskError` with the file and line.
    package init(
        directory: String, definitions: [SuiteDefinition] = SuiteDefinition.all
    ) throws(TaskError) {
        var entries: [Entry] = []
        for definition in definitions {
            entries.append(Entry(definition: definition, suite: try TaskSuite(file: definition.taskFile, in: SuiteFile.folder(directory))))
        }
        self.entries = entries
        let labelled = "\(directory)/judge/labelled.jsonl"
        judge = try MeasuredJudge(
            labelled: SuiteFile.read(labelled, maximumBytes: ItemFile.maximumBytes), file: labelled)
    }

    /// The library that lies beside the running program: in a build folder as SwiftPM's resource bundle, installed as
    /// `share/assay/suites` next to `bin`.
    package static func besideProgram() throws(TaskError) -> SuiteLibrary {
        try SuiteLibrary(directory: folderBesideProgram())
    }

    /// The folder of that library.
    package static func folderBesideProgram() throws(TaskError) -> String {
        let folder = Files.programFolder ?? "."
        let places = [
            "\(folder)/assay_EvaluationSuites.resources/Resources", "\(folder)/../share/assay/suites",
        ]
        guard let place = places.first(where: { SuiteFile.isReadable("\($0)/judge/labelled.jsonl") }) else {
            throw TaskError(
                .file, "no evaluation suites here; name the folder that holds capability/, refusal/ and judge/",
                file: places.joined(separator: " or "))
        }
        return place
    }

    /// What was asked for and is not in the library.
    package struct UnknownSuite: Error, Sendable {
        package let name: String
    }

    /// A plan over suites of the library with each one's own threshold.
    /// - Parameters:
    ///   - limit: the first so many items of each suite; nil for all.
    ///   - names: the tasks, in the plan's order; nil for the standard ones.
    ///   - arms: how each task is asked, one suite for each arm that suits it.
    ///   - stopsEarly: whether a suite ends as soon as its threshold is settled; one with a scaffold, and the bare arm beside it, never do.
    /// - Throws: `UnknownSuite`.
    package func plan(
        submission: String, model: [EvaluationPlan.ModelFile], engine: EvaluationPlan.Engine, seed: UInt32 = 0,
        limit: Int? = nil, names: [String]? = nil, arms: ScaffoldArms = .bare, stopsEarly: Bool = false
    ) throws(UnknownSuite) -> EvaluationPlan {
        var chosen = entries.filter(\.definition.isStandard)
        if let names {
            chosen = []
            for name in names {
                guard let entry = entries.first(where: { $0.suite.task.name == name }) else { throw UnknownSuite(name: name) }
                chosen.append(entry)
            }
        }
        var plan = EvaluationPlan.template(
            submission: submission, model: model,
            suites: chosen.flatMap { entry in
                let chat = ChatUse(usesTemplate: entry.definition.usesChatTemplate)
                let scaffolds = arms.scaffolds(for: entry.suite, chat: chat), own = entry.definition.threshold
                return scaffolds.map {
                    // What a model does without its tools is there to be compared with, and decides nothing.
                    EvaluationPlan.SuiteChoice(
                        suite: entry.suite, threshold: $0 == nil && scaffolds.count > 1 ? nil : own, chat: chat, limit: limit, scaffold: $0)
                }
            }, judge: judge, seed: seed, engine: engine)
        for index in plan.suites.indices { plan.suites[index].stopsEarly = stopsEarly && arms == .bare }
        return plan
    }
}

extension DecimalText {
    /// For the constants here; what is no decimal number is zero, and a test reads them all.
    static func suite(_ text: String) -> DecimalText { DecimalText(text) ?? .zero }
}
