/// What is read of a model while tokens pass.
package struct Observer {
    /// One position's residual stream, for as long as the call lasts that it is given to.
    package struct Activation {
        package let place: Interventions.Place
        /// The sequence's place among those observed, and the token's place in it.
        package let sequence: Int
        package let position: Int
        /// [width]
        package let values: UnsafeBufferPointer<Float>
    }

    /// How one position's query in one head spreads over the keys.
    package struct AttentionRow: Hashable, Sendable {
        package let layer: Int
        package let head: Int
        package let sequence: Int
        package let position: Int
        /// [position + 1]; they sum to 1, less what a sink takes.
        package let weights: [Float]
    }

    /// Places where `read` gets every position's stream, after the edits there.
    package var places: Set<Interventions.Place>
    package var read: (Activation) -> Void
    /// Layers of which `readAttention` gets every position's row of every head.
    package var attentionLayers: Set<Int>
    package var readAttention: (AttentionRow) -> Void

    package init(
        places: Set<Interventions.Place> = [], read: @escaping (Activation) -> Void = { _ in }, attentionLayers: Set<Int> = [],
        readAttention: @escaping (AttentionRow) -> Void = { _ in }
    ) {
        self.places = places
        self.read = read
        self.attentionLayers = attentionLayers
        self.readAttention = readAttention
    }

    func check(_ shape: TransformerShape) throws(EngineError) {
        for place in places { try place.check(shape) }
        for layer in attentionLayers { try Interventions.Place.fed(layer: layer).check(shape) }
    }
}
