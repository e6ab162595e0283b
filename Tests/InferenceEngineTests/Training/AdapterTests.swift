import CanonicalEncoding
import Foundation
import InferenceEngine
import Testing
import WeightFormats

/// Adapters that PEFT wrote, and ours read by the same reader.
@Suite struct AdapterTests {
    @Test(arguments: TrainingFixture.adapters)
    func logprobsAreThoseOfPEFT(fixture: TrainingFixture) throws {
        let model = try fixture.load()
        let tokens = try fixture.tokens("tokens")
        let plain = try model.logprobs(of: tokens)
        #expect(try fixture.distance(plain) > 0.05, "the adapter changes something")
        let adapter = try fixture.adapter(model)
        model.attach(adapter)
        let found = try model.logprobs(of: tokens)
        #expect(try fixture.distance(found) < 1e-4)
        // However a sequence is cut, and on any number of threads: the same bits.
        let other = try fixture.load(EngineConfiguration(threads: 3, tileRows: 7, decodeRows: 3, logitRows: 5))
        other.attach(try fixture.adapter(other))
        #expect(try other.logprobs(of: tokens) == found)
        model.detach(adapter)
        #expect(try model.logprobs(of: tokens) == plain)
    }

    @Test(arguments: TrainingFixture.adapters)
    func whatIsWrittenReadsBack(fixture: TrainingFixture) throws {
        let model = try fixture.load()
        let adapter = try fixture.adapter(model)
        let folder = try TemporaryFolder()
        try adapter.write(to: folder.path + "/" + Adapter.fileName)
        let tensors = try SafetensorsFile(MappedFile(path: folder.path + "/" + Adapter.fileName))
        let expected = try SafetensorsFile(MappedFile(path: TokenFixtures.path(fixture.string("adapter"))))
        #expect(Set(tensors.tensors.map(\.name)) == Set(expected.tensors.map(\.name)))
        for tensor in expected.tensors {
            let own = try #require(tensors.tensors.first { $0.name == tensor.name })
            #expect(own.shape == tensor.shape && Array(tensors.bytes(of: own)) == Array(expected.bytes(of: tensor)), "\(tensor.name)")
        }
        let configuration = try AdapterConfiguration(json: try CanonicalJSON.encode(adapter.configuration.json, numbers: .any))
        #expect(configuration == adapter.configuration)
    }

