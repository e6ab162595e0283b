/// Sends each row to its experts and sums what they give.
///
/// An expert's rows are gathered and computed together; a row's sum goes by the experts' numbers, so it does not depend
/// on the other rows.
final class ExpertMixer {
    private let shape: TransformerShape
    private let products: Products
    /// [rows, experts]
    private let scores: FloatBuffer
    /// [rows, width]
    private let gathered, given: FloatBuffer

    /// Nil for a model without experts.
    init?(_ shape: TransformerShape, _ products: Products, rows: Int, _ budget: MemoryBudget) throws(EngineError) {
        guard let experts = shape.layers.compactMap({ $0.feedForward.mixture?.experts }).max() else { return nil }
        self.shape = shape
        self.products = products
        scores = try FloatBuffer(count: rows * experts, budget, for: "the buffers of one tile")
        gathered = try FloatBuffer(count: rows * shape.width, budget, for: "the buffers of one tile")
        given = try FloatBuffer(count: rows * shape.width, budget, for: "the buffers of one tile")
    }

    /// - Parameters:
    ///   - input: [rows, width]
    ///   - gated: room for [rows, 2 · hidden width].
    ///   - output: [rows, width], overwritten.
    func run(
        _ router: StoredMatrix, _ networks: [TransformerWeights.Network], _ form: FeedForwardShape, _ input: UnsafePointer<Float>,
        rows: Int, gated: UnsafeMutablePointer<Float>, into output: UnsafeMutablePointer<Float>
    ) {
        guard let mixture = form.mixture else { return }
        let width = shape.width
        products.apply(router, input, stride: width, rows: rows, into: scores.base, stride: mixture.experts)
        var members = [[(row: Int, share: Float)]](repeating: [], count: mixture.experts)
        for row in 0..<rows {
            for (expert, share) in Self.choose(scores.base + row * mixture.experts, mixture, products.kernels) { members[expert].append((row, share)) }
        }
        output.update(repeating: 0, count: rows * width)
        for (expert, list) in members.enumerated() where !list.isEmpty {
            for (place, member) in list.enumerated() {
                (gathered.base + place * width).update(from: input + member.row * width, count: width)
            }
            let network = networks[expert]
            products.apply(network.gateUp, gathered.base, stride: width, rows: list.count, into: gated, stride: 2 * form.width)
            for place in list.indices {
                let gate = gated + place * 2 * form.width
                products.kernels.gate(form.activation, gate, up: gate + form.width, count: form.width)
            }
            products.apply(network.down, gated, stride: 2 * form.width, rows: list.count, into: given.base, stride: width)
            for (place, member) in list.enumerated() {
                Kernels.add(given.base + place * width, times: member.share, to: output + member.row * width, count: width)
            }
        }
    }

    /// The experts of one row with the largest scores, of equal ones the first, and each one's share.
    ///
    /// - Parameter scores: of all experts. Where the softmax comes first, each is turned into e^(score - the largest).
    static func choose(
        _ scores: UnsafeMutablePointer<Float>, _ mixture: MixtureShape, _ kernels: VectorKernels
    ) -> [(expert: Int, share: Float)] {
        let order = (0..<mixture.experts).sorted { scores[$0] == scores[$1] ? $0 < $1 : scores[$0] > scores[$1] }.prefix(mixture.chosen)
        switch mixture.gate {
        case .softmaxFirst(let renormalises):
            let sum = kernels.exponentials(scores, count: mixture.experts)
            let shares = order.map { scores[$0] / sum }
            let whole = renormalises ? shares.reduce(0, +) : 1
            return zip(order, shares).map { ($0, $1 / whole) }
        case .softmaxOfChosen:
            let largest = order.first.map { scores[$0] } ?? 0
            let weights = order.map { scores[$0] - largest }
            return withUnsafeTemporaryAllocation(of: Float.self, capacity: weights.count) { buffer in
                guard let base = buffer.baseAddress else { return [] }
                for (index, weight) in weights.enumerated() { base[index] = weight }
                let sum = kernels.exponentials(base, count: weights.count)
                return order.enumerated().map { ($1, base[$0] / sum) }
            }
        }
    }
}
