import Testing
import WeightFormats

/// Quantised weights of safetensors, held bit for bit against what the programs that run such models make of them
/// (`Fixtures/generate-schemes.py`).
@Suite struct LogicalWeightTests {
    static let models = [
        "fp8-blocks", "fp8-default", "fbgemm", "compressed", "gptq-2", "gptq-3", "gptq-4", "gptq-4-order", "gptq-8", "gptq-2-one-less",
        "gptq-3-one-less", "gptq-4-one-less", "gptq-8-one-less", "gptq-partial", "awq", "awq-odd", "awq-whole", "mxfp4",
    ]

    private func weights(_ name: String) throws -> LogicalWeights {
        let container = try WeightContainer.open(MappedFile(path: Fixtures.path("schemes/\(name).safetensors")))
        return try LogicalWeights(WeightTable(container), configuration: Fixtures.bytes("schemes/\(name).json"))
    }

    private func expected(_ name: String) throws -> [(tensor: TensorInfo, values: [Float])] {
        let container = try WeightContainer.open(MappedFile(path: Fixtures.path("schemes/\(name).expected.safetensors")))
        return try container.tensors.map { (tensor: $0, values: try container.floats($0)) }
    }

    private func isSame(_ one: [Float], _ other: [Float]) -> Bool {
        one.count == other.count && zip(one, other).allSatisfy { $0.bitPattern == $1.bitPattern || $0.isNaN && $1.isNaN }
    }

    @Test(arguments: models)
    func valuesAreThoseOfTheProgramsThatRunSuchModels(model: String) throws {
        let weights = try weights(model), expected = try expected(model)
        #expect(!expected.isEmpty)
        for (tensor, values) in expected {
            let weight = try #require(weights.weight(tensor.name))
            #expect(weight.shape == tensor.shape && weight.plain == nil)
            #expect(isSame(try weight.floats(0..<weight.rows), values), "\(tensor.name)")
            // Any rows by themselves, from the middle of whatever is worked on together.
            for rows in [0..<1, weight.rows - 1..<weight.rows, 1..<min(weight.rows, 18), weight.rows / 2..<weight.rows, 1..<1] {
                let part = Array(values[rows.lowerBound * weight.columns..<rows.upperBound * weight.columns])
                #expect(isSame(try weight.floats(rows), part), "\(tensor.name) \(rows)")
            }
        }
    }

