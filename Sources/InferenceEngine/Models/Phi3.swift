/// Phi-3, Phi-3.5 and Phi-4-mini (Abdin et al. 2024, "Phi-3 Technical Report"): Llama with joined matrices, and LongRoPE.
enum Phi3 {
    static let architecture = Architecture(
        modelTypes: ["phi3"], ggufNames: ["phi3"], configuration: { configuration throws(EngineError) in try describe(configuration) },
        metadata: { metadata throws(EngineError) in try describe(metadata) })

    static func describe(_ configuration: ConfigurationReader) throws(EngineError) -> ModelDescription {
        var model = try configuration.decoder(.init(normEpsilon: 1e-5)) { reader throws(EngineError) in
            var reader = reader
            // The last two are what older files call it.
            reader.kinds = ["default": .plain, "longrope": .long, "su": .long, "yarn": .long]
            reader.allowsPart = true
            reader.originalContext = 4096
            return [try reader.one()]
        }
        model.setWindow(try configuration.window())
        model.names.joinedQueryKeyValue = "self_attn.qkv_proj"
        model.names.joinedGateUp = "mlp.gate_up_proj"
        return model
    }

    /// llama.cpp reads the window and does not heed it; `transformers` does.
    static func describe(_ metadata: MetadataReader) throws(EngineError) -> ModelDescription {
        let window = "attention.sliding_window"
        var model = try metadata.decoder(besides: [window, "rope.scaling.attn_factor"]) { headWidth throws(EngineError) in
            [try metadata.longRotary(headWidth: headWidth)]
        }
        model.shape.biases = []
        if let tokens = try metadata.integer(ifThere: window), tokens != 0 { model.setWindow(tokens) }
        model.names.joinedQueryKeyValue = "attn_qkv"
        model.names.joinedGateUp = "ffn_up"
        return model
    }
}
