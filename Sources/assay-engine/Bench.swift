import ArgumentParser
import CanonicalEncoding
import InferenceEngine

struct Bench: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Measure prefill and decode speed in tokens a second.",
        discussion: """
            Each of --repeat runs, after one that does not count, reads a prompt and then writes tokens one by one (which \
            ones makes no difference to the work, so an end of turn does not stop it); the median counts. With --batch, \
            that many sequences are written side by side, and decode is their tokens together.

            Example: assay-engine bench --model model.gguf --prompt 512 --generate 64 --threads 2 --json
            """)

    @OptionGroup var options: ModelOptions
    @Option(name: .long, help: "Tokens in the prompt.") var prompt = 512
    @Option(name: .long, help: "Tokens to write; 0 for none.") var generate = 64
    @Option(name: .long, help: "Sequences that are written side by side.") var batch = 1
    @Option(name: .customLong("repeat"), help: "Runs; the median counts.") var runs = 3
    @Flag(name: .long, help: "Print one line of JSON.") var json = false

    func validate() throws {
        guard prompt > 0, generate >= 0, runs > 0 else { throw ValidationError("--prompt and --repeat are at least 1.") }
        guard (1...256).contains(batch) else { throw ValidationError("--batch is 1 to 256.") }
    }

    func run() throws {
        let model = try options.load(decodeRows: batch)
        var prefill: [Double] = []
        var decode: [Double] = []
        for run in 0...runs {
            let times = try Speed.measure(model, promptTokens: prompt, newTokens: generate, sequences: batch)
            guard run > 0 else { continue }
            prefill.append(Double(prompt) / (times.prefill / .seconds(1)))
            if generate > 0 { decode.append(Double(generate * batch) / (times.decode / .seconds(1))) }
        }
        func median(_ values: [Double]) -> Double? {
            guard !values.isEmpty else { return nil }
            let sorted = values.sorted()
            return (sorted[(sorted.count - 1) / 2] + sorted[sorted.count / 2]) / 2
        }
        if json {
            try JSONLines.write([
                "prefill_tokens_per_second": median(prefill).map { .number($0) } ?? .null,
                "decode_tokens_per_second": median(decode).map { .number($0) } ?? .null,
                "prompt": .integer(Int64(prompt)), "generate": .integer(Int64(generate)), "batch": .integer(Int64(batch)),
                "model": .string(try options.path()), "threads": .integer(Int64(options.threads)), "runs": .integer(Int64(runs)),
                "kernels": .string(VectorKernels.best.level.rawValue),
            ])
        } else {
            func shown(_ rate: Double?) -> String { rate.map { "\(Int($0.rounded())) tokens/s" } ?? "not measured" }
            print(
                "prefill \(shown(median(prefill))), decode \(shown(median(decode))) "
                    + "(\(options.threads) threads, batch \(batch), \(VectorKernels.best.level.rawValue) kernels)")
        }
    }
}
