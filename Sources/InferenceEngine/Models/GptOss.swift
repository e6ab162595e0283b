/// gpt-oss (OpenAI 2025, "gpt-oss-120b & gpt-oss-20b Model Card"): experts with biases and a clamped SwiGLU, a sink beside each head's
/// scores (after Xiao et al. 2023), windows on every other layer.
enum GptOss {
    static let architecture = Architecture(
        modelTypes: ["gpt_oss"], ggufNames: ["gpt-oss"], configuration: { configuration throws(EngineError) in try describe(configuration) },
        metadata: { metadata throws(EngineError) in try describe(metadata) })

    static func describe(_ configuration: ConfigurationReader) throws(EngineError) -> ModelDescription {
        try configuration.expect("swiglu_alpha", .number(1.702))
        let limit = Float(try configuration.number(ifThere: "swiglu_limit") ?? 7)
        var model = try configuration.decoder(
            .init(
                keyValueHeads: 8, headWidth: 64, normEpsilon: 1e-5, rotaryBase: 150_000, activation: .clamped(limit: limit),
                hasLayerTypes: true)
        ) { reader throws(EngineError) in
            var rotary = try reader.one()
            if try !reader.isSaid {
                rotary.scaling = .yarn(
                    factor: 32, fast: 32, slow: 1, originalContext: 4096, attentionFactor: RotaryReader.magnitude(32), truncates: false)
            }
            return [rotary]
        }
        try configuration.setWindows(&model, configuration.window(absent: 128)) { $0.isMultiple(of: 2) }
        finish(&model, try configuration.mixture(["num_local_experts"], absent: (128, 4), .softmaxOfChosen))
        model.shape.biases = try configuration.biases(attention: true).union([.feedForward])
        model.names.parts[.router] = "mlp.router"
        model.names.experts = .interleaved(gateUp: "mlp.experts.gate_up_proj", down: "mlp.experts.down_proj")
        return model
    }

    private static func finish(_ model: inout ModelDescription, _ mixture: MixtureShape) {
        model.shape.hasAttentionSinks = true
        var mixture = mixture
        mixture.hasRouterBias = true
        model.setMixture(mixture)
    }

    static func describe(_ metadata: MetadataReader) throws(EngineError) -> ModelDescription {
        let known = MetadataReader.mixtureKeys.subtracting(["expert_gating_func"])
        var model = try metadata.decoder(
            besides: known.union(["expert_feed_forward_length", "attention.sliding_window"]), activation: .clamped(limit: 7)
        ) { headWidth throws(EngineError) in
            // As the published models are, which llama.cpp does not heed.
            [try metadata.rotary(headWidth: headWidth, pairing: .halves, truncates: false)]
        }
        let width = try metadata.integer("expert_feed_forward_length")
        let window = try metadata.integer("attention.sliding_window")
        for number in model.shape.layers.indices {
            model.shape.layers[number].feedForward.width = width
            if number.isMultiple(of: 2) { model.shape.layers[number].window = window }
        }
        finish(&model, try metadata.mixture(.softmaxOfChosen))
        model.shape.biases = [.queryKeyValue, .attentionOutput, .feedForward]
        model.names.parts[.feedForwardNorm] = "post_attention_norm"
        return model
    }
}
