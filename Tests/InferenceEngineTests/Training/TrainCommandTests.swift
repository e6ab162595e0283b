import CanonicalEncoding
import Foundation
import InferenceEngine
import Testing

/// `train`, `merge` and `--adapter`, as a person uses them.
@Suite struct TrainCommandTests {
    static let model = TokenFixtures.path("small-quantised.gguf")

    static func data(_ folder: TemporaryFolder) throws -> String {
        let lines = (0..<12).map { #"{"text":"the river bends \#($0 % 3) times"}"# } + [
            #"{"prompt":"a bridge","completion":" over the river"}"#, "", #"{"tokens":[5,6,7,8],"labels":[false,true,true,false]}"#,
        ]
        let path = folder.path + "/data.jsonl"
        try lines.joined(separator: "\n").write(toFile: path, atomically: true, encoding: .utf8)
        return path
    }

    static func arguments(_ data: String, _ output: String, _ more: String...) -> [String] {
        ["train", "--model", model, "--data", data, "--output", output, "--rank", "4", "--rate", "0.01", "--steps", "12", "--seed", "3", "--json"] + more
    }

    @Test func anAdapterIsTrainedUsedAndMerged() throws {
        let folder = try TemporaryFolder()
        let data = try Self.data(folder), output = folder.path + "/adapter"
        let trained = try EngineProgram.answers(Self.arguments(data, output, "--targets", "all"), [])
        #expect(trained.status == 0, "\(trained.errors)")
        #expect(trained.lines.count == 12)
        let losses = trained.lines.compactMap { $0["loss"]?.double }
        #expect(losses.count == 12 && losses[11] < losses[0])
        #expect(try Set(FileManager.default.contentsOfDirectory(atPath: output)) == ["adapter_config.json", "adapter_model.safetensors"])

        let line = #"{"text":"the river bends 1 times"}"#
        func sum(_ arguments: [String]) throws -> Double {
            let scored = try EngineProgram.answers(arguments, [line])
            #expect(scored.status == 0, "\(scored.errors)")
            return (scored.lines[0]["logprobs"]?.array ?? []).reduce(0) { $0 + ($1.double ?? 0) }
        }
        let (before, after) = (try sum(["score", "--model", Self.model]), try sum(["score", "--model", Self.model, "--adapter", output]))
        #expect(after > before + 5)
        let merged = folder.path + "/merged"
        let status = try EngineProgram.answers(["merge", "--model", Self.model, "--adapter", output, "--output", merged], [])
        #expect(status.status == 0, "\(status.errors)")
        // Beside the published model's configuration it is a model.
        try FileManager.default.copyItem(atPath: TokenFixtures.path("small-tokenizer.json"), toPath: merged + "/tokenizer.json")
        let config = """
            {"model_type":"llama","hidden_size":64,"num_hidden_layers":2,"num_attention_heads":4,"num_key_value_heads":2,"intermediate_size":96,
            "vocab_size":416,"max_position_embeddings":2048,"rms_norm_eps":1e-5,"rope_theta":50000.0,"tie_word_embeddings":false}
            """
        try config.write(toFile: merged + "/config.json", atomically: true, encoding: .utf8)
        let tokens = try EngineProgram.answers(["tokenize", "--model", Self.model], [line]).lines[0]["tokens"] ?? []
        let query = String(decoding: try CanonicalJSON.encode(["tokens": tokens]), as: UTF8.self)
        let again = try EngineProgram.answers(["score", "--model", merged], [query])
        #expect(again.status == 0, "\(again.errors)")
        let found = (again.lines[0]["logprobs"]?.array ?? []).reduce(0) { $0 + ($1.double ?? 0) }
        #expect(abs(found - after) < 1e-3)
    }

    @Test func aRunThatIsStoppedGoesOn() throws {
        let folder = try TemporaryFolder()
        let data = try Self.data(folder)
        let whole = try EngineProgram.answers(Self.arguments(data, folder.path + "/whole"), [])
        #expect(whole.status == 0)
        let output = folder.path + "/stopped"
        let program = try EngineProgram(Self.arguments(data, output))
        let first = try program.line()
        program.interrupt()
        let rest = try program.finish()
        #expect(first?["loss"] == whole.lines[0]["loss"])
        // It may have been done before the signal came.
        if rest.status != 0 {
            #expect(rest.status == 130 && rest.errors.contains("--resume"), "\(rest.errors)")
            let resumed = try EngineProgram.answers(Self.arguments(data, output, "--resume"), [])
            #expect(resumed.status == 0, "\(resumed.errors)")
            #expect(1 + rest.lines.count + resumed.lines.count == 12)
        }
        func bytes(_ name: String) throws -> Data { try Data(contentsOf: URL(filePath: folder.path + "/\(name)/adapter_model.safetensors")) }
        #expect(try bytes("whole") == bytes("stopped"))
    }

