/// A product of a model that an adapter can stand beside, by the name that `transformers` gives it.
struct AdaptedModule {
    /// Such as `model.layers.0.self_attn.q_proj`.
    let name: String
    /// Nil for the output matrix.
    let layer: Int?
    let matrix: StoredMatrix
    /// Its rows in the matrix, which may be several joined.
    let range: Range<Int>
    /// Where a GGUF file lays each head's pairs side by side.
    let heads: HeadRows?

    /// The name's last part.
    var kind: String { name.split(separator: ".").last.map(String.init) ?? name }

    /// Whether a target of an adapter's configuration names it: wholly or by its end.
    func isNamed(_ target: String) -> Bool { name == target || name.hasSuffix("." + target) }

    /// All of a model's, layer by layer.
    static func all(_ model: Transformer) -> [AdaptedModule] {
        let (shape, names) = (model.shape, model.names)
        // A converter that lays out one layer's rows so lays out all of them, those without positions too.
        let turned = shape.rotaries.first { $0.pairing == .neighbours }
        var modules: [AdaptedModule] = []
        for (number, layer) in model.weights.layers.enumerated() {
            func add(_ name: String, _ matrix: StoredMatrix, _ range: Range<Int>, heads: Int? = nil) {
                modules.append(
                    AdaptedModule(
                        name: "model.layers.\(number).\(name)", layer: number, matrix: matrix, range: range,
                        heads: heads.flatMap { count in turned.map { HeadRows(heads: count, width: shape.headWidth, turned: $0.width) } }))
            }
            let (queries, keys) = (shape.queryWidth, shape.keyValueWidth)
            if names.joinedQueryKeyValue != nil {
                add("self_attn.qkv_proj", layer.queryKeyValue, 0..<shape.joinedWidth)
            } else {
                add("self_attn.q_proj", layer.queryKeyValue, 0..<queries, heads: shape.heads)
                add("self_attn.k_proj", layer.queryKeyValue, queries..<(queries + keys), heads: shape.keyValueHeads)
                add("self_attn.v_proj", layer.queryKeyValue, (queries + keys)..<shape.joinedWidth)
            }
            add("self_attn.o_proj", layer.attentionOutput, 0..<shape.width)
            // Experts are no modules of their own in `transformers`, and so no targets.
            guard case .dense(let network) = layer.feedForward else { continue }
            let hidden = shape.layers[number].feedForward.width
            if names.joinedGateUp != nil {
                add("mlp.gate_up_proj", network.gateUp, 0..<(2 * hidden))
            } else {
                add("mlp.gate_proj", network.gateUp, 0..<hidden)
                add("mlp.up_proj", network.gateUp, hidden..<(2 * hidden))
            }
            add("mlp.down_proj", network.down, 0..<shape.width)
        }
        modules.append(
            AdaptedModule(name: "lm_head", layer: nil, matrix: model.weights.output, range: 0..<shape.vocabulary, heads: nil))
        return modules
    }
}

/// The order of queries' or keys' rows in a GGUF file whose heads turn neighbouring pairs: llama.cpp's converter puts the
/// rows that `transformers` has half a head apart side by side.
struct HeadRows {
    let heads: Int
    let width: Int
    /// Rows of a head that positions turn, from its first on.
    let turned: Int

    /// The row in the file of a row of the published model.
    func stored(_ row: Int) -> Int {
        let (head, place) = row.quotientAndRemainder(dividingBy: width)
        guard place < turned else { return row }
        let half = turned / 2
        return head * width + (place < half ? 2 * place : 2 * (place - half) + 1)
    }
}
