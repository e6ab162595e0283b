/// The Llama family (Touvron et al. 2023; grouped queries after Ainslie et al. 2023), of its first to third generation.
enum Llama {
    static let architecture = Architecture(
        modelTypes: ["llama"], ggufNames: ["llama"], configuration: { configuration throws(EngineError) in try describe(configuration) },
        metadata: { metadata throws(EngineError) in try describe(metadata) })

    static func describe(_ configuration: ConfigurationReader) throws(EngineError) -> ModelDescription {
        var model = try configuration.decoder()
        model.shape.biases = try configuration.biases(heedsFeedForward: true)
        return model
    }

    /// llama.cpp calls Mistral and Mixtral Llama too.
    static func describe(_ metadata: MetadataReader) throws(EngineError) -> ModelDescription {
        let isMixture = try metadata.integer(ifThere: "expert_count") ?? 0 > 0
        var model = try metadata.decoder(besides: MetadataReader.mixtureKeys) { headWidth throws(EngineError) in
            [try metadata.rotary(headWidth: headWidth, pairing: .neighbours, hasFactors: true)]
        }
        if isMixture { model.setMixture(try metadata.mixture(.softmaxFirst(renormalises: true))) }
        return model
    }
}
