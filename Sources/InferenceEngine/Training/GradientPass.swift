import CKernels

/// One pass of some texts through a model and back, exact to float32's rounding: the loss, and its derivatives by all that
/// is being learnt, added to what the parameters' gradients hold.
///
/// The same bits for any number of threads, and whether what layers compute is kept or computed again. Not for use by two
/// tasks at once.
final class GradientPass {
    let model: Transformer
    let trainables: Trainables
    let products: Products
    let gradients: GradientProducts
    let attention: AttentionGradient
    /// By the length that they are for (`TransformerShape.embeddedLength`), of each kind.
    private var rotaries: [Int: [RotaryGradient]] = [:]
    /// Lengths whose tables are kept: there are two at most, but for a kind that has its own for every length.
    private static let keptLengths = 4
    private let rowLimit: Int
    private let longestLimit: Int
    /// One for each layer; or one for all, which then compute twice.
    private let records: [LayerRecord]
    var isRecomputing: Bool { records.count < shape.layers.count }
    /// The stream before each layer, and after the last.
    let streams: [FloatBuffer]
    var shape: TransformerShape { model.shape }

    // [rows, …]
    let normed, turned, streamGradient, halfGradient, joinedGradient, attendedGradient, activated, activatedGradient: FloatBuffer
    let experts: ExpertGradient?
    private let loss: LossGradient

    /// - Parameters:
    ///   - rows: tokens that go through the layers together, at most.
    ///   - longest: tokens of one text, at most.
    ///   - recomputes: nil to keep what layers compute where it takes no more than half of the memory that is left.
    init(
        _ model: Transformer, _ trainables: Trainables, rows: Int, longest: Int, recomputes: Bool?
    ) throws(EngineError) {
        let (shape, budget) = (model.shape, model.budget)
        self.model = model
        self.trainables = trainables
        products = model.products
        rowLimit = rows
        longestLimit = longest
        func buffer(_ width: Int) throws(EngineError) -> FloatBuffer {
            try FloatBuffer(count: rows * width, budget, for: "the buffers of \(rows) tokens")
        }
        let hidden = shape.layers.map { $0.feedForward.places * $0.feedForward.width }.max() ?? 0
        gradients = try GradientProducts(
            model.products, rows: rows, widest: max(shape.width, shape.queryWidth, shape.feedForwardWidth),
            rank: Trainables.rank(model.weights), trainsMatrices: trainables.trainsMatrices, budget)
        attention = try AttentionGradient(shape, model.products, longest: longest, budget)
        normed = try buffer(shape.width)
        turned = try buffer(shape.joinedWidth)
        streamGradient = try buffer(shape.width)
        halfGradient = try buffer(shape.width)
        joinedGradient = try buffer(shape.joinedWidth)
        attendedGradient = try buffer(max(shape.queryWidth, shape.width))
        activated = try buffer(hidden)
        activatedGradient = try buffer(hidden)
        experts = try ExpertGradient(shape, gradients, trainables, rows: rows, budget)
        loss = try LossGradient(model, gradients, trainables, rows: rows)
        var streams: [FloatBuffer] = []
        for _ in 0...shape.layers.count { streams.append(try buffer(shape.width)) }
        self.streams = streams
        let wanted = shape.layers.reduce(0) { $0 + LayerRecord.width(shape, $1) * rows * MemoryLayout<Float>.stride }
        var records: [LayerRecord] = []
        if recomputes ?? (wanted > (budget.limit - budget.used) / 2) {
            // One that fits all layers.
            let widest = shape.layers.max { LayerRecord.width(shape, $0) < LayerRecord.width(shape, $1) } ?? shape.layers[0]
            var layer = widest
            layer.feedForward.width = shape.layers.map { $0.feedForward.places * $0.feedForward.width }.max() ?? 0
            layer.feedForward.mixture = shape.layers.compactMap(\.feedForward.mixture).max { $0.experts < $1.experts }
            layer.feedForward.mixture?.chosen = 1
            records = [try LayerRecord(shape, layer, rows: rows, budget)]
        } else {
            for layer in shape.layers { records.append(try LayerRecord(shape, layer, rows: rows, budget)) }
        }
        self.records = records
    }

