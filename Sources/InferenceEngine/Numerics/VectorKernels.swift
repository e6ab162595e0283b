import CKernels
import Glibc
import WeightFormats

/// The inner loops for one kind of processor. All kinds give the same bits; they differ in speed.
///
/// `@unchecked Sendable`: the table is constant.
package struct VectorKernels: @unchecked Sendable {
    package enum Level: String, CaseIterable, Sendable {
        case portable, avx2, avx512

        var number: ck_level {
            switch self {
            case .portable: CK_PORTABLE
            case .avx2: CK_AVX2
            case .avx512: CK_AVX512
            }
        }
    }

    package let level: Level
    let table: UnsafePointer<ck_kernels>

    /// Nil where this processor has not got them.
    package init?(_ level: Level) {
        guard let table = ck_at(level.number) else { return nil }
        self.level = level
        self.table = table
    }

    /// The fastest that this processor has.
    package static let best: VectorKernels = {
        for level in Level.allCases.reversed() { if let kernels = VectorKernels(level) { return kernels } }
        preconditionFailure("every build has the portable kernels")
    }()

    /// out[rows, columns] = a[rows, inner] · w[columns, inner]ᵀ, or added to what is there. Strides are in floats.
    package func product(
        _ a: UnsafePointer<Float>, _ aStride: Int, rows: Int, _ w: UnsafePointer<Float>, _ wStride: Int, columns: Int, inner: Int,
        into out: UnsafeMutablePointer<Float>, _ outStride: Int, adding: Bool = false
    ) {
        table.pointee.product(
            a, Int64(aStride), Int64(rows), w, Int64(wStride), Int64(columns), Int64(inner), out, Int64(outStride), adding ? 1 : 0)
    }

    /// out[rows, columns] = a[rows, inner] · b[inner, columns], or begun with what is there. Strides are in floats.
    package func plain(
        _ a: UnsafePointer<Float>, _ aStride: Int, rows: Int, _ b: UnsafePointer<Float>, _ bStride: Int, columns: Int, inner: Int,
        into out: UnsafeMutablePointer<Float>, _ outStride: Int, adding: Bool = false
    ) {
        table.pointee.plain(
            a, Int64(aStride), Int64(rows), b, Int64(bStride), Int64(columns), Int64(inner), out, Int64(outStride), adding ? 1 : 0)
    }

    /// gate[i] = activation(gate[i]) · up[i]
    package func gate(_ activation: Activation, _ gate: UnsafeMutablePointer<Float>, up: UnsafePointer<Float>, count: Int) {
        table.pointee.gate(activation.number, activation.limit, gate, up, Int64(count))
    }

    /// row[i] = cap · tanh(row[i] / cap)
    package func softcap(_ row: UnsafeMutablePointer<Float>, count: Int, cap: Float) { table.pointee.softcap(row, Int64(count), cap) }

    /// Whole blocks of stored weights as floats; false for a type that these kernels do not unpack.
    package func unpack(_ bytes: UnsafeRawPointer, _ type: TensorType, count: Int, into out: UnsafeMutablePointer<Float>) -> Bool {
        guard let storage = type.storage else { return false }
        table.pointee.unpack(storage, bytes, Int64(count), out)
        return true
    }

    /// The largest value of a row of at least one; NaN is passed over.
    package func maximum(_ row: UnsafePointer<Float>, count: Int) -> Float { table.pointee.maximum(row, Int64(count)) }

    /// row[i] = e^(row[i] - the largest) for all of them, a row of at least one.
    /// - Returns: their sum, by which the caller divides: softmax.
    package func exponentials(_ row: UnsafeMutablePointer<Float>, count: Int) -> Float {
        table.pointee.exponentials(row, Int64(count), maximum(row, count: count))
    }

    /// ln Σ eˣ over a row of at least one: groups of sixteen in single precision, their sums in double.
    package func logSumExp(_ row: UnsafePointer<Float>, count: Int) -> Double {
        let largest = maximum(row, count: count)
        guard largest.isFinite else { return Double(largest) }
        return Double(largest) + Glibc.log(table.pointee.exponential_sum(row, Int64(count), largest))
    }

    /// The first index of the largest value of a row of at least one; NaN is never the largest.
    package func indexOfMaximum(_ row: UnsafePointer<Float>, count: Int) -> Int {
        let largest = maximum(row, count: count)
        for index in 0..<count where row[index] == largest { return index }
        return 0
    }
}

extension TensorType {
    /// The kernels' own unpacking, where they have one.
    var storage: ck_storage? {
        switch self {
        case .f32: CK_F32
        case .f16: CK_F16
        case .bf16: CK_BF16
        case .q8_0: CK_Q8_0
        case .q4_0: CK_Q4_0
        case .q4_1: CK_Q4_1
        case .q4_k: CK_Q4_K
        case .q6_k: CK_Q6_K
        default: nil
        }
    }
}
