import AuditCrypto
import CanonicalEncoding
import Clearance
import CommandSupport
import ContentStore
import Evaluation
import EvaluationSuites
import Ledger
import LocalAPI

extension OpenAppliance {
    /// A plan for a submission: the built-in suites with the thresholds that they come with, and everything that decides
    /// a result's last bits as this machine's engine has it.
    func draftPlan(_ parameters: JSONField) async throws -> JSONValue {
        try parameters.allow(only: [
            "chatTemplate", "limit", "pack", "policy", "scaffolds", "seed", "stopEarly", "submission", "suites", "thresholds",
        ])
        let submission = try submissions.submission(parameters.field("submission").string(maxBytes: 128))
        let seed = try parameters.optional("seed")?.integer(in: 0...Int64(UInt32.max)) ?? 1
        let limit = try parameters.optional("limit")?.integer(in: 1...1_000_000)
        let model = try submission.modelFiles().map { EvaluationPlan.ModelFile(path: $0.file.path, digest: $0.file.digest) }
        let engine = try await workbench.identity()
        let names = try parameters.optional("suites")?.array(maxCount: 64).map { try $0.string(maxBytes: 256) }
        let arms = try Self.arms(parameters)
        let stopsEarly = try parameters.optional("stopEarly")?.bool() ?? false
        guard !stopsEarly || arms == .bare else {
            throw LocalFailure(
                code: "plan.scaffold-stops-early", message: "Suites with a scaffold do not end early.",
                advice: "Leave one of --stop-early and --scaffold out: arms are held against each other on all items.")
        }
        let policy = try parameters.optional("policy").map { try askablePolicy($0, for: submission) }
        // The policy itself says how its suites are asked, so that arms are of suites that are named beside it.
        guard policy == nil || arms == .bare || names?.isEmpty == false else {
            throw LocalFailure(
                code: "plan.scaffold-of-policy", message: "A policy says itself which scaffolds its suites are asked through.",
                advice: "Leave --scaffold out, and name scaffolds in the policy's elicitations; or name other suites with --suite, which are then asked in these ways.")
        }
        let choices = EvaluationPlan.Engine(threads: 2, numerics: engine.numerics)
        var plan: EvaluationPlan
        do {
            if try parameters.optional("pack") != nil {
                guard arms == .bare else {
                    throw LocalFailure(
                        code: "plan.scaffold-of-pack", message: "The tasks of a pack are drafted bare.", advice: "Leave --scaffold out, and add it to the plan's suites by hand.")
                }
                plan = try await draftPackPlan(
                    submission, engine: choices, seed: UInt32(seed), limit: limit.map { Int($0) }, stopsEarly: stopsEarly, names: names, parameters)
            } else {
                plan = try library.plan(
                    submission: submission.id, model: model, engine: choices, seed: UInt32(seed), limit: limit.map { Int($0) },
                    names: policy == nil ? names : names ?? [], arms: arms, stopsEarly: stopsEarly)
            }
        } catch let error as SuiteLibrary.UnknownSuite {
            throw LocalFailure(
                code: "plan.unknown-suite", message: "There is no suite \(error.name.prefix(64)).",
                advice: "The suites here are \(library.suites.map(\.task.name).joined(separator: ", ")).")
        }
        if let policy { add(policy, to: &plan, limit: limit.map { Int($0) }) }
        guard !plan.suites.isEmpty else {
            throw LocalFailure(
                code: "plan.scaffold-suits-none", message: "None of these suites can be asked in that way.",
                advice: "Retrieval needs a suite with a corpus, as assay_questions; an agent one that asks for text.")
        }
        // What a plan's readers refuse, two suites of one name, say, is refused here already.
        do { _ = try EvaluationPlan(json: plan.canonicalBytes) } catch {
            throw LocalFailure(
                code: "plan.refused", message: "What was drafted is no plan: \(error).",
                advice: "Name fewer suites with --suite, and none by the name of one of the policy's elicitations.")
        }
        return [
            "plan": .string(String(decoding: plan.canonicalBytes, as: UTF8.self)), "sha256": .string(plan.digest.hex),
        ]
    }

    /// In which ways each suite is asked.
    private static func arms(_ parameters: JSONField) throws -> ScaffoldArms {
        guard let list = try parameters.optional("scaffolds") else { return .bare }
        let arms = try list.array(maxCount: 8).map { name in
            guard let arm = ScaffoldArms.Arm(rawValue: try name.string(maxBytes: 64)) else {
                throw LocalFailure(
                    code: "plan.unknown-scaffold", message: "There is no scaffold of that name.",
                    advice: "There are \(ScaffoldArms.Arm.allCases.map(\.rawValue).joined(separator: ", ")).")
            }
            return arm
        }
        return arms.isEmpty ? .bare : ScaffoldArms(arms)
    }

