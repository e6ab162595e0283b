import CanonicalEncoding
import Foundation

/// A multiple-choice suite beside lm-evaluation-harness with transformers in float32.
struct EngineSuite: Benchmark {
    let name = "engine-suite"
    let summary = "500 questions with four choices after five examples, by assay-engine and by lm_eval --model hf, 2 threads"
    /// The peer's batch: of 1, 8 and 16 the fastest here.
    private static let batch = 1

    func run() throws -> [Figure] {
        let peer = try LineProcess(
            [BenchFiles.peers, "lm_eval_suite", BenchFiles.model, "500", "\(Self.batch)", ".bench/lm_eval_suite"],
            log: ".bench/lm_eval_suite.log")
        let theirs = try peer.ask([:])
        guard let items = theirs["items"]?.array, items.count == 500, let seconds = theirs["seconds"]?.double else {
            throw BenchmarkError(description: "lm_eval answered no 500 items; see .bench/lm_eval_suite.log")
        }
        let questions = items.map { item -> JSONValue in
            ["context": item["context"] ?? .null, "continuations": item["continuations"] ?? .null]
        }
        let score = try LineProcess(
            [BenchFiles.engine, "score", "--model", BenchFiles.model, "--threads", "2", "--together", "\(questions.count)"],
            log: ".bench/engine-suite.log")
        // Once for the model to be loaded, as the peer's is.
        let clock = ContinuousClock()
        let start = clock.now
        let answers = try score.ask(questions)
        let own = (clock.now - start) / .seconds(1)
        var same = 0, farthest = 0.0
        for (item, answer) in zip(items, answers) {
            let scores = (answer["scores"]?.array ?? []).compactMap { $0["logprob"]?.double }
            let others = (item["logprobs"]?.array ?? []).compactMap(\.double)
            guard scores.count == 4, others.count == 4 else { throw BenchmarkError(description: "a question has not four scores") }
            let chosen = scores.indices.reduce(0) { scores[$1] > scores[$0] ? $1 : $0 }
            if item["chosen"]?.integer == Int64(chosen) { same += 1 }
            farthest = max(farthest, zip(scores, others).map { abs($0 - $1) }.max() ?? 0)
        }
        guard same == items.count else {
            throw BenchmarkError(description: "\(items.count - same) questions are answered otherwise; log-probabilities differ by up to \(farthest)")
        }
        let correct = items.filter { $0["correct"] == true }.count
        return [
            Figure(
                name: "\(name).questions", value: 500 / own, unit: "questions/s", peer: "lm_eval --model hf, batch \(Self.batch)",
                peerValue: 500 / seconds, ratio: seconds / own),
            Figure(
                name: "\(name).same-choices", value: Double(same), unit: "questions (accuracy \(Double(correct) / 500))", peer: "lm_eval",
                peerValue: Double(items.count), ratio: 1),
            Figure(name: "\(name).logprob-distance", value: farthest, unit: "nats, the most of 2000 choices"),
        ]
    }
}
