/// Mixtral (Jiang et al. 2024, "Mixtral of Experts"): Mistral with experts, whose shares sum to 1. llama.cpp calls it Llama.
enum Mixtral {
    static let architecture = Architecture(
        modelTypes: ["mixtral"], configuration: { configuration throws(EngineError) in try describe(configuration) })

    static func describe(_ configuration: ConfigurationReader) throws(EngineError) -> ModelDescription {
        var model = try configuration.decoder(.init(keyValueHeads: 8, normEpsilon: 1e-5, rotaryBase: 1e6))
        model.setWindow(try configuration.window())
        model.setMixture(try configuration.mixture(["num_local_experts"], absent: (8, 2), .softmaxFirst(renormalises: true)))
        model.names.parts[.router] = "block_sparse_moe.gate"
        model.names.experts = .each(prefix: "block_sparse_moe.experts", gate: "w1", up: "w3", down: "w2")
        return model
    }
}
