import CanonicalEncoding
import InferenceEngine
import Testing
import WeightFormats

/// Folders of quantised weights: the same bits as of the floats that their codes and scales stand for, worked out here.
@Suite struct QuantisedModelTests {
    /// A matrix in a quantised form, and what it stands for.
    struct Matrix {
        let stored: [WeightFile.Stored]
        /// [rows, columns]
        let values: [Float]
    }

    static let width = 32, heads = 4, keyValueHeads = 2, headWidth = 8, hidden = 48, vocabulary = 416

    static func configuration(_ quantisation: JSONValue?, _ more: JSONObject = [:]) -> JSONObject {
        var config: JSONObject = [
            "model_type": "qwen2", "hidden_size": 32, "num_attention_heads": 4, "num_key_value_heads": 2, "num_hidden_layers": 1,
            "intermediate_size": 48, "vocab_size": 416, "max_position_embeddings": 128, "tie_word_embeddings": true,
        ]
        if let quantisation { config["quantization_config"] = quantisation }
        for (key, value) in more.members { config[key] = value }
        return config
    }

    static func model(_ tensors: [WeightFile.Stored], _ config: JSONObject, extra: [UInt8]? = nil) throws -> LoadedModel {
        let sides = LoadedModel.SideFiles(
            configuration: try CanonicalJSON.encode(.object(config), numbers: .any), tokenizer: try TokenFixtures.bytes("small-tokenizer.json"),
            gptqConfiguration: extra)
        return try LoadedModel(WeightFile.mapped(tensors), sideFiles: sides)
    }

    /// The model with its products in some quantised form, and in floats; the rest is the same in both.
    static func tensors(_ make: (_ name: String, _ rows: Int, _ columns: Int) -> Matrix) -> (quantised: [WeightFile.Stored], plain: [WeightFile.Stored]) {
        var quantised: [WeightFile.Stored] = [], plain: [WeightFile.Stored] = []
        func add(_ name: String, _ shape: [Int], _ seed: UInt64, mean: Float = 0) {
            let values = WeightFile.normal(shape.reduce(1, *), seed: seed, deviation: 0.5).map { mean + Float($0) }
            let tensor = WeightFile.stored(.init(name: name, shape: shape, values: values))
            quantised.append(tensor)
            plain.append(tensor)
        }
        add("model.embed_tokens.weight", [vocabulary, width], 1)
        add("model.norm.weight", [width], 2, mean: 1)
        let layer = "model.layers.0."
        add(layer + "input_layernorm.weight", [width], 3, mean: 1)
        add(layer + "post_attention_layernorm.weight", [width], 4, mean: 1)
        let (queries, keys) = (heads * headWidth, keyValueHeads * headWidth)
        for (number, part) in [("q", queries), ("k", keys), ("v", keys)].enumerated() {
            add(layer + "self_attn.\(part.0)_proj.bias", [part.1], 5 + UInt64(number))
        }
        let products = [
            ("self_attn.q_proj", queries, width), ("self_attn.k_proj", keys, width), ("self_attn.v_proj", keys, width),
            ("self_attn.o_proj", width, queries), ("mlp.gate_proj", hidden, width), ("mlp.up_proj", hidden, width), ("mlp.down_proj", width, hidden),
        ]
        for (name, rows, columns) in products {
            let matrix = make(layer + name, rows, columns)
            quantised += matrix.stored
            plain.append(WeightFile.stored(.init(name: layer + name + ".weight", shape: [rows, columns], values: matrix.values)))
        }
        return (quantised, plain)
    }

    static func words(_ words: [UInt32]) -> [UInt8] {
        var bytes: [UInt8] = []
        for word in words {
            for byte in 0..<4 { bytes.append(UInt8(truncatingIfNeeded: word >> (8 * UInt32(byte)))) }
        }
        return bytes
    }

