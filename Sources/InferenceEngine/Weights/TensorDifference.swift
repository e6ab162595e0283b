import Glibc
import WeightFormats

/// By what one tensor differs from another of the same shape, over their values: dequantised, or as the integers that they are.
package struct TensorDifference: Sendable {
    package private(set) var count = 0
    /// Stored the same way, byte for byte the same. Nothing else is worked out then.
    package private(set) var isIdentical = false
    /// Elements that differ.
    package private(set) var differing = 0
    /// Places where one of the two is NaN or infinite; they are left out of everything below.
    package private(set) var notFinite = 0
    /// max |Δ|.
    package private(set) var largest = 0.0
    /// ‖Δ‖_F, ‖A‖_F and ‖B‖_F.
    package private(set) var norm = 0.0
    package private(set) var firstNorm = 0.0
    package private(set) var secondNorm = 0.0
    /// Of the angle between the two as vectors; 0 where one is all zeros.
    package private(set) var cosine = 0.0
    /// What the largest singular value of Δ would be if Δ were nothing but the rounding of both tensors to their types:
    /// (√rows + √columns) times the root mean square of the rounding (Geman 1980, for independent entries).
    package private(set) var roundingFloor = 0.0
    /// The singular values of Δ, where they were asked for and it is a matrix of finite numbers, of two that hold weights.
    package private(set) var spectrum: Spectrum?

    /// - Parameter values: of Δ's singular values, 0 for none.
    /// - Throws: `invalidRequest` for tensors of different shapes.
    package init(
        from first: TensorInfo, to second: TensorInfo, in weights: OpenedWeights, values: Int, seed: UInt64
    ) throws(EngineError) {
        guard first.shape == second.shape else { throw EngineError(.invalidRequest, "the tensors have different shapes") }
        let (one, other) = (weights.containers[0], weights.containers[1])
        count = first.elementCount
        let (a, b) = (one.bytes(of: first), other.bytes(of: second))
        if first.type == second.type, Self.isSame(a, b) {
            isIdentical = true
            return
        }
        let sums = Self.sums((a, first.type), (b, second.type), count: count, weights.splitter)
        (differing, notFinite, largest) = (sums.differing, sums.notFinite, sums.largest)
        (norm, firstNorm, secondNorm) = (sums.delta.squareRoot(), sums.first.squareRoot(), sums.second.squareRoot())
        if firstNorm > 0, secondNorm > 0 { cosine = max(-1, min(1, sums.product / firstNorm / secondNorm)) }
        guard let left = TensorRows(first, in: one), let right = TensorRows(second, in: other) else { return }
        roundingFloor = (Double(left.rows).squareRoot() + Double(left.columns).squareRoot()) * (sums.rounding / Double(count)).squareRoot()
        guard values > 0, notFinite == 0, let delta = DifferenceRows(from: left, to: right) else { return }
        spectrum = try Spectrum(delta, count: values, seed: seed, effort: .leading, weights.splitter)
    }

    private static func isSame(_ one: UnsafeRawBufferPointer, _ other: UnsafeRawBufferPointer) -> Bool {
        guard one.count == other.count, let a = one.baseAddress, let b = other.baseAddress else { return one.count == other.count }
        return memcmp(a, b, one.count) == 0
    }

    private struct Sums {
        var differing = 0
        var notFinite = 0
        var largest = 0.0
        var delta = 0.0
        var first = 0.0
        var second = 0.0
        var product = 0.0
        var rounding = 0.0

        static func += (one: inout Sums, other: Sums) {
            one.differing += other.differing
            one.notFinite += other.notFinite
            one.largest = max(one.largest, other.largest)
            one.delta += other.delta
            one.first += other.first
            one.second += other.second
            one.product += other.product
            one.rounding += other.rounding
        }
    }

    /// A stretch of whole blocks of every type.
    private static let stretch = 1 << 18

    private static func sums(
        _ first: (bytes: UnsafeRawBufferPointer, type: TensorType), _ second: (bytes: UnsafeRawBufferPointer, type: TensorType),
        count: Int, _ splitter: WorkSplitter
    ) -> Sums {
        let pieces = (count + stretch - 1) / stretch
        var parts = [Sums](repeating: Sums(), count: pieces)
        parts.withUnsafeMutableBufferPointer { parts in
            splitter.perform(pieces: pieces) { piece, _ in
                let range = piece * stretch..<min(count, (piece + 1) * stretch)
                let buffer = UnsafeMutableBufferPointer<Double>.allocate(capacity: 2 * range.count)
                let scratch = UnsafeMutableBufferPointer<Float>.allocate(capacity: range.count)
                defer {
                    buffer.deallocate()
                    scratch.deallocate()
                }
                let a = UnsafeMutableBufferPointer(rebasing: buffer[..<range.count])
                let b = UnsafeMutableBufferPointer(rebasing: buffer[range.count...])
                read(first, range, into: a, scratch)
                read(second, range, into: b, scratch)
                var sums = Sums()
                for index in 0..<range.count {
                    if a[index].bitPattern != b[index].bitPattern, a[index] != b[index] { sums.differing += 1 }
                    guard a[index].isFinite, b[index].isFinite else {
                        sums.notFinite += 1
                        continue
                    }
                    let (x, y) = (a[index], b[index])
                    let delta = y - x
                    sums.largest = max(sums.largest, abs(delta))
                    sums.delta += delta * delta
                    sums.first += x * x
                    sums.second += y * y
                    sums.product += x * y
                }
                for (tensor, values) in [(first, a), (second, b)] {
                    sums.rounding += StoredValues.roundingVariance(
                        UnsafeBufferPointer(values), first: range.lowerBound, of: tensor.bytes, type: tensor.type)
                }
                parts[piece] = sums
            }
        }
        return parts.reduce(into: Sums()) { $0 += $1 }
    }

    /// What does not dequantise is NaN, and so counted as not finite.
    private static func read(
        _ tensor: (bytes: UnsafeRawBufferPointer, type: TensorType), _ range: Range<Int>, into values: UnsafeMutableBufferPointer<Double>,
        _ scratch: UnsafeMutableBufferPointer<Float>
    ) {
        let (elements, bytes) = (tensor.type.blockElements, tensor.type.blockBytes)
        let source = tensor.bytes[range.lowerBound / elements * bytes..<(range.upperBound + elements - 1) / elements * bytes]
        do {
            try StoredValues.doubles(UnsafeRawBufferPointer(rebasing: source), type: tensor.type, into: values, scratch: scratch)
        } catch {
            values.update(repeating: .nan)
        }
    }
}
