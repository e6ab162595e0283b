import CKernels

/// The products of a backward pass.
///
/// With y = x · wᵀ and dy the loss's derivative by y: dx = dy · w and dw = dyᵀ · x. Every sum goes in one order, by the
/// weights' rows or by the rows of x, whatever the number of threads.
final class GradientProducts {
    let products: Products
    var kernels: VectorKernels { products.kernels }
    var splitter: WorkSplitter { products.splitter }
    /// Rows of weights as floats, for all threads.
    private let unpacked: FloatBuffer
    /// [rows, rank] and [rank, rows] of one adapter.
    private let hidden, slopes, turned: FloatBuffer
    /// [weightBlock, rows]: a few columns of dy, turned.
    private let columns: [FloatBuffer]

    private static let chunkFloats = 128 << 10
    private static let grain = 16
    /// Rows of x, columns and weights' rows that are multiplied at once: what lies in the processor's first cache.
    private static let rowBlock = 96, stripe = 64, depth = 64
    private static let weightBlock = 24
    /// A multiple of the rows that any of the kernels takes together.
    private static let kernelRows = 6

    /// - Parameters:
    ///   - rows: of x, at most.
    ///   - widest: columns of the widest matrix.
    ///   - rank: of the largest adapter; 0 for none.
    init(_ products: Products, rows: Int, widest: Int, rank: Int, trainsMatrices: Bool, _ budget: MemoryBudget) throws(EngineError) {
        self.products = products
        func buffer(_ count: Int) throws(EngineError) -> FloatBuffer { try FloatBuffer(count: count, budget, for: "the gradients' buffers") }
        unpacked = try buffer(max(Self.chunkFloats, Self.grain * widest))
        hidden = try buffer(rows * rank)
        slopes = try buffer(rows * rank)
        turned = try buffer(rows * rank)
        var columns: [FloatBuffer] = []
        for _ in 0..<(trainsMatrices ? products.splitter.threads : 0) { columns.append(try buffer(Self.weightBlock * rows)) }
        self.columns = columns
    }

    /// dx[rows, matrix.columns] = dy[rows, matrix.rows] · matrix, or that added to what is there; adapters included.
    func inputGradient(
        _ matrix: StoredMatrix, _ dy: UnsafePointer<Float>, stride: Int, rows: Int, into dx: UnsafeMutablePointer<Float>, stride dxStride: Int,
        adding: Bool = false
    ) {
        let width = matrix.columns
        let chunk = max(1, Self.chunkFloats / width / Self.grain) * Self.grain
        for first in Swift.stride(from: 0, to: matrix.rows, by: chunk) {
            let range = first..<min(matrix.rows, first + chunk)
            let weights = floats(matrix, range)
            blocks(rows) { row, count in
                multiply(
                    dy + (row * stride + first), stride, rows: count, weights, width, columns: width, inner: range.count,
                    into: dx + row * dxStride, dxStride, adding: adding || first > 0)
            }
        }
        for adapter in matrix.additions.adapters {
            slopesOfHidden(adapter, dy, stride: stride, rows: rows)
            blocks(rows) { row, count in
                kernels.plain(
                    slopes.base + row * adapter.rank, adapter.rank, rows: count, adapter.a.base, width, columns: width,
                    inner: adapter.rank, into: dx + row * dxStride, dxStride, adding: true)
            }
        }
    }

    /// Adds the derivatives by an adapter's matrices to what `a` [rank, inputs] and `b` [rank, outputs] hold.
    func adapterGradient(
        _ adapter: LowRankAdapter, _ x: UnsafePointer<Float>, stride xStride: Int, _ dy: UnsafePointer<Float>, stride: Int, rows: Int,
        a: FloatBuffer, b: FloatBuffer
    ) {
        let rank = adapter.rank
        slopesOfHidden(adapter, dy, stride: stride, rows: rows)
        blocks(rows) { row, count in
            kernels.product(
                x + row * xStride, xStride, rows: count, adapter.a.base, adapter.inputs, columns: rank, inner: adapter.inputs,
                into: hidden.base + row * rank, rank)
            Kernels.scale(hidden.base + row * rank, by: adapter.scale, count: count * rank)
        }
        kernels.transpose(slopes.base, rank, rows: rows, columns: rank, into: turned.base, rows)
        stripes(adapter.inputs) { column, count in
            kernels.plain(
                turned.base, rows, rows: rank, x + column, xStride, columns: count, inner: rows, into: a.base + column, adapter.inputs,
                adding: true)
        }
        kernels.transpose(hidden.base, rank, rows: rows, columns: rank, into: turned.base, rows)
        let outputs = adapter.range.count
        stripes(outputs) { column, count in
            kernels.plain(
                turned.base, rows, rows: rank, dy + (adapter.range.lowerBound + column), stride, columns: count, inner: rows,
                into: b.base + column, outputs, adding: true)
        }
    }

