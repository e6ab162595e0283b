import CLinux
import CanonicalEncoding
import EngineProtocol
import Glibc
import Testing

@Suite("Engine client and server") struct ClientServerTests {
    /// A client whose server runs on a thread beside it.
    private func withServer(_ body: (EngineClient) throws -> Void) throws {
        let (one, other) = try Descriptors.pair()
        let server = try BackgroundThread {
            var handler = EchoHandler()
            try? EngineServer.run(fd: other, confinement: nil, handler: &handler)
            close(other)
        }
        do {
            try body(EngineClient(descriptor: one))
        }
        server.join()
    }

    @Test("Hello proves that descriptors pass") func hello() throws {
        try withServer { client in
            let hello = try client.hello()
            #expect(hello.identity == Samples.identity)
            #expect(hello.confinement == nil)
            #expect(hello.nonce.count == 32)
        }
    }

    @Test("Each request reaches its own method") func requests() throws {
        try withServer { client in
            let memfds = [try Descriptors.memfd(Array("abc".utf8)), try Descriptors.memfd(Array("{}".utf8))]
            defer { for memfd in memfds { close(memfd) } }
            let request = LoadRequest(
                container: .safetensors, files: [.init(role: .weights, size: 3), .init(role: .configuration, size: 2)],
                threads: 2)
            let information = try client.load(request, descriptors: memfds, within: .seconds(5))
            #expect(information.tensors.map(\.name) == ["abc", "{}"])
            #expect(information.tensors.map(\.type) == ["weights", "configuration"])
            #expect(try client.tokenize(TokenizeRequest(texts: ["hi", ""]), within: .seconds(5)) == [[104, 105], []])
            let chat = RenderChatRequest(conversations: [[ChatMessage(role: "user", content: "x")]])
            #expect(try client.renderChat(chat, within: .seconds(5)) == ["user: x"])
            let scores = try client.score(
                ScoreRequest(items: [.init(context: .text("a"), continuations: [.text("b"), .text("c")])]), within: .seconds(5))
            #expect(scores.map { $0.scores.map(\.logprob) } == [[-0.0, -0.1]])
            client.shutdown()
        }
    }

