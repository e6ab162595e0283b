/// The cross entropy of the labels, and its derivative by the stream after the last layer. The logits of all rows are never
/// there at once.
final class LossGradient {
    private let model: Transformer
    private let gradients: GradientProducts
    private let trainables: Trainables
    /// Rows that are projected onto the vocabulary together: as many as make 32 MiB of logits.
    private let block: Int
    /// [block, width]
    private let gathered, normed, slopes: FloatBuffer
    /// [block, vocabulary]
    private let logits: FloatBuffer
    private let capped: FloatBuffer?

    init(_ model: Transformer, _ gradients: GradientProducts, _ trainables: Trainables, rows: Int) throws(EngineError) {
        self.model = model
        self.gradients = gradients
        self.trainables = trainables
        let (shape, budget) = (model.shape, model.budget)
        let block = min(rows, max(16, (8 << 20) / shape.vocabulary))
        self.block = block
        func buffer(_ width: Int) throws(EngineError) -> FloatBuffer { try FloatBuffer(count: block * width, budget, for: "the logits") }
        gathered = try buffer(shape.width)
        normed = try buffer(shape.width)
        slopes = try buffer(shape.width)
        logits = try buffer(shape.vocabulary)
        capped = shape.logitSoftcap == nil ? nil : try buffer(shape.vocabulary)
    }

    /// - Parameters:
    ///   - stream: [rows, width], after the last layer.
    ///   - result: the derivative by it, overwritten.
    /// - Returns: Σ -ln p times `weight`, summed in double precision in the labels' order.
    func run(
        _ targets: [(row: Int, token: Int32)], _ stream: FloatBuffer, weight: Double, rows: Int, into result: FloatBuffer
    ) -> Double {
        let (shape, kernels, splitter) = (model.shape, gradients.kernels, gradients.splitter)
        let (width, vocabulary) = (shape.width, shape.vocabulary)
        let (output, gain) = (model.weights.output, model.weights.outputNorm)
        result.base.update(repeating: 0, count: rows * width)
        var total = 0.0
        var losses = [Double](repeating: 0, count: block)
        for start in stride(from: 0, to: targets.count, by: block) {
            let part = targets[start..<min(targets.count, start + block)]
            for (index, target) in part.enumerated() {
                (gathered.base + index * width).update(from: stream.base + target.row * width, count: width)
                Kernels.normalise(
                    gathered.base + index * width, gain: gain.base, epsilon: shape.normEpsilon, count: width, into: normed.base + index * width)
            }
            gradients.products.apply(output, normed.base, stride: width, rows: part.count, into: logits.base, stride: vocabulary)
            losses.withUnsafeMutableBufferPointer { losses in
                nonisolated(unsafe) let losses = losses
                splitter.perform(pieces: part.count) { index, _ in
                    let values = logits.base + index * vocabulary
                    let label = Int(targets[start + index].token)
                    if shape.logitScale != 1 { Kernels.scale(values, by: shape.logitScale, count: vocabulary) }
                    if let cap = shape.logitSoftcap, let capped {
                        kernels.softcap(values, count: vocabulary, cap: cap)
                        (capped.base + index * vocabulary).update(from: values, count: vocabulary)
                    }
                    losses[index] = kernels.logSumExp(values, count: vocabulary) - Double(values[label])
                    // p - 1 at the label, p elsewhere.
                    let sum = kernels.exponentials(values, count: vocabulary)
                    Kernels.scale(values, by: Float(weight) * shape.logitScale / sum, count: vocabulary)
                    values[label] -= Float(weight) * shape.logitScale
                    if let cap = shape.logitSoftcap, let capped {
                        let held = capped.base + index * vocabulary
                        for token in 0..<vocabulary {
                            let share = held[token] / cap
                            values[token] *= 1 - share * share
                        }
                    }
                }
            }
            for index in part.indices { total += losses[index - start] }
            learn(output, rows: part.count)
            gradients.inputGradient(output, logits.base, stride: vocabulary, rows: part.count, into: slopes.base, stride: width)
            if let parameter = trainables.vector(gain) {
                for index in 0..<part.count {
                    let x = gathered.base + index * width
                    let scale = 1 / (kernels.dot(x, x, count: width) / Float(width) + shape.normEpsilon).squareRoot()
                    for column in 0..<width { parameter.gradient.base[column] += x[column] * scale * slopes.base[index * width + column] }
                }
            }
            for (index, target) in part.enumerated() {
                kernels.normaliseGradient(
                    gathered.base + index * width, gain: gain.base, slopes.base + index * width, epsilon: shape.normEpsilon, count: width,
                    into: result.base + target.row * width, adding: false)
            }
        }
        return total * weight
    }

    private func learn(_ output: StoredMatrix, rows: Int) {
        let (width, vocabulary) = (model.shape.width, model.shape.vocabulary)
        if let parameter = trainables.matrix(output) {
            gradients.weightGradient(
                logits.base, stride: vocabulary, outputs: vocabulary, normed.base, stride: width, inputs: width, rows: rows,
                addingTo: parameter.gradient)
        }
        for adapter in output.additions.adapters {
            guard let (a, b) = trainables.adapter(adapter) else { continue }
            gradients.adapterGradient(adapter, normed.base, stride: width, logits.base, stride: vocabulary, rows: rows, a: a.gradient, b: b.gradient)
        }
    }
}
