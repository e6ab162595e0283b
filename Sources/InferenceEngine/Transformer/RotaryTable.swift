import Glibc

/// Cosines and sines of one kind of rotary embedding, by position, in sequences of one length.
///
/// Frequency and angle are rounded to single precision, as the programs do that models are trained and published with;
/// the angle's cosine and sine are computed in double precision.
private final class RotaryTable {
    private let shape: RotaryShape
    private let frequencies: [Float]
    private let budget: MemoryBudget
    /// [positions, 2, angleStride]
    private var table: FloatBuffer?
    private var positions = 0

    init(_ shape: RotaryShape, length: Int, _ budget: MemoryBudget) {
        self.shape = shape
        frequencies = shape.frequencies(length: length)
        self.budget = budget
    }

    /// The table for positions below `count` at least.
    func angles(below count: Int, limit: Int) throws(EngineError) -> UnsafePointer<Float> {
        if let table, count <= positions { return UnsafePointer(table.base) }
        let stride = shape.angleStride
        let larger = max(count, min(limit, max(2 * positions, 1024)))
        let buffer = try FloatBuffer(count: larger * 2 * stride, budget, for: "\(larger) positions' angles")
        let magnitude = shape.magnitude
        for position in 0..<larger {
            let cosines = buffer.base + position * 2 * stride
            let sines = cosines + stride
            shape.write(frequencies, magnitude, at: position, cosines: cosines, sines: sines)
        }
        table = buffer
        positions = larger
        return UnsafePointer(buffer.base)
    }
}

extension RotaryShape {
    /// One position's angles, as `rotate` takes them.
    ///
    /// - Parameters: [angleStride] each, overwritten.
    func write(
        _ frequencies: [Float], _ magnitude: Double, at position: Int, cosines: UnsafeMutablePointer<Float>, sines: UnsafeMutablePointer<Float>
    ) {
        for (pair, frequency) in frequencies.enumerated() {
            let angle = Double(Float(position) * frequency)
            let (cosine, sine) = (Float(cos(angle) * magnitude), Float(sin(angle) * magnitude))
            switch pairing {
            case .halves: (cosines[pair], sines[pair]) = (cosine, sine)
            case .neighbours:
                // Each angle's cosine twice over; its sine negated, then as it is.
                (cosines[2 * pair], cosines[2 * pair + 1]) = (cosine, cosine)
                (sines[2 * pair], sines[2 * pair + 1]) = (-sine, sine)
            }
        }
    }
}

/// The tables of all of a model's kinds of rotary embedding.
final class RotaryTables {
    private let shapes: [RotaryShape]
    private let budget: MemoryBudget
    /// By the length that they are for (`TransformerShape.embeddedLength`), of each kind.
    private var tables: [Int: [RotaryTable]] = [:]
    /// Lengths whose tables are kept: there are two at most, but for a kind that has its own for every length.
    private static let kept = 4

    init(_ shapes: [RotaryShape], _ budget: MemoryBudget) {
        self.shapes = shapes
        self.budget = budget
    }

    /// For each sequence, by its embedded length, the tables of each kind, one behind the other, for positions below `count` at
    /// least. They are valid until the next call.
    func angles(of lengths: [Int], below count: Int, limit: Int) throws(EngineError) -> [UnsafePointer<Float>] {
        if tables.count > Self.kept { tables = tables.filter { lengths.contains($0.key) } }
        var angles: [UnsafePointer<Float>] = []
        for length in lengths {
            let all = tables[length] ?? shapes.map { RotaryTable($0, length: length, budget) }
            tables[length] = all
            for table in all { angles.append(try table.angles(below: count, limit: limit)) }
        }
        return angles
    }
}

extension RotaryShape {
    /// Floats of cosines, and then of sines, that a position has in a table.
    var angleStride: Int { pairing == .halves ? width / 2 : width }

    /// Turns one head by a position's angles, `2 * angleStride` floats.
    func turn(_ head: UnsafeMutablePointer<Float>, by angles: UnsafePointer<Float>) {
        switch pairing {
        case .halves: Kernels.rotateHalves(head, cosines: angles, sines: angles + angleStride, half: angleStride)
        case .neighbours: Kernels.rotate(head, cosines: angles, sines: angles + angleStride, count: width)
        }
    }
}
