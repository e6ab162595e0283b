import CanonicalEncoding
import ContentStore
import Evaluation

/// A run's samples in the store: the run's header first, then a sample's record and its timing, a line each, sealed as they
/// come.
actor RunSampleStore: SampleStore {
    private let store: RunStore
    private let run: String
    private var next = 0

    init(_ store: RunStore, run: String) {
        self.store = store
        self.run = run
    }

    func open(_ header: RunHeader) throws -> Int {
        if let first = try store.records(run: run, 0..<1).first {
            guard try RunHeader(JSONField(StrictJSON.parse(first))) == header else {
                throw EvaluationError.store("run \(run) was begun with another engine; its samples do not mix with this one's")
            }
            next = try store.count(run: run)
        } else {
            try store.append([CanonicalJSON.encode(header.json)], run: run, first: 0)
            next = 1
        }
        return next - 1
    }

    func samples(_ range: Range<Int>) throws -> [SampleRecord] {
        try store.records(run: run, range.lowerBound + 1..<range.upperBound + 1).map { try Self.sample($0).record }
    }

    func append(_ samples: [TimedSample]) throws {
        let records = try samples.map { try $0.record.line + [UInt8(ascii: "\n")] + CanonicalJSON.encode($0.timing.json) }
        try store.append(records, run: run, first: next)
        next += records.count
    }

    /// A sample as it is kept.
    static func sample(_ bytes: [UInt8]) throws -> TimedSample {
        let lines = bytes.split(separator: UInt8(ascii: "\n"))
        guard lines.count == 2 else { throw EvaluationError.store("a sample has \(lines.count) lines") }
        return TimedSample(
            record: try SampleRecord(line: Array(lines[0])),
            timing: try SampleTiming(JSONField(StrictJSON.parse(Array(lines[1])))))
    }
}
