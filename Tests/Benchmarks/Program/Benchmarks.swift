import ArgumentParser
import CanonicalEncoding
import Foundation

@main
struct Benchmarks: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "benchmarks",
        abstract: "Measure Assay against peers in the same run.",
        discussion: """
            Run by make bench, in the project's folder. Each figure is a line of JSON in --out with name, value, unit, \
            peer, peer_value and ratio (value / peer_value, the median of paired rounds); figures of a benchmark that is \
            run again replace those of the run before.
            """)

    static let all: [any Benchmark] = [
        EngineAgreement(), EngineSpeed(), EngineSuite(), EngineTraining(), EvaluationOverhead(), EvaluationMemory(), LedgerAppend(), LedgerSigned(), LedgerVerify(), MediaSeal(),
        MediaIngest(), MediaMemory(), MediaPeers(), MediaRepair(), MediaModel(),
    ]

    @Argument(help: ArgumentHelp("Benchmarks to run, by their names or the start of them; without one, all.", valueName: "name"))
    var names: [String] = []
    @Option(name: .long, help: "The file for the figures.") var out = ".bench/results.jsonl"
    @Flag(name: .long, help: "List the benchmarks.") var list = false

    func validate() throws {
        for name in names where !Self.all.contains(where: { $0.name.hasPrefix(name) }) {
            throw ValidationError("No benchmark is called \(name); there are \(Self.all.map(\.name).joined(separator: ", ")).")
        }
    }

    func run() throws {
        if list {
            for benchmark in Self.all { print("\(benchmark.name)\t\(benchmark.summary)") }
            return
        }
        var results = try Results(path: out)
        for benchmark in Self.all where names.isEmpty || names.contains(where: { benchmark.name.hasPrefix($0) }) {
            print("\(benchmark.name): \(benchmark.summary)")
            let figures = try benchmark.run()
            for figure in figures { print("  \(figure.text)") }
            try results.replace(benchmark.name, with: figures)
        }
    }
}

/// Something to measure; its figures' names are its own name, a dot and a word.
protocol Benchmark: Sendable {
    var name: String { get }
    var summary: String { get }
    func run() throws -> [Figure]
}

struct BenchmarkError: Error, CustomStringConvertible {
    let description: String
}
