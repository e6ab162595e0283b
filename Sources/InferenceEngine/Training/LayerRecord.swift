/// What the way back through a layer needs of the way there.
final class LayerRecord {
    /// [rows, joinedWidth]: queries, keys and values before their norms and positions.
    let joined: FloatBuffer
    /// [rows, queryWidth]
    let attended: FloatBuffer
    /// [rows, width]: what attention and feed-forward gave, where a norm comes after them.
    let attentionGiven, feedForwardGiven: FloatBuffer?
    /// [rows, width]: the stream between the two.
    let middle: FloatBuffer
    /// [rows, 2 · hidden width], or as many rows as experts are asked; the way back leaves gradients there.
    let gateUp: FloatBuffer
    /// [rows, experts], and who was asked.
    let scores: FloatBuffer?
    var mixture = MixtureRecord()

    init(_ shape: TransformerShape, _ layer: LayerShape, rows: Int, _ budget: MemoryBudget) throws(EngineError) {
        func buffer(_ count: Int) throws(EngineError) -> FloatBuffer { try FloatBuffer(count: count, budget, for: "what a layer computed") }
        let hasPostNorms = shape.norms != .before
        joined = try buffer(rows * shape.joinedWidth)
        attended = try buffer(rows * shape.queryWidth)
        attentionGiven = hasPostNorms ? try buffer(rows * shape.width) : nil
        feedForwardGiven = hasPostNorms ? try buffer(rows * shape.width) : nil
        middle = try buffer(rows * shape.width)
        gateUp = try buffer(rows * layer.feedForward.places * 2 * layer.feedForward.width)
        scores = try layer.feedForward.mixture.map { (mixture) throws(EngineError) in try buffer(rows * mixture.experts) }
    }

    /// Floats of a row.
    static func width(_ shape: TransformerShape, _ layer: LayerShape) -> Int {
        shape.joinedWidth + shape.queryWidth + (shape.norms == .before ? 1 : 3) * shape.width
            + layer.feedForward.places * 2 * layer.feedForward.width + (layer.feedForward.mixture?.experts ?? 0)
    }
}

/// Which experts were asked by which rows.
struct MixtureRecord {
    struct Place {
        let row: Int
        let share: Float
        /// Which of the row's experts, in the order of their scores.
        let choice: Int
    }

    /// Of each expert the rows that asked it, one behind the other in the buffers.
    var places: [[Place]] = []
    /// Of each row its experts, the largest score first.
    var chosen: [[(expert: Int, share: Float)]] = []
}

extension FeedForwardShape {
    /// Networks that a row goes through.
    var places: Int { mixture?.chosen ?? 1 }
}
