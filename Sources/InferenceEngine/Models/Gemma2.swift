/// Gemma 2 (Riviere et al. 2024, "Gemma 2"): norms before and after, GELU, capped scores and logits, windows on every other layer.
enum Gemma2 {
    static let architecture = Architecture(
        modelTypes: ["gemma2"], ggufNames: ["gemma2"], configuration: { configuration throws(EngineError) in try describe(configuration) },
        metadata: { metadata throws(EngineError) in try describe(metadata) })

    static func describe(_ configuration: ConfigurationReader) throws(EngineError) -> ModelDescription {
        var model = try common(configuration)
        func cap(_ name: String, absent: Double) throws(EngineError) -> Float? {
            configuration.has(name) ? try configuration.number(ifThere: name).map { Float($0) } : Float(absent)
        }
        model.shape.attentionSoftcap = try cap("attn_logit_softcapping", absent: 50)
        model.shape.logitSoftcap = try cap("final_logit_softcapping", absent: 30)
        try configuration.setWindows(&model, configuration.window(absent: 4096)) { $0.isMultiple(of: 2) }
        return model
    }

    /// What Gemma 2 and 3 share.
    static func common(
        _ configuration: ConfigurationReader, rotaryBase: Double = 10_000,
        rotaries: ((RotaryReader) throws(EngineError) -> [RotaryShape])? = nil
    ) throws(EngineError) -> ModelDescription {
        var model = try configuration.decoder(
            .init(
                keyValueHeads: 4, headWidth: 256, rotaryBase: rotaryBase, tiesEmbedding: true, activation: .geluTanh, hasLayerTypes: true),
            rotaries: rotaries)
        model.shape.norms = .both
        model.shape.biases = try configuration.biases()
        model.shape.embeddingScale = Float(model.shape.width).squareRoot()
        model.shape.attentionScale = 1 / Float(try configuration.number(ifThere: "query_pre_attn_scalar") ?? 256).squareRoot()
        model.names.parts[.attentionPostNorm] = "post_attention_layernorm"
        model.names.parts[.feedForwardNorm] = "pre_feedforward_layernorm"
        model.names.parts[.feedForwardPostNorm] = "post_feedforward_layernorm"
        // Gains are stored less 1; llama.cpp's converter adds it.
        model.names.normOffset = 1
        return model
    }

    static func describe(_ metadata: MetadataReader) throws(EngineError) -> ModelDescription {
        var model = try common(metadata, besides: ["attn_logit_softcapping", "attention.sliding_window"], largest: 46)
        model.shape.attentionSoftcap = Float(try metadata.number(ifThere: "attn_logit_softcapping") ?? 50)
        model.shape.logitSoftcap = Float(try metadata.number(ifThere: "final_logit_softcapping") ?? 30)
        let window = try metadata.integer(ifThere: "attention.sliding_window") ?? 4096
        for number in model.shape.layers.indices where number.isMultiple(of: 2) { model.shape.layers[number].window = window }
        return model
    }

    /// - Parameter largest: layers of the model whose scores are scaled by the width of a head as if all heads made up the stream's:
    ///   no key says it.
    static func common(
        _ metadata: MetadataReader, besides known: Set<String>, largest: Int,
        rotaries: ((_ headWidth: Int) throws(EngineError) -> [RotaryShape])? = nil
    ) throws(EngineError) -> ModelDescription {
        var model = try metadata.decoder(besides: known.union(["final_logit_softcapping"]), activation: .geluTanh, rotaries: rotaries)
        let shape = model.shape
        model.shape.norms = .both
        model.shape.embeddingScale = Float(shape.width).squareRoot()
        if shape.layers.count == largest, shape.heads > 0 { model.shape.attentionScale = 1 / Float(shape.width / shape.heads).squareRoot() }
        return model
    }
}
