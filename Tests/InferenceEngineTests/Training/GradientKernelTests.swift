import InferenceEngine
import Testing

/// The kernels of the backward pass against central differences of the same sums in double precision.
@Suite struct GradientKernelTests {
    /// Σ gradient · f by each of `x`, by f's central differences.
    static func differences(_ x: [Double], _ f: ([Double]) -> Double) -> [Double] {
        x.indices.map { index in
            let step = 1e-5 * max(1, abs(x[index]))
            var (low, high) = (x, x)
            low[index] -= step
            high[index] += step
            return (f(high) - f(low)) / (2 * step)
        }
    }

    @Test(arguments: VectorKernelTests.lengths) func gates(count: Int) {
        let (x, up) = (VectorKernelTests.values(count, scale: 9), VectorKernelTests.values(count, scale: 9, seed: 3))
        let gradient = VectorKernelTests.values(count, seed: 5)
        for activation in [Activation.silu, .geluTanh, .clamped(limit: 7)] {
            let found = VectorKernelTests.same(2 * count) { kernels, out in
                out.update(from: x + up, count: 2 * count)
                kernels.gateGradient(activation, out, up: out + count, gradient, count: count)
            }
            for index in 0..<count {
                let (a, b, g) = (Double(x[index]), Double(up[index]), Double(gradient[index]))
                let expected = Self.differences([a, b]) { g * ReferenceDecoder.gated(activation, $0[0], $0[1]) }
                #expect(abs(Double(found[index]) - expected[0]) < 2e-5 * max(1, abs(b)), "\(activation) at \(a), \(b)")
                #expect(abs(Double(found[count + index]) - expected[1]) < 2e-5 * max(1, abs(a)), "\(activation) at \(a), \(b)")
            }
        }
    }

    @Test(arguments: VectorKernelTests.lengths) func norms(count: Int) {
        let (x, gain, gradient) = (
            VectorKernelTests.values(count, scale: 3), VectorKernelTests.values(count, scale: 2, seed: 3), VectorKernelTests.values(count, seed: 5)
        )
        for adding in [false, true] {
            let found = VectorKernelTests.same(count) { kernels, out in
                kernels.normaliseGradient(x, gain: gain, gradient, epsilon: 1e-3, count: count, into: out, adding: adding)
            }
            let expected = Self.differences(x.map(Double.init)) { x in
                let scale = 1 / (x.reduce(0) { $0 + $1 * $1 } / Double(count) + 1e-3).squareRoot()
                return x.indices.reduce(0) { $0 + x[$1] * scale * Double(gain[$1]) * Double(gradient[$1]) }
            }
            for index in 0..<count { #expect(abs(Double(found[index]) - expected[index] - (adding ? 7 : 0)) < 2e-5) }
        }
    }

    @Test(arguments: [(1, 1), (3, 17), (16, 16), (33, 20)]) func turning(rows: Int, columns: Int) {
        let values = VectorKernelTests.values(rows * columns)
        let found = VectorKernelTests.same(rows * columns) { kernels, out in
            kernels.transpose(values, columns, rows: rows, columns: columns, into: out, rows)
        }
        for row in 0..<rows {
            for column in 0..<columns { #expect(found[column * rows + row] == values[row * columns + column]) }
        }
    }
}
