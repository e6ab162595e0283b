/// OLMoE (Muennighoff et al. 2024, "OLMoE: Open Mixture-of-Experts Language Models"): experts on every layer, norms on all of a row's
/// queries and keys.
enum Olmoe {
    static let architecture = Architecture(
        modelTypes: ["olmoe"], ggufNames: ["olmoe"], configuration: { configuration throws(EngineError) in try describe(configuration) },
        metadata: { metadata throws(EngineError) in try describe(metadata) })

    static func describe(_ configuration: ConfigurationReader) throws(EngineError) -> ModelDescription {
        var model = try configuration.decoder(.init(normEpsilon: 1e-5))
        model.shape.queryKeyNorm = .row
        model.shape.queryKeyValueLimit = try configuration.number(ifThere: "clip_qkv").map { Float($0) }
        model.shape.biases = try configuration.biases()
        let renormalises = try configuration.flag("norm_topk_prob", default: false)
        model.setMixture(try configuration.mixture(["num_experts", "num_local_experts"], absent: (64, 8), .softmaxFirst(renormalises: renormalises)))
        model.names.experts = .each(prefix: "mlp.experts", gate: "gate_proj", up: "up_proj", down: "down_proj")
        return model
    }

    /// llama.cpp leaves the experts' shares as they are.
    static func describe(_ metadata: MetadataReader) throws(EngineError) -> ModelDescription {
        var model = try metadata.decoder(besides: MetadataReader.mixtureKeys)
        model.shape.queryKeyNorm = .row
        model.setMixture(try metadata.mixture(.softmaxFirst(renormalises: false)))
        return model
    }
}
