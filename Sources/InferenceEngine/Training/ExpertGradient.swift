/// A mixture of experts there and back: `ExpertMixer` with a backward pass.
final class ExpertGradient {
    typealias Learn = (
        _ matrix: StoredMatrix, _ x: UnsafePointer<Float>, _ xStride: Int, _ dy: UnsafePointer<Float>, _ stride: Int, _ rows: Int
    ) -> Void

    private let shape: TransformerShape
    private let gradients: GradientProducts
    private let trainables: Trainables
    /// [rows · chosen, width]: what experts take, and what they give.
    private let gathered, given: FloatBuffer
    /// [rows, experts]
    private let scoreGradient: FloatBuffer
    private var products: Products { gradients.products }

    /// Nil for a model without experts.
    init?(_ shape: TransformerShape, _ gradients: GradientProducts, _ trainables: Trainables, rows: Int, _ budget: MemoryBudget) throws(EngineError) {
        let mixtures = shape.layers.compactMap(\.feedForward.mixture)
        guard let experts = mixtures.map(\.experts).max(), let chosen = mixtures.map(\.chosen).max() else { return nil }
        self.shape = shape
        self.gradients = gradients
        self.trainables = trainables
        func buffer(_ count: Int) throws(EngineError) -> FloatBuffer { try FloatBuffer(count: count, budget, for: "the experts' rows") }
        gathered = try buffer(rows * chosen * shape.width)
        given = try buffer(rows * chosen * shape.width)
        scoreGradient = try buffer(rows * experts)
    }

    private func gather(_ record: MixtureRecord, _ rows: UnsafePointer<Float>, into target: FloatBuffer) {
        let width = shape.width
        let all = record.places.flatMap { $0 }
        products.splitter.each(all.count) { place in (target.base + place * width).update(from: rows + all[place].row * width, count: width) }
    }

    /// Calls `body` with each expert that is asked, and its rows' places in the buffers.
    private func eachExpert(_ record: MixtureRecord, _ body: (_ expert: Int, _ places: Range<Int>) -> Void) {
        var start = 0
        for (expert, list) in record.places.enumerated() where !list.isEmpty {
            body(expert, start..<(start + list.count))
            start += list.count
        }
    }

    /// - Parameters:
    ///   - input: [rows, width]
    ///   - output: [rows, width], overwritten.
    func forward(
        _ router: StoredMatrix, _ networks: [TransformerWeights.Network], _ form: FeedForwardShape, _ input: UnsafePointer<Float>, rows: Int,
        _ record: LayerRecord, activated: FloatBuffer, into output: UnsafeMutablePointer<Float>
    ) {
        guard let mixture = form.mixture, let scores = record.scores else { return }
        let width = shape.width
        products.apply(router, input, stride: width, rows: rows, into: scores.base, stride: mixture.experts)
        var found = MixtureRecord()
        found.places = Array(repeating: [], count: mixture.experts)
        for row in 0..<rows {
            let chosen = ExpertMixer.choose(scores.base + row * mixture.experts, mixture, products.kernels)
            for (choice, entry) in chosen.enumerated() { found.places[entry.expert].append(.init(row: row, share: entry.share, choice: choice)) }
            found.chosen.append(chosen)
        }
        record.mixture = found
        gather(found, input, into: gathered)
        output.update(repeating: 0, count: rows * width)
        eachExpert(found) { expert, places in
            let first = places.lowerBound
            products.apply(
                networks[expert].gateUp, gathered.base + first * width, stride: width, rows: places.count,
                into: record.gateUp.base + first * 2 * form.width, stride: 2 * form.width)
            products.activate(form, record.gateUp, places, into: activated)
            products.apply(
                networks[expert].down, activated.base + first * form.width, stride: form.width, rows: places.count,
                into: given.base + first * width, stride: width)
            for (index, place) in found.places[expert].enumerated() {
                Kernels.add(given.base + (first + index) * width, times: place.share, to: output + place.row * width, count: width)
            }
        }
    }

