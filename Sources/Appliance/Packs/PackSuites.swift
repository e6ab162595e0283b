import AgeFormat
import BenchmarkPacks
import CanonicalEncoding
import ContentStore
import Evaluation
import Ledger
import LocalAPI

/// Suites of plans whose tasks come from benchmark packs.
extension OpenAppliance {
    /// Refuses a plan whose packs are not here as it names them.
    ///
    /// - Parameter isNew: whether the plan begins now. What has expired serves for no new run; one that was begun goes on, and a
    ///   finished one can be repeated.
    func checkPacks(of plan: EvaluationPlan, isNew: Bool) async throws {
        for pack in Set(plan.suites.compactMap(\.pack)) {
            let record = try await installedPack(pack)
            if isNew { try await checkExpiry(of: load(record), record) }
        }
    }

    /// The tasks that a plan takes from packs, their private items unsealed in memory.
    func packSuites(of plan: EvaluationPlan) async throws -> [TaskSuite] {
        var suites: [TaskSuite] = []
        for pack in Set(plan.suites.compactMap(\.pack)).sorted(by: { $0.digest.hex < $1.digest.hex }) {
            let names = Set(plan.suites.filter { $0.pack == pack }.map { ExactString($0.task) }).sorted()
            suites += try await self.suites(names.map(\.string), of: installedPack(pack))
        }
        return suites
    }

    private func suites(_ names: [String], of record: RecordedPack) async throws -> [TaskSuite] {
        let identity = keys.media
        return try await reading(record) { pack in try names.map { try PackTask.suite($0, of: pack, record, identities: [identity]) } }
    }

    /// The installed pack that a plan names.
    private func installedPack(_ pack: EvaluationPlan.Pack) async throws -> RecordedPack {
        guard let record = await desk.standing.packs[ExactString(pack.name)], record.presence == .installed else { throw Self.notInstalled(pack.name) }
        guard record.digest == pack.digest, ExactString(record.version) == ExactString(pack.version) else {
            throw LocalFailure(
                code: "pack.other-version",
                message: "The plan is for \(pack.name) \(pack.version.prefix(128)) of SHA-256 \(pack.digest.hex); installed is \(record.version) of \(record.digest.hex).",
                advice: "Draft a plan with the installed one: assay plan SUBMISSION --pack \(record.name).")
        }
        return record
    }

    private func checkExpiry(of pack: InstalledPack, _ record: RecordedPack) async throws {
        let now = await ledger.time
        guard let expires = pack.verified.expires, expires.unixSeconds <= now else { return }
        throw LocalFailure(
            code: "pack.expired", message: "The benchmark pack \(record.name) \(record.version) expired at \(expires.rfc3339), and it is \(Moment.text(now)).",
            advice: "Have its authors sign it anew, and take that in with assay pack install. Runs that were begun before go on, and can be repeated.")
    }

    /// A plan over the tasks of a pack.
    ///
    /// - Parameter names: nil for all of them.
    func draftPackPlan(
        _ submission: StoredSubmission, engine: EvaluationPlan.Engine, seed: UInt32, limit: Int?, stopsEarly: Bool, names: [String]?, _ parameters: JSONField
    ) async throws -> EvaluationPlan {
        let name = try parameters.field("pack").string(maxBytes: 128)
        guard let record = await desk.standing.packs[ExactString(name)], record.presence == .installed else { throw Self.notInstalled(name) }
        let pack = try await load(record)
        try await checkExpiry(of: pack, record)
        let chosen = names ?? pack.description.tasks.map(\.name)
        if let unknown = chosen.first(where: { pack.task($0) == nil }) {
            throw LocalFailure(
                code: "plan.unknown-suite", message: "The pack \(record.name) has no task \(unknown.prefix(64)).",
                advice: "Its tasks are \(pack.description.tasks.map(\.name).joined(separator: ", ")).")
        }
        let thresholds = try PackThresholds(parameters.optional("thresholds"))
        let chat = ChatUse(usesTemplate: try parameters.optional("chatTemplate")?.bool() ?? false)
        let model = try submission.modelFiles().map { EvaluationPlan.ModelFile(path: $0.file.path, digest: $0.file.digest) }
        let choices = try await suites(chosen, of: record).map { suite in
            EvaluationPlan.SuiteChoice(suite: suite, threshold: try thresholds.threshold(for: suite, stopsEarly: stopsEarly), chat: chat, limit: limit)
        }
        try thresholds.check(tasks: chosen)
        var plan = EvaluationPlan.template(submission: submission.id, model: model, suites: choices, judge: library.judge, seed: seed, engine: engine)
        for index in plan.suites.indices { plan.suites[index].stopsEarly = stopsEarly }
        return plan
    }
}

