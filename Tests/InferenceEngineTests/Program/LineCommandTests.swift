import CanonicalEncoding
import Foundation
import InferenceEngine
import TestTools
import Testing
import WeightFormats

/// The commands that read and write JSON Lines, as another program uses them.
@Suite struct LineCommandTests {
    static let small = TokenFixtures.path("small-quantised.gguf")

    static func run(_ command: String, _ lines: [String], model: String = small, _ more: String...) throws -> (
        lines: [JSONValue], status: Int32, errors: String
    ) {
        try EngineProgram.answers([command, "--model", model] + more, lines)
    }

    @Test func eachCommandAnswersEachLine() throws {
        let fixture = try #require(ModelFixture.small.first { $0.file.hasSuffix(".gguf") })
        let expected = fixture.sequences[1]
        let tokens = JSONValue.array(expected.tokens.map { .integer(Int64($0)) })
        let line = String(decoding: try CanonicalJSON.encode(["tokens": tokens]), as: UTF8.self)

        let scored = try Self.run("score", [line, "", line])
        #expect(scored.status == 0 && scored.lines.count == 2)
        #expect(scored.lines[0]["tokens"] == tokens)
        let logprobs = try #require(scored.lines[0]["logprobs"]?.array)
        #expect(logprobs.first == .null)
        #expect(expected.distance(logprobs.map { $0.double.map { Float($0) } }) < 1e-4)

        let text = try Self.run("tokenize", [#"{"text":"a text"}"#, #"{"text":""}"#])
        #expect(text.status == 0 && text.lines.count == 2)
        #expect(text.lines[1] == ["tokens": []])
        let again = try Self.run("score", [#"{"text":"a text"}"#])
        #expect(again.lines[0]["tokens"] == text.lines[0]["tokens"])

        let greedy = fixture.greedy[0]
        let prompt = try CanonicalJSON.encode([
            "tokens": .array(greedy.tokens.map { .integer(Int64($0)) }), "max_new_tokens": 12,
        ])
        let written = try Self.run("generate", [String(decoding: prompt, as: UTF8.self)])
        #expect(written.status == 0)
        let found = written.lines[0]["tokens"]?.array?.compactMap { $0.integer.map { Int32($0) } }
        #expect(found.map { greedy.written.starts(with: $0) && !$0.isEmpty } == true)
    }

    /// A tokenizer by itself, without a model.
    @Test(arguments: ["llama2.json", "spm-bpe.model", "gguf-llama.gguf"])
    func tokenizesWithATokenizerAlone(name: String) throws {
        let tokenizer = try name.hasSuffix(".model") ? Tokenizer(sentencePieceModel: Family.bytes(name))
            : name.hasSuffix(".gguf") ? Tokenizer(gguf: GGUFFile(MappedFile(path: Family.path(name)))) : Tokenizer(tokenizerJSON: Family("llama2").tokenizerJSON())
        let folder = FileManager.default.temporaryDirectory.appending(path: "assay-\(UUID())")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let file = folder.appending(path: name.hasSuffix(".json") ? "tokenizer.json" : name)
        try Data(name.hasSuffix(".json") ? Family("llama2").tokenizerJSON() : Family.bytes(name)).write(to: file)
        let text = "The assay </s> é"
        let tokens = tokenizer.encode(text, addSpecial: true)
        let json = JSONValue.array(tokens.map { .integer(Int64($0)) })
        let back = try CanonicalJSON.encode(["tokens": json])
        let found = try Self.run(
            "tokenize", [#"{"text":"\#(text)"}"#, String(decoding: back, as: UTF8.self), #"{"tokens":[123456789]}"#], model: file.path, "--add-special")
        #expect(found.status == 1 && found.lines.count == 3)
        #expect(found.lines[0] == ["tokens": json])
        #expect(found.lines[1] == ["text": .string(String(decoding: tokenizer.decode(tokens), as: UTF8.self))])
        #expect(found.lines[2]["error"] != nil)
    }

    @Test func samplingRepeatsWithItsSeed() throws {
        func line(_ seed: Int) -> String {
            #"{"max_new_tokens":20,"seed":\#(seed),"temperature":1.5,"tokens":[5,6,7],"top_k":100,"top_p":0.95}"#
        }
        let found = try Self.run("generate", [line(1), line(2), line(1)])
        #expect(found.status == 0)
        #expect(found.lines[0] == found.lines[2] && found.lines[0] != found.lines[1])
    }

    @Test func aBadLineIsAnErrorAndTheRestIsDone() throws {
        let lines = [
            #"{"text":"one"}"#, "nonsense", #"{"text":1}"#, #"{"text":"x","more":1}"#, #"{"text":"a","text":"b"}"#, "[]", "{}",
            #"{"text":"last"}"#,
        ]
        let found = try Self.run("tokenize", lines)
        #expect(found.status == 1)
        #expect(found.lines.count == lines.count)
        for number in 2...7 {
            #expect(found.lines[number - 1]["line"] == .integer(Int64(number)))
            #expect(found.lines[number - 1]["error"]?.string?.isEmpty == false)
        }
        #expect(found.lines[7]["tokens"]?.array?.isEmpty == false)

        let scores = try Self.run("score", [#"{"tokens":[416]}"#, #"{"tokens":[-1]}"#, #"{"tokens":["a"]}"#, #"{"tokens":[5]}"#, #"{"tokens":[]}"#])
        #expect(scores.status == 1 && scores.lines.prefix(3).allSatisfy { $0["error"] != nil })
        #expect(scores.lines[3]["logprobs"] == [nil] && scores.lines[4]["logprobs"] == [])

        let writes = try Self.run(
            "generate",
            [
                #"{"tokens":[],"max_new_tokens":3}"#, #"{"tokens":[1]}"#, #"{"tokens":[1],"max_new_tokens":-1}"#,
                #"{"tokens":[1],"max_new_tokens":1,"temperature":-1}"#, #"{"tokens":[1],"max_new_tokens":1,"top_p":0}"#,
                #"{"tokens":[1],"max_new_tokens":1,"stop":[1]}"#, #"{"tokens":[1],"max_new_tokens":0}"#,
            ])
        #expect(writes.status == 1 && writes.lines.prefix(6).allSatisfy { $0["error"] != nil })
        #expect(writes.lines[6]["tokens"] == [])
    }

    /// Bytes that are no UTF-8 must not be mended in silence.
    @Test func linesMustBeUTF8() throws {
        let program = try EngineProgram(["tokenize", "--model", Self.small])
        try program.send(bytes: Array("{\"text\":\"".utf8) + [0xff] + Array("\"}\n{\"text\":\"ok\"}".utf8))
        let found = try program.finish()
        #expect(found.lines.count == 2 && found.lines[0]["error"] != nil && found.lines[1]["tokens"] != nil)
    }

    /// An answer comes before the next question is asked.
    @Test(.timeLimit(.minutes(10))) func answersAreNotHeldBack() throws {
        let program = try EngineProgram(["tokenize", "--model", Self.small])
        for word in ["one", "two", "three"] {
            try program.send(["text": .string(word)])
            #expect(try program.line()?["tokens"] != nil)
        }
        #expect(try program.finish().status == 0)
    }

    /// Lines answered together, bad ones among them, are answered as each by itself.
    @Test func linesTogetherGiveWhatEachGivesAlone() throws {
        let question = #"{"context":"one two three four five six","continuations":[" seven"," eight",""]}"#
        let lines = [
            question, #"{"context":"one two three four five seven","continuations":[" a"]}"#, "nonsense", #"{"text":"one two"}"#, "",
            #"{"context":"x"}"#, #"{"tokens":[9999]}"#, question, #"{"tokens":[5]}"#, #"{"tokens":[]}"#, #"{"context":"","continuations":["b"]}"#,
        ]
        let alone = try Self.run("score", lines)
        let together = try Self.run("score", lines, "--together", "7")
        #expect(alone.status == 1 && together.status == 1)
        #expect(alone.lines == together.lines && alone.lines.count == lines.count - 1)
        let scores = try #require(alone.lines[0]["scores"]?.array)
        #expect(scores.count == 3 && scores[2] == ["logprob": 0, "tokens": 0, "greedy": true])
        #expect(alone.lines[6] == alone.lines[0])
        #expect(try Self.run("score", [], "--together", "0").status == 64)
    }

    @Test func chatsNeedATemplate() throws {
        let line = #"{"messages":[{"role":"user","content":"Hi"}]}"#
        let without = try Self.run("render", [line])
        #expect(without.status == 1 && without.lines[0]["error"]?.string?.contains("no chat template") == true)
        let model = try DemonstrationModel.path()
        let with = try Self.run("render", [line, #"{"messages":[]}"#], model: model, "--no-generation-prompt")
        #expect(with.lines[0]["text"]?.string?.hasSuffix("<|im_start|>user\nHi<|im_end|>\n") == true)
        #expect(with.lines[1]["text"] == "")
    }

    @Test func modelsThatCannotBeReadEndItWith65() throws {
        let unreadable = [
            ("/nonexistent/model.gguf", "No such file"), (#filePath, "neither GGUF nor safetensors"), ("/", "no .gguf or .safetensors"),
            ("/dev/null", "not a regular file"),
        ]
        for (path, word) in unreadable {
            let found = try Self.run("score", [], model: path)
            #expect(found.status == 65 && found.errors.contains(word), "\(found.errors)")
        }
        let alone = try Self.run("score", [], model: TokenFixtures.path("small-f32.safetensors"))
        #expect(alone.status == 65 && alone.errors.contains("config.json"))
        let small = try Self.run("score", [], "--memory", "1")
        #expect(small.status == 65 && small.errors.contains("bytes"))
    }

    @Test func theCommandLineIsChecked() throws {
        for arguments in [["score", "--threads", "0"], ["bench", "--batch", "0"], ["score", "--nothing"], ["nothing"]] {
            #expect(try EngineProgram.answers(arguments, []).status == 64)
        }
        let program = try EngineProgram(["--help"])
        #expect(program.text().contains("Exit status:"))
    }

    @Test func benchMeasures() throws {
        let found = try EngineProgram.answers(
            [
                "bench", "--model", Self.small, "--prompt", "40", "--generate", "4", "--batch", "3", "--threads", "2",
                "--repeat", "2", "--json",
            ], [])
        #expect(found.status == 0 && found.lines.count == 1)
        for key in ["prefill_tokens_per_second", "decode_tokens_per_second"] {
            #expect((found.lines.first?[key]?.double ?? 0) > 0)
        }
        #expect(found.lines.first?["kernels"]?.string == VectorKernels.best.level.rawValue)
    }
}