    /// Runs a plan. Its digest is on the ledger before the first sample; a run that was interrupted is taken up again.
    func evaluate(
        _ authorized: AuthorizedRequest, plan text: String, _ progress: @escaping @Sendable (LocalProgress) -> Void
    ) async throws -> JSONValue {
        let scope = JSONField(.object(authorized.request.scope), path: "$.scope")
        try scope.allow(only: ["plan", "submission"])
        let bytes = Array(text.utf8)
        let plan = try EvaluationPlan(json: bytes)
        guard plan.canonicalBytes == bytes, try scope.field("plan").string() == plan.digest.hex else {
            throw LocalFailure(
                code: "evaluate.plan-digest", message: "The request was signed for another plan than the one that came with it.",
                advice: "Use assay evaluate --plan FILE, which signs for what it sends.")
        }
        let submission = try submissions.submission(scope.field("submission").string(maxBytes: 128))
        let files = try submission.modelFiles().map(\.file)
        guard plan.submission == submission.id, plan.model == files.map({ .init(path: $0.path, digest: $0.digest) }) else {
            throw LocalFailure(
                code: "evaluate.other-submission", message: "The plan is for another model than that of submission \(submission.id).",
                advice: "Draft a plan for this submission with assay plan.")
        }
        try await refusing(authorized) { try checkNames(of: plan) }
        let unfinished = try runs.runs(submission: submission.id).last { $0.results == nil && $0.plan == bytes }
        try await refusing(authorized) { try await checkPacks(of: plan, isNew: unfinished == nil) }
        let plans = try runs.runs(submission: submission.id).map(\.plan)
        if !plans.isEmpty, !plans.contains(bytes) { try await requireConsent(authorized, to: .changedPlan, on: submission) }
        let id = unfinished?.id ?? String(authorized.digest.hex.prefix(16))
        let entry = try await record(
            authorized, subjects: [.init(name: "plan", sha256: plan.digest)]
                + files.filter { $0.kind == .weights }.map { .init(name: "weights", sha256: $0.digest) },
            details: ["submission": .string(submission.id), "run": .string(id), "resumed": .bool(unfinished != nil)])
        let planEntry = try unfinished?.planEntry ?? EntryPlace(entry)
        if unfinished == nil {
            try runs.add(StoredRun(id: id, submission: submission.id, plan: bytes, planEntry: planEntry))
        }
        do {
            let results = try await run(plan, submission, store: RunSampleStore(runs, run: id), progress)
            let encoded = try results.encoded()
            let finished = try await ledger.append(
                EntryDraft(
                    .evaluationFinished,
                    subjects: [
                        .init(name: "plan", sha256: plan.digest), .init(name: "results", sha256: .of(encoded)),
                        .init(name: "samples", sha256: SHA256Digest(hex: results.samplesDigest) ?? .of([])),
                    ],
                    details: ["submission": .string(submission.id), "run": .string(id)]))
            try runs.finish(id, results: encoded, entry: EntryPlace(finished))
            return [
                "run": .string(id), "submission": .string(submission.id), "entry": .integer(finished.sequence),
                "plan": .string(plan.digest.hex), "samples": .string(results.samplesDigest),
                "results": .array(results.suites.map(\.row)), "uplift": .array(results.uplift), "policy": results.policy ?? nil,
                "suggested": .string(results.suggested.rawValue),
            ]
        } catch {
            let failure = FailureReply.failure(for: error)
            let action: LedgerAction = error is CancellationError ? .evaluationInterrupted : .evaluationFailed
            _ = try await ledger.append(
                EntryDraft(action, details: ["run": .string(id), "code": .string(failure.code)]))
            throw error
        }
    }

    /// Refuses a plan whose results could not be put into evidence, before anything is asked.
    private func checkNames(of plan: EvaluationPlan) throws {
        let tasks = library.suites.map(\.task)
        for suite in plan.suites {
            guard let (what, text) = suite.unstatable(tasks) else { continue }
            throw LocalFailure(
                code: "evaluate.unstatable-name",
                message: "The \(what) of the suite \(suite.name.prefix(128)) is \"\(text.prefix(128))\", which evidence cannot state, so that no verdict could follow.",
                advice: "Evidence has 1 to 128 printable ASCII characters without spaces there. Name the suite so in the plan, or its version and filters in the task file.")
        }
    }

