extension TransformerShape {
    /// Refuses what no model has. The bounds keep every product of two of them, and every count of a matrix's elements,
    /// far from overflow.
    /// - Throws: `malformedModel`.
    func check() throws(EngineError) {
        func check(_ holds: Bool, _ message: @autoclosure () -> String) throws(EngineError) {
            guard holds else { throw EngineError(.malformedModel, "the model's configuration is impossible: \(message())") }
        }
        try check((1...1024).contains(layers.count), "\(layers.count) layers")
        try check((1...65_536).contains(width), "a width of \(width)")
        try check((1...1024).contains(heads), "\(heads) heads")
        try check(
            (1...heads).contains(keyValueHeads) && heads.isMultiple(of: keyValueHeads),
            "\(heads) heads share \(keyValueHeads) key-value heads")
        try check((2...1024).contains(headWidth) && headWidth.isMultiple(of: 2), "heads of width \(headWidth)")
        try check((1...1 << 22).contains(vocabulary), "a vocabulary of \(vocabulary)")
        try check((1...1 << 24).contains(contextLength), "a context of \(contextLength) tokens")
        try check(normEpsilon > 0 && normEpsilon < 1, "a norm epsilon of \(normEpsilon)")
        for factor in [attentionScale, embeddingScale, residualScale, logitScale, attentionSoftcap ?? 1, logitSoftcap ?? 1, queryKeyValueLimit ?? 1] {
            try check(factor.isFinite && factor > 0 && factor < 1e6, "a factor of \(factor)")
        }
        for rotary in rotaries { try rotary.check(headWidth: headWidth) }
        for layer in layers {
            try check((1...1 << 20).contains(layer.feedForward.width), "a feed-forward width of \(layer.feedForward.width)")
            if case .clamped(let limit) = layer.feedForward.activation {
                try check(limit.isFinite && limit > 0, "a feed-forward clamped to ±\(limit)")
            }
            if let window = layer.window { try check((1...1 << 24).contains(window), "a window of \(window) tokens") }
            if let rotary = layer.rotary { try check(rotaries.indices.contains(rotary), "a layer without its RoPE") }
            if let mixture = layer.feedForward.mixture {
                try check((1...1024).contains(mixture.experts), "\(mixture.experts) experts")
                try check((1...mixture.experts).contains(mixture.chosen), "\(mixture.chosen) of \(mixture.experts) experts a token")
            }
        }
    }
}
