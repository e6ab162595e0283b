/// SmolLM3 (Bakouch et al. 2025, "SmolLM3: smol, multilingual, long-context reasoner"): Llama with no position embedding on every fourth
/// layer (after Yang et al. 2025, "RoPE to NoPE and back again").
enum SmolLM3 {
    static let architecture = Architecture(
        modelTypes: ["smollm3"], ggufNames: ["smollm3"], configuration: { configuration throws(EngineError) in try describe(configuration) },
        metadata: { metadata throws(EngineError) in try describe(metadata) })

    static func describe(_ configuration: ConfigurationReader) throws(EngineError) -> ModelDescription {
        var model = try configuration.decoder(.init(keyValueHeads: 4, rotaryBase: 2e6, tiesEmbedding: true, hasLayerTypes: true))
        model.shape.biases = try configuration.biases(heedsFeedForward: true)
        let count = model.shape.layers.count
        let interval = try configuration.integer(ifThere: "no_rope_layer_interval") ?? 4
        guard interval > 0 else { throw configuration.malformed("a no_rope_layer_interval of \(interval) is impossible") }
        // What the key calls layers without RoPE are those with it.
        let turned = try configuration.numbers(ifThere: "no_rope_layers")?.map { $0 == 1 } ?? (0..<count).map { ($0 + 1) % interval != 0 }
        guard turned.count == count else { throw configuration.malformed("\(turned.count) no_rope_layers for \(count) layers") }
        for number in turned.indices where !turned[number] { model.shape.layers[number].rotary = nil }
        let window = try configuration.windowIfUsed()
        try configuration.setWindows(&model, window) { window != nil && !turned[$0] }
        return model
    }

    static func describe(_ metadata: MetadataReader) throws(EngineError) -> ModelDescription {
        var model = try metadata.decoder(pairing: .neighbours)
        // The interval is not stored.
        for number in model.shape.layers.indices where number % 4 == 3 { model.shape.layers[number].rotary = nil }
        return model
    }
}
