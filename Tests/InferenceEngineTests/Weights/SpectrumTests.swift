import InferenceEngine
import Testing
import WeightFormats

/// Singular values held against LAPACK's full decomposition, and against matrices made to have known ones.
@Suite struct SpectrumTests {
    private func spectrum(
        _ values: [Double], _ rows: Int, _ columns: Int, count: Int, seed: UInt64 = 0, threads: Int = 2
    ) throws -> Spectrum {
        let opened = try WeightFile.open(
            [[.init(name: "a", shape: [rows, columns], values: values.map { Float($0) })]], threads: threads)
        return try opened.spectrum(of: #require(opened.tensor("a", in: 0)), count: count, seed: seed)
    }

    /// Row by row to column by column.
    private func byColumns(_ values: [Double], _ rows: Int, _ columns: Int) -> [Double] {
        (0..<columns).flatMap { column in (0..<rows).map { Double(Float(values[$0 * columns + column])) } }
    }

    @Test(arguments: [(90, 70, 10), (70, 90, 10), (300, 40, 40), (1, 50, 3), (50, 1, 3), (1, 1, 1), (700, 600, 12)])
    func againstLAPACK(rows: Int, columns: Int, count: Int) throws {
        let values = WeightFile.normal(rows * columns, seed: UInt64(rows))
        var dense = byColumns(values, rows, columns)
        let all = try DenseMatrix.singularValues(&dense, rows: rows, columns: columns)
        let found = try spectrum(values, rows, columns, count: count)
        #expect(found.values.count == min(count, min(rows, columns)))
        for (one, other) in zip(found.values, all) { #expect(abs(one - other) <= 1e-7 * all[0]) }
        let norm = all.reduce(0) { $0 + $1 * $1 }.squareRoot()
        #expect(abs(found.norm - norm) <= 1e-12 * norm)
        #expect(abs(found.stableRank - norm * norm / (all[0] * all[0])) <= 1e-6 * found.stableRank)
    }

    /// LAPACK itself, and the order of what it gives, on a matrix whose singular values are plain: diag(3, 1, 2).
    @Test func diagonal() throws {
        var dense: [Double] = [3, 0, 0, 0, 1, 0, 0, 0, -2]
        #expect(try DenseMatrix.singularValues(&dense, rows: 3, columns: 3) == [3, 2, 1])
        #expect(try spectrum([3, 0, 0, 0, 1, 0, 0, 0, -2], 3, 3, count: 3).values.map { ($0 * 1e9).rounded() / 1e9 } == [3, 2, 1])
    }

    /// H₁ · D · H₂ with Householder reflections H and a diagonal D has the singular values of D. The elements are rounded to
    /// float32, which moves each by no more than some 10⁻⁷ of the norm.
    @Test(arguments: [(300, 200), (200, 300)])
    func knownValues(rows: Int, columns: Int) throws {
        let known = (0..<min(rows, columns)).map { 8 * (0.9 as Double).power($0) }
        let (u, v) = (WeightFile.normal(rows, seed: 1), WeightFile.normal(columns, seed: 2))
        let (uu, vv) = (u.reduce(0) { $0 + $1 * $1 }, v.reduce(0) { $0 + $1 * $1 })
        func h(_ w: [Double], _ ww: Double, _ i: Int, _ j: Int) -> Double { (i == j ? 1 : 0) - 2 * w[i] * w[j] / ww }
        let values = (0..<rows).flatMap { i in
            (0..<columns).map { j in known.indices.reduce(0.0) { $0 + h(u, uu, i, $1) * known[$1] * h(v, vv, $1, j) } }
        }
        let found = try spectrum(values, rows, columns, count: 20)
        for (one, other) in zip(found.values, known) { #expect(abs(one - other) <= 1e-6 * known[0]) }
        let square = known.reduce(0) { $0 + $1 * $1 }
        #expect(abs(found.stableRank - square / 64) <= 1e-5)
    }

    /// Whole numbers, and so exact in float32: what is beyond the rank is zero.
    @Test func rankThree() throws {
        let (rows, columns) = (120, 80)
        var values = [Double](repeating: 0, count: rows * columns)
        for i in 0..<rows {
            for j in 0..<columns {
                values[i * columns + j] = Double((i % 7 - 3) * (j % 5 - 2)) + Double((i % 3 - 1) * (j % 11 - 5)) + Double(i % 2) * Double(j % 4)
            }
        }
        let found = try spectrum(values, rows, columns, count: 8)
        #expect(found.change == 0 && found.values[2] > 1)
        #expect(found.values[3...].allSatisfy { $0 <= 1e-10 * found.values[0] })
    }

    @Test func sameBitsForAnyThreads() throws {
        let values = WeightFile.normal(1500 * 400, seed: 5)
        let one = try spectrum(values, 1500, 400, count: 6, threads: 1)
        #expect(try spectrum(values, 1500, 400, count: 6, threads: 3) == one)
        #expect(try spectrum(values, 1500, 400, count: 6, seed: 1).values != one.values)
    }

    @Test func zeroAndIdentity() throws {
        let zero = try spectrum([Double](repeating: 0, count: 60), 6, 10, count: 4)
        #expect(zero.values == [0, 0, 0, 0] && zero.stableRank == 0 && zero.norm == 0)
        let size = 150
        let identity = (0..<size * size).map { $0 / size == $0 % size ? 1.0 : 0.0 }
        let found = try spectrum(identity, size, size, count: 5)
        #expect(found.values.allSatisfy { abs($0 - 1) < 1e-12 } && abs(found.stableRank - 150) < 1e-9)
    }

    @Test func refusals() throws {
        #expect(throws: EngineError.self) { try spectrum([1, .nan, 0, 1], 2, 2, count: 1) }
        #expect(throws: EngineError.self) { try spectrum([1, .infinity, 0, 1], 2, 2, count: 1) }
        let opened = try WeightFile.open([[.init(name: "v", shape: [4], values: [1, 2, 3, 4])]])
        #expect(throws: EngineError.self) { try opened.spectrum(of: #require(opened.tensor("v", in: 0)), count: 1, seed: 0) }
        #expect(opened.tensor("v", in: 1) == nil && opened.tensor("w", in: 0) == nil)
    }
}

extension Double {
    fileprivate func power(_ exponent: Int) -> Double { (0..<exponent).reduce(1) { result, _ in result * self } }
}
