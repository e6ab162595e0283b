import CKernels
import Glibc

/// AdamW with decoupled weight decay (Loshchilov and Hutter 2019), as PyTorch's, and its clipping by the norm of all
/// gradients together (`clip_grad_norm_`).
package struct AdamW: Hashable, Sendable {
    package var firstDecay = 0.9
    package var secondDecay = 0.999
    package var epsilon = 1e-8
    package var weightDecay = 0.0
    /// Gradients of a greater norm are scaled down to it; nil for no clipping.
    package var maximumNorm: Double? = 1

    package init() {}

    /// The norm of all gradients together; squares are summed in double precision, eight lanes wide.
    static func norm(_ parameters: [Parameter]) -> Double {
        var sum = 0.0
        for parameter in parameters {
            var lanes = SIMD8<Double>.zero
            let (gradient, count) = (parameter.gradient.base, parameter.gradient.count)
            for index in stride(from: 0, to: count - count % 8, by: 8) {
                let values = SIMD8<Double>(UnsafeRawPointer(gradient + index).loadUnaligned(as: SIMD8<Float>.self))
                lanes += values * values
            }
            sum += lanes.sum()
            for index in (count - count % 8)..<count { sum += Double(gradient[index]) * Double(gradient[index]) }
        }
        return sum.squareRoot()
    }

    /// Moves all parameters by their gradients.
    ///
    /// - Parameters:
    ///   - norm: of the gradients.
    ///   - step: from 0.
    func update(_ parameters: [Parameter], norm: Double, step: Int, rate: Double, _ products: Products) {
        let number = Double(step + 1)
        let clip = maximumNorm.map { min(1, $0 / (norm + 1e-6)) } ?? 1
        let size = 1 << 16
        for parameter in parameters {
            var factors = ck_adam(
                gradient_scale: Float(clip), first_share: Float(1 - firstDecay), second_share: Float(1 - secondDecay),
                second_kept: Float(secondDecay), second_root: Float((1 - pow(secondDecay, number)).squareRoot()), epsilon: Float(epsilon),
                step: Float(rate / (1 - pow(firstDecay, number))), kept: Float(1 - rate * (parameter.decays ? weightDecay : 0)))
            withUnsafeMutablePointer(to: &factors) { factors in
                nonisolated(unsafe) let factors = factors
                products.splitter.perform(pieces: (parameter.values.count + size - 1) / size) { piece, _ in
                    let first = piece * size
                    products.kernels.table.pointee.adam(
                        parameter.values.base + first, parameter.first.base + first, parameter.second.base + first,
                        parameter.gradient.base + first, Int64(min(size, parameter.values.count - first)), factors)
                }
            }
        }
    }
}
