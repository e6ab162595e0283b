import CLinux
import EngineProtocol
import Foundation
import Isolation
import TestTools
import Testing

/// A model at work in the real sandbox: threads, memory and files as they are there.
@Suite("A model in its sandbox", .enabled(if: BuiltProgram.path("assay-engine") != nil, "assay-engine is not built"))
struct ConfinedModelTests {
    private func path(_ name: String) -> URL {
        URL(filePath: #filePath).resolvingSymlinksInPath().deletingLastPathComponent().deletingLastPathComponent()
            .appending(path: "InferenceEngineTests/Fixtures/\(name)")
    }

    private func worker() throws -> WorkerSandbox.Worker {
        try WorkerSandbox(
            executable: try #require(BuiltProgram.path("assay-engine")),
            limits: SandboxLimits(memoryBytes: 512 << 20, mappedBytes: 16 << 20, cpuSeconds: 60),
            environment: ["OPENBLAS_NUM_THREADS": "2"]
        ).start()
    }

    private func load(_ client: EngineClient, _ name: String) throws -> ModelInformation {
        let bytes = try Data(contentsOf: path(name))
        let memfd = assay_memfd_create("model")
        defer { close(memfd) }
        let written = bytes.withUnsafeBytes { write(memfd, $0.baseAddress, $0.count) }
        try #require(written == bytes.count && assay_memfd_seal(memfd) == 0)
        let request = LoadRequest(container: .gguf, files: [.init(role: .weights, size: bytes.count)], threads: 2)
        return try client.load(request, descriptors: [memfd], within: .seconds(30))
    }

    @Test("It loads, scores, writes and sums up, twice the same") func work() throws {
        let worker = try worker()
        let client = worker.client
        let identity = try client.hello().identity
        #expect(identity.threads == 2)
        #expect(identity.numerics["precision"] == "float32")
        let information = try load(client, "small-quantised.gguf")
        #expect(information.architecture == "llama" && information.layerCount == 2 && !information.hasChatTemplate)
        #expect(information.tensors.count == 21)

        let long = Array(repeating: [3, 14, 15, 92, 65], count: 80).flatMap { $0 }
        let score = ScoreRequest(
            items: [
                .init(context: .tokens(long), continuations: [.tokens([1, 2]), .tokens([5]), .text(" a")]),
                .init(context: .text("A text"), continuations: [.text(" goes on"), .text("")]),
            ], includesTokenLogprobs: true)
        let scores = try client.score(score, within: .seconds(30))
        #expect(scores[0].contextTokenCount == 400)
        #expect(scores[0].scores[0].tokenLogprobs?.count == 2)
        #expect(scores[1].scores[1].tokenCount == 0 && scores[1].scores[1].logprob == 0)
        #expect(try client.score(score, within: .seconds(30)) == scores)

        let generate = GenerateRequest(
            prompts: [.tokens([1, 2, 3]), .text("Hello"), .tokens(long)], maximumNewTokens: 6, sampling: .greedy,
            stopStrings: [])
        let written = try client.generate(generate, within: .seconds(30))
        #expect(written.allSatisfy { $0.finishReason == .length ? $0.tokens.count == 6 : $0.tokens.count < 6 })
        #expect(try client.generate(generate, within: .seconds(30)) == written)

        let statistics = try client.tensorStatistics(
            .init(name: "token_embd.weight", histogramBins: 16), within: .seconds(10))
        #expect(statistics.elementCount == 416 * 64 && statistics.histogram.reduce(0, +) == 416 * 64)
        #expect(abs(statistics.standardDeviation - 0.25) < 0.02)
        #expect(throws: EngineError.self) {
            _ = try client.renderChat(.init(conversations: [[.init(role: "user", content: "Hi")]]), within: .seconds(10))
        }
        client.shutdown()
        #expect(worker.process.exit(within: .zero) == .exited(code: 0))
    }
}
