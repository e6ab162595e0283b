import WeightFormats

/// A model's weights as they are stored, the products that share an input joined into one matrix.
struct TransformerWeights {
    struct Layer {
        /// [width]; nil where the shape says that there is none.
        let attentionNorm, attentionPostNorm, feedForwardNorm, feedForwardPostNorm: FloatBuffer?
        /// [queryWidth + 2 keyValueWidth, width]: queries, keys, values.
        let queryKeyValue: StoredMatrix
        /// [headWidth], or [queryWidth] and [keyValueWidth].
        let queryNorm, keyNorm: FloatBuffer?
        /// [heads]
        let sinks: FloatBuffer?
        /// [width, queryWidth]
        let attentionOutput: StoredMatrix
        let feedForward: FeedForward
    }

    /// One feed-forward network: the layer's own, or an expert's.
    struct Network {
        /// [2 · feedForwardWidth, width]: gate, then up.
        let gateUp: StoredMatrix
        /// [width, feedForwardWidth]
        let down: StoredMatrix
    }

    enum FeedForward {
        case dense(Network)
        /// The router is [experts, width].
        case mixture(router: StoredMatrix, [Network])
    }

    /// [vocabulary, width]
    let embedding: StoredMatrix
    let layers: [Layer]
    let outputNorm: FloatBuffer
    /// [vocabulary, width]; the embedding itself where the two are tied.
    let output: StoredMatrix

    /// - Throws: `malformedModel` for a tensor that is missing or has another shape than the configuration says,
    ///   `unsupportedModel` for one that no model of the family has, `limitExceeded` for too little memory.
    init(_ weights: LogicalWeights, _ shape: TransformerShape, _ names: TensorNames, _ budget: MemoryBudget) throws(EngineError) {
        var source = WeightSource(weights, budget)
        outputNorm = try source.vector(names.outputNorm, shape.width, offset: names.normOffset)
        // Where the two are tied and both are there, each is what it is there, as in `transformers` 5.
        func matrix(_ name: String, or other: String) throws(EngineError) -> StoredMatrix {
            let isOther = shape.tiesEmbedding && !source.has(name) && source.has(other)
            return try source.matrix([.init(isOther ? other : name, shape.vocabulary, columns: shape.width)], columns: shape.width)
        }
        embedding = try matrix(names.embedding, or: names.output)
        output = try matrix(names.output, or: names.embedding)
        var layers: [Layer] = []
        for number in shape.layers.indices { layers.append(try Layer(&source, shape, names, number, budget)) }
        self.layers = layers
        names.ignoredBeside.forEach { source.ignore($0) }
        try source.refuseOthers(shape.architecture)
    }
}

extension TransformerWeights.Layer {
    fileprivate init(
        _ source: inout WeightSource, _ shape: TransformerShape, _ names: TensorNames, _ number: Int, _ budget: MemoryBudget
    ) throws(EngineError) {
        func norm(_ part: TensorNames.Part, _ count: Int, _ isThere: Bool) throws(EngineError) -> FloatBuffer? {
            isThere ? try source.vector(names.weight(number, part), count, offset: names.normOffset) : nil
        }
        let (before, after) = (shape.norms != .after, shape.norms != .before)
        attentionNorm = try norm(.attentionNorm, shape.width, before)
        attentionPostNorm = try norm(.attentionPostNorm, shape.width, after)
        feedForwardNorm = try norm(.feedForwardNorm, shape.width, before)
        feedForwardPostNorm = try norm(.feedForwardPostNorm, shape.width, after)

        let parts: [(TensorNames.Part, Int)] = [
            (.query, shape.queryWidth), (.key, shape.keyValueWidth), (.value, shape.keyValueWidth),
        ]
        if let joined = names.joinedQueryKeyValue {
            let bias = shape.biases.contains(.queryKeyValue) ? try source.vector(names.layer(number, joined + ".bias"), shape.joinedWidth) : nil
            queryKeyValue = try source.matrix(
                [.init(names.layer(number, joined + ".weight"), shape.joinedWidth, columns: shape.width)], columns: shape.width, bias: bias)
        } else {
            let bias =
                shape.biases.contains(.queryKeyValue) ? try source.vectors(parts.map { (names.bias(number, $0.0), $0.1) }) : nil
            queryKeyValue = try source.matrix(
                parts.map { .init(names.weight(number, $0.0), $0.1, columns: shape.width) }, columns: shape.width, bias: bias)
        }
        let isNormed = shape.queryKeyNorm != .none
        let isWhole = shape.queryKeyNorm == .row
        queryNorm = try norm(.queryNorm, isWhole ? shape.queryWidth : shape.headWidth, isNormed)
        keyNorm = try norm(.keyNorm, isWhole ? shape.keyValueWidth : shape.headWidth, isNormed)
        sinks = shape.hasAttentionSinks ? try source.vector(names.sinks(number), shape.heads) : nil
        let outputBias = shape.biases.contains(.attentionOutput) ? try source.vector(names.bias(number, .attentionOutput), shape.width) : nil
        attentionOutput = try source.matrix(
            [.init(names.weight(number, .attentionOutput), shape.width, columns: shape.queryWidth)], columns: shape.queryWidth,
            bias: outputBias)
        feedForward = try .init(&source, shape, names, number)
        for name in names.ignored { source.ignore(names.layer(number, name)) }
    }
}

extension TransformerWeights.FeedForward {
    fileprivate init(
        _ source: inout WeightSource, _ shape: TransformerShape, _ names: TensorNames, _ number: Int
    ) throws(EngineError) {
        let feedForward = shape.layers[number].feedForward
        let (width, hidden) = (shape.width, feedForward.width)
        let hasBias = shape.biases.contains(.feedForward)
        guard let mixture = feedForward.mixture else {
            let gateUp: StoredMatrix
            if let joined = names.joinedGateUp {
                let bias = hasBias ? try source.vector(names.layer(number, joined + ".bias"), 2 * hidden) : nil
                gateUp = try source.matrix(
                    [.init(names.layer(number, joined + ".weight"), 2 * hidden, columns: width)], columns: width, bias: bias)
            } else {
                let bias = hasBias ? try source.vectors([(names.bias(number, .gate), hidden), (names.bias(number, .up), hidden)]) : nil
                gateUp = try source.matrix(
                    [
                        .init(names.weight(number, .gate), hidden, columns: width), .init(names.weight(number, .up), hidden, columns: width),
                    ], columns: width, bias: bias)
            }
            let bias = hasBias ? try source.vector(names.bias(number, .down), width) : nil
            let down = try source.matrix([.init(names.weight(number, .down), width, columns: hidden)], columns: hidden, bias: bias)
            self = .dense(.init(gateUp: gateUp, down: down))
            return
        }
        let routerBias = mixture.hasRouterBias ? try source.vector(names.bias(number, .router), mixture.experts) : nil
        let router = try source.matrix(
            [.init(names.weight(number, .router), mixture.experts, columns: width)], columns: width, bias: routerBias)
        guard let layout = names.experts else {
            throw EngineError(.unsupportedModel, "experts are not known in a model of the architecture \"\(shape.architecture)\"")
        }
        var networks: [TransformerWeights.Network] = []
        for expert in 0..<mixture.experts {
            networks.append(
                try .init(&source, layout, expert: expert, of: mixture.experts, width: width, hidden: hidden, hasBias: hasBias) {
                    names.layer(number, $0)
                })
        }
        self = .mixture(router: router, networks)
    }
}
