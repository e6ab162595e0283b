import CanonicalEncoding
import EngineProtocol
import Testing

/// Servers of either kind as they answer, and servers that lie or break.
@Suite(.serialized) struct ScriptedTests {
    private static let time = Duration.seconds(30)
    private static let vllm = #"{"object":"list","data":[{"id":"m","owned_by":"vllm","max_model_len":64}]}"#
    /// As a llama.cpp server of 2026 answers.
    private static let llama =
        #"{"data":[{"id":"m","owned_by":"llamacpp","meta":{"n_vocab":100,"n_ctx":64,"n_ctx_train":128,"n_embd":8,"n_params":1000}}]}"#

    /// llama.cpp has no echo: each token is forced, and its log-probability from before the bias is taken.
    @Test func aPromptIsScoredByWritingItWhereThereIsNoEcho() throws {
        let server = try ScriptedServer { line, body in
            if line.contains("/v1/models") { return ScriptedServer.json(Self.llama) }
            if line.contains("/props") { return ScriptedServer.json(#"{"chat_template":"t","eos_token":""}"#) }
            if line.contains("/tokenize") { return ScriptedServer.json(#"{"tokens":[8]}"#) }
            // The forced token is the one that the bias names; of 4, which ends texts, nothing is told.
            let value = try? StrictJSON.parse(Array(body.utf8))
            let forced = value?["logit_bias"]?.array?.first?.array?.first?.integer ?? -1
            if forced == 4 { return ScriptedServer.json(#"{"content":"","stop":true,"stop_type":"eos"}"#) }
            if forced == 8 {
                return ScriptedServer.json(
                    #"{"completion_probabilities":[{"id":8,"logprob":-9,"top_logprobs":[{"id":9,"logprob":-0.5},{"id":4,"logprob":-2.5}]}]}"#)
            }
            return ScriptedServer.json(
                #"{"content":"x","completion_probabilities":[{"id":\#(forced),"logprob":-1.5,"top_logprobs":[{"id":9,"logprob":-0.5},{"id":\#(forced),"logprob":-1.5}]}]}"#)
        }
        defer { server.stop() }
        try RemoteWorker.with { client in
            let information = try RemoteWorker.load(client, socket: server.path, model: "m")
            #expect(information.contextLength == 64 && information.vocabularySize == 100 && information.chatTemplate == "t")
            let score = try client.score(
                .init(items: [.init(context: .tokens([1, 2]), continuations: [.tokens([3, 4])])], includesTokenLogprobs: true, alternativeCount: 2),
                within: Self.time)[0].scores[0]
            #expect(score.tokenLogprobs == [-1.5, -2.5] && !score.isGreedy && score.logprob == -4)
            #expect(score.alternatives?.places.map { $0.map(\.token) } == [[9, 3], [9, 4]])
            #expect(server.requests.suffix(3).map { $0.contains(#""prompt":[1,2]"#) } == [true, false, false])
            #expect(server.requests.last?.contains(#""n_probs":100"#) == true)
        }
    }

    @Test func textComesTokenByTokenFromEither() throws {
        for (models, events) in [
            (Self.llama, [
                #"{"content":"a","stop":false,"completion_probabilities":[{"id":5,"logprob":-1,"top_logprobs":[]}]}"#,
                #"{"content":"bc","stop":false,"completion_probabilities":[{"id":6,"logprob":-2,"top_logprobs":[]},{"id":7,"logprob":-3,"top_logprobs":[]}]}"#,
                #"{"content":"","stop":true,"stop_type":"word"}"#,
            ]),
            (Self.vllm, [
                #"{"choices":[{"text":"a","logprobs":{"tokens":["token_id:5"],"token_logprobs":[-1],"top_logprobs":[{"token_id:5":-1}]}}]}"#,
                #"{"choices":[{"text":"bc","logprobs":{"tokens":["token_id:6","token_id:7"],"token_logprobs":[-2,-3],"top_logprobs":[null,null]},"finish_reason":null}]}"#,
                #"{"choices":[{"text":"","logprobs":null,"finish_reason":"stop","stop_reason":"x"}]}"#, "[DONE]",
            ]),
        ] {
            let server = try ScriptedServer { line, _ in
                if line.contains("/v1/models") { return ScriptedServer.json(models) }
                if line.contains("/props") { return ScriptedServer.json("{}") }
                if line.contains("/tokenize ") { return ScriptedServer.json(#"{"tokens":[8]}"#) }
                if line.contains("/tokenizer_info") { return ScriptedServer.json("{}", status: 404) }
                return ScriptedServer.events(events)
            }
            defer { server.stop() }
            try RemoteWorker.with { client in
                try RemoteWorker.load(client, socket: server.path, model: "m")
                let start = try client.beginWriting(.init(prompts: [.tokens([1])], maximumNewTokens: 9, stopStrings: ["x"]), within: Self.time)
                // Never more tokens than steps, though the server sends two at once.
                var parts: [WrittenPart] = []
                while parts.last?.finishReason == nil { parts += try client.continueWriting(.init(id: start.id, steps: 2), texts: 1, within: Self.time) }
                #expect(parts.map(\.tokens) == [[5, 6], [7]])
                #expect(parts.map(\.text).joined() == "abc" && parts.flatMap(\.logprobs) == [-1, -2, -3])
                #expect(parts.last?.finishReason == .stopString)
            }
        }
    }

    /// A server that knows no echo leaves the prompt out of its reply: that is an error, not a score.
    @Test func aServerThatPassesEchoOverIsFoundOut() throws {
        let server = try ScriptedServer { line, _ in
            if line.contains("/v1/models") { return ScriptedServer.json(Self.vllm) }
            if line.contains("/tokenizer_info") { return ScriptedServer.json("{}", status: 404) }
            return ScriptedServer.json(#"{"choices":[{"text":"x","logprobs":{"tokens":["token_id:9"],"token_logprobs":[-1],"top_logprobs":[{}]}}]}"#)
        }
        defer { server.stop() }
        try RemoteWorker.with { client in
            try RemoteWorker.load(client, socket: server.path, model: "m")
            let error = #expect(throws: EngineError.self) {
                try client.score(.init(items: [.init(context: .tokens([1]), continuations: [.tokens([2])])]), within: Self.time)
            }
            #expect(RemoteWorker.failure(error)?.message.contains("echo") == true)
        }
    }

    /// Whatever comes, the worker says what was wrong and lives on.
    @Test(arguments: [
        "", "HTTP/1.1 200 OK\r\n", "garbage\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 99999\r\n\r\n{}", "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 999999999999999999999\r\n\r\n", "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFFF\r\n", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-5\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{\"a\"", "HTTP/1.1 200 OK\r\n\r\n[[[[", "HTTP/1.1 200 OK\r\n\r\n{}",
        "HTTP/1.1 200 OK\r\n\r\n{\"data\":[]}", "HTTP/1.1 200 OK\r\n\r\n{\"data\":[{\"id\":\"m\"}]}", "HTTP/1.1 500 X\r\n\r\n{\"error\":{\"message\":\"\u{1B}[2J\"}}",
        "HTTP/1.1 200 OK\r\n\r\n{\"data\":[{\"id\":\"m\",\"max_model_len\":-1}]}", "HTTP/1.1 100 Continue\r\n\r\n",
    ])
    func brokenServers(reply: String) throws {
        let server = try ScriptedServer { _, _ in Array(reply.utf8) }
        defer { server.stop() }
        try RemoteWorker.with { client in
            for _ in 0..<2 {
                let error = #expect(throws: EngineError.self) { try RemoteWorker.load(client, socket: server.path, model: "m") }
                let failure = try #require(RemoteWorker.failure(error))
                #expect(!failure.message.isEmpty && !failure.message.contains("\u{1B}"))
            }
        }
    }

    @Test(arguments: [
        #"{"server":"https://host:1","model":"m"}"#, #"{"server":"http://host","model":"m"}"#, #"{"server":"http://:8","model":"m"}"#,
        #"{"server":"http://h:99999","model":"m"}"#, #"{"server":"unix:/nonexistent","model":"m"}"#, #"{"server":"http://127.0.0.1:1","model":"m"}"#,
        #"{"server":"unix:/x","model":"m","more":1}"#, "[]", "{",
    ])
    func placesThatAreNone(location: String) throws {
        try RemoteWorker.with { client in
            let error = #expect(throws: EngineError.self) { try RemoteWorker.load(client, Array(location.utf8)) }
            #expect(RemoteWorker.failure(error) != nil)
            // Nothing is loaded.
            let next = #expect(throws: EngineError.self) { try client.tokenize(.init(texts: ["a"]), within: Self.time) }
            #expect(RemoteWorker.failure(next)?.code == .notLoaded)
        }
    }
}