    private func run(
        _ plan: EvaluationPlan, _ submission: StoredSubmission, store: any SampleStore,
        _ progress: @escaping @Sendable (LocalProgress) -> Void
    ) async throws -> RunResults {
        let suites = try await library.suites + packSuites(of: plan)
        let session = try await workbench.open(
            submission, in: submissions, threads: plan.engine.threads, core: plan.engine.blasCore,
            maximumContextTokens: plan.engine.maximumContextTokens)
        defer { session.close() }
        let run = try await EvaluationRunner.run(
            plan: plan, suites: suites, judge: library.judge, tester: SandboxedCodeTester(),
            scorers: SandboxedScorers(), scaffolding: SandboxedScaffolds(),
            model: session.languageModel, progress: Self.reporting(progress), resume: store)
        return try RunResults(run, plan: plan, session: session, release: submission.manifest.declaration.release.rawValue)
    }

    /// Runs a finished run's plan again and compares every record.
    func replay(
        _ authorized: AuthorizedRequest, _ progress: @escaping @Sendable (LocalProgress) -> Void
    ) async throws -> JSONValue {
        let scope = JSONField(.object(authorized.request.scope), path: "$.scope")
        try scope.allow(only: ["run"])
        let stored = try runs.run(scope.field("run").string(maxBytes: 64))
        guard stored.results != nil else {
            throw LocalFailure(
                code: "replay.unfinished", message: "Run \(stored.id) has not ended.", advice: "Give its plan to assay evaluate again.")
        }
        let plan = try EvaluationPlan(json: stored.plan)
        let submission = try submissions.submission(stored.submission)
        try await refusing(authorized) { try await checkPacks(of: plan, isNew: false) }
        try await record(
            authorized, subjects: [.init(name: "plan", sha256: plan.digest)],
            details: ["submission": .string(submission.id), "run": .string(stored.id)])
        let suites = try await library.suites + packSuites(of: plan)
        let session = try await workbench.open(
            submission, in: submissions, threads: plan.engine.threads, core: plan.engine.blasCore,
            maximumContextTokens: plan.engine.maximumContextTokens)
        defer { session.close() }
        let report = try await EvaluationRunner.replay(
            plan: plan, suites: suites, judge: library.judge, tester: SandboxedCodeTester(),
            scorers: SandboxedScorers(), scaffolding: SandboxedScaffolds(),
            model: session.languageModel, recorded: RunSampleStore(runs, run: stored.id), progress: Self.reporting(progress))
        let entry = try await ledger.append(
            EntryDraft(
                report.isIdentical ? .replayAgreed : .replayDiffered,
                subjects: [.init(name: "samples", sha256: report.replayedDigest)],
                details: [
                    "run": .string(stored.id), "compared": .integer(Int64(report.compared)),
                    "differing": .integer(Int64(report.differing)),
                ]))
        guard report.isIdentical else {
            let first = report.firstDifference
            throw LocalFailure(
                code: "replay.differs",
                message: "\(report.differing) of \(Counted.of(report.compared, "record", "records")) \(report.differing == 1 ? "differs" : "differ"); the first is \(first?.task ?? "") \(first?.id ?? ""), "
                    + "\(first?.field ?? ""): \(first?.recorded.prefix(80) ?? "") was recorded, \(first?.replayed.prefix(80) ?? "") came out now.",
                advice: report.differingInTime == report.differing
                    ? "Programs that take about as long as they may ended in time once and not the other time. That is not promised to be the same: see tool-sandbox.md."
                    : "The machine type, the engine's build or the store differs from the first run's."
                        + (report.differingInTime > 0 ? " In \(report.differingInTime) of the records it is a program's time limit." : ""))
        }
        return [
            "run": .string(stored.id), "samples": .integer(Int64(report.compared)), "identical": true,
            "digest": .string(report.replayedDigest.hex), "entry": .integer(entry.sequence),
        ]
    }

    private static func reporting(
        _ progress: @escaping @Sendable (LocalProgress) -> Void
    ) -> EvaluationRunner.ProgressHandler {
        { step in
            progress(
                LocalProgress(
                    activity: step.task, done: Int64(step.overallDone), total: Int64(step.overallTotal), unit: "items"))
        }
    }
}

extension Workbench.Session {
    var languageModel: EngineLanguageModel { EngineLanguageModel(client: client, identity: identity, model: model) }
}