    /// - Parameter weight: what each label's loss is multiplied by: 1 / their number in the whole batch, for the mean.
    /// - Returns: Σ -ln p of the labels times `weight`.
    /// - Throws: `invalidRequest` for a token that the vocabulary does not have or more rows than there is room for.
    func run(_ rows: TrainingRows, weight: Double) throws(EngineError) -> Double {
        for token in rows.tokens where !(0..<shape.vocabulary).contains(Int(token)) {
            throw EngineError(.invalidRequest, "the token \(token) is not in the vocabulary of \(shape.vocabulary)")
        }
        guard rows.count <= rowLimit, rows.longest <= longestLimit else {
            throw EngineError(.invalidRequest, "\(rows.count) tokens, up to \(rows.longest) in one text; there is room for \(rowLimit) and \(longestLimit)")
        }
        let lengths = Set(rows.spans.map { shape.embeddedLength(of: $0.count) })
        if rotaries.count > Self.keptLengths { rotaries = rotaries.filter { lengths.contains($0.key) } }
        for length in lengths {
            let all = rotaries[length] ?? shape.rotaries.map { RotaryGradient($0, length: length, model.budget) }
            rotaries[length] = all
            for rotary in all { try rotary.reserve(rows.longest) }
        }
        guard !rows.targets.isEmpty else { return 0 }
        embed(rows)
        for number in shape.layers.indices { forward(number, rows) }
        let total = loss.run(rows.targets, streams[shape.layers.count], weight: weight, rows: rows.count, into: streamGradient)
        guard trainables.lowestLayer < shape.layers.count else { return total }
        for number in (trainables.lowestLayer..<shape.layers.count).reversed() {
            if isRecomputing, number < shape.layers.count - 1 { forward(number, rows) }
            backward(number, rows)
        }
        if trainables.trainsEmbedding { embedBack(rows) }
        return total
    }

    // MARK: Ends

    private func embed(_ rows: TrainingRows) {
        let embedding = model.weights.embedding
        eachRow(rows.count) { row in
            let target = streams[0].base + row * shape.width
            let token = Int(rows.tokens[row])
            let values = embedding.floats(token..<(token + 1), products.kernels, scratch: target)
            if values != UnsafePointer(target) { target.update(from: values, count: shape.width) }
            if shape.embeddingScale != 1 { Kernels.scale(target, by: shape.embeddingScale, count: shape.width) }
        }
    }

    private func embedBack(_ rows: TrainingRows) {
        guard let parameter = trainables.matrix(model.weights.embedding) else { return }
        for (row, token) in rows.tokens.enumerated() {
            Kernels.add(
                streamGradient.base + row * shape.width, times: shape.embeddingScale, to: parameter.gradient.base + Int(token) * shape.width,
                count: shape.width)
        }
    }

    func eachRow(_ rows: Int, _ body: (Int) -> Void) { products.splitter.each(rows, body) }

    // MARK: There

    func record(_ number: Int) -> LayerRecord { isRecomputing ? records[0] : records[number] }

    /// [rows, width]: what a half of a layer starts from.
    func opened(_ stream: FloatBuffer, _ gain: FloatBuffer?, _ rows: Int) -> FloatBuffer {
        guard let gain else { return stream }
        eachRow(rows) { row in
            Kernels.normalise(
                stream.base + row * shape.width, gain: gain.base, epsilon: shape.normEpsilon, count: shape.width,
                into: normed.base + row * shape.width)
        }
        return normed
    }

