/// Which of a model's own weights are to be learnt.
package struct FullTraining: Hashable, Sendable {
    /// Layers of which all is learnt: matrices, biases, gains, experts, sinks.
    package var layers: [Int]
    package var outputNorm = false
    /// The embedding, and the output matrix where it is the same.
    package var embedding = false
    /// The output matrix, and the embedding where it is the same.
    package var output = false

    package init(layers: [Int]) { self.layers = layers }

    /// Turns what is to be learnt into floats of its own. Norms' gains and biases are that already.
    func prepare(_ model: Transformer, _ trainables: Trainables) throws(EngineError) {
        let (weights, budget) = (model.weights, model.budget)
        func learn(_ name: String, _ matrix: StoredMatrix, _ layer: Int?) throws(EngineError) {
            let values = try matrix.materialised(model.products, budget)
            trainables.add(matrix: try Parameter(name + ".weight", values, decays: true, budget), matrix, layer: layer)
            if let bias = matrix.bias { try learn(name + ".bias", bias, layer) }
        }
        func learn(_ name: String, _ vector: FloatBuffer?, _ layer: Int?) throws(EngineError) {
            guard let vector else { return }
            trainables.add(vector: try Parameter(name, vector, decays: false, budget), layer: layer)
        }
        for number in Set(layers).sorted() {
            guard model.shape.layers.indices.contains(number) else {
                throw EngineError(.invalidRequest, "there is no layer \(number) to train; the model has \(model.shape.layers.count)")
            }
            let layer = weights.layers[number]
            let prefix = "layers.\(number)."
            try learn(prefix + "attention_norm", layer.attentionNorm, number)
            try learn(prefix + "query_key_value", layer.queryKeyValue, number)
            try learn(prefix + "query_norm", layer.queryNorm, number)
            try learn(prefix + "key_norm", layer.keyNorm, number)
            try learn(prefix + "sinks", layer.sinks, number)
            try learn(prefix + "attention_output", layer.attentionOutput, number)
            try learn(prefix + "attention_post_norm", layer.attentionPostNorm, number)
            try learn(prefix + "feed_forward_norm", layer.feedForwardNorm, number)
            switch layer.feedForward {
            case .dense(let network):
                try learn(prefix + "gate_up", network.gateUp, number)
                try learn(prefix + "down", network.down, number)
            case .mixture(let router, let networks):
                try learn(prefix + "router", router, number)
                for (expert, network) in networks.enumerated() {
                    try learn(prefix + "experts.\(expert).gate_up", network.gateUp, number)
                    try learn(prefix + "experts.\(expert).down", network.down, number)
                }
            }
            try learn(prefix + "feed_forward_post_norm", layer.feedForwardPostNorm, number)
        }
        if outputNorm { try learn("output_norm", weights.outputNorm, nil) }
        let isTied = weights.embedding.isSame(as: weights.output)
        if embedding || (output && isTied) {
            try learn("embedding", weights.embedding, nil)
            trainables.markEmbedding()
            if isTied, let parameter = trainables.matrix(weights.embedding) {
                weights.output.additions.trained = parameter.values
                trainables.share(parameter, weights.output)
            }
        }
        if output, !isTied { try learn("output", weights.output, nil) }
    }
}
