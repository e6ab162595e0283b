import AuditCrypto
import CanonicalEncoding
import Clearance
import ContentStore
import Evaluation
import Ledger
import LocalAPI
import MerkleLog
import Synchronization

/// A log that was made and is not shown yet: what it costs and its digest are known only then.
private final class MadeLog: Sendable {
    private let made = Mutex<(log: SealedScratch, cost: Int64, digest: SHA256Digest)?>(nil)

    func set(_ log: SealedScratch, _ cost: Int64, _ digest: SHA256Digest) { made.withLock { $0 = (log, cost, digest) } }

    var log: SealedScratch? { made.withLock { $0?.log } }
    var cost: Int64 { made.withLock { $0?.cost ?? 0 } }
    var subjects: [LedgerEntry.Subject] { made.withLock { made in made.map { [.init(name: "log", sha256: $0.digest)] } ?? [] } }
}

/// Looks at runs: two held against each other, and one's samples as a log that other programs read.
extension OpenAppliance {
    /// Two runs' figures on the items that both were asked: a base model's and an aligned one's, say. It shows figures alone, which
    /// are charged like what they were made of.
    func inspectRuns(_ authorized: AuthorizedRequest, _ progress: @escaping @Sendable (LocalProgress) -> Void) async throws -> JSONValue {
        // Under a session the appliance itself names the runs' submissions, which the session is held against.
        let scope = try scope(of: authorized, ["capability", "run", "submission", "with", "withRun"])
        let (first, second) = (try run(scope, "run", of: "submission"), try run(scope, "withRun", of: "with"))
        let capability = try scope.optional("capability")?.array(maxCount: 64).map { try $0.string(maxBytes: 256) }
        let shown = try [first, second].map { try submissions.submission($0.submission) }
        guard first.id != second.id else {
            throw LocalFailure(code: "compare.same-run", message: "Run \(first.id) was named twice.", advice: "assay runs lists the others.")
        }
        var details: JSONObject = ["run": .string(first.id), "withRun": .string(second.id)]
        if let capability { details["capability"] = .array(capability.map { .string($0) }) }
        return try await disclose(
            authorized, .transcripts, of: shown[0].id == shown[1].id ? [shown[0]] : shown,
            subjects: [.init(name: "plan", sha256: .of(first.plan)), .init(name: "with", sha256: .of(second.plan))],
            details: details
        ) {
            let runs = try [RecordedRun(first, in: self.runs), RecordedRun(second, in: self.runs)]
            let omissions = DegradationReport.omissions(runs[0].plan, runs[1].plan), left = Set(omissions.map(\.task))
            var samples = PairedSamples()
            let total = Int64(runs[0].count + runs[1].count)
            for (number, run) in runs.enumerated() {
                let before = number == 0 ? 0 : runs[0].count
                try await run.forEach(in: 0..<run.count) { place, sample in
                    if place.isMultiple(of: 64) { progress(.init(activity: "comparing", done: Int64(before + place), total: total, unit: "samples")) }
                    guard !left.contains(sample.record.task) else { return }
                    if number == 0 { try samples.add(first: SampleFigures(sample.record)) } else { try samples.add(second: SampleFigures(sample.record)) }
                }
            }
            if let unknown = capability?.first(where: { !samples.taskNames.contains($0) }) {
                throw LocalFailure(
                    code: "compare.no-such-task", message: "No task \(unknown.prefix(64)) is in the runs.",
                    advice: "They have \(samples.taskNames.joined(separator: ", ")).")
            }
            let isJudged = runs.allSatisfy { $0.plan.judge == library.judge.planEntry }
            let report = DegradationReport(
                samples, confidence: runs[0].plan.confidence, judge: isJudged ? library.judge.report : nil, capability: capability.map { Set($0) },
                leftOut: omissions)
            guard !report.isEmpty else {
                throw LocalFailure(
                    code: "compare.nothing-in-common", message: "The two runs have no item in common that both have a value for.",
                    advice: "Give both submissions plans with the same suites.")
            }
            return report.json
        }
    }

    /// A suite's samples in one of the forms that other programs read, prompts and outputs with it. What is made is charged and
    /// recorded by its digest; then it waits, sealed, to be fetched in pieces.
    func inspectRunLog(_ authorized: AuthorizedRequest, _ progress: @escaping @Sendable (LocalProgress) -> Void) async throws -> JSONValue {
        let scope = try scope(of: authorized, ["format", "run", "submission", "task"])
        let stored = try run(scope, "run", of: "submission"), task = try scope.field("task").string(maxBytes: 256)
        guard let format = RunLogFormat(rawValue: try scope.field("format").string(maxBytes: 32)) else {
            throw try scope.field("format").failure("a format was expected: \(RunLogFormat.allCases.map(\.rawValue).joined(separator: ", "))")
        }
        let submission = try submissions.submission(stored.submission)
        let made = MadeLog()
        var shown = try await disclose(
            authorized, .transcripts, of: [submission],
            subjects: [LedgerEntry.Subject(name: "plan", sha256: .of(stored.plan))] + made.subjects,
            details: ["format": .string(format.rawValue), "run": .string(stored.id), "task": .string(task)], beside: made.cost
        ) {
            let log = try SealedScratch(in: home.path)
            let recorded = try RecordedRun(stored, in: runs), suites = try await library.suites + packSuites(of: recorded.plan)
            let samples = try await RunLog(
                run: recorded, task: task, format: format, suites: suites, judge: library.judge,
                model: submission.manifest.declaration.name
            ).write(to: log, progress)
            let (cost, digest) = try await Blocking.run { try RunLog.measure(log) }
            made.set(log, cost, digest)
            return [
                "format": .string(format.rawValue), "run": .string(stored.id), "samples": .integer(Int64(samples)),
                "sha256": .string(digest.hex), "size": .integer(Int64(log.size)), "task": .string(task),
            ]
        }
        if let log = made.log, case .object(var object) = shown {
            object["ticket"] = .string(await pickups.add(log))
            shown = .object(object)
        }
        return shown
    }

    /// The run of that name in the scope, of the submission that the appliance filled in, where it did.
    private func run(_ scope: JSONField, _ name: String, of submission: String) throws -> StoredRun {
        let run = try runs.run(scope.field(name).string(maxBytes: 64))
        if let named = try scope.optional(submission), try submissions.submission(named.string(maxBytes: 128)).id != run.submission {
            throw named.failure("run \(run.id) is of submission \(run.submission)")
        }
        return run
    }
}