    @Test(arguments: TrainingFixture.adapters)
    func mergedWeightsAreThoseOfPEFT(fixture: TrainingFixture) throws {
        let model = try fixture.load()
        try model.merge(try fixture.adapter(model))
        #expect(try fixture.distance(try model.logprobs(of: fixture.tokens("tokens")), "merged_logprobs") < 1e-4)
        let folder = try TemporaryFolder()
        for (type, tolerance) in [(TensorType.f32, 1e-5), (.bf16, 5e-3)] {
            let path = folder.path + "/model.safetensors"
            try MergedModel(model).write(to: path, type: type)
            let file = try SafetensorsFile(MappedFile(path: path))
            let expected = try #require(fixture.value["merged"]?.object).members
            for (name, summary) in expected {
                let tensor = try #require(file.tensors.first { $0.name == name }, "\(name)")
                #expect(tensor.type == type)
                var values = [Float](repeating: 0, count: tensor.elementCount)
                try values.withUnsafeMutableBufferPointer { try Dequantize.floats(file.bytes(of: tensor), type: type, into: $0) }
                #expect(NumberSummary(summary).error(values) < tolerance, "\(name)")
            }
        }
        guard fixture.value["config"]?.object != nil else { return }
        // The model that was written is a model again.
        var sides = LoadedModel.SideFiles()
        sides.configuration = try CanonicalJSON.encode(try #require(fixture.value["config"]), numbers: .any)
        sides.tokenizer = try TokenFixtures.bytes("small-tokenizer.json")
        try MergedModel(model).write(to: folder.path + "/again.safetensors", type: .f32)
        let again = try LoadedModel(MappedFile(path: folder.path + "/again.safetensors"), sideFiles: sides)
        #expect(try again.logprobs(of: fixture.tokens("tokens")) == model.logprobs(of: fixture.tokens("tokens")))
    }

    @Test func hostileConfigurationsAreRefused() throws {
        let fixture = try TrainingFixture.adapter("small")
        let plain = try #require(fixture.value["adapter_config"]?.object)
        let changes: [(String, JSONValue)] = [
            ("peft_type", "IA3"), ("peft_type", .null), ("r", 0), ("r", -4), ("r", 9_000_000_000), ("r", "8"), ("r", .number(1.5)), ("lora_alpha", .number(1e300)),
            ("lora_alpha", "x"), ("target_modules", .null), ("target_modules", []), ("target_modules", ["(a+)+$"]), ("target_modules", [1]),
            ("target_modules", "model\\.layers\\.[0-9]+.*"), ("use_dora", true), ("bias", "all"), ("modules_to_save", ["lm_head"]),
            ("fan_in_fan_out", true), ("init_lora_weights", "pissa"), ("layer_replication", [[0, 1]]), ("rank_pattern", ["^a.*": 4]),
            ("alpha_pattern", ["q_proj": "x"]), ("layers_to_transform", ["x"]), ("trainable_token_indices", [1]), ("something_new", 3),
            ("exclude_modules", ["q_proj"]), ("target_parameters", ["a"]), ("loftq_config", ["bits": 4]),
        ]
        for (key, value) in changes {
            var object = plain
            object[key] = value
            let bytes = try CanonicalJSON.encode(.object(object), numbers: .any)
            #expect(throws: EngineError.self, "\(key) \(value)") { try AdapterConfiguration(json: bytes) }
        }
        for text in ["", "[]", "{", "{\"peft_type\":\"LORA\"}", String(repeating: "[", count: 100)] {
            #expect(throws: EngineError.self) { try AdapterConfiguration(json: Array(text.utf8)) }
        }
        for (text, names) in [(".*\\.q_proj", ["q_proj"]), (".*\\.(q_proj|v_proj)", ["q_proj", "v_proj"]), (".*v_proj", ["v_proj"])] {
            var object = plain
            object["target_modules"] = .string(text)
            #expect(try AdapterConfiguration(json: try CanonicalJSON.encode(.object(object), numbers: .any)).targets == .named(names))
        }
    }

    @Test func adaptersOfOtherModelsAreRefused() throws {
        let fixture = try TrainingFixture.adapter("small")
        let model = try fixture.load()
        let file = try MappedFile(path: TokenFixtures.path(fixture.string("adapter")))
        let plain = try fixture.adapterConfiguration()
        for change: (inout AdapterConfiguration) -> Void in [
            { $0.rank = 5 }, { $0.targets = .named(["q_proj"]) }, { $0.targets = .named(["q_proj", "k_proj", "v_proj"]) }, { $0.targets = .named(["c_attn"]) },
            { $0.layers = [0] }, { $0.layers = [9] }, { $0.ranks = ["q_proj": 2] }, { $0.targets = .all },
        ] {
            var configuration = plain
            change(&configuration)
            #expect(throws: EngineError.self) { try Adapter(file, configuration: configuration, model.model) }
        }
        let other = try TrainingFixture.adapter("quantised").load()
        #expect(throws: EngineError.self) { try Adapter(file, configuration: plain, other.model) }

        // Bytes that do not hold together, and numbers that are none.
        let bytes = try Data(contentsOf: URL(filePath: TokenFixtures.path(fixture.string("adapter"))))
        let folder = try TemporaryFolder()
        let path = folder.path + "/adapter.safetensors"
        for count in [0, 8, 60, bytes.count / 2, bytes.count - 1] {
            try bytes.prefix(count).write(to: URL(filePath: path))
            #expect(throws: EngineError.self) { try Adapter(MappedFile(path: path), configuration: plain, model.model) }
        }
        var poisoned = bytes
        poisoned.replaceSubrange((bytes.count - 4)..<bytes.count, with: [0, 0, 0xC0, 0x7F])
        try poisoned.write(to: URL(filePath: path))
        #expect(throws: EngineError.self) { try Adapter(MappedFile(path: path), configuration: plain, model.model) }
        var random = RandomSource(seed: 1)
        for _ in 0..<200 {
            var mutated = bytes
            for _ in 0..<3 { mutated[Int(random.next() % UInt64(min(1200, bytes.count)))] = UInt8(truncatingIfNeeded: random.next()) }
            try mutated.write(to: URL(filePath: path))
            // Refused or read, and no crash.
            _ = try? Adapter(MappedFile(path: path), configuration: plain, model.model)
        }
    }
}
