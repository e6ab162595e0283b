import CanonicalEncoding

/// Steps of training an adapter beside PyTorch's with PEFT, from the same adapter on the same texts.
struct EngineTraining: Benchmark {
    let name = "engine-training"
    let summary = "an adapter of rank 8 for queries and values, 4 texts of 128 tokens a step, by assay-engine and by PyTorch with PEFT, 2 threads"
    /// Nats that a step's mean loss may lie from the peer's.
    private static let bound = 1e-3

    func run() throws -> [Figure] {
        // It takes its own steps and the engine's in turn.
        let found = try LineProcess.result([BenchFiles.peers, "peft_training", BenchFiles.model, BenchFiles.engine])
        func number(_ key: String) throws -> Double {
            guard let value = found[key]?.double else { throw BenchmarkError(description: "no \(key) was reported") }
            return value
        }
        let (own, other, difference) = (try number("seconds"), try number("torch_seconds"), try number("loss_difference"))
        let (first, last) = (try number("first_loss"), try number("last_loss"))
        guard difference <= Self.bound, last < first - 0.5 else {
            throw BenchmarkError(
                description: "losses go from \(first) to \(last) and lie up to \(difference) nats from the peer's; at most \(Self.bound) is allowed")
        }
        return [
            Figure(
                name: "\(name).step", value: try number("tokens") / own, unit: "tokens/s, the best step", peer: "PyTorch float32 with PEFT",
                peerValue: try number("tokens") / other, ratio: other / own),
            Figure(
                name: "\(name).loss-distance", value: difference, unit: "nats, the most of \(Int(try number("steps"))) steps",
                peer: "PyTorch float32 with PEFT (at most)", peerValue: Self.bound, ratio: difference / Self.bound),
            Figure(name: "\(name).memory", value: try number("mib"), unit: "MiB, the engine's peak"),
        ]
    }
}
