import WeightFormats

/// A matrix whose rows are computed when they are asked for: it is never in memory as a whole.
protocol MatrixRows {
    var rows: Int { get }
    var columns: Int { get }

    /// Writes the rows of `range`, one after another.
    ///
    /// - Parameter scratch: room for as many floats.
    func read(_ range: Range<Int>, into values: UnsafeMutablePointer<Double>, scratch: UnsafeMutablePointer<Float>)
}

/// A tensor with two dimensions, dequantised row by row.
struct TensorRows: MatrixRows {
    let rows: Int
    let columns: Int
    private let type: TensorType
    private let container: WeightContainer
    private let tensor: TensorInfo

    /// Nil for what is no matrix of weights, is empty, or has rows that end inside a block.
    init?(_ tensor: TensorInfo, in container: WeightContainer) {
        guard tensor.type.holdsWeights, tensor.shape.count == 2, tensor.elementCount > 0, tensor.shape[1] % tensor.type.blockElements == 0 else { return nil }
        (rows, columns, type) = (tensor.shape[0], tensor.shape[1], tensor.type)
        (self.container, self.tensor) = (container, tensor)
    }

    /// The rows as the file's floats. A row that does not dequantise is NaN, which whoever sums it up finds.
    func floats(_ range: Range<Int>, into floats: UnsafeMutablePointer<Float>) {
        let count = range.count * columns
        let stride = columns / type.blockElements * type.blockBytes
        let bytes = container.bytes(of: tensor)
        let source = UnsafeRawBufferPointer(rebasing: bytes[range.lowerBound * stride..<range.upperBound * stride])
        do {
            try Dequantize.floats(source, type: type, into: UnsafeMutableBufferPointer(start: floats, count: count))
        } catch {
            floats.update(repeating: .nan, count: count)
        }
    }

    func read(_ range: Range<Int>, into values: UnsafeMutablePointer<Double>, scratch: UnsafeMutablePointer<Float>) {
        floats(range, into: scratch)
        for index in 0..<range.count * columns { values[index] = Double(scratch[index]) }
    }
}

/// What a second tensor of the same shape has more than a first.
struct DifferenceRows: MatrixRows {
    private let first: TensorRows
    private let second: TensorRows
    var rows: Int { first.rows }
    var columns: Int { first.columns }

    /// Nil for shapes that differ.
    init?(from first: TensorRows, to second: TensorRows) {
        guard first.rows == second.rows, first.columns == second.columns else { return nil }
        (self.first, self.second) = (first, second)
    }

    func read(_ range: Range<Int>, into values: UnsafeMutablePointer<Double>, scratch: UnsafeMutablePointer<Float>) {
        second.read(range, into: values, scratch: scratch)
        first.floats(range, into: scratch)
        for index in 0..<range.count * columns { values[index] -= Double(scratch[index]) }
    }
}
