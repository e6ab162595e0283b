import AuditCrypto
import CanonicalEncoding
import ContentStore
import Evaluation
import EvaluationSuites
import LocalAPI

/// A run as the store holds it, read again in pieces.
struct RecordedRun: Sendable {
    let run: StoredRun
    let plan: EvaluationPlan
    private let store: RunStore
    /// Samples that are there.
    let count: Int
    private static let piece = 64

    /// - Throws: `StoreError` where no sample is there: it has not begun, or its submission was purged.
    init(_ run: StoredRun, in store: RunStore) throws {
        self.run = run
        self.store = store
        plan = try EvaluationPlan(json: run.plan)
        // The first record is the run's header.
        count = max(0, try store.count(run: run.id) - 1)
        guard count > 0 else { throw Self.nothingLeft(run.id) }
    }

    static func nothingLeft(_ id: String) -> StoreError {
        StoreError(.noSuchRun, "There are no samples of run \(id): it has not begun, or its submission was purged.")
    }

    var header: RunHeader {
        get throws {
            guard let first = try store.records(run: run.id, 0..<1).first else { throw Self.nothingLeft(run.id) }
            return try RunHeader(JSONField(StrictJSON.parse(first)))
        }
    }

    /// By their place in the run, from 0.
    func samples(_ range: Range<Int>) throws -> [TimedSample] {
        try store.records(run: run.id, range.lowerBound + 1..<range.upperBound + 1).map(RunSampleStore.sample)
    }

    /// Hands on samples one after another, a few at a time from the store.
    func forEach(in range: Range<Int>, _ body: (Int, TimedSample) async throws -> Void) async throws {
        var next = range.lowerBound
        while next < range.upperBound {
            try Task.checkCancellation()
            let places = next..<min(next + Self.piece, range.upperBound)
            let samples = try await Blocking.run { try self.samples(places) }
            guard samples.count == places.count else { throw Self.nothingLeft(run.id) }
            for (place, sample) in zip(places, samples) { try await body(place, sample) }
            next = places.upperBound
        }
    }

    /// What a suite came to, worked out again from its samples, without a model.
    func result(of entry: EvaluationPlan.Suite, at places: Range<Int>, _ suite: TaskSuite, judge: MeasuredJudge?) async throws -> SuiteResult {
        var one = plan
        one.suites = [entry]
        let run = try await EvaluationRunner.run(
            plan: one, suites: [suite], judge: judge, tester: SandboxedCodeTester(), scorers: SandboxedScorers(), scaffolding: SandboxedScaffolds(),
            model: RecordedModel(engine: try header.engine), resume: Samples(run: self, places: places))
        guard let result = run.results.first, run.samples == places.count else { throw Self.incomplete(self.run.id) }
        return result
    }

    static func incomplete(_ id: String) -> LocalFailure {
        LocalFailure(
            code: "log.unfinished", message: "Run \(id) has not ended: a log is made of a finished run.",
            advice: "Give its plan to assay evaluate again, which goes on where it stopped.")
    }

    /// One suite's samples as the store of a run of its own.
    private actor Samples: SampleStore {
        let run: RecordedRun
        let places: Range<Int>

        init(run: RecordedRun, places: Range<Int>) { (self.run, self.places) = (run, places) }

        func open(_ header: RunHeader) -> Int { places.count }

        func samples(_ range: Range<Int>) async throws -> [SampleRecord] {
            let recorded = run, start = places.lowerBound
            return try await Blocking.run { try recorded.samples(start + range.lowerBound..<start + range.upperBound).map(\.record) }
        }

        func append(_ samples: [TimedSample]) throws { throw RecordedRun.incomplete(run.run.id) }
    }
}

/// In a model's place where everything was asked before.
private struct RecordedModel: LanguageModel {
    let engine: LanguageModelInformation

    func information() -> LanguageModelInformation { engine }
    func renderChat(_ conversations: [[ChatTurn]]) throws -> [Result<String, RequestFailure>] { throw Self.missing }
    func scoreContinuations(_ requests: [ContinuationRequest]) throws -> [Result<[ContinuationScore], RequestFailure>] { throw Self.missing }
    func scoreTexts(_ texts: [String]) throws -> [Result<ContinuationScore, RequestFailure>] { throw Self.missing }
    func generate(_ requests: [GenerationRequest]) throws -> [Result<GeneratedText, RequestFailure>] { throw Self.missing }

    private static var missing: EvaluationError { .store("a sample is missing, and there is no model here to ask") }
}
