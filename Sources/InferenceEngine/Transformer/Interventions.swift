/// What is done to the residual stream while tokens pass: at all positions of all sequences.
package struct Interventions: Sendable {
    /// Where the stream is looked at or changed.
    package enum Place: Hashable, Sendable {
        /// What the embedding gives.
        case embedded
        /// After a layer's attention, its output added.
        case attended(layer: Int)
        /// After a layer.
        case fed(layer: Int)

        func check(_ shape: TransformerShape) throws(EngineError) {
            let layer: Int? =
                switch self {
                case .embedded: nil
                case .attended(let layer), .fed(let layer): layer
                }
            guard let layer, !shape.layers.indices.contains(layer) else { return }
            throw EngineError(.invalidRequest, "the model has no layer \(layer): there are \(shape.layers.count), from 0 on")
        }
    }

    /// A change of the stream x by a direction d of the stream's width, which is made a unit vector.
    package struct Edit: Sendable {
        package enum Change: Hashable, Sendable {
            /// x − (x · d) d: directional ablation (Arditi et al. 2024, equation 4).
            case remove
            /// x + c d: activation addition (Turner et al. 2023).
            case add(Float)
            /// x + (c − x · d) d: every position gets the same component.
            case set(Float)
        }

        let unit: [Float]
        let change: Change
        let places: Set<Place>

        /// - Throws: `invalidRequest` for a direction without a length.
        package init(_ direction: [Float], _ change: Change, at places: Set<Place>) throws(EngineError) {
            let length = direction.reduce(0.0) { $0 + Double($1) * Double($1) }.squareRoot()
            guard length.isFinite, length > 0 else { throw EngineError(.invalidRequest, "a direction needs a length above 0") }
            unit = direction.map { Float(Double($0) / length) }
            self.change = change
            self.places = places
        }
    }

    /// Layers that the stream passes by.
    package var skippedLayers: Set<Int> = []
    /// In this order at each place.
    package var edits: [Edit] = []
    package init() {}

    /// Every place in `layers` layers.
    package static func everywhere(layers: Int) -> Set<Place> {
        Set([.embedded] + (0..<layers).flatMap { [.attended(layer: $0), .fed(layer: $0)] })
    }

    func check(_ shape: TransformerShape) throws(EngineError) {
        guard edits.allSatisfy({ $0.unit.count == shape.width }) else {
            throw EngineError(.invalidRequest, "a direction has as many elements as the stream: \(shape.width)")
        }
        for edit in edits { for place in edit.places { try place.check(shape) } }
        for layer in skippedLayers { try Place.fed(layer: layer).check(shape) }
    }

    /// Applies the edits of a place to a row, [width].
    func edit(_ row: UnsafeMutablePointer<Float>, at place: Place) {
        for edit in edits where edit.places.contains(place) {
            edit.unit.withUnsafeBufferPointer { unit in
                guard let base = unit.baseAddress else { return }
                let along = Kernels.dot(row, base, count: unit.count)
                let factor: Float =
                    switch edit.change {
                    case .remove: -along
                    case .add(let amount): amount
                    case .set(let amount): amount - along
                    }
                Kernels.add(base, times: factor, to: row, count: unit.count)
            }
        }
    }
}
