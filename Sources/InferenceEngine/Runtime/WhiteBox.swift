/// Looking into the model, and reaching into it.
extension LoadedModel {
    /// What is done to the residual stream from now on.
    package var interventions: Interventions { model.interventions }

    /// - Throws: `invalidRequest` for layers or directions that do not fit the model; nothing is changed then.
    package func setInterventions(_ interventions: Interventions) throws(EngineError) {
        try interventions.check(model.shape)
        // Keys and values hold under the interventions that they were computed with.
        _ = prefixes.forget()
        model.interventions = interventions
    }

    /// Passes whole sequences through the model, under the interventions there are, for an observer to read.
    package func observe(_ sequences: [[Int32]], _ observer: Observer) throws(EngineError) {
        try observer.check(model.shape)
        model.observer = observer
        defer { model.observer = nil }
        try forward(
            sequences.map { .init(cache: model.makeCache(embeddedLength: model.shape.embeddedLength(of: $0.count)), tokens: $0, firstLogits: $0.count) }) { _ in }
    }

    /// The residual stream of every position.
    /// - Returns: [positions][width]
    package func activations(of tokens: [Int32], at place: Interventions.Place) throws(EngineError) -> [[Float]] {
        var found: [[Float]] = []
        try observe([tokens], Observer(places: [place], read: { found.append(Array($0.values)) }))
        return found
    }

    /// How every position's query spreads over the keys.
    /// - Returns: [heads][positions][position + 1]
    package func attentionMap(of tokens: [Int32], layer: Int) throws(EngineError) -> [[[Float]]] {
        var found = [[[Float]]](repeating: [], count: model.shape.heads)
        try observe([tokens], Observer(attentionLayers: [layer], readAttention: { found[$0.head].append($0.weights) }))
        return found
    }

    /// What the model would say if its layers ended at `place`: the stream there through the last norm and the output matrix
    /// (the logit lens; nostalgebraist 2020).
    /// - Returns: [positions][vocabulary] logits.
    package func logitLens(of tokens: [Int32], at place: Interventions.Place) throws(EngineError) -> [[Float]] {
        var found: [[Float]] = []
        for stream in try activations(of: tokens, at: place) { found.append(try model.logits(ofStream: stream)) }
        return found
    }
}
