/// What a family's tensors are called in one kind of container.
struct TensorNames: Sendable {
    enum Part: Hashable, Sendable {
        case attentionNorm, query, key, value, attentionOutput, attentionPostNorm
        case queryNorm, keyNorm, sinks
        case feedForwardNorm, gate, up, down, feedForwardPostNorm
        case router
    }

    var embedding: String
    var outputNorm: String
    var output: String
    /// Before a layer's number, and between it and a part's name.
    var layerPrefix: String
    /// Without the layer's prefix; of a product without ".weight" or ".bias".
    var parts: [Part: String]
    /// Queries, keys and values in one tensor, in this order.
    var joinedQueryKeyValue: String?
    /// Gate and up in one tensor, in this order.
    var joinedGateUp: String?
    var experts: Experts?
    /// What is added to the gains of norms.
    var normOffset: Float = 0
    /// Tensors of a layer that hold nothing that is not computed anyway.
    var ignored: [String] = []
    /// Tensors beside the layers, likewise.
    var ignoredBeside: [String] = []

    /// How experts' matrices are stored.
    enum Experts: Sendable {
        /// A tensor for each: prefix, number, name.
        case each(prefix: String, gate: String, up: String, down: String)
        /// [experts, rows, columns]
        case stacked(gate: String, up: String, down: String)
        /// [experts, columns, 2 · width] with gate and up taking turns, and [experts, width, rows] (gpt-oss), with biases.
        case interleaved(gateUp: String, down: String)
    }

    func layer(_ number: Int, _ name: String) -> String { "\(layerPrefix).\(number).\(name)" }

    func weight(_ number: Int, _ part: Part) -> String { layer(number, "\(parts[part] ?? "\(part)").weight") }

    func bias(_ number: Int, _ part: Part) -> String { layer(number, "\(parts[part] ?? "\(part)").bias") }

    /// The only part that is no product and no norm.
    func sinks(_ number: Int) -> String { layer(number, parts[.sinks] ?? "sinks") }

    /// As `transformers` names the Llama family's, and most others'.
    static let huggingFace = TensorNames(
        embedding: "model.embed_tokens.weight", outputNorm: "model.norm.weight", output: "lm_head.weight", layerPrefix: "model.layers",
        parts: [
            .attentionNorm: "input_layernorm", .query: "self_attn.q_proj", .key: "self_attn.k_proj", .value: "self_attn.v_proj",
            .attentionOutput: "self_attn.o_proj", .queryNorm: "self_attn.q_norm", .keyNorm: "self_attn.k_norm",
            .feedForwardNorm: "post_attention_layernorm", .gate: "mlp.gate_proj", .up: "mlp.up_proj", .down: "mlp.down_proj",
            .router: "mlp.gate", .sinks: "self_attn.sinks",
        ], ignored: ["self_attn.rotary_emb.inv_freq"])

    /// As llama.cpp's converter names them.
    static let gguf = TensorNames(
        embedding: "token_embd.weight", outputNorm: "output_norm.weight", output: "output.weight", layerPrefix: "blk",
        parts: [
            .attentionNorm: "attn_norm", .query: "attn_q", .key: "attn_k", .value: "attn_v", .attentionOutput: "attn_output",
            .attentionPostNorm: "post_attention_norm", .queryNorm: "attn_q_norm", .keyNorm: "attn_k_norm", .sinks: "attn_sinks.weight",
            .feedForwardNorm: "ffn_norm", .gate: "ffn_gate", .up: "ffn_up", .down: "ffn_down", .feedForwardPostNorm: "post_ffw_norm",
            .router: "ffn_gate_inp",
        ], experts: .stacked(gate: "ffn_gate_exps", up: "ffn_up_exps", down: "ffn_down_exps"))
}
