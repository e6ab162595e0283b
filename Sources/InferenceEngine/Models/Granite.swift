/// Granite 3 (Granite Team 2024, "Granite 3.0 Language Models"): Llama with four multipliers (after Yang et al. 2022, "Tensor Programs V").
enum Granite {
    static let architecture = Architecture(
        modelTypes: ["granite"], ggufNames: ["granite"], configuration: { configuration throws(EngineError) in try describe(configuration) },
        metadata: { metadata throws(EngineError) in try describe(metadata) })

    static func describe(_ configuration: ConfigurationReader) throws(EngineError) -> ModelDescription {
        var model = try configuration.decoder()
        model.shape.biases = try configuration.biases(heedsFeedForward: true)
        model.shape.embeddingScale = Float(try configuration.number(ifThere: "embedding_multiplier") ?? 1)
        model.shape.attentionScale = Float(try configuration.number(ifThere: "attention_multiplier") ?? 1)
        model.shape.residualScale = Float(try configuration.number(ifThere: "residual_multiplier") ?? 1)
        model.shape.logitScale = Float(1 / (try configuration.number(ifThere: "logits_scaling") ?? 1))
        return model
    }

    static func describe(_ metadata: MetadataReader) throws(EngineError) -> ModelDescription {
        // In this family it would mean that positions are not embedded.
        if metadata.metadata[metadata.key("rope.scaling.finetuned")]?.bool == false {
            throw EngineError(.unsupportedModel, "\(metadata.key("rope.scaling.finetuned")) is false: that is not supported")
        }
        var model = try metadata.decoder(besides: ["attention.scale", "embedding_scale", "residual_scale", "logit_scale"]) {
            headWidth throws(EngineError) in
            [try metadata.rotary(headWidth: headWidth, pairing: .neighbours, hasFactors: true)]
        }
        /// 0 says nothing, as absence does.
        func scale(_ name: String) throws(EngineError) -> Double? {
            let scale = try metadata.number(ifThere: name)
            return scale == 0 ? nil : scale
        }
        if let scale = try scale("attention.scale") { model.shape.attentionScale = Float(scale) }
        model.shape.embeddingScale = Float(try scale("embedding_scale") ?? 1)
        model.shape.residualScale = Float(try scale("residual_scale") ?? 1)
        // The logits are divided by it.
        model.shape.logitScale = Float(1 / (try scale("logit_scale") ?? 1))
        return model
    }
}
