import AuditCrypto
import CanonicalEncoding

/// Whether a second run gave the same samples, bit for bit.
package struct ReplayReport: Sendable {
    /// Where two records part.
    package struct Difference: Hashable, Sendable {
        package let task: String
        package let id: String
        /// The record's member, as `choices[2].bits`.
        package let field: String
        package let recorded: String
        package let replayed: String
    }

    package fileprivate(set) var compared = 0
    /// SHA-256 over the recorded samples' lines, and over the replayed ones'.
    package var recordedDigest: SHA256Digest { recordedLines.value }
    package var replayedDigest: SHA256Digest { replayedLines.value }
    package fileprivate(set) var firstDifference: Difference?
    /// How many samples differ, or are there on one side only.
    package fileprivate(set) var differing = 0
    /// How many of these differ in nothing but programs that ran out of time on one side and not on the other, and in the scores that
    /// follow from that: which way a program goes that takes about as long as it may is not promised.
    package fileprivate(set) var differingInTime = 0

    private var recordedLines = LinesDigest()
    private var replayedLines = LinesDigest()

    package var isIdentical: Bool { firstDifference == nil && recordedDigest == replayedDigest }

    package init() {}

    /// Takes in the next sample of both runs; nil where one of them has ended.
    /// - Throws: `JSONError` for a record that cannot be written, which no store holds.
    package mutating func compare(_ recorded: SampleRecord?, _ replayed: SampleRecord?) throws(JSONError) {
        let (one, other) = (try recorded?.line, try replayed?.line)
        if let one { recordedLines.add(one) }
        if let other { replayedLines.add(other) }
        if one != nil, other != nil { compared += 1 }
        guard one != other else { return }
        differing += 1
        if let recorded, let replayed {
            let program = Self.differenceInTime(recorded, replayed)
            if program != nil { differingInTime += 1 }
            firstDifference = firstDifference ?? program ?? Self.difference(recorded, replayed)
        } else if let extra = recorded ?? replayed {
            firstDifference =
                firstDifference
                ?? Difference(
                    task: extra.task, id: extra.id, field: "", recorded: recorded == nil ? "absent" : "a sample",
                    replayed: replayed == nil ? "absent" : "a sample")
        }
    }

    /// - Returns: the first program that ran out of time on one side only, where the records differ in nothing else.
    private static func differenceInTime(_ one: SampleRecord, _ other: SampleRecord) -> Difference? {
        guard let left = one.score?.code, let right = other.score?.code, left.count == right.count,
            let place = left.indices.first(where: { left[$0] != right[$0] }),
            zip(left, right).allSatisfy({ $0 == $1 || $0.status == CodeOutcome.timedOut || $1.status == CodeOutcome.timedOut }),
            withoutCode(one.json) == withoutCode(other.json)
        else { return nil }
        return Difference(
            task: one.task, id: one.id, field: "score.code[\(place)].status", recorded: left[place].status, replayed: right[place].status)
    }

    private static func withoutCode(_ record: JSONValue) -> JSONValue {
        guard case .object(var object) = record, case .object(var score)? = object["score"], case .object(var values)? = score["values"] else {
            return record
        }
        score["code"] = nil
        for name in values.keys where name.prefix(while: { $0 != "," }) == Metric.codePass.rawValue { values[name] = nil }
        score["values"] = .object(values)
        object["score"] = .object(score)
        return .object(object)
    }

    private static func difference(_ one: SampleRecord, _ other: SampleRecord) -> Difference {
        let place = difference(one.json, other.json, path: "")
        return Difference(
            task: one.task, id: one.id, field: place?.path ?? "", recorded: place?.one ?? "",
            replayed: place?.other ?? "")
    }

    private static func difference(
        _ one: JSONValue, _ other: JSONValue, path: String
    ) -> (path: String, one: String, other: String)? {
        switch (one, other) {
        case (.object(let one), .object(let other)):
            let keys = Set((one.keys + other.keys).map(ExactString.init)).sorted()
            for key in keys.map(\.string) {
                let inner = path.isEmpty ? key : "\(path).\(key)"
                guard let left = one[key], let right = other[key] else {
                    return (inner, text(one[key]), text(other[key]))
                }
                if let found = difference(left, right, path: inner) { return found }
            }
            return nil
        case (.array(let one), .array(let other)):
            for (index, (left, right)) in zip(one, other).enumerated() {
                if let found = difference(left, right, path: "\(path)[\(index)]") { return found }
            }
            return one.count == other.count ? nil : (path, "\(one.count) elements", "\(other.count) elements")
        default:
            let (left, right) = (text(one), text(other))
            return left.utf8.elementsEqual(right.utf8) ? nil : (path, left, right)
        }
    }

    private static func text(_ value: JSONValue?) -> String {
        guard let value else { return "absent" }
        return (try? CanonicalJSON.encode(value)).map { String(decoding: $0, as: UTF8.self) } ?? ""
    }
}

extension EvaluationRunner {
    /// Carries out the plan once more from nothing and compares every sample with the recorded one, bit for bit.
    package static func replay(
        plan: EvaluationPlan, suites: [TaskSuite], judge: MeasuredJudge? = nil, tester: (any CodeTester)? = nil, scorers: (any ScorerRunner)? = nil,
        scaffolding: (any Scaffolding)? = nil, model: any LanguageModel, recorded: any SampleStore, progress: ProgressHandler? = nil
    ) async throws -> ReplayReport {
        let count = try await recorded.open(RunHeader(planDigest: plan.digest, engine: try await model.information()))
        let comparison = ComparingStore(recorded, count: count)
        _ = try await run(
            plan: plan, suites: suites, judge: judge, tester: tester, scorers: scorers, scaffolding: scaffolding, model: model, progress: progress, resume: comparison)
        return try await comparison.report()
    }
}

/// Holds samples, as they come, against recorded ones.
private actor ComparingStore: SampleStore {
    private let recorded: any SampleStore
    private let count: Int
    private var position = 0
    private var comparison = ReplayReport()

    init(_ recorded: any SampleStore, count: Int) {
        self.recorded = recorded
        self.count = count
    }

    func open(_ header: RunHeader) -> Int { 0 }
    func samples(_ range: Range<Int>) -> [SampleRecord] { [] }

    func append(_ samples: [TimedSample]) async throws {
        let end = min(position + samples.count, count)
        let others = position < end ? try await recorded.samples(position..<end) : []
        for (index, sample) in samples.enumerated() {
            try comparison.compare(index < others.count ? others[index] : nil, sample.record)
        }
        position += samples.count
    }

    /// - Returns: the comparison, what was recorded beyond the replayed samples included.
    func report() async throws -> ReplayReport {
        while position < count {
            let end = min(position + 256, count)
            for record in try await recorded.samples(position..<end) { try comparison.compare(record, nil) }
            position = end
        }
        return comparison
    }
}
