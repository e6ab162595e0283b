import Testing
import WeightFormats

/// Settings and tensors of quantised models that do not belong together: each is refused with its own code, and says where.
@Suite struct SchemeRefusalTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let code: WeightError.Code
        /// The tensor or the key that the error names.
        let place: String
        let configuration: String
        let file: [UInt8]

        init(_ name: String, _ code: WeightError.Code, _ place: String, _ configuration: String, _ tensors: [Tensor]) {
            (testDescription, self.code, self.place) = (name, code, place)
            self.configuration = configuration
            file = Tensor.file(tensors)
        }
    }

    struct Tensor: Sendable {
        let name: String
        let type: String
        let shape: [Int]
        var bytes: [UInt8]

        /// Zeros unless other bytes are given.
        init(_ name: String, _ type: String, _ shape: [Int], _ bytes: [UInt8]? = nil) {
            (self.name, self.type, self.shape) = (name, type, shape)
            let size = TensorType(named: type)?.blockBytes ?? 1
            self.bytes = bytes ?? [UInt8](repeating: 0, count: shape.reduce(size, *))
        }

        static func file(_ tensors: [Tensor]) -> [UInt8] {
            var data: [UInt8] = []
            let entries = tensors.map { tensor in
                defer { data += tensor.bytes }
                return #""\#(tensor.name)":{"dtype":"\#(tensor.type)","shape":\#(tensor.shape),"data_offsets":[\#(data.count),\#(data.count + tensor.bytes.count)]}"#
            }
            let header = Array("{\(entries.joined(separator: ","))}".utf8)
            return littleEndian(UInt64(header.count)) + header + data
        }
    }

    @Test(arguments: settings + parts)
    func isRefused(model: Case) throws {
        let table = try WeightTable(WeightContainer.open(MappedFile.holding(model.file)))
        let error = #expect(throws: WeightError.self) { try LogicalWeights(table, configuration: Array(model.configuration.utf8)) }
        #expect(error?.code == model.code, "\(error?.description ?? "none")")
        let place = error?.tensor ?? error?.key ?? ""
        #expect(place == model.place || place == "quantization_config." + model.place, "\(error?.description ?? "none")")
    }

    /// What the same tables say when nothing is wrong: none of the cases below fails for another reason than its own.
    @Test func isAccepted() throws {
        let skipping = gptq(#","dynamic":{"-:.*visual.*":{}},"adapter":null"#)
        for (configuration, tensors) in [(gptq(), gptqParts()), (skipping, gptqParts()), (awq, awqParts()), (fp8, fp8Parts()), (mxfp4, mxfp4Parts())] {
            let table = try WeightTable(WeightContainer.open(MappedFile.holding(Tensor.file(tensors))))
            let weights = try LogicalWeights(table, configuration: Array(configuration.utf8))
            #expect(weights.weights.filter { $0.plain == nil }.count == 1)
        }
    }

    static let settings: [Case] = [
        Case("no JSON", .badConfiguration, "", "{", []),
        Case("no object", .badConfiguration, "", "[]", []),
        Case("settings that are none", .badConfiguration, "quantization_config", #"{"quantization_config":1}"#, []),
        Case("no method", .badConfiguration, "quant_method", #"{"quantization_config":{}}"#, []),
        Case("a method that is a number", .badConfiguration, "quant_method", #"{"quantization_config":{"quant_method":4}}"#, []),
        Case("bitsandbytes", .unsupportedScheme, "quant_method", quantised(#""quant_method":"bitsandbytes","load_in_4bit":true"#), []),
        Case("a method unheard of", .unsupportedScheme, "quant_method", quantised(#""quant_method":"\u0000magic""#), []),
        Case("packed FP4 experts", .unsupportedScheme, "expert_dtype", quantised(#""quant_method":"fp8","expert_dtype":"fp4""#), []),
        Case("blocks of nothing", .badConfiguration, "weight_block_size", quantised(#""quant_method":"fp8","weight_block_size":[0,128]"#), []),
        Case("blocks of three numbers", .badConfiguration, "weight_block_size", quantised(#""quant_method":"fp8","weight_block_size":[1,2,3]"#), []),
        Case("blocks of text", .badConfiguration, "weight_block_size", quantised(#""quant_method":"fp8","weight_block_size":["1",2]"#), []),
        Case("a skip list of numbers", .badConfiguration, "modules_to_not_convert", quantised(#""quant_method":"fp8","modules_to_not_convert":[1]"#), []),
        Case("packed integers of compressed-tensors", .unsupportedScheme, "format", quantised(#""quant_method":"compressed-tensors","format":"pack-quantized""#), []),
        Case("sparse weights", .unsupportedScheme, "sparsity_config", quantised(
            #""quant_method":"compressed-tensors","format":"float-quantized","sparsity_config":{"format":"sparse-24-bitmask"}"#), []),
        Case("rotated weights", .unsupportedScheme, "transform_config", quantised(
            #""quant_method":"compressed-tensors","format":"float-quantized","transform_config":{"config_groups":{"a":{}}}"#), []),
        Case("integers in a group", .unsupportedScheme, "config_groups.group_0.weights.type", quantised(
            #""quant_method":"compressed-tensors","config_groups":{"group_0":{"weights":{"num_bits":8,"type":"int"}}}"#), []),
        Case("two sizes of blocks", .unsupportedScheme, "config_groups.b.weights.block_structure", quantised(
            #""quant_method":"compressed-tensors","config_groups":{"a":{"weights":{"type":"float","block_structure":[1,2]}},"#
                + #""b":{"weights":{"type":"float","block_structure":[2,2]}}}"#), []),
        Case("no bits", .badConfiguration, "bits", quantised(#""quant_method":"gptq","group_size":128"#), []),
        Case("five bits", .unsupportedScheme, "bits", quantised(#""quant_method":"gptq","bits":5,"group_size":128"#), []),
        Case("bitsandbytes by its flags", .unsupportedScheme, "quant_method", quantised(#""load_in_8bit":true"#), []),
        Case("groups of nothing", .badConfiguration, "group_size", quantised(#""quant_method":"gptq","bits":4,"group_size":0"#), []),
        Case("groups of less than nothing", .badConfiguration, "group_size", quantised(#""quant_method":"awq","bits":4,"group_size":-2"#), []),
        Case("groups of a fraction", .badConfiguration, "group_size", quantised(#""quant_method":"gptq","bits":4,"group_size":1e30"#), []),
        Case("planar GPTQ", .unsupportedScheme, "checkpoint_format", gptq(#","checkpoint_format":"gptq_p""#), []),
        Case("Marlin's GPTQ", .unsupportedScheme, "checkpoint_format", gptq(#","is_marlin_format":true"#), []),
        Case("matrices of different widths", .unsupportedScheme, "dynamic", gptq(#","dynamic":{"+:.*down.*":{"bits":8}}"#), []),
        Case("words of 64 bits", .unsupportedScheme, "pack_dtype", gptq(#","pack_dtype":"int64""#), []),
        Case("AWQ of eight bits", .unsupportedScheme, "bits", quantised(#""quant_method":"awq","bits":8,"group_size":128"#), []),
        Case("AWQ's gemv", .unsupportedScheme, "version", quantised(#""quant_method":"awq","bits":4,"group_size":128,"version":"GEMV""#), []),
    ]

    static let parts: [Case] = [
        Case("groups of 128, since no size is named", .badScheme, "a.scales", quantised(#""quant_method":"gptq","bits":4"#), gptqParts()),
        Case("no zero points", .badScheme, "a.qweight", gptq(), gptqParts(without: "a.qzeros")),
        Case("no scales", .badScheme, "a.qweight", gptq(), gptqParts(without: "a.scales")),
        Case("no codes", .badScheme, "a.qzeros", gptq(), gptqParts(without: "a.qweight")),
        Case("codes that are floats", .badScheme, "a.qweight", gptq(), gptqParts(.init("a.qweight", "F32", [4, 8]))),
        Case("codes in one dimension", .badScheme, "a.qweight", gptq(), gptqParts(.init("a.qweight", "I32", [32]))),
        Case("no codes at all", .badScheme, "a.qweight", gptq(), gptqParts(.init("a.qweight", "I32", [4, 0]))),
        Case("codes of three bits that end inside a word", .badScheme, "a.qweight", gptq(bits: 3), gptqParts()),
        Case("zero points of too few groups", .badScheme, "a.qzeros", gptq(), gptqParts(.init("a.qzeros", "I32", [1, 1]))),
        Case("zero points of too few outputs", .badScheme, "a.qzeros", gptq(), gptqParts(.init("a.qzeros", "I32", [2, 0]))),
        Case("zero points that are floats", .badScheme, "a.qzeros", gptq(), gptqParts(.init("a.qzeros", "F32", [2, 1]))),
        Case("scales of another shape", .badScheme, "a.scales", gptq(), gptqParts(.init("a.scales", "F16", [8, 2]))),
        Case("scales that are integers", .badScheme, "a.scales", gptq(), gptqParts(.init("a.scales", "I16", [2, 8]))),
        Case("a group that is not there", .badScheme, "a.g_idx", gptq(), gptqParts(.init("a.g_idx", "I32", [32], index(2)))),
        Case("a group below the first", .badScheme, "a.g_idx", gptq(), gptqParts(.init("a.g_idx", "I32", [32], index(-1)))),
        Case("groups of too many inputs", .badScheme, "a.g_idx", gptq(), gptqParts(.init("a.g_idx", "I32", [33]))),
        Case("groups of too few inputs", .badScheme, "a.g_idx", gptq(), gptqParts(.init("a.g_idx", "I32", [24]))),
        Case("groups that are floats", .badScheme, "a.g_idx", gptq(), gptqParts(.init("a.g_idx", "F32", [32]))),
        Case("the weight beside its codes", .badScheme, "a.weight", gptq(), gptqParts() + [.init("a.weight", "F32", [8, 32])]),
        Case("AWQ's groups that do not come out", .badScheme, "a.qweight", quantised(#""quant_method":"awq","bits":4,"group_size":24"#), awqParts()),
        Case("AWQ's scales of another shape", .badScheme, "a.scales", awq, awqParts(.init("a.scales", "F16", [2, 7]))),
        Case("AWQ's zero points of another shape", .badScheme, "a.qzeros", awq, awqParts(.init("a.qzeros", "I32", [2, 2]))),
        Case("AWQ where it says there is none", .badScheme, "a.qweight", quantised(
            #""quant_method":"awq","bits":4,"group_size":16,"modules_to_not_convert":["a"]"#), awqParts()),
        Case("no scales for FP8", .badScheme, "a.weight", fp8, fp8Parts(without: "a.weight_scale_inv")),
        Case("scales for no FP8", .badScheme, "a.weight_scale_inv", fp8, fp8Parts(without: "a.weight")),
        Case("scales for halves", .badScheme, "a.weight_scale_inv", fp8, fp8Parts(.init("a.weight", "BF16", [16, 32]))),
        Case("two kinds of scales", .badScheme, "a.weight", fp8, fp8Parts() + [.init("a.weight_scale", "F32", [])]),
        Case("scales of a shape that does not come out", .badScheme, "a.weight_scale_inv", fp8, fp8Parts(.init("a.weight_scale_inv", "F32", [3, 2]))),
        Case("scales in one dimension", .badScheme, "a.weight_scale_inv", fp8, fp8Parts(.init("a.weight_scale_inv", "F32", [16]))),
        Case("no scale in the scales", .badScheme, "a.weight_scale_inv", fp8, fp8Parts(.init("a.weight_scale_inv", "F32", [0, 2]))),
        Case("scales that are integers of FP8", .badScheme, "a.weight_scale_inv", fp8, fp8Parts(.init("a.weight_scale_inv", "I32", [2, 2]))),
        Case("an FP8 vector", .badScheme, "a.weight", fp8, fp8Parts(.init("a.weight", "F8_E4M3", [32]))),
        Case("zero points of FP8", .unsupportedScheme, "a.weight_zero_point", fp8, fp8Parts() + [.init("a.weight_zero_point", "F8_E4M3", [1])]),
        Case("FP8 where it says there is none", .badScheme, "a.weight", quantised(
            #""quant_method":"fp8","weight_block_size":[8,16],"ignored_layers":["a"]"#), fp8Parts()),
        Case("no scales for experts", .badScheme, "e_blocks", mxfp4, mxfp4Parts(without: "e_scales")),
        Case("no blocks", .badScheme, "e_scales", mxfp4, mxfp4Parts(without: "e_blocks")),
        Case("blocks of another size", .badScheme, "e_blocks", mxfp4, mxfp4Parts(.init("e_blocks", "U8", [2, 3, 2, 8]))),
        Case("blocks of another type", .badScheme, "e_blocks", mxfp4, mxfp4Parts(.init("e_blocks", "I8", [2, 3, 2, 16]))),
        Case("scales of other experts", .badScheme, "e_scales", mxfp4, mxfp4Parts(.init("e_scales", "U8", [1, 3, 2]))),
    ]
}

private func quantised(_ settings: String) -> String { #"{"quantization_config":{\#(settings)}}"# }

private func gptq(bits: Int = 4, _ more: String = "") -> String {
    quantised(#""quant_method":"gptq","bits":\#(bits),"group_size":16"# + more)
}

private let awq = quantised(#""quant_method":"awq","bits":4,"group_size":16"#)
private let fp8 = quantised(#""quant_method":"fp8","weight_block_size":[8,16]"#)
private let mxfp4 = quantised(#""quant_method":"mxfp4""#)

private typealias Tensor = SchemeRefusalTests.Tensor

private func parts(_ whole: [Tensor], _ other: Tensor?, _ missing: String?) -> [Tensor] {
    whole.filter { $0.name != missing }.map { $0.name == other?.name ? other ?? $0 : $0 }
}

private func gptqParts(_ other: Tensor? = nil, without missing: String? = nil) -> [Tensor] {
    parts(
        [.init("a.qweight", "I32", [4, 8]), .init("a.qzeros", "I32", [2, 1]), .init("a.scales", "F16", [2, 8]), .init("a.g_idx", "I32", [32])],
        other, missing)
}

private func awqParts(_ other: Tensor? = nil) -> [Tensor] {
    parts([.init("a.qweight", "I32", [32, 1]), .init("a.qzeros", "I32", [2, 1]), .init("a.scales", "F16", [2, 8])], other, nil)
}

private func fp8Parts(_ other: Tensor? = nil, without missing: String? = nil) -> [Tensor] {
    parts([.init("a.weight", "F8_E4M3", [16, 32]), .init("a.weight_scale_inv", "F32", [2, 2])], other, missing)
}

private func mxfp4Parts(_ other: Tensor? = nil, without missing: String? = nil) -> [Tensor] {
    parts([.init("e_blocks", "U8", [2, 3, 2, 16]), .init("e_scales", "U8", [2, 3, 2])], other, missing)
}

/// Thirty-two groups, of which the last is this one.
private func index(_ last: Int32) -> [UInt8] {
    [UInt8](repeating: 0, count: 31 * 4) + littleEndian(UInt32(bitPattern: last))
}
