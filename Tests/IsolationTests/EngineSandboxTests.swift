import CLinux
import EngineProtocol
import Glibc
import Isolation
import TestTools
import Testing

/// The real engine in the real sandbox. It is built beside the tests.
@Suite("The engine in its sandbox", .enabled(if: BuiltProgram.path("assay-engine") != nil, "assay-engine is not built"))
struct EngineSandboxTests {
    private func sandbox(memory: Int = 512 << 20) throws -> WorkerSandbox {
        WorkerSandbox(
            executable: try #require(BuiltProgram.path("assay-engine")),
            limits: SandboxLimits(memoryBytes: memory, mappedBytes: 1 << 20, cpuSeconds: 60),
            environment: ["OPENBLAS_NUM_THREADS": "2"])
    }

    @Test("It starts, is confined, and says so") func start() throws {
        let worker = try sandbox().start()
        #expect(worker.report.namespaces == BubblewrapCommand.namespaces)
        #expect(worker.report.worker.seccompMode == 2)
        #expect(worker.report.worker.landlockABI >= 1)
        #expect(worker.report.worker.capabilities == 0)
        #expect(worker.report.hostUserID != 0)
        #expect(worker.report.worker.refusals.keys.sorted() == [
            "executable-memory", "execute", "fork", "inet-socket", "list-root", "memfd", "ptrace", "unix-socket",
            "user-namespace", "write-root",
        ])
        #expect(worker.report.worker.limits["data"] == 512 << 20)
        #expect(worker.report.json["namespaces"]?.array?.count == 7)
        worker.client.shutdown()
        #expect(worker.process.exit(within: .zero) == .exited(code: 0))
        #expect(worker.process.usage.map { $0.peakMemoryBytes > 1 << 20 } == true)
    }

    @Test("A model that is none is refused and the worker lives on") func malformedModel() throws {
        let worker = try sandbox().start()
        let memfd = assay_memfd_create("model")
        defer { close(memfd) }
        try #require(write(memfd, "not a model", 11) == 11 && assay_memfd_seal(memfd) == 0)
        let request = LoadRequest(container: .gguf, files: [.init(role: .weights, size: 11)], threads: 2)
        let error = #expect(throws: EngineError.self) {
            try worker.client.load(request, descriptors: [memfd], within: .seconds(20))
        }
        guard case .refused(let failure) = error else { Issue.record("\(String(describing: error))"); return }
        #expect(failure.code == .malformedModel)
        let again = #expect(throws: EngineError.self) { try worker.client.information() }
        guard case .refused(let missing) = again else { Issue.record("\(String(describing: again))"); return }
        #expect(missing.code == .notLoaded)
    }

    @Test("Descriptors that do not pass through the start are noticed at once") func descriptorsLost() throws {
        var template = Array("/tmp/assay-bwrap-XXXXXX".utf8CString)
        let folder = try #require(mkdtemp(&template).map { String(cString: $0) })
        let script = folder + "/bwrap"
        defer { unlink(script); rmdir(folder) }
        chmod(folder, 0o755)
        let text = Array("#!/bin/sh\n[ \"$1\" = --version ] || exec 3</dev/null\nexec /usr/bin/bwrap \"$@\"\n".utf8)
        let descriptor = open(script, O_CREAT | O_WRONLY, 0o755)
        try #require(write(descriptor, text, text.count) == text.count)
        close(descriptor)
        var sandbox = try sandbox()
        sandbox.bubblewrap = script
        let error = #expect(throws: EngineError.self) { _ = try sandbox.start() }
        guard case .ended(_, request: .hello, let words) = error else { Issue.record("\(String(describing: error))"); return }
        #expect(words.contains("receiving failed"))
    }

    @Test("A worker without the memory to start is told from one that refuses") func littleMemory() throws {
        #expect(throws: (any Error).self) { _ = try sandbox(memory: 1 << 20).start() }
    }

    @Test("A start takes a fraction of a second, a request a fraction of a millisecond") func latency() throws {
        let clock = ContinuousClock()
        let start = clock.now
        let worker = try sandbox().start()
        let started = clock.now - start
        let asked = clock.now
        for _ in 0..<200 { _ = try? worker.client.information() }
        let answered = clock.now - asked
        // Some 70 ms and 0.15 ms on two idle cores; bounds that a loaded machine keeps too.
        #expect(started < .seconds(10))
        #expect(answered < .seconds(10))
    }
}
