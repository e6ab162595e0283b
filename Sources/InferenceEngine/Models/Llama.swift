/// The Llama family (Touvron et al. 2023; grouped queries after Ainslie et al. 2023).
enum Llama {
    static let architecture = Architecture(
        modelTypes: ["llama"], ggufNames: ["llama"], configuration: { configuration throws(EngineError) in try describe(configuration) },
        metadata: { metadata throws(EngineError) in try describe(metadata) })

    static func describe(_ configuration: ConfigurationReader) throws(EngineError) -> ModelDescription {
        let heads = try configuration.integer("num_attention_heads")
        let width = try configuration.integer("hidden_size")
        let headWidth = try configuration.integer(ifThere: "head_dim") ?? (heads > 0 ? width / heads : 0)
        try configuration.expect("hidden_act", "silu")
        try configuration.expect("attention_bias", false)
        try configuration.expect("mlp_bias", false)
        let rotary = try RotaryReader.rotary(configuration, headWidth: headWidth)
        let layer = LayerShape(feedForward: .init(width: try configuration.integer("intermediate_size")))
        let shape = TransformerShape(
            architecture: configuration.name, width: width, vocabulary: try configuration.integer("vocab_size"),
            contextLength: try configuration.integer("max_position_embeddings"), heads: heads,
            keyValueHeads: try configuration.integer(ifThere: "num_key_value_heads") ?? heads, headWidth: headWidth,
            layers: Array(repeating: layer, count: try configuration.layers()), rotaries: [rotary],
            normEpsilon: Float(try configuration.number(ifThere: "rms_norm_eps") ?? 1e-6),
            attentionScale: 1 / Float(headWidth).squareRoot(),
            tiesEmbedding: try configuration.flag("tie_word_embeddings", default: false))
        return ModelDescription(shape: shape, names: .huggingFace)
    }

    static func describe(_ metadata: MetadataReader) throws(EngineError) -> ModelDescription {
        try metadata.refuseUnknown(besides: [])
        let heads = try metadata.integer("attention.head_count")
        let width = try metadata.integer("embedding_length")
        let headWidth = try metadata.headWidth(width: width, heads: heads)
        let layer = LayerShape(feedForward: .init(width: try metadata.integer("feed_forward_length")))
        let shape = TransformerShape(
            architecture: metadata.name, width: width, vocabulary: try metadata.vocabulary(),
            contextLength: try metadata.integer("context_length"), heads: heads,
            keyValueHeads: try metadata.integer(ifThere: "attention.head_count_kv") ?? heads, headWidth: headWidth,
            layers: Array(repeating: layer, count: try metadata.layers()),
            rotaries: [try RotaryReader.rotary(metadata, headWidth: headWidth, pairing: .neighbours)],
            normEpsilon: Float(try metadata.number("attention.layer_norm_rms_epsilon")),
            attentionScale: 1 / Float(headWidth).squareRoot())
        return ModelDescription(shape: shape, names: .gguf)
    }
}
