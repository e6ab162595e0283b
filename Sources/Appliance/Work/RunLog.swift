import AuditCrypto
import BulkCrypto
import CanonicalEncoding
import Evaluation
import EvaluationLogs
import Inspection
import LocalAPI

/// What other programs read.
enum RunLogFormat: String, CaseIterable, Sendable {
    /// A log of Inspect's (`.eval`).
    case inspect
    /// lm-evaluation-harness' sample log (`--log_samples`): JSON Lines.
    case harness
}

/// The log of one suite of a finished run.
struct RunLog: Sendable {
    let run: RecordedRun
    let task: String
    let format: RunLogFormat
    let suites: [TaskSuite]
    let judge: MeasuredJudge
    /// What the log calls the model.
    let model: String

    /// - Returns: how many samples it has.
    func write(to log: SealedScratch, _ progress: @escaping @Sendable (LocalProgress) -> Void) async throws -> Int {
        guard run.run.results != nil else { throw RecordedRun.incomplete(run.run.id) }
        let (entry, suite) = try named()
        let (places, started, completed) = try await find(progress)
        switch format {
        case .harness:
            let harness = HarnessSampleLog(suite)
            try await run.forEach(in: places) { place, sample in
                report(place - places.lowerBound, places.count, progress)
                try Self.add(sample, to: log, by: harness)
            }
        case .inspect:
            let result = try await run.result(of: entry, at: places, suite, judge: judge)
            let inspect = try InspectRunLog(
                to: .file(log), suite: suite, entry: entry, plan: run.plan, engine: try run.header.engine, model: model, started: started)
            try await run.forEach(in: places) { place, sample in
                report(place - places.lowerBound, places.count, progress)
                try await inspect.add(sample)
            }
            try await inspect.finish(result, started: started, completed: completed)
        }
        return places.count
    }

    /// A function of its own because the compiler (6.3.1, optimising) fails where this stands in an asynchronous one.
    @inline(never)
    private static func add(_ sample: TimedSample, to log: SealedScratch, by harness: HarnessSampleLog) throws {
        try log.append(try harness.lines(sample.record))
    }

    private func report(_ done: Int, _ total: Int, _ progress: @Sendable (LocalProgress) -> Void) {
        if done.isMultiple(of: 64) { progress(.init(activity: "writing", done: Int64(done), total: Int64(total), unit: "samples")) }
    }

    /// The suite of the plan, and the task with its items as it is here.
    private func named() throws -> (EvaluationPlan.Suite, TaskSuite) {
        guard let entry = run.plan.suites.first(where: { ExactString($0.name) == ExactString(task) }) else {
            throw LocalFailure(
                code: "log.no-such-task", message: "Run \(run.run.id) has no task \(task.prefix(64)).",
                advice: "It has \(run.plan.suites.map(\.name).joined(separator: ", ")).")
        }
        guard let suite = suites.first(where: { ExactString($0.task.name) == ExactString(entry.task) && $0.pack == entry.pack }), suite.taskDigest == entry.taskDigest,
            suite.dataFiles == entry.data
        else {
            throw LocalFailure(
                code: "log.other-suite", message: "The task \(entry.task) is not here any more as the run asked it.",
                advice: "assay inspect transcripts shows the run's samples without it.")
        }
        return (entry, suite)
    }

    /// Where the suite's samples stand in the run, when the first was asked and when the last was answered.
    private func find(_ progress: @escaping @Sendable (LocalProgress) -> Void) async throws -> (places: Range<Int>, started: Int64, completed: Int64) {
        var found: (first: Int, last: Int, started: Int64, completed: Int64)?
        try await run.forEach(in: 0..<run.count) { place, sample in
            if place.isMultiple(of: 64) { progress(.init(activity: "reading", done: Int64(place), total: Int64(run.count), unit: "samples")) }
            guard ExactString(sample.record.task) == ExactString(task) else { return }
            let completed = sample.timing.started + sample.timing.engine
            found = (found?.first ?? place, place, found?.started ?? sample.timing.started, completed)
        }
        guard let found else { throw RecordedRun.nothingLeft(run.run.id) }
        return (found.first..<found.last + 1, found.started, found.completed)
    }

    /// What showing it costs, as the bytes that it comes to when compressed, and its SHA-256.
    static func measure(_ log: SealedScratch) throws -> (cost: Int64, digest: SHA256Digest) {
        let meter = try Metering.Stream()
        var hash = BulkSHA256(), offset: UInt64 = 0
        while offset < log.size {
            let piece = try log.read(at: offset, count: Int(min(log.size - offset, UInt64(LogPickups.pieceBytes))))
            hash.update(piece)
            try meter.add(piece)
            offset += UInt64(piece.count)
        }
        guard let digest = SHA256Digest(bytes: hash.finalize()) else { throw LocalFailure(code: "appliance.failed", message: "a digest of another length") }
        return (Int64(try meter.finish()), digest)
    }
}
