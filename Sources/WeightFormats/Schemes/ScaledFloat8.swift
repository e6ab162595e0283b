/// FP8 numbers with scales: one for all, one a row, one a column, or one a block.
///
/// float32(code) · float32(scale): `transformers` 5.24's `Fp8Dequantize._dequantize_one` asked for float32, and the product that
/// `compressed-tensors`' `dequantize` and fbgemm's kernels then round to the scales' type or to bfloat16.
struct ScaledFloat8: WeightScheme {
    let shape: [Int]
    private let codes: StoredTensor
    private let scales: StoredScales
    /// Rows and columns that a scale is for, and how many scales an expert's rows and columns have.
    private let block: (rows: Int, columns: Int)
    private let grid: (rows: Int, columns: Int)
    /// Whether experts have scales of their own.
    private let perExpert: Bool

    var parts: [StoredTensor] { [codes, scales.tensor] }

    /// - Parameters:
    ///   - codes: two-dimensional, or three with experts first.
    ///   - blocks: rows and columns of a block, as the configuration has them; the last may be cut off by the matrix' end. Nil where
    ///     it has none. Scales of another number that divides the matrix evenly stand for such parts of it, as in `transformers`.
    /// - Throws: `badScheme` for scales of another type or shape.
    init(_ codes: StoredTensor, scales: StoredTensor, blocks: (rows: Int, columns: Int)?) throws(WeightError) {
        let shape = codes.info.shape
        guard (2...3).contains(shape.count), codes.info.elementCount > 0 else {
            throw WeightError(.badScheme, "FP8 weights of the shape \(shape); a matrix, or one for each expert, was expected", tensor: codes.info.name)
        }
        self.scales = try StoredScales(scales, exponents: true)
        (self.shape, self.codes) = (shape, codes)
        let (rows, columns) = (shape[shape.count - 2], shape[shape.count - 1])
        // A scale for all may have no dimension, one, or as many as the weight.
        let scaleShape = scales.info.shape
        let isOne = scaleShape.allSatisfy { $0 == 1 }
        let full = isOne ? [Int](repeating: 1, count: shape.count) : scaleShape
        guard full.count == shape.count, scales.info.elementCount > 0, shape.count == 2 || full[0] == 1 || full[0] == shape[0],
            let block = Self.block(rows: rows, columns: columns, grid: (rows: full[full.count - 2], columns: full[full.count - 1]), blocks)
        else {
            let expected = blocks.map { "; blocks of \($0.rows) × \($0.columns) were expected, or a part of each dimension" } ?? ""
            throw WeightError(
                .badScheme, "scales of the shape \(scaleShape) do not divide the weight \(codes.info.name) of the shape \(shape)\(expected)",
                tensor: scales.info.name)
        }
        self.block = block
        grid = (rows: full[full.count - 2], columns: full[full.count - 1])
        perExpert = shape.count == 3 && full[0] > 1
    }

    private static func block(
        rows: Int, columns: Int, grid: (rows: Int, columns: Int), _ blocks: (rows: Int, columns: Int)?
    ) -> (rows: Int, columns: Int)? {
        if let blocks, grid.rows == (rows - 1) / blocks.rows + 1, grid.columns == (columns - 1) / blocks.columns + 1 { return blocks }
        guard rows % grid.rows == 0, columns % grid.columns == 0 else { return nil }
        return (rows: rows / grid.rows, columns: columns / grid.columns)
    }

    func dequantise(_ rows: Range<Int>, _ output: UnsafeMutablePointer<Float>) {
        let columns = shape[shape.count - 1], expertRows = shape[shape.count - 2]
        let table = codes.info.type == .f8_e4m3 ? Self.e4m3 : Self.e5m2
        table.withUnsafeBufferPointer { table in
            guard let values = table.baseAddress else { return }
            codes.withStart { codes in
                scales.tensor.withStart { scaleStart in
                    for row in rows {
                        let input = (codes + row &* columns).assumingMemoryBound(to: UInt8.self)
                        let to = output + (row &- rows.lowerBound) &* columns
                        let (expert, line) = row.quotientAndRemainder(dividingBy: expertRows)
                        let first = ((perExpert ? expert &* grid.rows : 0) &+ line / block.rows) &* grid.columns
                        var start = 0
                        for part in 0..<grid.columns {
                            let scale = scales.value(first &+ part, scaleStart)
                            let end = columns &- start > block.columns ? start &+ block.columns : columns
                            for place in start..<end { to[place] = values[Int(input[place])] * scale }
                            start = end
                        }
                    }
                }
            }
        }
    }

    private static let e4m3 = (UInt8.min...UInt8.max).map { Dequantize.float(e4m3: $0) }
    private static let e5m2 = (UInt8.min...UInt8.max).map { Dequantize.float(e5m2: $0) }
}
