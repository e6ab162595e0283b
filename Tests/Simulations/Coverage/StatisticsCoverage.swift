import ArgumentParser

/// Counts how often the evaluation's intervals cover the truth, and how often its sequential test errs, in simulated runs
/// whose truth is known.
@main
struct StatisticsCoverage: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "statistics-coverage",
        abstract: "Simulate how often intervals cover the truth, and what the sequential test saves.")

    @Option(help: "Simulated runs in each cell.")
    var simulations = 20_000

    @Option(help: "The seed; the same one gives the same table, on any number of cores.")
    var seed: UInt64 = 20_240_701

    @Option(help: "Only this study: \(Study.allCases.map(\.rawValue).joined(separator: ", ")).")
    var only: Study?

    @Flag(help: "Every cell as JSON, instead of the tables.")
    var json = false

    func validate() throws {
        guard (1...10_000_000).contains(simulations) else {
            throw ValidationError("--simulations must be from 1 to 10,000,000.")
        }
    }

    func run() async throws {
        var reports: [Report] = []
        for study in Study.allCases where only == nil || only == study {
            reports.append(await study.report(simulations: simulations, seed: seed))
        }
        print(json ? Report.json(reports, simulations: simulations, seed: seed) : reports.map(\.markdown).joined(separator: "\n\n"))
    }
}

extension Study: ExpressibleByArgument {}
