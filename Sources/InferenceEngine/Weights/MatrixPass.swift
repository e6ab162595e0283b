import CBLAS

/// Passes over a matrix by stretches of rows. How it is cut follows from its shape alone, and so do the results' bits.
struct MatrixPass<Matrix: MatrixRows> {
    private let matrix: Matrix
    private let splitter: WorkSplitter
    /// Rows that are dequantised together: about a quarter of a million elements.
    private let stretch: Int

    init(_ matrix: Matrix, _ splitter: WorkSplitter) {
        (self.matrix, self.splitter) = (matrix, splitter)
        stretch = max(1, min(matrix.rows, (1 << 18) / matrix.columns))
    }

    /// ‖A‖_F.
    /// - Throws: `invalidRequest` where an element is not finite: no decomposition would end.
    func norm() throws(EngineError) -> Double {
        let groups = groupCount(resultBytes: 8)
        var sums = [Double](repeating: 0, count: groups)
        sums.withUnsafeMutableBufferPointer { sums in
            forEach(groups) { group, _, values, count in
                var sum = 0.0
                for index in 0..<count { sum += values[index] * values[index] }
                sums[group] += sum
            }
        }
        let sum = sums.reduce(0, +)
        guard sum.isFinite else {
            throw EngineError(.invalidRequest, "the matrix has elements that are NaN or infinite, and so no spectrum: see its statistics")
        }
        return sum.squareRoot()
    }

    /// A·v for each of `width` vectors, and AᵀA·v, each vector's numbers one after another.
    func product(_ vectors: ArraySlice<Double>, width: Int) -> (image: [Double], next: [Double]) {
        let (rows, columns) = (matrix.rows, matrix.columns)
        let groups = groupCount(resultBytes: 8 * width * columns)
        var image = [Double](repeating: 0, count: width * rows)
        var partial = [Double](repeating: 0, count: groups * width * columns)
        vectors.withUnsafeBufferPointer { vectors in
            image.withUnsafeMutableBufferPointer { image in
                partial.withUnsafeMutableBufferPointer { partial in
                    guard let v = vectors.baseAddress, let y = image.baseAddress, let z = partial.baseAddress else { return }
                    let (k, n, m) = (Int32(width), Int32(columns), Int32(rows))
                    forEach(groups) { group, range, values, _ in
                        let r = Int32(range.count), own = y + range.lowerBound
                        cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasTrans, k, r, n, 1, v, n, values, n, 0, own, m)
                        cblas_dgemm(
                            CblasRowMajor, CblasNoTrans, CblasNoTrans, k, n, r, 1, own, m, values, n, 1,
                            z + group * width * columns, n)
                    }
                }
            }
        }
        for group in 1..<max(1, groups) {
            let start = group * width * columns
            for index in 0..<width * columns { partial[index] += partial[start + index] }
        }
        partial.removeLast((groups - 1) * width * columns)
        return (image, partial)
    }

    /// Into how many groups the stretches are dealt: as many as eight, fewer where each one's result is large.
    private func groupCount(resultBytes: Int) -> Int {
        let stretches = (matrix.rows + stretch - 1) / stretch
        return max(1, min(stretches, min(8, (256 << 20) / resultBytes)))
    }

    /// Calls `body` for each stretch with its group, its rows and their elements; stretches of a group in order.
    private func forEach(
        _ groups: Int, _ body: (_ group: Int, _ rows: Range<Int>, _ values: UnsafePointer<Double>, _ count: Int) -> Void
    ) {
        let stretches = (matrix.rows + stretch - 1) / stretch
        splitter.perform(pieces: groups) { group, _ in
            let values = UnsafeMutablePointer<Double>.allocate(capacity: stretch * matrix.columns)
            let scratch = UnsafeMutablePointer<Float>.allocate(capacity: stretch * matrix.columns)
            defer {
                values.deallocate()
                scratch.deallocate()
            }
            for part in stretches * group / groups..<stretches * (group + 1) / groups {
                let range = part * stretch..<min(matrix.rows, (part + 1) * stretch)
                matrix.read(range, into: values, scratch: scratch)
                body(group, range, values, range.count * matrix.columns)
            }
        }
    }
}
