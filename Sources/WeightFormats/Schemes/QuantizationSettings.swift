import CanonicalEncoding

/// How a model's weights were quantised, as the files beside them say: `quantization_config` in Hugging Face's config.json, or a file
/// of the quantising program's own.
enum QuantizationSettings: Sendable {
    case float8(Float8Settings)
    case gptq(GPTQMatrix.Settings)
    case awq(AWQSettings)
    case mxfp4

    struct Float8Settings: Sendable {
        /// Rows and columns that a scale is for; nil where none is named.
        let blocks: (rows: Int, columns: Int)?
        let skipped: SkippedModules
    }

    struct AWQSettings: Sendable {
        /// Inputs of a group; nil for all.
        let group: Int?
        let skipped: SkippedModules
    }

    private static let methods = "fp8, fbgemm_fp8, compressed-tensors (format float-quantized), gptq, awq (version gemm), mxfp4"

    /// Nil where nothing says that the weights are quantised.
    ///
    /// - Parameters:
    ///   - configuration: config.json, which counts before the others.
    ///   - quantizeConfig: AutoGPTQ's quantize_config.json.
    ///   - quantConfig: AutoAWQ's quant_config.json.
    /// - Throws: `badConfiguration` for what is no such JSON, `unsupportedScheme` for a method or setting that is not read.
    static func read(
        configuration: [UInt8]?, quantizeConfig: [UInt8]?, quantConfig: [UInt8]?
    ) throws(WeightError) -> QuantizationSettings? {
        if let configuration {
            let fields = SettingFields(try SettingFields.parse(configuration, "config.json"), file: "config.json")
            // The second is what compressed-tensors wrote at first.
            for key in ["quantization_config", "compression_config"] {
                if let settings = try fields.optional(key) { return try Self(settings, method: nil) }
            }
        }
        for (bytes, file, method) in [(quantizeConfig, "quantize_config.json", "gptq"), (quantConfig, "quant_config.json", "awq")] {
            if let bytes { return try Self(SettingFields(SettingFields.parse(bytes, file), file: file), method: method) }
        }
        return nil
    }

    private init(_ fields: SettingFields, method: String?) throws(WeightError) {
        // Its first releases did not name it.
        let isBitsAndBytes = [try fields.bool("load_in_4bit"), try fields.bool("load_in_8bit")].contains(true)
        guard let name = try fields.string("quant_method") ?? method ?? (isBitsAndBytes ? "bitsandbytes" : nil) else {
            throw fields.error("quant_method is missing: it names how the weights were quantised", "quant_method")
        }
        switch name {
        case "fp8":
            self = .float8(try Self.fineGrained(fields))
        case "fbgemm_fp8":
            self = .float8(Float8Settings(blocks: nil, skipped: try SkippedModules(fields, "modules_to_not_convert")))
        case "compressed-tensors":
            self = .float8(try Self.compressedTensors(fields))
        case "gptq":
            self = .gptq(try Self.gptq(fields))
        case "awq":
            self = .awq(try Self.awq(fields))
        case "mxfp4":
            self = .mxfp4
        default:
            throw fields.unsupported("weights quantised by the method \(SettingFields.quoted(name)) are not read, only by \(Self.methods)", "quant_method")
        }
    }

    private static func fineGrained(_ fields: SettingFields) throws(WeightError) -> Float8Settings {
        if let format = try fields.string("expert_dtype"), format != "fp8" {
            throw fields.unsupported("experts of type \(SettingFields.quoted(format)) are not read, only fp8", "expert_dtype")
        }
        let skipped = try SkippedModules(fields, "modules_to_not_convert", "ignored_layers")
        let isNull = fields.value["weight_block_size"] == .null
        guard let sizes = try fields.integers("weight_block_size") else {
            return Float8Settings(blocks: isNull ? nil : (rows: 128, columns: 128), skipped: skipped)
        }
        return Float8Settings(blocks: try block(sizes, fields, "weight_block_size"), skipped: skipped)
    }

    private static func block(_ sizes: [Int], _ fields: SettingFields, _ key: String) throws(WeightError) -> (rows: Int, columns: Int) {
        guard sizes.count == 2, sizes.allSatisfy({ $0 > 0 }) else {
            throw fields.error("\(key) must be two numbers over 0: the rows and columns of a block", key)
        }
        return (rows: sizes[0], columns: sizes[1])
    }

