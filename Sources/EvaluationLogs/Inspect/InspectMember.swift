import CanonicalEncoding

/// The members of a `.eval` file, and those that are not one value's alone.
enum InspectMember {
    static let start = "_journal/start.json"
    static let summaries = "summaries.json"
    static let reductions = "reductions.json"
    static let header = "header.json"

    /// An id stands in the name as it is, with slashes, dots and all: Inspect looks for it so.
    static func sample(_ id: InspectLog.SampleID, epoch: Int) -> String { "samples/\(id.text)_epoch_\(epoch).json" }
    static func isSample(_ name: String) -> Bool { name.utf8.starts(with: "samples/".utf8) }
    static func journal(_ number: Int) -> String { "_journal/summaries/\(number).json" }
}

/// What stands at a log's beginning (`_journal/start.json`).
struct InspectStart: Sendable, Equatable, LogRecord {
    var version = InspectLog.version
    var evaluation = InspectLog.Evaluation()
    var plan = InspectLog.Plan()

    static let fields: [LogField<Self>] = [.always("version", \.version), .always("eval", \.evaluation), .always("plan", \.plan)]
}

/// What stands at its end (`header.json`).
struct InspectHeader: Sendable, LogRecord {
    var version = InspectLog.version
    var status = InspectLog.Status.started
    var evaluation = InspectLog.Evaluation()
    var plan = InspectLog.Plan()
    var results: InspectLog.Results?
    var statistics = InspectLog.Statistics()
    var failure: InspectLog.Failure?
    var isInvalidated = false
    /// The evaluation's, in order and each once.
    var tags: [String] = []
    /// The evaluation's.
    var metadata = JSONObject()

    init() {}
    init(_ start: InspectStart, _ outcome: InspectLog.Outcome) {
        (evaluation, plan, status) = (start.evaluation, start.plan, outcome.status)
        (results, statistics, failure) = (outcome.results, outcome.statistics, outcome.failure)
        tags = Set((start.evaluation.tags ?? []).map(ExactString.init)).sorted().map(\.string)
        metadata = start.evaluation.metadata ?? [:]
    }

    static let fields: [LogField<Self>] = [
        .always("version", \.version), .always("status", \.status), .always("eval", \.evaluation), .always("plan", \.plan),
        .maybe("results", \.results), .always("stats", \.statistics), .maybe("error", \.failure), .always("invalidated", \.isInvalidated),
        .always("tags", \.tags), .always("metadata", \.metadata),
    ]
}