    /// next = stream + residualScale · (the norm of) what a half gave.
    private func close(_ stream: FloatBuffer, _ given: FloatBuffer, _ gain: FloatBuffer?, _ rows: Int, into next: FloatBuffer) {
        eachRow(rows) { row in
            let place = row * shape.width
            (next.base + place).update(from: stream.base + place, count: shape.width)
            guard let gain else { return Kernels.add(given.base + place, times: shape.residualScale, to: next.base + place, count: shape.width) }
            let result = normed.base + place
            Kernels.normalise(given.base + place, gain: gain.base, epsilon: shape.normEpsilon, count: shape.width, into: result)
            Kernels.add(result, times: shape.residualScale, to: next.base + place, count: shape.width)
        }
    }

    private func forward(_ number: Int, _ rows: TrainingRows) {
        let (layer, record, count) = (model.weights.layers[number], record(number), rows.count)
        let input = opened(streams[number], layer.attentionNorm, count)
        products.apply(
            layer.queryKeyValue, input.base, stride: shape.width, rows: count, into: record.joined.base, stride: shape.joinedWidth)
        meet(number, rows)
        attention.forward(
            rows.spans, window: shape.layers[number].window, sinks: layer.sinks, turned.base, into: record.attended.base)
        let given = record.attentionGiven ?? halfGradient
        products.apply(
            layer.attentionOutput, record.attended.base, stride: shape.queryWidth, rows: count, into: given.base, stride: shape.width)
        close(streams[number], given, layer.attentionPostNorm, count, into: record.middle)

        let form = shape.layers[number].feedForward
        let source = opened(record.middle, layer.feedForwardNorm, count)
        let result = record.feedForwardGiven ?? halfGradient
        switch layer.feedForward {
        case .dense(let network):
            products.apply(
                network.gateUp, source.base, stride: shape.width, rows: count, into: record.gateUp.base, stride: 2 * form.width)
            products.activate(form, record.gateUp, 0..<count, into: activated)
            products.apply(network.down, activated.base, stride: form.width, rows: count, into: result.base, stride: shape.width)
        case .mixture(let router, let networks):
            experts?.forward(router, networks, form, source.base, rows: count, record, activated: activated, into: result.base)
        }
        close(record.middle, result, layer.feedForwardPostNorm, count, into: streams[number + 1])
    }

    func rotary(_ number: Int, _ rows: TrainingRows) -> (Int) -> RotaryGradient? {
        guard let place = shape.layers[number].rotary else { return { _ in nil } }
        let own = rows.spans.flatMap { span in
            [RotaryGradient?](repeating: rotaries[shape.embeddedLength(of: span.count)]?[place], count: span.count)
        }
        return { own[$0] }
    }

    /// Queries and keys as they meet, in `turned`: normalised and at their positions.
    func meet(_ number: Int, _ rows: TrainingRows) {
        let (layer, joined, rotary) = (model.weights.layers[number], record(number).joined, rotary(number, rows))
        eachRow(rows.count) { row in
            let target = turned.base + row * shape.joinedWidth
            target.update(from: joined.base + row * shape.joinedWidth, count: shape.joinedWidth)
            headNorms(layer) { place, gain, width in
                Kernels.normalise(target + place, gain: gain.base, epsilon: shape.normEpsilon, count: width, into: target + place)
            }
            if let limit = shape.queryKeyValueLimit { Kernels.hold(target, within: limit, count: shape.joinedWidth) }
            rotary(row)?.turn(
                target, count: shape.heads + shape.keyValueHeads, width: shape.headWidth, position: rows.positions[row], isBack: false)
        }
    }

    /// Where norms of queries and keys begin in a row, their gains and widths.
    func headNorms(_ layer: TransformerWeights.Layer, _ body: (Int, FloatBuffer, Int) -> Void) {
        guard let queryNorm = layer.queryNorm, let keyNorm = layer.keyNorm else { return }
        if shape.queryKeyNorm == .row {
            body(0, queryNorm, shape.queryWidth)
            body(shape.queryWidth, keyNorm, shape.keyValueWidth)
        } else {
            for head in 0..<(shape.heads + shape.keyValueHeads) {
                body(head * shape.headWidth, head < shape.heads ? queryNorm : keyNorm, shape.headWidth)
            }
        }
    }
}
