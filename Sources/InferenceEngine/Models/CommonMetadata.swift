/// What families have in common in a GGUF file's metadata (llama.cpp's `conversion` folder writes it).
extension MetadataReader {
    /// A decoder with the norms before, every layer alike and seeing all before it, with the biases that there are tensors of.
    ///
    /// - Parameters:
    ///   - known: keys of the family's own; any other is refused.
    ///   - pairing: how rows of queries and keys lie.
    ///   - rotaries: how positions are embedded; every layer has the first.
    func decoder(
        besides known: Set<String> = [], activation: Activation = .silu, pairing: RotaryShape.Pairing = .halves,
        rotaries: ((_ headWidth: Int) throws(EngineError) -> [RotaryShape])? = nil
    ) throws(EngineError) -> ModelDescription {
        try refuseUnknown(besides: known)
        let heads = try integer("attention.head_count")
        let width = try integer("embedding_length")
        let headWidth = try headWidth(width: width, heads: heads)
        let forms = if let rotaries { try rotaries(headWidth) } else { [try rotary(headWidth: headWidth, pairing: pairing)] }
        let layer = LayerShape(feedForward: .init(width: try integer("feed_forward_length"), activation: activation))
        let shape = TransformerShape(
            architecture: name, width: width, vocabulary: try vocabulary(), contextLength: try integer("context_length"), heads: heads,
            keyValueHeads: try integer(ifThere: "attention.head_count_kv") ?? heads, headWidth: headWidth,
            layers: Array(repeating: layer, count: try layers()), rotaries: forms,
            normEpsilon: Float(try number("attention.layer_norm_rms_epsilon")), attentionScale: 1 / Float(headWidth).squareRoot(),
            tiesEmbedding: true, biases: biases)
        var names = TensorNames.gguf
        names.ignoredBeside = shape.rotaries.flatMap { Self.tensors(of: $0) }
        return ModelDescription(shape: shape, names: names)
    }

    /// No key says it; a layer in which some are missing is refused later.
    private var biases: Set<TransformerShape.Bias> {
        var biases: Set<TransformerShape.Bias> = []
        if table.tensor("blk.0.attn_q.bias") != nil { biases.insert(.queryKeyValue) }
        if table.tensor("blk.0.attn_output.bias") != nil { biases.insert(.attentionOutput) }
        if table.tensor("blk.0.ffn_gate.bias") != nil { biases.insert(.feedForward) }
        return biases
    }

    /// The keys that every family with experts has.
    static let mixtureKeys: Set<String> = ["expert_count", "expert_used_count", "expert_gating_func"]

    func mixture(_ gate: MixtureShape.Gate) throws(EngineError) -> MixtureShape {
        // Softmax over all is what the families here have.
        try expect("expert_gating_func", 1)
        return MixtureShape(experts: try integer("expert_count"), chosen: try integer("expert_used_count"), gate: gate)
    }
}
