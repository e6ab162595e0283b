import CBLAS
import Glibc

/// The largest singular values of a matrix that is read by rows, by randomised block Krylov iteration (Musco and Musco
/// 2015, "Randomized Block Krylov Methods for Stronger and Faster Approximate Singular Value Decomposition",
/// algorithm 2), in double precision.
///
/// Each step multiplies a block of vectors by AᵀA, in one pass over the rows, makes what comes out orthonormal to all
/// before (classical Gram–Schmidt, twice), and takes the singular values of A on the space so spanned: each is at most the
/// true one, and grows towards it. Where that space is all of Aᵀ's range they are exact up to rounding, some 10⁻¹⁴ of the
/// largest; what is below 10⁻⁷ of the largest may be told from rounding too late, and be too small. Same matrix, count and
/// seed give the same bits, whatever the number of threads.
package struct Spectrum: Hashable, Sendable {
    package let rows: Int
    package let columns: Int
    /// Largest first: as many as were asked for, or as the shorter side has.
    package let values: [Double]
    /// ‖A‖_F, from the elements.
    package let norm: Double
    /// Passes over the matrix.
    package let steps: Int
    /// By how much the values grew in the last step, as a part of the largest; 0 where they are exact.
    package let change: Double

    /// ‖A‖_F² / σ₁²: between 1 and the rank (Rudelson and Vershynin 2007). 0 for a matrix of zeros.
    package var stableRank: Double {
        guard let largest = values.first, largest > 0 else { return 0 }
        return norm * norm / (largest * largest)
    }

    /// How far the iteration goes.
    package struct Effort: Hashable, Sendable {
        /// Ends where the values grow by no more than this part of the largest.
        var tolerance: Double
        /// Vectors of the space beyond those of the first block, at most.
        var vectors: Int

        /// For the values of one matrix.
        package static let full = Effort(tolerance: 1e-9, vectors: 640)
        /// Where only the values that stand out matter, and many matrices are asked about.
        package static let leading = Effort(tolerance: 1e-3, vectors: 192)
    }

    /// More than asked for, so that the last of them converge as well (Halko, Martinsson and Tropp 2011, section 4.2).
    private static let oversampling = 8
    /// Bytes that the basis and its image may take.
    private static let memory = 1 << 30

    /// - Parameter count: of singular values, at least 1.
    /// - Throws: `invalidRequest` where an element is not finite, `limitExceeded` where the matrix is too large.
    init(
        _ matrix: some MatrixRows, count: Int, seed: UInt64, effort: Effort, _ splitter: WorkSplitter
    ) throws(EngineError) {
        (rows, columns) = (matrix.rows, matrix.columns)
        let smaller = min(rows, columns), wanted = min(count, smaller)
        let block = min(wanted + Self.oversampling, columns)
        let room = Self.memory / MemoryLayout<Double>.stride / (rows + columns)
        guard room >= 2 * block else {
            throw EngineError(.limitExceeded, "a matrix of \(rows) × \(columns) is too large for \(count) singular values: ask for fewer")
        }
        let most = min(columns, min(room, block + effort.vectors))
        let pass = MatrixPass(matrix, splitter)
        norm = try pass.norm()
        var basis = KrylovBasis(length: columns, capacity: most)
        var image: [Double] = []
        image.reserveCapacity(rows * most)
        var random = GaussianSource(seed: seed)
        var fresh = (0..<block * columns).map { _ in random.next() }
        var ritz: [Double] = [], steps = 0, change = Double.infinity
        // A direction that is this much shorter than what it came from is rounding.
        var floor = 0.0
        while true {
            let added = basis.add(fresh, floor: floor)
            guard added > 0 else {
                change = 0
                break
            }
            let (products, next) = pass.product(basis.last(added), width: added)
            image += products
            steps += 1
            let before = ritz
            ritz = try Self.ritz(image, rows: rows, vectors: basis.count).prefix(wanted).map { $0 }
            floor = 1e-14 * (ritz.first ?? 0) * (ritz.first ?? 0)
            if basis.count == columns || ritz.first == 0 {
                change = 0
                break
            }
            if before.count == ritz.count, let largest = ritz.first {
                change = zip(ritz, before).map { abs($0 - $1) }.max().map { $0 / largest } ?? 0
            }
            if change <= effort.tolerance || basis.count == most { break }
            fresh = Array(next.prefix(min(added, most - basis.count) * columns))
        }
        (self.steps, self.change) = (steps, change)
        // From the image itself, not from its products, which lose half of the digits.
        values = try DenseMatrix.singularValues(&image, rows: rows, columns: image.count / rows).prefix(wanted).map { $0 }
    }

    /// The singular values of A on the basis, from those products of its image with itself.
    private static func ritz(_ image: [Double], rows: Int, vectors: Int) throws(EngineError) -> [Double] {
        var products = [Double](repeating: 0, count: vectors * vectors)
        let (n, k) = (Int32(vectors), Int32(rows))
        cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasTrans, n, n, k, 1, image, k, image, k, 0, &products, n)
        return try DenseMatrix.eigenvalues(&products, size: vectors).reversed().map { max(0, $0).squareRoot() }
    }
}

/// Orthonormal vectors, one after another.
private struct KrylovBasis {
    let length: Int
    private(set) var count = 0
    private var vectors: [Double]

    init(length: Int, capacity: Int) {
        self.length = length
        vectors = []
        vectors.reserveCapacity(length * capacity)
    }

    func last(_ count: Int) -> ArraySlice<Double> { vectors.suffix(count * length) }

    /// Adds what each of `fresh` has beyond the vectors before, normalised; leaves out those where that is no longer than
    /// `floor`, or than rounding.
    /// - Returns: how many it added.
    mutating func add(_ fresh: [Double], floor: Double) -> Int {
        let before = count
        for start in stride(from: 0, to: fresh.count, by: length) where count < length {
            var vector = Array(fresh[start..<start + length])
            let whole = cblas_dnrm2(Int32(length), vector, 1)
            guard whole > 0 else { continue }
            if count > 0 {
                // Once leaves what rounding of the first projection left in (Giraud, Langou and Rozložník 2005).
                for _ in 0..<2 {
                    var along = [Double](repeating: 0, count: count)
                    let (rows, columns) = (Int32(count), Int32(length))
                    cblas_dgemv(CblasRowMajor, CblasNoTrans, rows, columns, 1, vectors, columns, vector, 1, 0, &along, 1)
                    cblas_dgemv(CblasRowMajor, CblasTrans, rows, columns, -1, vectors, columns, along, 1, 1, &vector, 1)
                }
            }
            let left = cblas_dnrm2(Int32(length), vector, 1)
            guard left > floor, left > 1e-13 * whole else { continue }
            cblas_dscal(Int32(length), 1 / left, &vector, 1)
            vectors += vector
            count += 1
        }
        return count - before
    }
}

/// Normally distributed numbers by Box and Muller's transformation (1958).
private struct GaussianSource {
    private var random: RandomSource
    private var spare: Double?

    init(seed: UInt64) { random = RandomSource(seed: seed) }

    mutating func next() -> Double {
        if let value = spare {
            spare = nil
            return value
        }
        let radius = (-2 * log(1 - random.unit())).squareRoot(), angle = 2 * Double.pi * random.unit()
        spare = radius * sin(angle)
        return radius * cos(angle)
    }
}
