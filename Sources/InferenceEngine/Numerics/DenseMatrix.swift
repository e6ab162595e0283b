import CBLAS

/// Small dense matrices in double precision, through the LAPACK in OpenBLAS.
package enum DenseMatrix {
    /// All singular values, the largest first (`dgesdd`).
    ///
    /// - Parameter matrix: `rows` × `columns`, column by column; it is overwritten.
    /// - Throws: `limitExceeded` where the iteration does not converge, as with values that are not finite.
    package static func singularValues(_ matrix: inout [Double], rows: Int, columns: Int) throws(EngineError) -> [Double] {
        precondition(rows >= 0 && columns >= 0 && matrix.count == rows * columns)
        let smaller = min(rows, columns)
        guard smaller > 0 else { return [] }
        var values = [Double](repeating: 0, count: smaller)
        let (m, n, one) = ([Int32(rows)], [Int32(columns)], [Int32(1)])
        var integers = [Int32](repeating: 0, count: 8 * smaller)
        var info = Int32(0)
        // Asked with a length of -1 it says how much room works best.
        var best = 0.0
        dgesdd_("N", m, n, &matrix, m, &values, nil, one, nil, one, &best, [-1], &integers, &info, 1)
        var work = [Double](repeating: 0, count: max(1, Int(best)))
        let length = [Int32(work.count)]
        if info == 0 { dgesdd_("N", m, n, &matrix, m, &values, nil, one, nil, one, &work, length, &integers, &info, 1) }
        guard info == 0 else { throw EngineError(.limitExceeded, "a singular value decomposition did not converge (\(info))") }
        return values
    }

    /// All eigenvalues of a symmetric matrix, the smallest first (`dsyev`).
    ///
    /// - Parameter matrix: `size` × `size`, of which one triangle is read; it is overwritten.
    static func eigenvalues(_ matrix: inout [Double], size: Int) throws(EngineError) -> [Double] {
        precondition(size > 0 && matrix.count == size * size)
        var values = [Double](repeating: 0, count: size)
        let n = [Int32(size)]
        var info = Int32(0)
        // What a block of 64 takes (LAPACK Users' Guide, dsyev).
        var work = [Double](repeating: 0, count: 66 * size)
        let length = [Int32(work.count)]
        dsyev_("N", "L", n, &matrix, n, &values, &work, length, &info, 1, 1)
        guard info == 0 else { throw EngineError(.limitExceeded, "an eigenvalue decomposition did not converge (\(info))") }
        return values
    }
}