    /// (code - zero) · scale, in groups of 16 inputs.
    ///
    /// - Parameters:
    ///   - pack: the words of [inputs][outputs] codes and those of [groups][outputs] zero points.
    static func integers(
        _ name: String, _ rows: Int, _ columns: Int, _ shape: [Int], pack: (_ codes: [[UInt32]], _ zeros: [[UInt32]]) -> ([UInt32], [UInt32])
    ) -> Matrix {
        var random = RandomSource(seed: UInt64(rows * 1000 + columns + name.utf8.count))
        let groups = columns / 16
        let codes = (0..<columns).map { _ in (0..<rows).map { _ in UInt32(random.next() % 16) } }
        let zeros = (0..<groups).map { _ in (0..<rows).map { _ in UInt32(1 + random.next() % 15) } }
        let scales = (0..<groups).map { _ in (0..<rows).map { _ in Float(1 + random.next() % 7) / 64 } }
        let (packed, packedZeros) = pack(codes, zeros)
        let scaleTensor = WeightFile.stored(.init(name: name + ".scales", shape: [groups, rows], values: scales.flatMap { $0 }))
        var values: [Float] = []
        for row in 0..<rows {
            for column in 0..<columns {
                let level = Float(codes[column][row]) - Float(zeros[column / 16][row])
                values.append(level * scales[column / 16][row])
            }
        }
        return Matrix(
            stored: [
                .init(name: name + ".qweight", type: "I32", shape: shape, bytes: words(packed)),
                .init(name: name + ".qzeros", type: "I32", shape: [groups, rows / 8], bytes: words(packedZeros)), scaleTensor,
            ], values: values)
    }

    /// The first in a word's lowest bits.
    static func word(_ codes: [UInt32]) -> UInt32 {
        var word: UInt32 = 0
        for (place, code) in codes.enumerated() { word |= code << (4 * UInt32(place)) }
        return word
    }

    static func gptq(_ name: String, _ rows: Int, _ columns: Int) -> Matrix {
        integers(name, rows, columns, [columns / 8, rows]) { codes, zeros in
            var packed: [UInt32] = [], packedZeros: [UInt32] = []
            for first in stride(from: 0, to: columns, by: 8) {
                for row in 0..<rows { packed.append(word((first..<(first + 8)).map { codes[$0][row] })) }
            }
            // This version of the format stores them less one.
            for line in zeros {
                for first in stride(from: 0, to: rows, by: 8) { packedZeros.append(word(line[first..<(first + 8)].map { $0 - 1 })) }
            }
            return (packed, packedZeros)
        }
    }

    static func awq(_ name: String, _ rows: Int, _ columns: Int) -> Matrix {
        integers(name, rows, columns, [columns, rows / 8]) { codes, zeros in
            func pack(_ lines: [[UInt32]]) -> [UInt32] {
                var packed: [UInt32] = []
                for line in lines {
                    for first in stride(from: 0, to: rows, by: 8) { packed.append(word([0, 2, 4, 6, 1, 3, 5, 7].map { line[first + $0] })) }
                }
                return packed
            }
            return (pack(codes), pack(zeros))
        }
    }

    /// E4M3 with one scale for each 128 by 128.
    static func float8(_ name: String, _ rows: Int, _ columns: Int) -> Matrix {
        var random = RandomSource(seed: UInt64(rows * 77 + columns))
        let scale = Float(1 + rows % 5) / 256
        let bytes = (0..<(rows * columns)).map { _ in UInt8(random.next() % 0x60) | UInt8(random.next() % 2) << 7 }
        let values = bytes.map { byte -> Float in
            let (exponent, fraction) = (Int(byte >> 3 & 15), Float(byte & 7) / 8)
            let magnitude = exponent == 0 ? fraction * 0x1p-6 : Float(sign: .plus, exponent: exponent - 7, significand: 1 + fraction)
            return (byte & 0x80 == 0 ? magnitude : -magnitude) * scale
        }
        return Matrix(
            stored: [
                .init(name: name + ".weight", type: "F8_E4M3", shape: [rows, columns], bytes: bytes),
                WeightFile.stored(.init(name: name + ".weight_scale_inv", shape: [1, 1], values: [scale])),
            ], values: values)
    }

    enum Method: String, CaseIterable, Sendable {
        case gptq, awq, fp8

        var settings: JSONValue {
            switch self {
            case .gptq: ["quant_method": "gptq", "bits": 4, "group_size": 16, "desc_act": false, "sym": false]
            case .awq: ["quant_method": "awq", "bits": 4, "group_size": 16, "version": "gemm", "zero_point": true]
            case .fp8: ["quant_method": "fp8", "weight_block_size": [128, 128]]
            }
        }

