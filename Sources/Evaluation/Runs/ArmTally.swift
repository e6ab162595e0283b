import CanonicalEncoding

/// The figures of suites that ask one task with and without a scaffold, item by item: their places, clusters and values, and
/// nothing of their texts. Of other suites nothing is kept.
struct ArmTally {
    private struct Figures {
        /// Each scored item's place in its split, its row here, and its cluster's number; -1 for none.
        var rows: [Int32: Int] = [:]
        var order: [Int32] = []
        var clusters = SuiteTally.Names()
        /// One column for each measure that is a number; not a number where an item has none.
        var columns: [String: [Double]] = [:]
        var samples = 0

        mutating func add(_ record: SampleRecord) {
            samples += 1
            guard let score = record.score else { return }
            rows[Int32(clamping: record.index)] = order.count
            order.append(Int32(clamping: record.index))
            clusters.append(record.cluster)
            for (name, value) in score.values {
                guard let number = value.number else { continue }
                columns[name, default: []] += [Double](repeating: .nan, count: order.count - 1 - columns[name, default: []].count)
                columns[name]?.append(number)
            }
        }

        func value(_ name: String, _ row: Int) -> Double? {
            guard let column = columns[name], row < column.count, !column[row].isNaN else { return nil }
            return column[row]
        }

        func cluster(_ row: Int) -> String? {
            let number = clusters.numbers[row]
            return number < 0 ? nil : clusters.names[Int(number)]
        }
    }

    /// A suite with a scaffold, and the one that it is held against: of the same task and items, put to the model in the same way.
    private let pairs: [(arm: String, bare: String)]
    private var figures: [String: Figures] = [:]
    private var summary: [ScaffoldSummary]

    var summaries: [ScaffoldSummary] { summary }

    init(_ plan: EvaluationPlan) {
        var pairs: [(arm: String, bare: String)] = []
        for arm in plan.suites where arm.scaffold != nil {
            // An interval of fixed size is none of a suite that ended when it was settled.
            let bare = plan.suites.first {
                $0.scaffold == nil && !$0.stopsEarly && $0.asksTheSame(as: arm)
            }
            if let bare { pairs.append((arm.name, bare.name)) }
        }
        self.pairs = pairs
        for pair in pairs { (figures[pair.arm], figures[pair.bare]) = (Figures(), Figures()) }
        summary = plan.suites.compactMap { suite in suite.scaffold.map { ScaffoldSummary(task: suite.name, kind: $0.kind) } }
    }

    mutating func add(_ record: SampleRecord, of suite: EvaluationPlan.Suite) {
        figures[suite.name]?.add(record)
        guard suite.scaffold != nil, let place = summary.firstIndex(where: { ExactString($0.task) == ExactString(suite.name) }) else { return }
        summary[place].add(record.solution.trace)
    }

    func uplifts(confidence: DecimalText) -> [ScaffoldUplift] {
        ScaffoldUplift.corrected(
            pairs.flatMap { pair -> [ScaffoldUplift] in
                guard let arm = figures[pair.arm], let bare = figures[pair.bare] else { return [] }
                return Set(arm.columns.keys).intersection(bare.columns.keys).sorted().compactMap { name in
                    var values: [(arm: Double, bare: Double, cluster: String?)] = []
                    for (row, item) in arm.order.enumerated() {
                        guard let value = arm.value(name, row), let other = bare.rows[item], let without = bare.value(name, other) else { continue }
                        values.append((value, without, arm.cluster(row)))
                    }
                    return ScaffoldUplift(
                        arm: pair.arm, bare: pair.bare, metric: name, pairs: values, unpaired: max(arm.samples, bare.samples) - values.count,
                        confidence: confidence.double)
                }
            })
    }
}
