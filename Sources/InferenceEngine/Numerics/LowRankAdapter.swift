/// A product of low rank beside some rows of a matrix: output += scale · (input · aᵀ) · bᵀ (LoRA; Hu et al. 2021,
/// section 4.1).
///
/// `@unchecked Sendable`: as `MatrixAdditions`.
final class LowRankAdapter: @unchecked Sendable {
    /// Rows of the matrix, which may be several joined.
    let range: Range<Int>
    let inputs: Int
    let rank: Int
    let scale: Float
    /// [rank, inputs]
    let a: FloatBuffer
    /// [rank, range.count]: the matrix b of the paper turned, so that both its products run along memory.
    let b: FloatBuffer
    /// Rows that are taken together.
    static let block = 48
    /// For each thread [block, rank].
    private let hidden: [FloatBuffer]

    init(range: Range<Int>, inputs: Int, rank: Int, scale: Float, threads: Int, _ budget: MemoryBudget) throws(EngineError) {
        self.range = range
        self.inputs = inputs
        self.rank = rank
        self.scale = scale
        a = try FloatBuffer(count: rank * inputs, budget, for: "an adapter's matrices")
        b = try FloatBuffer(count: rank * range.count, budget, for: "an adapter's matrices")
        var hidden: [FloatBuffer] = []
        for _ in 0..<threads { hidden.append(try FloatBuffer(count: Self.block * rank, budget, for: "an adapter's rows")) }
        self.hidden = hidden
    }

    /// - Parameters:
    ///   - input: [rows, inputs]
    ///   - output: the whole matrix's, [rows, matrix.rows].
    func apply(
        _ input: UnsafePointer<Float>, stride: Int, rows: Int, addingTo output: UnsafeMutablePointer<Float>, stride outputStride: Int,
        _ kernels: VectorKernels, _ splitter: WorkSplitter
    ) {
        splitter.perform(pieces: (rows + Self.block - 1) / Self.block) { piece, thread in
            let first = piece * Self.block
            let count = min(Self.block, rows - first)
            let hidden = hidden[thread].base
            kernels.product(
                input + first * stride, stride, rows: count, a.base, inputs, columns: rank, inner: inputs, into: hidden, rank)
            Kernels.scale(hidden, by: scale, count: count * rank)
            kernels.plain(
                hidden, rank, rows: count, b.base, range.count, columns: range.count, inner: rank,
                into: output + (first * outputStride + range.lowerBound), outputStride, adding: true)
        }
    }

    /// rows[i] += scale · b[i] · a, for the range's rows `part`, [part.count, inputs].
    func add(_ part: Range<Int>, to rows: UnsafeMutablePointer<Float>, _ kernels: VectorKernels) {
        withUnsafeTemporaryAllocation(of: Float.self, capacity: rank + inputs) { scratch in
            guard let factors = scratch.baseAddress else { return }
            let row = factors + rank
            for (place, own) in part.enumerated() {
                for index in 0..<rank { factors[index] = b.base[index * range.count + own] }
                kernels.plain(factors, rank, rows: 1, a.base, inputs, columns: inputs, inner: rank, into: row, inputs)
                Kernels.add(row, times: scale, to: rows + place * inputs, count: inputs)
            }
        }
    }
}
