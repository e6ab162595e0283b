/// OLMo 2 (Walsh et al. 2025, "2 OLMo 2 Furious"): norms on what comes out, and on all of a row's queries and keys.
enum Olmo2 {
    static let architecture = Architecture(
        modelTypes: ["olmo2"], ggufNames: ["olmo2"], configuration: { configuration throws(EngineError) in try describe(configuration) },
        metadata: { metadata throws(EngineError) in try describe(metadata) })

    static func describe(_ configuration: ConfigurationReader) throws(EngineError) -> ModelDescription {
        var model = try configuration.decoder(.init(normEpsilon: 1e-5))
        model.shape.norms = .after
        model.shape.queryKeyNorm = .row
        model.shape.biases = try configuration.biases()
        model.names.parts[.attentionPostNorm] = "post_attention_layernorm"
        model.names.parts[.feedForwardPostNorm] = "post_feedforward_layernorm"
        return model
    }

    static func describe(_ metadata: MetadataReader) throws(EngineError) -> ModelDescription {
        var model = try metadata.decoder()
        model.shape.norms = .after
        model.shape.queryKeyNorm = .row
        return model
    }
}
