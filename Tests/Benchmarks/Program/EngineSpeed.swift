import CBLAS
import CanonicalEncoding
import Foundation

/// Prefill and decode beside llama.cpp's, PyTorch's, and the products alone in OpenBLAS, on the same file with as many threads.
struct EngineSpeed: Benchmark {
    let name = "engine-speed"
    let summary = "512 tokens read, 64 written, and 16 texts of 64 side by side, by assay-engine, llama.cpp and PyTorch, 2 threads"
    private static let threads = 2

    func run() throws -> [Figure] {
        let llama = try LineProcess([BenchFiles.peers, "llama_cpp", BenchFiles.model, "512", "64", "2", "16"], log: ".bench/llama_cpp.log")
        _ = try llama.ask([:])
        var prefill = PairedRates(), decode = PairedRates(), batch = PairedRates()
        try PairedRates.alternate(rounds: 5) {
            try Self.bench(["--prompt", "512", "--generate", "64"])
        } peer: {
            try llama.ask([:])
        } take: { own, other in
            prefill.add(try rate(own, "prefill_tokens_per_second"), try rate(other, "prefill"))
            decode.add(try rate(own, "decode_tokens_per_second"), try rate(other, "decode"))
        }
        try PairedRates.alternate(rounds: 5) {
            try rate(Self.bench(["--prompt", "8", "--generate", "64", "--batch", "16"]), "decode_tokens_per_second")
        } peer: {
            try rate(llama.ask(["parallel": true]), "decode")
        } take: { batch.add($0, $1) }
        let torch = try LineProcess([BenchFiles.peers, "torch_model", BenchFiles.model, "512", "2"], log: ".bench/torch_model.log")
        _ = try torch.ask([:])
        let againstTorch = try PairedRates.measure(rounds: 5) {
            try rate(Self.bench(["--prompt", "512", "--generate", "0"]), "prefill_tokens_per_second")
        } peer: {
            try rate(torch.ask([:]), "prefill")
        }
        let againstProducts = try PairedRates.measure(rounds: 5) {
            try rate(Self.bench(["--prompt", "512", "--generate", "0"]), "prefill_tokens_per_second")
        } peer: {
            Self.products(rows: 512)
        }
        return [
            prefill.figure("\(name).prefill-512", unit: "tokens/s", peer: "llama.cpp"),
            decode.figure("\(name).decode-1", unit: "tokens/s", peer: "llama.cpp"),
            batch.figure("\(name).decode-16", unit: "tokens/s", peer: "llama.cpp, 16 at a time"),
            againstTorch.figure("\(name).prefill-512-torch", unit: "tokens/s", peer: "PyTorch float32 (transformers)"),
            againstProducts.figure("\(name).prefill-512-products", unit: "tokens/s", peer: "its products alone in OpenBLAS"),
        ]
    }

    private static func bench(_ options: [String]) throws -> JSONValue {
        try LineProcess.result(
            [BenchFiles.engine, "bench", "--model", BenchFiles.model, "--threads", "\(threads)", "--repeat", "1", "--json"] + options)
    }

    private func rate(_ result: JSONValue, _ key: String) throws -> Double {
        guard let value = result[key]?.double, value > 0 else { throw BenchmarkError(description: "no \(key) was reported") }
        return value
    }

    /// Tokens a second if nothing were to be done for SmolLM2-135M but its layers' products and the last token's logits, from
    /// float32 weights, each in one call of OpenBLAS on all of its threads.
    private static func products(rows: Int) -> Double {
        openblas_set_num_threads(Int32(threads))
        let width = 576, hidden = 1536, joined = 960
        let shapes = [(joined, width), (width, width), (2 * hidden, width), (width, hidden)]
        let input = [Float](repeating: 0.5, count: rows * hidden)
        var output = [Float](repeating: 0, count: rows * 2 * hidden)
        // Weights of all layers, so that they come from memory as a model's do.
        let layers = (0..<30).map { _ in shapes.map { [Float](repeating: 0.25, count: $0.0 * $0.1) } }
        let clock = ContinuousClock()
        let start = clock.now
        for layer in layers {
            for (weights, (outputs, inputs)) in zip(layer, shapes) {
                cblas_sgemm(
                    CblasRowMajor, CblasNoTrans, CblasTrans, Int32(rows), Int32(outputs), Int32(inputs), 1, input, Int32(inputs), weights,
                    Int32(inputs), 0, &output, Int32(outputs))
            }
        }
        return Double(rows) / ((clock.now - start) / .seconds(1))
    }
}