/// What is asked of the tasks' results: each task's own threshold, or else the one for all.
private struct PackThresholds {
    private var common: Threshold?
    private var own: [ExactString: Threshold] = [:]

    init(_ field: JSONField?) throws {
        for element in try field?.array(maxCount: 256) ?? [] {
            try element.allow(only: ["task", "threshold"])
            let threshold = try Threshold(element.field("threshold"))
            let isFirst: Bool
            if let task = try element.optional("task")?.string(maxBytes: 128) {
                isFirst = own.updateValue(threshold, forKey: ExactString(task)) == nil
            } else {
                (isFirst, common) = (common == nil, threshold)
            }
            guard isFirst else { throw element.failure("a second threshold for the same") }
        }
    }

    /// - Returns: nil for a task that is measured only.
    func threshold(for suite: TaskSuite, stopsEarly: Bool) throws -> Threshold? {
        let measured = suite.task.valueNames.joined(separator: "; ")
        guard let threshold = own[ExactString(suite.task.name)] ?? common else {
            guard stopsEarly else { return nil }
            throw LocalFailure(
                code: "plan.no-threshold", message: "No threshold is given for the task \(suite.task.name), which is to end as soon as one is settled.",
                advice: "Say what is asked of it, such as --threshold \"\(suite.task.name):\(suite.task.valueNames.first ?? "acc")>=0.5\"; it measures \(measured).")
        }
        guard suite.task.valueNames.contains(where: { ExactString($0) == ExactString(threshold.metric) }) else {
            throw LocalFailure(
                code: "plan.no-such-metric", message: "The task \(suite.task.name) does not measure \(threshold.metric).",
                advice: "It measures \(measured). Give a threshold of its own as --threshold \"\(suite.task.name):METRIC>=VALUE\".")
        }
        return threshold
    }

    func check(tasks: [String]) throws {
        let known = Set(tasks.map(ExactString.init))
        guard let other = own.keys.filter({ !known.contains($0) }).min() else { return }
        throw LocalFailure(
            code: "plan.unknown-suite", message: "There is a threshold for \(other.string.prefix(64)), which is not in the plan.", advice: "Name it with --suite, or leave the threshold out.")
    }
}

/// A pack's task as an evaluation asks it.
enum PackTask {
    /// - Throws: `PackError` where the pack does not hold, or holds an item that was retired; `TaskError` for a task that cannot be
    ///   evaluated.
    static func suite(_ name: String, of pack: InstalledPack, _ record: RecordedPack, identities: [any AgeIdentity]) throws -> TaskSuite {
        guard let task = pack.task(name) else {
            throw LocalFailure(
                code: "plan.unknown-suite", message: "The pack \(record.name) has no task \(name.prefix(64)).",
                advice: "Its tasks are \(pack.description.tasks.map(\.name).joined(separator: ", ")).")
        }
        var failure: PackError?
        // Its Python files are signed as all else is, and run in the tool sandbox only.
        let folder = TaskFolder(allowsScorers: true) { path in
            do throws(PackError) { return try pack.contents(path, maxBytes: ItemFile.maximumBytes, identities: identities) } catch {
                if failure == nil { failure = error }
                throw error
            }
        }
        do {
            var suite = try TaskSuite(file: task.file.path, in: folder)
            guard ExactString(suite.task.name) == ExactString(name) else {
                throw PackError(.badTask, "the task calls itself another name than the pack calls it", file: task.file.path)
            }
            suite.pack = EvaluationPlan.Pack(name: record.name, version: record.version, digest: record.digest)
            return suite
        } catch {
            // What is wrong with the pack, and not that a file of the task could not be read.
            if let failure { throw failure }
            throw error
        }
    }
}
