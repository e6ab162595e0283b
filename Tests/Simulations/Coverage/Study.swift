import Evaluation

/// What is simulated.
enum Study: String, CaseIterable, Sendable {
    case wilson
    case clustered
    case judge
    case judgeClustered
    case sequential
    /// The clustered study with `inspect_ai`'s interval.
    case inspect
    case policy

    private var cells: [any Cell] {
        switch self {
        case .wilson: IntervalCell.independent
        case .clustered: IntervalCell.clustered
        case .judge: JudgeCell.independent
        case .judgeClustered: JudgeCell.clustered
        case .sequential: SequentialCell.all
        case .inspect: IntervalCell.inspect
        case .policy: PolicyCell.all
        }
    }

    /// Cells run at the same time; each has a generator of its own, so that their order is of no importance.
    func report(simulations: Int, seed: UInt64) async -> Report {
        let cells = cells
        let generator = SeededGenerator(seed: seed).stream(UInt64(Self.allCases.firstIndex(of: self) ?? 0))
        let rows = await withTaskGroup(of: (Int, [Report.Figure]).self) { group in
            for (index, cell) in cells.enumerated() {
                group.addTask {
                    var own = generator.stream(UInt64(index))
                    return (index, cell.run(simulations: simulations, generator: &own))
                }
            }
            var found = [[Report.Figure]](repeating: [], count: cells.count)
            for await (index, figures) in group { found[index] = figures }
            return found
        }
        return Report(study: self, rows: zip(cells, rows).map { Report.Row(factors: $0.factors, figures: $1) })
    }
}

/// One combination of the factors.
protocol Cell: Sendable {
    var factors: [Report.Factor] { get }
    func run(simulations: Int, generator: inout SeededGenerator) -> [Report.Figure]
}

extension Cell {
    /// The share of simulations in which something held.
    static func share(_ simulations: Int, _ holds: () -> Bool) -> Double {
        var count = 0
        for _ in 0..<simulations where holds() { count += 1 }
        return Double(count) / Double(simulations)
    }
}
