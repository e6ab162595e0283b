/// Qwen3's mixtures of experts (Yang et al. 2025, "Qwen3 Technical Report"), on some layers or on all.
enum Qwen3Moe {
    static let architecture = Architecture(
        modelTypes: ["qwen3_moe"], ggufNames: ["qwen3moe"],
        configuration: { configuration throws(EngineError) in try describe(configuration) },
        metadata: { metadata throws(EngineError) in try describe(metadata) })

    static func describe(_ configuration: ConfigurationReader) throws(EngineError) -> ModelDescription {
        var model = try configuration.decoder(.init(keyValueHeads: 4))
        model.shape.queryKeyNorm = .head
        model.shape.biases = try configuration.biases()
        model.setWindow(try configuration.windowIfUsed(absent: 4096))
        let renormalises = try configuration.flag("norm_topk_prob", default: false)
        let mixture = try configuration.mixture(
            ["num_local_experts", "num_experts"], absent: (128, 8), .softmaxFirst(renormalises: renormalises))
        let width = try configuration.integer(ifThere: "moe_intermediate_size") ?? 768
        let step = try configuration.integer(ifThere: "decoder_sparse_step") ?? 1
        guard step > 0 else { throw configuration.malformed("a decoder_sparse_step of \(step) is impossible") }
        let dense = try configuration.numbers(ifThere: "mlp_only_layers") ?? []
        for number in model.shape.layers.indices where mixture.experts > 0 && (number + 1) % step == 0 && !dense.contains(Double(number)) {
            model.shape.layers[number].feedForward = .init(width: width, mixture: mixture)
        }
        model.names.experts = .each(prefix: "mlp.experts", gate: "gate_proj", up: "up_proj", down: "down_proj")
        return model
    }

    /// llama.cpp has experts on every layer, and their shares sum to 1.
    static func describe(_ metadata: MetadataReader) throws(EngineError) -> ModelDescription {
        var model = try metadata.decoder(besides: MetadataReader.mixtureKeys.union(["expert_feed_forward_length"]))
        model.shape.queryKeyNorm = .head
        let layer = FeedForwardShape(
            width: try metadata.integer("expert_feed_forward_length"), mixture: try metadata.mixture(.softmaxFirst(renormalises: true)))
        for number in model.shape.layers.indices { model.shape.layers[number].feedForward = layer }
        return model
    }
}
