/// Qwen2 and Qwen2.5 (Yang et al. 2024, "Qwen2 Technical Report"): biases on queries, keys and values alone.
enum Qwen2 {
    static let architecture = Architecture(
        modelTypes: ["qwen2"], ggufNames: ["qwen2"], configuration: { configuration throws(EngineError) in try describe(configuration) },
        metadata: { metadata throws(EngineError) in try describe(metadata) })

    static func describe(_ configuration: ConfigurationReader) throws(EngineError) -> ModelDescription {
        var model = try configuration.decoder(.init(keyValueHeads: 32, hasLayerTypes: true))
        model.shape.biases = [.queryKeyValue]
        try setWindows(&model, configuration)
        return model
    }

    /// The layers from `max_window_layers` on have windows, where any have.
    static func setWindows(_ model: inout ModelDescription, _ configuration: ConfigurationReader) throws(EngineError) {
        let window = try configuration.windowIfUsed(absent: 4096)
        let first = try configuration.integer(ifThere: "max_window_layers") ?? 28
        try configuration.setWindows(&model, window) { window != nil && $0 >= first }
    }

    static func describe(_ metadata: MetadataReader) throws(EngineError) -> ModelDescription {
        var model = try metadata.decoder()
        model.shape.biases = [.queryKeyValue]
        return model
    }
}