    /// What is not quantised stays, and every tensor has its place.
    @Test(arguments: models)
    func everyTensorIsPartOfAWeightOrIgnored(model: String) throws {
        let weights = try weights(model), quantised = Set(try expected(model).map(\.tensor.name))
        #expect(Set(weights.weights.filter { $0.plain == nil }.map(\.name)) == quantised)
        #expect(weights.tensors(besides: Set(weights.weights.map(\.name))).isEmpty)
        for weight in weights.weights where weight.plain != nil { #expect(weight.parts.map(\.name) == [weight.name]) }
    }

    @Test func partsAndWhatIsLeftOver() throws {
        let fp8 = try weights("fp8-blocks")
        #expect(fp8.weight("half.weight")?.parts.map(\.name) == ["half.weight", "half.weight_scale_inv"])
        #expect(fp8.ignored.map(\.tensor.name) == ["one.activation_scale"] && fp8.ignored.allSatisfy { !$0.reason.isEmpty })
        #expect(fp8.weight("lm_head.weight")?.plain?.tensor.type == .bf16)
        #expect(fp8.weight("lm_head.weight")?.plain?.bytes.count == 48)
        let unused = fp8.tensors(besides: Set(fp8.weights.map(\.name)).subtracting(["half.weight", "one.bias"]))
        #expect(Set(unused.map(\.name)) == ["half.weight", "half.weight_scale_inv", "one.bias"])
        let gptq = try weights("gptq-4-order")
        #expect(Set(gptq.weight("a.weight")?.parts.map(\.name) ?? []) == ["a.qweight", "a.qzeros", "a.scales", "a.g_idx"])
        #expect(gptq.weight("a.bias")?.shape == [32] && gptq.weight("a.bias")?.rows == 1 && gptq.weight("a.qweight") == nil)
    }

    /// gpt-oss' experts are stored the other way round than the model has them.
    @Test func expertsCanBeReadAsTheyAreStored() throws {
        let weights = try weights("mxfp4")
        for (tensor, values) in try expected("mxfp4") {
            let weight = try #require(weights.weight(tensor.name)), turned = try #require(weight.transpose)
            let (inputs, outputs) = (weight.shape[1], weight.shape[2])
            #expect(turned.shape == [2, outputs, inputs] && turned.transpose?.shape == weight.shape)
            let exchanged = (0..<2).flatMap { expert in
                (0..<outputs).flatMap { output in (0..<inputs).map { values[(expert * inputs + $0) * outputs + output] } }
            }
            #expect(isSame(try turned.floats(0..<turned.rows), exchanged))
            #expect(isSame(try turned.floats(outputs - 1..<outputs + 2), Array(exchanged[(outputs - 1) * inputs..<(outputs + 2) * inputs])))
        }
        #expect(try self.weights("awq").weight("layers.0.weight")?.transpose == nil)
    }

    /// The settings in the quantising programs' own files say the same.
    @Test func otherSettingsFiles() throws {
        func weights(_ model: String, _ configuration: String?, gptq: String? = nil, awq: String? = nil) throws -> LogicalWeights {
            let container = try WeightContainer.open(MappedFile(path: Fixtures.path("schemes/\(model).safetensors")))
            return try LogicalWeights(
                WeightTable(container), configuration: configuration.map { Array($0.utf8) }, quantizeConfig: gptq.map { Array($0.utf8) },
                quantConfig: awq.map { Array($0.utf8) })
        }
        let awq = try weights("awq", #"{"quantization_config":null}"#, awq: #"{"zero_point":true,"q_group_size":32,"w_bit":4,"version":"GEMM"}"#)
        let gptq = try weights("gptq-3", nil, gptq: #"{"bits":3,"group_size":32,"desc_act":true,"format":"gptq_v2","dynamic":{}}"#)
        for (model, found) in [("awq", awq), ("gptq-3", gptq)] {
            for (tensor, values) in try expected(model) {
                let weight = try #require(found.weight(tensor.name))
                #expect(isSame(try weight.floats(0..<weight.rows), values))
            }
        }
        // Nothing says that these are quantised: packed words are no weights.
        let plain = try weights("gptq-3", #"{"model_type":"llama"}"#)
        let words = try #require(plain.weight("a.qweight"))
        #expect(words.plain?.tensor.type == .i32)
        #expect(throws: WeightError.self) { try words.floats(0..<1) }
        #expect(plain.weight("a.weight") == nil)
    }

    @Test func ggufWeightsAreTheirTensors() throws {
        let container = try WeightContainer.open(MappedFile(path: Fixtures.path("every-type.gguf")))
        let weights = try LogicalWeights(WeightTable(container), configuration: nil)
        #expect(weights.weights.map(\.name) == container.tensors.map(\.name))
        for tensor in container.tensors {
            let weight = try #require(weights.weight(tensor.name))
            #expect(weight.plain?.tensor == tensor && weight.shape == tensor.shape)
            let all = try container.floats(tensor)
            #expect(isSame(try weight.floats(0..<weight.rows), all))
            #expect(isSame(try weight.floats(1..<2), Array(all[weight.columns..<2 * weight.columns])))
        }
    }

    @Test func refusesRowsThatAreNotThere() throws {
        let weight = try #require(try weights("awq").weight("layers.0.weight"))
        var room = [Float](repeating: 0, count: 128)
        for (rows, count) in [(0..<1, 63), (0..<1, 65), (23..<25, 128), (-1..<1, 128), (0..<Int.max, 0)] {
            let error = #expect(throws: WeightError.self) {
                try room.withUnsafeMutableBufferPointer { try weight.dequantise(rows: rows, into: UnsafeMutableBufferPointer(rebasing: $0[..<count])) }
            }
            #expect(error?.code == .sizeMismatch && error?.tensor == "layers.0.weight")
        }
        let error = #expect(throws: WeightError.self) {
            try room.withUnsafeMutableBufferPointer { try weights("awq").dequantise("layers.9.weight", rows: 0..<1, into: $0) }
        }
        #expect(error?.tensor == "layers.9.weight")
    }
}

extension LogicalWeight {
    func floats(_ rows: Range<Int>) throws -> [Float] {
        var values = [Float](repeating: 0, count: rows.count * columns)
        let result = values.withUnsafeMutableBufferPointer { values in
            Result { () throws(WeightError) in try dequantise(rows: rows, into: values) }
        }
        try result.get()
        return values
    }
}
