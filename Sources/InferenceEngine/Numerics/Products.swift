/// Products with stored weights, split over threads by the weights' rows, each of which is unpacked once.
final class Products {
    let kernels: VectorKernels
    let splitter: WorkSplitter
    /// For each thread the floats of a few rows of weights, which stay in the processor's second cache.
    private let scratch: [FloatBuffer]
    private static let scratchFloats = 40 << 10

    /// - Parameter widest: columns of the widest matrix.
    init(_ kernels: VectorKernels, _ splitter: WorkSplitter, widest: Int, _ budget: MemoryBudget) throws(EngineError) {
        self.kernels = kernels
        self.splitter = splitter
        var scratch: [FloatBuffer] = []
        for _ in 0..<splitter.threads {
            scratch.append(
                try FloatBuffer(count: max(Self.scratchFloats, Self.grain * widest), budget, for: "the weights that are being unpacked"))
        }
        self.scratch = scratch
    }

    private static let grain = 16

    /// output[rows, matrix.rows] = input[rows, matrix.columns] · matrixᵀ + bias, or that added to what is there.
    ///
    /// - Parameters: strides in floats.
    func apply(
        _ matrix: StoredMatrix, _ input: UnsafePointer<Float>, stride: Int, rows: Int, into output: UnsafeMutablePointer<Float>,
        stride outputStride: Int, adding: Bool = false
    ) {
        let columns = matrix.columns
        let most = max(1, Self.scratchFloats / columns / Self.grain) * Self.grain
        // Two pieces a thread at least, where there is enough to do.
        let even = (matrix.rows / (2 * splitter.threads) + Self.grain - 1) / Self.grain * Self.grain
        let chunk = max(Self.grain, min(most, even))
        splitter.perform(pieces: (matrix.rows + chunk - 1) / chunk) { piece, thread in
            let range = (piece * chunk)..<min(matrix.rows, (piece + 1) * chunk)
            let weights = matrix.floats(range, kernels, scratch: scratch[thread].base)
            let target = output + range.lowerBound
            kernels.product(
                input, stride, rows: rows, weights, columns, columns: range.count, inner: columns, into: target, outputStride,
                adding: adding)
            guard let bias = matrix.bias else { return }
            for row in 0..<rows { Kernels.add(bias.base + range.lowerBound, times: 1, to: target + row * outputStride, count: range.count) }
        }
        for adapter in matrix.additions.adapters {
            adapter.apply(input, stride: stride, rows: rows, addingTo: output, stride: outputStride, kernels, splitter)
        }
    }
}