    @Test func whatIsWrongIsSaid() throws {
        let folder = try TemporaryFolder()
        let path = folder.path + "/data.jsonl"
        for (line, word) in [
            ("nonsense", "line 2"), (#"{"text":1}"#, "line 2"), (#"{"text":"a","more":1}"#, "line 2"), (#"{"tokens":[1,99999]}"#, "vocabulary"),
            (#"{"tokens":[1]}"#, "no token to learn"), (#"{"tokens":[1,2],"labels":[true]}"#, "labels"), (#"{"prompt":"a"}"#, "completion"),
            (#"{"messages":[{"role":"user","content":"a"}]}"#, "line 2"),
        ] {
            try (#"{"text":"good enough"}"# + "\n" + line).write(toFile: path, atomically: true, encoding: .utf8)
            let found = try EngineProgram.answers(Self.arguments(path, folder.path + "/out"), [])
            #expect(found.status == 65 && found.errors.contains(word), "\(line): \(found.errors)")
        }
        let missing = try EngineProgram.answers(["score", "--model", Self.model, "--adapter", folder.path + "/none"], [])
        #expect(missing.status == 65 && missing.errors.contains("none"))
        let data = try Self.data(folder)
        for (more, status) in [
            (["--targets", "c_attn"], 65), (["--rank", "0"], 65), (["--resume"], 65), (["--full-layers", "9"], 65), (["--length", "1"], 65),
            (["--context", "1"], 65), (["--batch", "0"], 64), (["--epochs", "9000000000000000000"], 64), (["--full-layers", "a"], 64),
            (["--schedule", "x"], 64),
        ] {
            let found = try EngineProgram.answers(Self.arguments(data, folder.path + "/out") + more, [])
            #expect(found.status == status && !found.errors.isEmpty, "\(more): \(found.status) \(found.errors)")
        }
    }

    /// Nothing that is there already is written over.
    @Test func foldersInUseAreLeftAlone() throws {
        let folder = try TemporaryFolder()
        let data = try Self.data(folder), output = folder.path + "/out"
        try FileManager.default.createDirectory(atPath: output, withIntermediateDirectories: true)
        let model = output + "/model.gguf"
        try FileManager.default.copyItem(atPath: Self.model, toPath: model)
        let own = try EngineProgram.answers(["train", "--model", model, "--data", data, "--output", output], [])
        #expect(own.status == 65 && own.errors.contains("the model's own folder"), "\(own.errors)")
        let others = try EngineProgram.answers(Self.arguments(data, output), [])
        #expect(others.status == 65 && others.errors.contains("model.gguf"), "\(others.errors)")
        try FileManager.default.removeItem(atPath: model)
        try "state".write(toFile: output + "/training.safetensors", atomically: true, encoding: .utf8)
        let stopped = try EngineProgram.answers(Self.arguments(data, output), [])
        #expect(stopped.status == 65 && stopped.errors.contains("--resume"), "\(stopped.errors)")
        let file = try EngineProgram.answers(Self.arguments(data, data), [])
        #expect(file.status == 65)
        #expect(try FileManager.default.contentsOfDirectory(atPath: output) == ["training.safetensors"])
    }

    @Test func textsMustHaveSomethingToLearnWithinTheirLength() throws {
        let folder = try TemporaryFolder()
        let path = folder.path + "/long.jsonl"
        try #"{"tokens":[1,2,3,4,5,6,7,8],"labels":[false,false,false,false,false,false,false,true]}"#
            .write(toFile: path, atomically: true, encoding: .utf8)
        let found = try EngineProgram.answers(Self.arguments(path, folder.path + "/out", "--length", "4"), [])
        #expect(found.status == 65 && found.errors.contains("line 1") && found.errors.contains("--length"), "\(found.errors)")
    }

    @Test func layersAreTrained() throws {
        let folder = try TemporaryFolder()
        let data = try Self.data(folder), output = folder.path + "/full"
        let trained = try EngineProgram.answers(Self.arguments(data, output, "--full-layers", "0-1", "--train-output"), [])
        #expect(trained.status == 0, "\(trained.errors)")
        let losses = trained.lines.compactMap { $0["loss"]?.double }
        #expect(losses.count == 12 && losses[11] < losses[0] - 0.5)
        #expect(try FileManager.default.contentsOfDirectory(atPath: output) == ["model.safetensors"])
    }
}
