import Glibc

/// Turns heads by their positions' angles, and gradients back.
final class RotaryGradient {
    private let shape: RotaryShape
    private let length: Int
    private let budget: MemoryBudget
    /// [positions, 3, angleStride]: cosines, sines, sines negated.
    private var table: FloatBuffer?
    private var positions = 0

    /// - Parameter length: of the sequences (`TransformerShape.embeddedLength`).
    init(_ shape: RotaryShape, length: Int, _ budget: MemoryBudget) {
        self.shape = shape
        self.length = length
        self.budget = budget
    }

    /// Makes the table for positions below `count`.
    func reserve(_ count: Int) throws(EngineError) {
        guard count > positions else { return }
        let stride = shape.angleStride
        let buffer = try FloatBuffer(count: count * 3 * stride, budget, for: "\(count) positions' angles")
        let frequencies = shape.frequencies(length: length)
        let magnitude = shape.magnitude
        for position in 0..<count {
            let cosines = buffer.base + position * 3 * stride
            let (sines, negated) = (cosines + stride, cosines + 2 * stride)
            shape.write(frequencies, magnitude, at: position, cosines: cosines, sines: sines)
            for index in 0..<stride { negated[index] = -sines[index] }
        }
        table = buffer
        positions = count
    }

    /// - Parameters:
    ///   - heads: [count, width]
    ///   - isBack: turns gradients back: the turned pair's derivative by the pair, magnitude included.
    func turn(_ heads: UnsafeMutablePointer<Float>, count: Int, width: Int, position: Int, isBack: Bool) {
        guard let table else { return }
        let stride = shape.angleStride
        let cosines = table.base + position * 3 * stride
        let sines = cosines + (isBack ? 2 : 1) * stride
        for head in 0..<count {
            switch shape.pairing {
            case .halves: Kernels.rotateHalves(heads + head * width, cosines: cosines, sines: sines, half: stride)
            case .neighbours: Kernels.rotate(heads + head * width, cosines: cosines, sines: sines, count: shape.width)
            }
        }
    }
}
