import AuditCrypto
import CanonicalEncoding

/// The samples of two runs, taken in one by one and put together item by item. Of each its figures are kept.
package struct PairedSamples: Sendable {
    /// Why two runs cannot be compared.
    package struct Mismatch: Error, Sendable, CustomStringConvertible {
        package let description: String
    }

    /// One task's pairs, in the second run's order.
    struct Task: Sendable {
        let name: String
        /// Names of values, in the order in which they came.
        fileprivate(set) var columns: [String] = []
        /// By column, then by pair; NaN where a run has none.
        fileprivate(set) var first: [[Double]] = []
        fileprivate(set) var second: [[Double]] = []
        fileprivate(set) var domains = SuiteTally.Names()
        fileprivate(set) var clusters = SuiteTally.Names()
        fileprivate(set) var labels: [(first: RefusalLabel?, second: RefusalLabel?)] = []
        fileprivate(set) var forecasts: [(first: Forecast?, second: Forecast?)] = []
        /// Whether a sample had values that are worked out from all items together.
        fileprivate(set) var hasOtherValues = false
        fileprivate(set) var count = 0

        func cluster(_ pair: Int) -> String? { Self.name(clusters, pair) }
        func domain(_ pair: Int) -> String? { Self.name(domains, pair) }

        private static func name(_ names: SuiteTally.Names, _ pair: Int) -> String? {
            names.numbers[pair] < 0 ? nil : names.names[Int(names.numbers[pair])]
        }

        fileprivate mutating func column(_ name: String) -> Int {
            if let place = columns.firstIndex(where: { ExactString($0) == ExactString(name) }) { return place }
            columns.append(name)
            first.append([Double](repeating: .nan, count: count))
            second.append([Double](repeating: .nan, count: count))
            return columns.count - 1
        }
    }

    private struct Key: Hashable {
        let task: Int
        let id: ExactString
    }

    /// A sample of the first run that waits for the second's.
    private struct Waiting {
        /// The first half of the item's SHA-256.
        let digest: SIMD2<UInt64>
        let values: [(column: Int, value: Double)]
        let label: RefusalLabel?
        let forecast: Forecast?
        let failed: Bool
    }

    private(set) var tasks: [Task] = []
    private var numbers: [ExactString: Int] = [:]
    private var waiting: [Key: Waiting] = [:]
    private var onlySecond = 0
    /// Pairs of which a sample failed in either run, or in both.
    package private(set) var failed = 0

    package init() {}

    package var taskNames: [String] { tasks.map(\.name) }

    /// Whether a judge labelled answers in both runs.
    package var isJudged: Bool { tasks.contains { $0.labels.contains { $0.first != nil && $0.second != nil } } }

    /// Samples of items that only one of the runs has.
    package var alone: Int { waiting.count + onlySecond }

    /// Takes a sample of the first run.
    /// - Throws: `Mismatch` where it has one of that task and name already.
    package mutating func add(first figures: SampleFigures) throws(Mismatch) {
        let task = number(of: figures)
        let values = figures.values.sorted { $0.key < $1.key }.map { (column: tasks[task].column($0.key), value: $0.value) }
        let replaced = waiting.updateValue(
            Waiting(
                digest: Self.half(figures.itemDigest), values: values, label: figures.label, forecast: figures.forecast, failed: figures.failed),
            forKey: Key(task: task, id: ExactString(figures.id)))
        guard replaced == nil else { throw Mismatch(description: "the first run has the item \(figures.id) of \(figures.task) twice") }
    }

    /// Takes a sample of the second run, after all of the first.
    /// - Throws: `Mismatch` where the item of that name is another.
    package mutating func add(second figures: SampleFigures) throws(Mismatch) {
        let number = number(of: figures)
        guard let first = waiting.removeValue(forKey: Key(task: number, id: ExactString(figures.id))) else {
            onlySecond += 1
            return
        }
        guard first.digest == Self.half(figures.itemDigest) else {
            throw Mismatch(description: "the item \(figures.id) of \(figures.task) is not the same in both runs")
        }
        guard !first.failed, !figures.failed else {
            failed += 1
            return
        }
        let others = figures.values.sorted { $0.key < $1.key }.map { (column: tasks[number].column($0.key), value: $0.value) }
        for column in tasks[number].columns.indices {
            tasks[number].first[column].append(.nan)
            tasks[number].second[column].append(.nan)
        }
        let pair = tasks[number].count
        for (column, value) in first.values { tasks[number].first[column][pair] = value }
        for (column, value) in others { tasks[number].second[column][pair] = value }
        tasks[number].domains.append(figures.domain)
        tasks[number].clusters.append(figures.cluster)
        tasks[number].labels.append((first.label, figures.label))
        tasks[number].forecasts.append((first.forecast, figures.forecast))
        tasks[number].count += 1
    }

    private mutating func number(of figures: SampleFigures) -> Int {
        let next = tasks.count, number = numbers[ExactString(figures.task), default: next]
        if number == next {
            numbers[ExactString(figures.task)] = next
            tasks.append(Task(name: figures.task))
        }
        if figures.hasOtherValues { tasks[number].hasOtherValues = true }
        return number
    }

    private static func half(_ digest: SHA256Digest) -> SIMD2<UInt64> {
        func word(_ bytes: some Sequence<UInt8>) -> UInt64 { bytes.reduce(0) { $0 << 8 | UInt64($1) } }
        return SIMD2(word(digest.bytes.prefix(8)), word(digest.bytes.dropFirst(8).prefix(8)))
    }
}