    @Test("Weight files are opened by descriptor, and an engine without an answer says so") func weights() throws {
        try withServer { client in
            let memfds = [try Descriptors.memfd(Array("a".utf8)), try Descriptors.memfd(Array("bc".utf8))]
            defer { for memfd in memfds { close(memfd) } }
            let tables = try client.openWeights(.init(files: [.init(size: 1), .init(size: 2)], threads: 1), descriptors: memfds, within: .seconds(5))
            #expect(tables.files.map { $0.tensors.map(\.name) } == [["a"], ["bc"]])
            // The size announced must be the descriptor's, and each size has one.
            for (sizes, descriptors) in [([2, 2], memfds), ([1], memfds)] {
                #expect(throws: EngineError.self) {
                    try client.openWeights(.init(files: sizes.map { .init(size: $0) }, threads: 1), descriptors: descriptors, within: .seconds(5))
                }
            }
            #expect(try client.tensorSpectrum(.init(name: "w", count: 3), within: .seconds(5)).steps == 3)
            #expect(throws: EngineError.self, "stretches of a file lie within it, in order") {
                try client.openWeights(.init(files: [.init(size: 1, present: [1..<2])], threads: 1), descriptors: [memfds[0]], within: .seconds(5))
            }
            let refusal = #expect(throws: EngineError.self) {
                try client.tensorValues(.init(name: "w", from: 0, count: 1), within: .seconds(5))
            }
            guard case .refused(let failure) = refusal else { Issue.record("\(String(describing: refusal))"); return }
            #expect(failure.code == .invalidRequest)
            // More values than were asked for are a breach.
            let breach = #expect(throws: EngineError.self) { try client.tensorSpectrum(.init(name: "w", count: 1), within: .seconds(5)) }
            guard case .violation = breach else { Issue.record("\(String(describing: breach))"); return }
        }
        // So is a tensor past the end of its file.
        try withServer { client in
            let memfd = try Descriptors.memfd(Array("!".utf8))
            defer { close(memfd) }
            let breach = #expect(throws: EngineError.self) {
                try client.openWeights(.init(files: [.init(size: 1)], threads: 1), descriptors: [memfd], within: .seconds(5))
            }
            guard case .violation = breach else { Issue.record("\(String(describing: breach))"); return }
        }
    }

    @Test("Text comes in steps, and a reply beyond what was asked for ends the worker") func writing() throws {
        for id in 1...3 {
            try withServer { client in
                #expect(try client.detokenize(.init(tokens: [65, 256]), within: .seconds(5)).map(\.isSpecial) == [false, true])
                let start = try client.beginWriting(.init(prompts: [.text("a")], maximumNewTokens: id), within: .seconds(5))
                let step = WritingStep(id: start.id, steps: 4)
                guard id > 1 else {
                    #expect(try client.continueWriting(step, texts: 1, within: .seconds(5)).map(\.tokens) == [[7, 7, 7, 7]])
                    try client.endWriting(start.id)
                    return
                }
                let breach = #expect(throws: EngineError.self) { try client.continueWriting(step, texts: 1, within: .seconds(5)) }
                guard case .violation = breach else { Issue.record("\(String(describing: breach))"); return }
            }
        }
    }

    @Test("A refusal is told and the worker goes on") func refusal() throws {
        try withServer { client in
            let error = #expect(throws: EngineError.self) { try client.information() }
            guard case .refused(let failure) = error else { Issue.record("\(String(describing: error))"); return }
            #expect(failure == EngineFailure(.notLoaded, "no model is loaded"))
            let tokens = try client.tokenize(TokenizeRequest(texts: ["a"]), within: .seconds(5))
            #expect(tokens == [[97]])
        }
    }

    @Test("Only a sealed memfd of the size announced is taken as a model") func unsealed() throws {
        try withServer { client in
            let open = try Descriptors.memfd([1, 2, 3], sealed: false)
            let sealed = try Descriptors.memfd([1, 2, 3])
            defer { close(open); close(sealed) }
            for (descriptor, size) in [(open, 3), (sealed, 4)] {
                let request = LoadRequest(container: .gguf, files: [.init(role: .weights, size: size)], threads: 1)
                let error = #expect(throws: EngineError.self) {
                    try client.load(request, descriptors: [descriptor], within: .seconds(5))
                }
                guard case .refused(let failure) = error else { Issue.record("\(String(describing: error))"); continue }
                #expect(failure.code == .invalidRequest)
            }
        }
    }

    @Test("A reply too long for a frame becomes a refusal") func tooLongReply() throws {
        try withServer { client in
            let error = #expect(throws: EngineError.self) {
                try client.tensorStatistics(TensorStatisticsRequest(name: "w"), within: .seconds(20))
            }
            guard case .refused(let failure) = error else { Issue.record("\(String(describing: error))"); return }
            #expect(failure.code == .limitExceeded)
        }
    }

    @Test("A request too long for a frame is not sent") func tooLongRequest() throws {
        try withServer { client in
            let text = String(repeating: "x", count: WireLimits.frameBytes)
            let error = #expect(throws: EngineError.self) {
                try client.tokenize(TokenizeRequest(texts: [text]), within: .seconds(5))
            }
            guard case .unsendable = error else { Issue.record("\(String(describing: error))"); return }
            let tokens = try client.tokenize(TokenizeRequest(texts: ["a"]), within: .seconds(5))
            #expect(tokens == [[97]])
        }
    }

    @Test("A reply that does not fit its request ends the worker") func misfit() throws {
        try withServer { client in
            let error = #expect(throws: EngineError.self) {
                try client.generate(GenerateRequest(prompts: [.text("a")], maximumNewTokens: 1), within: .seconds(5))
            }
            guard case .violation = error else { Issue.record("\(String(describing: error))"); return }
            let later = #expect(throws: EngineError.self) { try client.hello() }
            guard case .gone = later else { Issue.record("\(String(describing: later))"); return }
        }
    }

    @Test("A worker that exits says why: code and last words, made plain") func exits() throws {
        let (process, socket) = try HostProcess.start(#"printf 'no weights \033[31mred\n' >&2; exit 7"#)
        let client = EngineClient(descriptor: socket, process: process)
        let error = #expect(throws: EngineError.self) { try client.hello(within: .seconds(10)) }
        guard case .ended(.exited(code: 7), request: .hello, let words) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(words == "no weights ?[31mred\n")
    }

    @Test("A worker that is killed says by what") func crashes() throws {
        let (process, socket) = try HostProcess.start("kill -SEGV $$")
        let client = EngineClient(descriptor: socket, process: process)
        let error = #expect(throws: EngineError.self) { try client.hello(within: .seconds(10)) }
        guard case .ended(.signalled(Int(SIGSEGV)), request: .hello, _) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect("\(EngineError.ended(.signalled(Int(SIGSEGV)), request: .hello, standardError: ""))".contains("SIGSEGV"))
    }

    @Test("A worker that hangs is killed at the deadline") func hangs() throws {
        let (process, socket) = try HostProcess.start("exec sleep 600")
        let client = EngineClient(descriptor: socket, process: process)
        let clock = ContinuousClock()
        let start = clock.now
        let error = #expect(throws: EngineError.self) { try client.hello(within: .milliseconds(200)) }
        #expect(clock.now - start < .seconds(5))
        guard case .timedOut(request: .hello, after: .milliseconds(200)) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(process.exit(within: .seconds(2)) == .signalled(Int(SIGKILL)))
    }

    @Test("A worker that writes without end is read, and killed at the deadline") func floods() throws {
        let (process, socket) = try HostProcess.start("exec yes >&2")
        let client = EngineClient(descriptor: socket, process: process)
        let error = #expect(throws: EngineError.self) { try client.hello(within: .milliseconds(300)) }
        guard case .timedOut = error else { Issue.record("\(String(describing: error))"); return }
        #expect(process.exit(within: .seconds(2)) == .signalled(Int(SIGKILL)))
    }

    @Test("A worker that answers with noise is killed") func noise() throws {
        let (process, socket) = try HostProcess.start(#"printf '\005\000\000\000hello' >&3; exec sleep 600"#)
        let client = EngineClient(descriptor: socket, process: process)
        let error = #expect(throws: EngineError.self) { try client.hello(within: .seconds(10)) }
        guard case .violation = error else { Issue.record("\(String(describing: error))"); return }
        #expect(process.exit(within: .seconds(2)) == .signalled(Int(SIGKILL)))
    }

    @Test("A thousand small requests take little beside what a model takes") func latency() throws {
        try withServer { client in
            let clock = ContinuousClock()
            let taken = try clock.measure {
                for _ in 0..<1000 { _ = try client.tokenize(TokenizeRequest(texts: ["a"]), within: .seconds(5)) }
            }
            // Some 60 µs a round trip on two idle cores; a bound that a loaded machine keeps too.
            #expect(taken < .seconds(10))
        }
    }
}