        func matrix(_ name: String, _ rows: Int, _ columns: Int) -> Matrix {
            switch self {
            case .gptq: QuantisedModelTests.gptq(name, rows, columns)
            case .awq: QuantisedModelTests.awq(name, rows, columns)
            case .fp8: float8(name, rows, columns)
            }
        }
    }

    @Test(arguments: Method.allCases)
    func quantisedFoldersGiveWhatTheirFloatsGive(method: Method) throws {
        let (quantised, plain) = Self.tensors(method.matrix)
        let model = try Self.model(quantised, Self.configuration(method.settings))
        let floats = try Self.model(plain, Self.configuration(nil))
        let tokens = (0..<70).map { Int32($0 * 37 % 400) }
        let expected = try floats.logprobs(of: tokens)
        #expect(expected.dropFirst().allSatisfy { $0?.isFinite == true })
        #expect(try model.logprobs(of: tokens) == expected)
        #expect(try model.generate([tokens], maximumNewTokens: 5) == floats.generate([tokens], maximumNewTokens: 5))
        #expect(model.parameterCount == floats.parameterCount)
    }

    @Test func theFileOfTheQuantisingProgramIsHeeded() throws {
        let (quantised, plain) = Self.tensors(Self.gptq)
        let settings = try CanonicalJSON.encode(["bits": 4, "group_size": 16, "desc_act": false])
        let model = try Self.model(quantised, Self.configuration(nil), extra: settings)
        let tokens: [Int32] = [1, 2, 3, 4, 5]
        #expect(try model.logprobs(of: tokens) == Self.model(plain, Self.configuration(nil)).logprobs(of: tokens))
    }

    /// As AutoGPTQ wrote them beside every matrix once.
    @Test func biasesOfZerosChangeNothing() throws {
        let (quantised, plain) = Self.tensors(Self.gptq)
        func bias(_ value: Float) -> WeightFile.Stored {
            WeightFile.stored(
                .init(name: "model.layers.0.mlp.down_proj.bias", shape: [32], values: [Float](repeating: 0, count: 31) + [value]))
        }
        let model = try Self.model(quantised + [bias(0)], Self.configuration(Method.gptq.settings))
        let tokens: [Int32] = [1, 2, 3, 4, 5]
        #expect(try model.logprobs(of: tokens) == Self.model(plain, Self.configuration(nil)).logprobs(of: tokens))
        let found = HostileModelTests.error { _ = try Self.model(quantised + [bias(1)], Self.configuration(Method.gptq.settings)) }
        #expect(found?.code == .unsupportedModel && found?.message.contains("down_proj.bias") == true)
    }

    @Test func partsThatDoNotBelongAreRefused() throws {
        let (quantised, _) = Self.tensors(Self.gptq)
        let settings = Method.gptq.settings
        func error(_ tensors: [WeightFile.Stored], _ config: JSONObject) -> EngineError? {
            HostileModelTests.error { _ = try Self.model(tensors, config) }
        }
        let unnamed = error(quantised, Self.configuration(nil))
        #expect(unnamed?.code == .malformedModel && unnamed?.message.contains("q_proj.weight") == true)
        let missing = error(quantised.filter { !$0.name.hasSuffix("down_proj.scales") }, Self.configuration(settings))
        #expect(missing?.code == .malformedModel && missing?.message.contains("down_proj") == true)
        let unknown = error(quantised, Self.configuration(["quant_method": "bitsandbytes"]))
        #expect(unknown?.code == .unsupportedModel && unknown?.message.contains("bitsandbytes") == true)
        let narrow = error(quantised, Self.configuration(settings, ["intermediate_size": 40]))
        #expect(narrow?.code == .malformedModel && narrow?.message.contains("shape") == true)
        let stray = quantised + [WeightFile.Stored(name: "model.layers.0.mlp.g_idx", type: "I32", shape: [1], bytes: [0, 0, 0, 0])]
        #expect(error(stray, Self.configuration(settings))?.message.contains("mlp") == true)
    }
}
