import CKernels

extension VectorKernels {
    /// The derivatives of Σ gradient[i] · activation(gate[i]) · up[i] by gate and by up, in their places.
    package func gateGradient(
        _ activation: Activation, _ gate: UnsafeMutablePointer<Float>, up: UnsafeMutablePointer<Float>, _ gradient: UnsafePointer<Float>,
        count: Int
    ) {
        table.pointee.gate_gradient(activation.number, activation.limit, gate, up, gradient, Int64(count))
    }

    /// The derivative of Σ gradient · normalise(x) by x, in `out` or added to it.
    /// - Returns: what the norm multiplies x by.
    @discardableResult
    package func normaliseGradient(
        _ x: UnsafePointer<Float>, gain: UnsafePointer<Float>, _ gradient: UnsafePointer<Float>, epsilon: Float, count: Int,
        into out: UnsafeMutablePointer<Float>, adding: Bool
    ) -> Float {
        table.pointee.normalise_gradient(x, gain, gradient, epsilon, Int64(count), out, adding ? 1 : 0)
    }

    /// out[columns, rows] = input[rows, columns]ᵀ. Strides are in floats.
    package func transpose(
        _ input: UnsafePointer<Float>, _ stride: Int, rows: Int, columns: Int, into out: UnsafeMutablePointer<Float>, _ outStride: Int
    ) {
        table.pointee.transpose(input, Int64(stride), Int64(rows), Int64(columns), out, Int64(outStride))
    }

    /// Σ a[i] · b[i], in the order of `product`.
    func dot(_ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, count: Int) -> Float {
        var sum: Float = 0
        product(a, count, rows: 1, b, count, columns: 1, inner: count, into: &sum, 1)
        return sum
    }
}
