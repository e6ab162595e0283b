import Glibc

/// Cosines and sines of one kind of rotary embedding, by position.
///
/// Frequency and angle are rounded to single precision, as the programs do that models are trained and published with;
/// the angle's cosine and sine are computed in double precision.
final class RotaryTable {
    let shape: RotaryShape
    private let frequencies: [Float]
    private let budget: MemoryBudget
    /// [positions, 2, width]; for halves [positions, 2, width / 2].
    private var table: FloatBuffer?
    private var positions = 0

    init(_ shape: RotaryShape, isLong: Bool, _ budget: MemoryBudget) {
        self.shape = shape
        frequencies = shape.frequencies(isLong: isLong)
        self.budget = budget
    }

    /// Floats of cosines, and then of sines, at a position.
    var stride: Int { shape.pairing == .halves ? shape.width / 2 : shape.width }

    /// The table for positions below `count` at least; a position's entry is `2 * stride` floats.
    func angles(below count: Int, limit: Int) throws(EngineError) -> UnsafePointer<Float> {
        if let table, count <= positions { return UnsafePointer(table.base) }
        let larger = max(count, min(limit, max(2 * positions, 1024)))
        let buffer = try FloatBuffer(count: larger * 2 * stride, budget, for: "\(larger) positions' angles")
        let magnitude = shape.magnitude
        for position in 0..<larger {
            let cosines = buffer.base + position * 2 * stride
            let sines = cosines + stride
            for (pair, frequency) in frequencies.enumerated() {
                let angle = Double(Float(position) * frequency)
                let (cosine, sine) = (Float(cos(angle) * magnitude), Float(sin(angle) * magnitude))
                switch shape.pairing {
                case .halves: (cosines[pair], sines[pair]) = (cosine, sine)
                case .neighbours:
                    // Each angle's cosine twice over; its sine negated, then as it is.
                    (cosines[2 * pair], cosines[2 * pair + 1]) = (cosine, cosine)
                    (sines[2 * pair], sines[2 * pair + 1]) = (-sine, sine)
                }
            }
        }
        table = buffer
        positions = larger
        return UnsafePointer(buffer.base)
    }

    /// Turns one head by a position's angles.
    func turn(_ head: UnsafeMutablePointer<Float>, by angles: UnsafePointer<Float>) {
        switch shape.pairing {
        case .halves: Kernels.rotateHalves(head, cosines: angles, sines: angles + stride, half: stride)
        case .neighbours: Kernels.rotate(head, cosines: angles, sines: angles + stride, count: shape.width)
        }
    }
}