    /// Adds dyᵀ · x to `gradient`, [outputs, inputs].
    func weightGradient(
        _ dy: UnsafePointer<Float>, stride: Int, outputs: Int, _ x: UnsafePointer<Float>, stride xStride: Int, inputs: Int, rows: Int,
        addingTo gradient: FloatBuffer
    ) {
        guard rows > 0 else { return }
        splitter.perform(pieces: (outputs + Self.weightBlock - 1) / Self.weightBlock) { piece, thread in
            let first = piece * Self.weightBlock
            let count = min(Self.weightBlock, outputs - first)
            let turned = columns[thread].base
            kernels.transpose(dy + first, stride, rows: rows, columns: count, into: turned, rows)
            multiply(
                turned, rows, rows: count, x, xStride, columns: inputs, inner: rows, into: gradient.base + first * inputs, inputs,
                adding: true)
        }
    }

    /// Adds the sum of dy's rows to `gradient`, [count].
    func biasGradient(_ dy: UnsafePointer<Float>, stride: Int, rows: Int, count: Int, addingTo gradient: FloatBuffer) {
        for row in 0..<rows { Kernels.add(dy + row * stride, times: 1, to: gradient.base, count: count) }
    }

    /// `plain`, cut so that what it reads again lies near. How it is cut changes no sum's order.
    func multiply(
        _ a: UnsafePointer<Float>, _ aStride: Int, rows: Int, _ b: UnsafePointer<Float>, _ bStride: Int, columns: Int, inner: Int,
        into out: UnsafeMutablePointer<Float>, _ outStride: Int, adding: Bool
    ) {
        for column in Swift.stride(from: 0, to: columns, by: Self.stripe) {
            for k in Swift.stride(from: 0, to: inner, by: Self.depth) {
                kernels.plain(
                    a + k, aStride, rows: rows, b + (k * bStride + column), bStride, columns: min(Self.stripe, columns - column),
                    inner: min(Self.depth, inner - k), into: out + column, outStride, adding: adding || k > 0)
            }
        }
    }

    /// Cuts rows into blocks as even as those of the kernels allow, as many for every thread.
    private func blocks(_ rows: Int, _ body: (_ row: Int, _ count: Int) -> Void) {
        let rounds = (rows + Self.rowBlock * splitter.threads - 1) / (Self.rowBlock * splitter.threads)
        splitter.ranges(rows, grain: Self.kernelRows, pieces: rounds * splitter.threads) { body($0.lowerBound, $0.count) }
    }

    private func stripes(_ columns: Int, _ body: (_ column: Int, _ count: Int) -> Void) {
        splitter.perform(pieces: (columns + Self.stripe - 1) / Self.stripe) { piece, _ in
            body(piece * Self.stripe, min(Self.stripe, columns - piece * Self.stripe))
        }
    }

    /// scale · dy · b of an adapter, [rows, rank] in `slopes`.
    private func slopesOfHidden(_ adapter: LowRankAdapter, _ dy: UnsafePointer<Float>, stride: Int, rows: Int) {
        let outputs = adapter.range.count
        blocks(rows) { row, count in
            let target = slopes.base + row * adapter.rank
            kernels.product(
                dy + (row * stride + adapter.range.lowerBound), stride, rows: count, adapter.b.base, outputs, columns: adapter.rank,
                inner: outputs, into: target, adapter.rank)
            Kernels.scale(target, by: adapter.scale, count: count * adapter.rank)
        }
    }

    private func floats(_ matrix: StoredMatrix, _ range: Range<Int>) -> UnsafePointer<Float> {
        if let resident = matrix.resident(range) { return resident }
        splitter.ranges(range.count, grain: Self.grain, pieces: 2 * splitter.threads) { part in
            let target = unpacked.base + part.lowerBound * matrix.columns
            let own = (range.lowerBound + part.lowerBound)..<(range.lowerBound + part.upperBound)
            let found = matrix.floats(own, kernels, scratch: target)
            if found != UnsafePointer(target) { target.update(from: found, count: part.count * matrix.columns) }
        }
        return UnsafePointer(unpacked.base)
    }
}

extension Products {
    /// target = activation(gate) · up for some rows of both.
    ///
    /// - Parameters:
    ///   - gateUp: [rows, 2, width]
    ///   - target: [rows, width]
    func activate(_ form: FeedForwardShape, _ gateUp: FloatBuffer, _ rows: Range<Int>, into target: FloatBuffer) {
        splitter.each(rows.count) { index in
            let row = rows.lowerBound + index
            let gate = gateUp.base + row * 2 * form.width
            let own = target.base + row * form.width
            own.update(from: gate, count: form.width)
            kernels.gate(form.activation, own, up: gate + form.width, count: form.width)
        }
    }
}
