/// What families have in common in `config.json`.
extension ConfigurationReader {
    /// What a family takes where its configuration says nothing (the defaults of its class in `transformers`).
    struct Defaults {
        /// Nil for as many as heads.
        var keyValueHeads: Int?
        /// Nil for the width divided by the heads.
        var headWidth: Int?
        var normEpsilon = 1e-6
        var rotaryBase = 10_000.0
        var tiesEmbedding = false
        var activation = Activation.silu
        /// Whether the family heeds `layer_types`.
        var hasLayerTypes = false
    }

    /// A decoder with the norms before, every layer alike and seeing all before it, without biases.
    ///
    /// - Parameter rotaries: how positions are embedded; every layer has the first.
    func decoder(
        _ defaults: Defaults = Defaults(), rotaries: ((RotaryReader) throws(EngineError) -> [RotaryShape])? = nil
    ) throws(EngineError) -> ModelDescription {
        try expect("is_causal", true)
        try expect("use_bidirectional_attention", false)
        try expect("rope_interleaved", false)
        try expect("per_layer_config")
        try expect("llama_4_scaling")
        if !defaults.hasLayerTypes { try expect("layer_types") }
        switch defaults.activation {
        case .silu: try expect("hidden_act", "silu", "swish")
        case .geluTanh: try expect("hidden_activation", "gelu_pytorch_tanh")
        case .clamped: break
        }
        let heads = try integer("num_attention_heads")
        let width = try integer("hidden_size")
        let ownWidth = has("head_dim") ? try integer(ifThere: "head_dim") : defaults.headWidth
        let headWidth = ownWidth ?? (heads > 0 ? width / heads : 0)
        let keyValueHeads = has("num_key_value_heads") ? try integer(ifThere: "num_key_value_heads") : defaults.keyValueHeads
        let reader = RotaryReader(configuration: self, headWidth: headWidth, base: defaults.rotaryBase)
        let forms = if let rotaries { try rotaries(reader) } else { [try reader.one()] }
        let layer = LayerShape(feedForward: .init(width: try integer("intermediate_size"), activation: defaults.activation))
        let shape = TransformerShape(
            architecture: name, width: width, vocabulary: try integer("vocab_size"),
            contextLength: RotaryReader.stretched(try integer("max_position_embeddings"), forms), heads: heads,
            keyValueHeads: keyValueHeads ?? heads, headWidth: headWidth, layers: Array(repeating: layer, count: try layers()), rotaries: forms,
            normEpsilon: Float(try number(ifThere: "rms_norm_eps") ?? defaults.normEpsilon), attentionScale: 1 / Float(headWidth).squareRoot(),
            tiesEmbedding: try flag("tie_word_embeddings", default: defaults.tiesEmbedding))
        return ModelDescription(shape: shape, names: .huggingFace)
    }

    /// Biases of the whole attention, and of the feed-forward where the family heeds `mlp_bias`.
    func biases(attention: Bool = false, heedsFeedForward: Bool = false) throws(EngineError) -> Set<TransformerShape.Bias> {
        var biases: Set<TransformerShape.Bias> = []
        if try flag("attention_bias", default: attention) { biases = [.queryKeyValue, .attentionOutput] }
        if heedsFeedForward, try flag("mlp_bias", default: false) { biases.insert(.feedForward) }
        return biases
    }

    // MARK: Windows

    /// Tokens that a sliding layer sees; nil for all.
    ///
    /// - Parameter absent: where the configuration says nothing; `null` is none.
    func window(absent: Int? = nil) throws(EngineError) -> Int? {
        has("sliding_window") ? try integer(ifThere: "sliding_window") : absent
    }

    /// The same of families that have windows only where `use_sliding_window` says so.
    func windowIfUsed(absent: Int? = nil) throws(EngineError) -> Int? {
        let window = try window(absent: absent)
        return try flag("use_sliding_window", default: false) ? window : nil
    }

    /// Gives some layers a window: those that `layer_types` calls sliding, or where there is none those that `slides` says.
    func setWindows(_ model: inout ModelDescription, _ window: Int?, where slides: (Int) -> Bool) throws(EngineError) {
        let types = try strings(ifThere: "layer_types")
        if let types, types.count != model.shape.layers.count {
            throw malformed("\(types.count) layer_types for \(model.shape.layers.count) layers")
        }
        for number in model.shape.layers.indices {
            switch types?[number] {
            case "full_attention"?: continue
            case nil: guard slides(number) else { continue }
            case "sliding_attention"?: break
            case let other?: throw EngineError(.unsupportedModel, "layers of the type \"\(EngineError.shown(other))\" (layer_types) are not supported")
            }
            guard let window else { throw malformed("layer \(number) slides, and there is no sliding_window") }
            model.shape.layers[number].window = window
        }
    }

    // MARK: Experts

    /// - Parameters:
    ///   - names: of the number of experts, the first that is there.
    ///   - absent: experts, and experts of a token, where the configuration says nothing.
    func mixture(_ names: [String], absent: (experts: Int, chosen: Int), _ gate: MixtureShape.Gate) throws(EngineError) -> MixtureShape {
        var experts: Int?
        for name in names where experts == nil { experts = try integer(ifThere: name) }
        return MixtureShape(
            experts: experts ?? absent.experts, chosen: try integer(ifThere: "num_experts_per_tok") ?? absent.chosen, gate: gate)
    }
}

extension ModelDescription {
    /// Gives every layer a window.
    mutating func setWindow(_ window: Int?) {
        for number in shape.layers.indices { shape.layers[number].window = window }
    }

    /// Gives every layer experts.
    mutating func setMixture(_ mixture: MixtureShape) {
        for number in shape.layers.indices { shape.layers[number].feedForward.mixture = mixture }
    }
}
