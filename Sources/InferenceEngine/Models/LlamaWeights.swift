import WeightFormats

/// A Llama model's weights in float32, the products that share an input joined into one matrix.
struct LlamaWeights: Sendable {
    struct Layer: Sendable {
        /// [width]
        let attentionNorm: FloatBuffer
        /// [queryWidth + 2 keyValueWidth, width]: queries, keys, values.
        let queryKeyValue: Linear
        /// [width, queryWidth]
        let attentionOutput: Linear
        let feedForwardNorm: FloatBuffer
        /// [2 feedForwardWidth, width]: gate, then up.
        let gateUp: Linear
        /// [width, feedForwardWidth]
        let down: Linear
    }

    /// [vocabulary, width]
    let embedding: FloatBuffer
    let layers: [Layer]
    let outputNorm: FloatBuffer
    /// [vocabulary, width]; over the embedding itself where the two are tied.
    let output: Linear

    /// - Throws: `malformedModel` for a tensor that is missing or has another shape than the configuration says,
    ///   `unsupportedModel` for one that no Llama model has, `limitExceeded` for too little memory; all of it before
    ///   anything is dequantised.
    init(_ table: WeightTable, _ shape: LlamaConfiguration, threads: Int, _ budget: MemoryBudget) throws(EngineError) {
        let names = table.isGGUF ? LlamaTensorNames.gguf : LlamaTensorNames.safetensors
        var loader = WeightLoader(table)
        let pairs = names.rotatesHalves ? shape.headWidth : nil
        let embedding = try loader.matrix([(names.embedding, shape.vocabulary)], columns: shape.width)
        let outputNorm = try loader.vector(names.outputNorm, shape.width)
        // A GGUF file without an output matrix ties it to the embedding; beside safetensors, config.json says which.
        let isTied = shape.tiesEmbedding ?? !loader.has(names.output)
        let output = isTied ? embedding : try loader.matrix([(names.output, shape.vocabulary)], columns: shape.width)
        if isTied { loader.ignore(names.output) }
        let plans = try (0..<shape.layers).map { number throws(EngineError) in
            func name(_ part: LlamaTensorNames.Part) -> String { names.layer(number, part) }
            return (
                attentionNorm: try loader.vector(name(.attentionNorm), shape.width),
                queryKeyValue: try loader.matrix(
                    [(name(.query), shape.queryWidth), (name(.key), shape.keyValueWidth), (name(.value), shape.keyValueWidth)],
                    columns: shape.width, pairing: [pairs, pairs, nil]),
                attentionOutput: try loader.matrix([(name(.attentionOutput), shape.width)], columns: shape.queryWidth),
                feedForwardNorm: try loader.vector(name(.feedForwardNorm), shape.width),
                gateUp: try loader.matrix(
                    [(name(.gate), shape.feedForwardWidth), (name(.up), shape.feedForwardWidth)], columns: shape.width),
                down: try loader.matrix([(name(.down), shape.width)], columns: shape.feedForwardWidth)
            )
        }
        for number in 0..<shape.layers { names.ignorable.forEach { loader.ignore($0(number)) } }
        try loader.refuseOthers()

        let buffers = try loader.load(threads: threads, budget)
        func linear(_ plan: WeightLoader.Matrix) -> Linear {
            Linear(weights: buffers[plan.number], inputs: plan.columns, outputs: plan.rows)
        }
        self.embedding = buffers[embedding.number]
        self.outputNorm = buffers[outputNorm.number]
        self.output = linear(output)
        layers = plans.map { plan in
            Layer(
                attentionNorm: buffers[plan.attentionNorm.number], queryKeyValue: linear(plan.queryKeyValue),
                attentionOutput: linear(plan.attentionOutput), feedForwardNorm: buffers[plan.feedForwardNorm.number],
                gateUp: linear(plan.gateUp), down: linear(plan.down))
        }
    }
}

/// What the tensors are called in either container.
struct LlamaTensorNames: Sendable {
    enum Part: Sendable {
        case attentionNorm, query, key, value, attentionOutput, feedForwardNorm, gate, up, down
    }

    let embedding, outputNorm, output: String
    let layer: @Sendable (Int, Part) -> String
    /// Tensors of a layer that hold nothing that is not computed anyway.
    let ignorable: [@Sendable (Int) -> String]
    /// Rows of a query or key head lie in the order of rotated halves (Hugging Face), not of pairs (GGUF's converter
    /// for the Llama family reorders them).
    let rotatesHalves: Bool

    static let gguf = LlamaTensorNames(
        embedding: "token_embd.weight", outputNorm: "output_norm.weight", output: "output.weight",
        layer: { "blk.\($0).\(ggufName($1)).weight" }, ignorable: [], rotatesHalves: false)

    static let safetensors = LlamaTensorNames(
        embedding: "model.embed_tokens.weight", outputNorm: "model.norm.weight", output: "lm_head.weight",
        layer: { "model.layers.\($0).\(safetensorsName($1)).weight" },
        ignorable: [{ "model.layers.\($0).self_attn.rotary_emb.inv_freq" }], rotatesHalves: true)

    private static func ggufName(_ part: Part) -> String {
        switch part {
        case .attentionNorm: "attn_norm"
        case .query: "attn_q"
        case .key: "attn_k"
        case .value: "attn_v"
        case .attentionOutput: "attn_output"
        case .feedForwardNorm: "ffn_norm"
        case .gate: "ffn_gate"
        case .up: "ffn_up"
        case .down: "ffn_down"
        }
    }

    private static func safetensorsName(_ part: Part) -> String {
        switch part {
        case .attentionNorm: "input_layernorm"
        case .query: "self_attn.q_proj"
        case .key: "self_attn.k_proj"
        case .value: "self_attn.v_proj"
        case .attentionOutput: "self_attn.o_proj"
        case .feedForwardNorm: "post_attention_layernorm"
        case .gate: "mlp.gate_proj"
        case .up: "mlp.up_proj"
        case .down: "mlp.down_proj"
        }
    }
}
