import CanonicalEncoding

/// Two runs on the same items, held against each other item by item: what alignment, a filter or a quantisation cost or gave.
package struct PairedComparison: Hashable, Sendable {
    /// One value of one task.
    package struct Value: Hashable, Sendable {
        package let task: String
        /// As `TaskDefinition.valueNames`.
        package let name: String
        /// Items that both runs have a value for, and the clusters they are in.
        package let count: Int
        package let clusters: Int
        package let first: Double
        package let second: Double
        /// Second less first, with Student's interval, robust to clusters; nil for fewer than two clusters.
        package let difference: Double
        package let interval: ConfidenceInterval?
        /// Of McNemar's exact test where values are 0 and 1 and items independent, else of the paired t test over clusters; nil where there
        /// is none.
        package let pValue: Double?
        /// The same, with Holm's correction for all values that are compared.
        package fileprivate(set) var adjusted: Double?
    }

    package private(set) var values: [Value] = []
    /// Items of which only one run has a record, or in which one failed.
    package private(set) var unpaired = 0

    private struct Key: Hashable {
        let task: ExactString
        let id: ExactString
    }

    /// What a comparison needs of a record.
    package struct Item: Sendable {
        package let task: String
        package let id: String
        package let digest: [UInt8]
        package let cluster: String?
        package let values: [String: Double]

        package init(_ record: SampleRecord) {
            task = record.task
            id = record.id
            digest = record.itemDigest.bytes
            cluster = record.cluster
            values = (record.score?.values ?? [:]).compactMapValues(\.number)
        }
    }

    /// Why two runs cannot be compared.
    package struct Mismatch: Error, Sendable, CustomStringConvertible {
        package let description: String
    }

    /// - Parameters:
    ///   - first, second: each run's samples, each item once.
    /// - Throws: `Mismatch` where an item of the same name is another item.
    package init(first: [Item], second: [Item], confidence: Double) throws(Mismatch) {
        var others: [Key: Item] = [:]
        for item in second { others[Key(task: ExactString(item.task), id: ExactString(item.id))] = item }
        var columns: [(task: String, name: String, pairs: [(first: Double, second: Double, cluster: String?)])] = []
        var places: [[ExactString]: Int] = [:]
        for item in first {
            guard let other = others.removeValue(forKey: Key(task: ExactString(item.task), id: ExactString(item.id))) else {
                unpaired += 1
                continue
            }
            guard item.digest == other.digest else {
                throw Mismatch(description: "the item \(item.id) of \(item.task) is not the same in both runs")
            }
            if item.values.isEmpty || other.values.isEmpty { unpaired += 1 }
            for (name, value) in item.values.sorted(by: { $0.key < $1.key }) {
                guard let second = other.values[name] else { continue }
                let key = [ExactString(item.task), ExactString(name)]
                let place = places[key] ?? columns.count
                if place == columns.count {
                    places[key] = place
                    columns.append((item.task, name, []))
                }
                columns[place].pairs.append((value, second, item.cluster))
            }
        }
        unpaired += others.count
        values = columns.compactMap { Self.value($0.task, $0.name, $0.pairs, confidence) }
        let tested = values.indices.filter { values[$0].pValue != nil }
        if let adjusted = Multiplicity.holm.adjusted(tested.compactMap { values[$0].pValue }) {
            for (index, value) in zip(tested, adjusted) { values[index].adjusted = value }
        }
    }

    private static func value(
        _ task: String, _ name: String, _ pairs: [(first: Double, second: Double, cluster: String?)], _ confidence: Double
    ) -> Value? {
        guard let paired = PairedDifference(pairs.map { (first: $0.second, second: $0.first, cluster: $0.cluster) }) else { return nil }
        let count = Double(pairs.count)
        let isBinary = pairs.allSatisfy { ($0.first == 0 || $0.first == 1) && ($0.second == 0 || $0.second == 1) }
        let isIndependent = paired.differences.clusterCount == pairs.count
        let exact = isBinary && isIndependent ? McNemarTest(pairs: pairs.map { ($0.first == 1, $0.second == 1) })?.pValue : nil
        return Value(
            task: task, name: name, count: pairs.count, clusters: paired.differences.clusterCount,
            first: pairs.reduce(0) { $0 + $1.first } / count, second: pairs.reduce(0) { $0 + $1.second } / count,
            difference: paired.estimate.mean, interval: paired.interval(confidence: confidence), pValue: exact ?? paired.pValue, adjusted: nil)
    }

    package var json: JSONValue {
        func text(_ value: Double?) -> JSONValue { value.flatMap { DecimalText.fixed($0) }.map { .string($0) } ?? .null }
        return [
            "unpaired": .integer(Int64(unpaired)),
            "values": .array(
                values.map { value in
                    [
                        "task": .string(value.task), "metric": .string(value.name), "n": .integer(Int64(value.count)),
                        "clusters": .integer(Int64(value.clusters)), "first": text(value.first), "second": text(value.second),
                        "difference": text(value.difference), "lower": text(value.interval?.lower), "upper": text(value.interval?.upper),
                        "p": text(value.pValue), "pHolm": text(value.adjusted),
                    ]
                }),
        ]
    }
}
