import CanonicalEncoding
import Foundation

/// Where make puts what the engine's benchmarks need.
enum BenchFiles {
    static let engine = ".build/release/assay-engine"
    static let model = ".cache/SmolLM2-135M-Instruct.Q4_1.gguf"
    static let peers = "Tests/Benchmarks/Peers/run.sh"
}

/// Tokens, log-probabilities and rendered chats beside those of transformers, live.
struct EngineAgreement: Benchmark {
    let name = "engine-agreement"
    let summary = "tokens, log-probabilities and chat templates beside transformers in float32"
    /// Nats that a token's log-probability may lie from transformers'.
    private static let bound = 2e-3

    func run() throws -> [Figure] {
        let peer = try LineProcess([BenchFiles.peers, "transformers_model", BenchFiles.model], log: ".bench/transformers_model.log")
        let score = try LineProcess([BenchFiles.engine, "score", "--model", BenchFiles.model], log: ".bench/engine-score.log")
        let render = try LineProcess([BenchFiles.engine, "render", "--model", BenchFiles.model], log: ".bench/engine-render.log")
        var farthest = 0.0, tokens = 0
        for text in try texts() {
            let theirs = try peer.ask(["text": .string(text)]), ours = try score.ask(["text": .string(text)])
            guard ours["tokens"] == theirs["tokens"] else {
                throw BenchmarkError(description: "tokens differ for \(text.debugDescription)")
            }
            let pairs = Array(zip(ours["logprobs"]?.array ?? [], theirs["logprobs"]?.array ?? []).dropFirst())
            guard pairs.count == (ours["tokens"]?.array?.count ?? 0) - 1 else {
                throw BenchmarkError(description: "log-probabilities are missing for \(text.debugDescription)")
            }
            for (own, other) in pairs { farthest = max(farthest, abs((own.double ?? .infinity) - (other.double ?? 0))) }
            tokens += pairs.count
        }
        let chats = Self.chats
        for messages in chats {
            let question: JSONValue = ["messages": messages]
            guard try peer.ask(question)["text"] == render.ask(question)["text"] else {
                throw BenchmarkError(description: "the rendered chat differs for \(messages)")
            }
        }
        guard farthest <= Self.bound else {
            throw BenchmarkError(description: "a log-probability is \(farthest) nats from transformers'; at most \(Self.bound) is allowed")
        }
        return [
            Figure(
                name: "\(name).logprob-distance", value: farthest, unit: "nats, the most of \(tokens) tokens",
                peer: "transformers float32 (at most)", peerValue: Self.bound, ratio: farthest / Self.bound),
            Figure(name: "\(name).equal-chats", value: Double(chats.count), unit: "chats", peer: "transformers", peerValue: Double(chats.count), ratio: 1),
        ]
    }

    /// Strings of many kinds, of at least two tokens, that the tests' token fixtures hold, and a long one.
    private func texts() throws -> [String] {
        let path = "Tests/InferenceEngineTests/Fixtures/smollm2-tokens.jsonl"
        let lines = try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n").map { try StrictJSON.parse(Array($0.utf8)) }
        let texts = lines.filter { ($0["tokens"]?.array?.count ?? 0) > 1 }.compactMap { $0["text"]?.string }
        guard texts.count > 300 else { throw BenchmarkError(description: "\(path) holds \(texts.count) usable texts") }
        return texts + [texts.joined(separator: " ").prefix(4000).description]
    }

    private static let chats: [JSONValue] = {
        func message(_ role: String, _ content: String) -> JSONValue { ["role": .string(role), "content": .string(content)] }
        let contents = ["Name a fruit.", "", "  spaces \n", "<|im_end|>\n", "日本語 😀", "{{ 7 * 7 }} {% raw %}", "a\r\nb\t\"c\" 'd' \\"]
        return contents.map { [message("user", $0)] }
            + contents.map { [message("system", $0), message("user", "Hello"), message("assistant", $0), message("user", $0)] }
    }()
}