    /// - Parameters:
    ///   - gradient: by what `forward` gave.
    ///   - result: by its input, [rows, width], overwritten.
    func backward(
        _ router: StoredMatrix, _ networks: [TransformerWeights.Network], _ form: FeedForwardShape, _ input: UnsafePointer<Float>, rows: Int,
        _ record: LayerRecord, activated: FloatBuffer, activatedGradient: FloatBuffer, _ gradient: UnsafePointer<Float>,
        into result: UnsafeMutablePointer<Float>, learn: Learn
    ) {
        guard let mixture = form.mixture, let scores = record.scores else { return }
        let width = shape.width
        let found = record.mixture
        gather(found, input, into: gathered)
        gather(found, gradient, into: given)
        var shareGradients = found.chosen.map { [Float](repeating: 0, count: $0.count) }
        result.update(repeating: 0, count: rows * width)
        eachExpert(found) { expert, places in
            let (first, list, network) = (places.lowerBound, found.places[expert], networks[expert])
            let dy = given.base + first * width
            let slopes = activatedGradient.base + first * form.width
            gradients.inputGradient(network.down, dy, stride: width, rows: places.count, into: slopes, stride: form.width)
            products.activate(form, record.gateUp, places, into: activated)
            // An expert gives down · a + bias, so the share's derivative is dy · (down · a + bias) = (dy · down) · a + dy · bias.
            for (index, place) in list.enumerated() {
                var share = products.kernels.dot(slopes + index * form.width, activated.base + (first + index) * form.width, count: form.width)
                if let bias = network.down.bias { share += products.kernels.dot(dy + index * width, bias.base, count: width) }
                shareGradients[place.row][place.choice] = share
                Kernels.scale(slopes + index * form.width, by: place.share, count: form.width)
                Kernels.scale(dy + index * width, by: place.share, count: width)
            }
            learn(network.down, activated.base + first * form.width, form.width, dy, width, places.count)
            let gateUp = record.gateUp.base + first * 2 * form.width
            products.splitter.each(places.count) { index in
                let gate = gateUp + index * 2 * form.width
                products.kernels.gateGradient(form.activation, gate, up: gate + form.width, slopes + index * form.width, count: form.width)
            }
            learn(network.gateUp, gathered.base + first * width, width, gateUp, 2 * form.width, places.count)
            gradients.inputGradient(network.gateUp, gateUp, stride: 2 * form.width, rows: places.count, into: dy, stride: width)
            for (index, place) in list.enumerated() {
                Kernels.add(dy + index * width, times: 1, to: result + place.row * width, count: width)
            }
        }
        for row in 0..<rows {
            route(found.chosen[row], shareGradients[row], mixture, scores.base + row * mixture.experts, into: scoreGradient.base + row * mixture.experts)
        }
        learn(router, input, width, scoreGradient.base, mixture.experts, rows)
        gradients.inputGradient(
            router, scoreGradient.base, stride: mixture.experts, rows: rows, into: result, stride: width, adding: true)
    }

    /// The derivatives by a row's scores from those by its shares. Which experts are chosen is taken as given.
    ///
    /// - Parameter scores: as `ExpertMixer.choose` leaves them.
    private func route(
        _ chosen: [(expert: Int, share: Float)], _ gradient: [Float], _ mixture: MixtureShape, _ scores: UnsafePointer<Float>,
        into result: UnsafeMutablePointer<Float>
    ) {
        // Σ s ds over the chosen.
        let sum = zip(chosen, gradient).reduce(Float(0)) { $0 + $1.0.share * $1.1 }
        result.update(repeating: 0, count: mixture.experts)
        if mixture.gate == .softmaxFirst(renormalises: false) {
            let whole = (0..<mixture.experts).reduce(Float(0)) { $0 + scores[$1] }
            for expert in 0..<mixture.experts { result[expert] = -(scores[expert] / whole) * sum }
            for (entry, slope) in zip(chosen, gradient) { result[entry.expert] += entry.share * slope }
        } else {
            // Made to sum to 1 again, a softmax over all is the softmax over the chosen.
            for (entry, slope) in zip(chosen, gradient) { result[entry.expert] = entry.share * (slope - sum) }
        }
    }
}