    private static func compressedTensors(_ fields: SettingFields) throws(WeightError) -> Float8Settings {
        func require(_ format: String?, _ fields: SettingFields) throws(WeightError) {
            guard let format, format != "float-quantized" else { return }
            throw fields.unsupported("compressed-tensors of the format \(SettingFields.quoted(format)) are not read, only float-quantized", "format")
        }
        try require(fields.string("format"), fields)
        for key in ["sparsity_config", "transform_config"] {
            // Empty where neither applies.
            guard let settings = try fields.optional(key), settings.value.object.map({ $0.count > 0 }) ?? true else { continue }
            guard key == "sparsity_config", try settings.string("format") == "dense" else {
                throw fields.unsupported("weights with a \(key) are not read", key)
            }
        }
        var blocks: (rows: Int, columns: Int)?
        let groups = try fields.optional("config_groups")
        for (name, _) in groups?.value.object?.members ?? [] {
            guard let group = try groups?.optional(name) else { continue }
            try require(group.string("format"), group)
            guard let weights = try group.optional("weights") else { continue }
            guard try weights.integer("num_bits") ?? 8 == 8, try weights.string("type") == "float" else {
                throw weights.unsupported("compressed-tensors of other weights than floats of 8 bits are not read", "type")
            }
            guard let sizes = try weights.integers("block_structure") else { continue }
            let block = try block(sizes, weights, "block_structure")
            guard blocks.map({ $0 == block }) ?? true else {
                throw weights.unsupported("groups with blocks of different sizes are not read", "block_structure")
            }
            blocks = block
        }
        return Float8Settings(blocks: blocks, skipped: try SkippedModules(fields, "ignore"))
    }

    /// 128 where none is named, as in `transformers`; the scales' shape shows whether it is.
    private static func group(_ fields: SettingFields, _ keys: String...) throws(WeightError) -> Int? {
        for key in keys {
            guard let size = try fields.integer(key) else { continue }
            guard size > 0 || size == -1 else { throw fields.error("\(key) must be over 0, or −1 for one group of all inputs; it is \(size)", key) }
            return size == -1 ? nil : size
        }
        return 128
    }

    private static func gptq(_ fields: SettingFields) throws(WeightError) -> GPTQMatrix.Settings {
        guard let bits = try fields.integer("bits") else { throw fields.error("bits is missing", "bits") }
        guard [2, 3, 4, 8].contains(bits) else {
            throw fields.unsupported("GPTQ codes of \(bits) bits are not read, only of 2, 3, 4 and 8", "bits")
        }
        let format = try fields.string("checkpoint_format", "format") ?? "gptq"
        guard ["gptq", "gptq_v2"].contains(format.lowercased()), try fields.bool("is_marlin_format") != true else {
            throw fields.unsupported(
                "GPTQ weights in the format \(format.lowercased() == "gptq" ? "marlin" : SettingFields.quoted(format)) are not read, only gptq and gptq_v2",
                "checkpoint_format")
        }
        if let type = try fields.string("pack_dtype"), type != "int32" {
            throw fields.unsupported("GPTQ codes packed into \(SettingFields.quoted(type)) are not read, only into int32", "pack_dtype")
        }
        // What would make single matrices differ from the rest, or their inputs from what they were. That some are left as they were
        // ("-:", then which) their tensors show.
        for key in ["dynamic", "adapter", "rotation"] {
            if let settings = try fields.any(key), settings.object.map({ $0.keys.contains { !$0.hasPrefix("-:") } }) ?? true {
                throw fields.unsupported("GPTQ weights with settings of their own for some modules, adapters or rotations (\(key)) are not read", key)
            }
        }
        _ = (try fields.bool("desc_act"), try fields.bool("sym"))
        return GPTQMatrix.Settings(
            codes: PackedCodes(bits: bits), group: try group(fields, "group_size"), zerosLessOne: format.lowercased() == "gptq")
    }

    private static func awq(_ fields: SettingFields) throws(WeightError) -> AWQSettings {
        guard let bits = try fields.integer("bits", "w_bit") else { throw fields.error("bits is missing", "bits") }
        guard bits == 4 else { throw fields.unsupported("AWQ codes of \(bits) bits are not read, only of 4", "bits") }
        let version = try fields.string("version", "format") ?? "gemm"
        guard version.lowercased() == "gemm" else {
            throw fields.unsupported("AWQ weights of the version \(SettingFields.quoted(version)) are not read, only gemm", "version")
        }
        return AWQSettings(
            group: try group(fields, "group_size", "q_group_size"), skipped: try SkippedModules(fields, "modules_to_not_convert"))
    }
}
