/// Qwen3 (Yang et al. 2025, "Qwen3 Technical Report"): each head's queries and keys are normalised before they are turned.
enum Qwen3 {
    static let architecture = Architecture(
        modelTypes: ["qwen3"], ggufNames: ["qwen3"], configuration: { configuration throws(EngineError) in try describe(configuration) },
        metadata: { metadata throws(EngineError) in try describe(metadata) })

    static func describe(_ configuration: ConfigurationReader) throws(EngineError) -> ModelDescription {
        var model = try configuration.decoder(.init(keyValueHeads: 32, headWidth: 128, hasLayerTypes: true))
        model.shape.queryKeyNorm = .head
        model.shape.biases = try configuration.biases()
        try Qwen2.setWindows(&model, configuration)
        return model
    }

    static func describe(_ metadata: MetadataReader) throws(EngineError) -> ModelDescription {
        var model = try metadata.decoder()
        model.shape.queryKeyNorm = .head
        return model
    }
}
