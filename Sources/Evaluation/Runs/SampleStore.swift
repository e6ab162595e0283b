import AuditCrypto
import CanonicalEncoding

/// Keeps a run's samples as they come, so that a run that was stopped can be taken up again.
///
/// Samples come in the plan's order and are kept in it: what is kept is always the beginning of the run.
package protocol SampleStore: Sendable {
    /// Begins or takes up the run that `header` names.
    /// - Returns: how many samples are recorded already.
    /// - Throws: `EvaluationError.store` when the store holds another run.
    func open(_ header: RunHeader) async throws -> Int
    /// Recorded samples, by their place in the run.
    func samples(_ range: Range<Int>) async throws -> [SampleRecord]
    /// Adds samples. When this returns they are kept.
    func append(_ samples: [TimedSample]) async throws
}

/// A sample with when it was asked, which is kept beside the record: the record is the same whenever it is made.
package struct TimedSample: Sendable {
    package let record: SampleRecord
    package let timing: SampleTiming

    package init(record: SampleRecord, timing: SampleTiming) {
        self.record = record
        self.timing = timing
    }
}

/// When a sample was asked, and how long it took, in milliseconds. Samples of one request have the same times.
package struct SampleTiming: Hashable, Sendable {
    /// Since the Unix epoch.
    package let started: Int64
    /// The engine's, for the whole request, and how many samples shared it.
    package let engine: Int64
    package let shared: Int

    package init(started: Int64, engine: Int64, shared: Int) {
        self.started = started
        self.engine = engine
        self.shared = shared
    }

    package var json: JSONValue {
        ["started": .integer(started), "engine": .integer(engine), "shared": .integer(Int64(shared))]
    }

    package init(_ field: JSONField) throws(JSONFieldError) {
        try field.allow(only: ["started", "engine", "shared"])
        started = try field.field("started").integer(in: 0...1 << 50)
        engine = try field.field("engine").integer(in: 0...1 << 50)
        shared = Int(try field.field("shared").integer(in: 1...1 << 20))
    }
}

/// What all samples of a run have in common.
package struct RunHeader: Hashable, Sendable {
    package let planDigest: SHA256Digest
    /// The engine that answers. Samples of two engines do not mix: their last bits may differ.
    package let engine: LanguageModelInformation

    package init(planDigest: SHA256Digest, engine: LanguageModelInformation) {
        self.planDigest = planDigest
        self.engine = engine
    }

    package var json: JSONValue {
        ["v": 1, "planSha256": .string(planDigest.hex), "engine": engine.json]
    }

    package init(_ field: JSONField) throws(JSONFieldError) {
        try field.allow(only: ["v", "planSha256", "engine"])
        _ = try field.field("v").integer(in: 1...1)
        planDigest = try field.field("planSha256").digest()
        engine = try LanguageModelInformation(field.field("engine"))
    }
}

extension LanguageModelInformation {
    package var json: JSONValue {
        var choices = JSONObject()
        for (name, value) in numerics.sorted(by: { $0.key < $1.key }) { choices[name] = .string(value) }
        return [
            "architecture": .string(architecture), "contextLength": .integer(Int64(contextLength)),
            "chatTemplate": .bool(hasChatTemplate), "threads": .integer(Int64(threads)),
            "blasCore": .string(blasCore), "numerics": .object(choices), "engine": .string(engine),
        ]
    }

    package init(_ field: JSONField) throws(JSONFieldError) {
        try field.allow(only: [
            "architecture", "contextLength", "chatTemplate", "threads", "blasCore", "numerics", "engine",
        ])
        let choices = try field.field("numerics")
        var numerics: [String: String] = [:]
        for key in try choices.object().keys { numerics[key] = try choices.field(key).string() }
        self.init(
            architecture: try field.field("architecture").string(),
            contextLength: Int(try field.field("contextLength").integer(in: 0...1 << 40)),
            hasChatTemplate: try field.field("chatTemplate").bool(),
            threads: Int(try field.field("threads").integer(in: 0...1 << 20)),
            blasCore: try field.field("blasCore").string(), numerics: numerics,
            engine: try field.field("engine").string())
    }
}

/// Samples in memory: for a run that need not survive the process.
package actor MemorySampleStore: SampleStore {
    private var header: RunHeader?
    package private(set) var records: [SampleRecord] = []

    package init() {}

    package func open(_ header: RunHeader) throws -> Int {
        guard self.header == nil || self.header == header else {
            throw EvaluationError.store("they belong to another plan or another engine")
        }
        self.header = header
        return records.count
    }

    package func samples(_ range: Range<Int>) -> [SampleRecord] { Array(records[range]) }

    package func append(_ samples: [TimedSample]) { records += samples.map(\.record) }
}

/// Keeps nothing: for a run whose samples are only looked at as they come.
package actor DiscardingSampleStore: SampleStore {
    private let look: @Sendable (TimedSample) throws -> Void

    package init(_ look: @escaping @Sendable (TimedSample) throws -> Void = { _ in }) { self.look = look }

    package func open(_ header: RunHeader) -> Int { 0 }
    package func samples(_ range: Range<Int>) -> [SampleRecord] { [] }
    package func append(_ samples: [TimedSample]) throws { for sample in samples { try look(sample) } }
}
