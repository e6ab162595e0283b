import WeightFormats

/// Finds a model's weights by name, whatever they are stored as, checks their shapes, and keeps account of which have been used.
struct WeightSource {
    /// Some rows of a tensor.
    struct Rows {
        let name: String
        let count: Int
        /// The tensor's whole shape; the last is the length of a row.
        let shape: [Int]
        var first = 0
        var step = 1

        /// All of a matrix.
        init(_ name: String, _ rows: Int, columns: Int) {
            self.name = name
            count = rows
            shape = [rows, columns]
        }

        init(_ name: String, shape: [Int], first: Int, count: Int, step: Int = 1) {
            self.name = name
            self.shape = shape
            self.first = first
            self.count = count
            self.step = step
        }
    }

    private let weights: LogicalWeights
    private let budget: MemoryBudget
    private var known: Set<String> = []

    init(_ weights: LogicalWeights, _ budget: MemoryBudget) {
        self.weights = weights
        self.budget = budget
    }

    func has(_ name: String) -> Bool { weights.weight(name) != nil }

    /// Lets `name` be in the file without a use.
    mutating func ignore(_ name: String) { known.insert(name) }

    /// A tensor of `count` elements as floats, `offset` added to each.
    mutating func vector(_ name: String, _ count: Int, offset: Float = 0) throws(EngineError) -> FloatBuffer {
        let weight = try weight(name, [count])
        let buffer = try FloatBuffer(count: count, budget, for: "the norms' gains and biases")
        try Self.read(weight, 0..<1, into: buffer.slice(0, count))
        if offset != 0 { for index in 0..<count { buffer.base[index] += offset } }
        return buffer
    }

    /// Vectors one behind the other: the biases of joined matrices.
    mutating func vectors(_ parts: [(name: String, count: Int)]) throws(EngineError) -> FloatBuffer {
        let whole = try FloatBuffer(count: parts.reduce(0) { $0 + $1.count }, budget, for: "the norms' gains and biases")
        var start = 0
        for part in parts {
            let part = try vector(part.name, part.count)
            withExtendedLifetime(part) { (whole.base + start).update(from: part.base, count: part.count) }
            start += part.count
        }
        return whole
    }

    /// One row of each of several tensors, [count, row], one behind the other.
    mutating func members(_ parts: [(name: String, row: Int)], _ member: Int, of count: Int) throws(EngineError) -> FloatBuffer {
        let whole = try FloatBuffer(count: parts.reduce(0) { $0 + $1.row }, budget, for: "the norms' gains and biases")
        var start = 0
        for part in parts {
            let row = try matrix([.init(part.name, shape: [count, part.row], first: member, count: 1)], columns: part.row)
            let floats = row.floats(0..<1, .best, scratch: whole.base + start)
            if floats != UnsafePointer(whole.base + start) { (whole.base + start).update(from: floats, count: part.row) }
            start += part.row
        }
        return whole
    }

    /// The rows of several tensors below each other, as they are stored.
    mutating func matrix(_ parts: [Rows], columns: Int, bias: FloatBuffer? = nil) throws(EngineError) -> StoredMatrix {
        var stored: [StoredMatrix.Part] = []
        for part in parts {
            stored.append(try Self.part(try weight(part.name, part.shape), part, columns))
        }
        return StoredMatrix(stored, columns: columns, bias: bias)
    }

    /// Rows of a stack of matrices that the model has transposed, [count, columns, rows], and that are stored turned already; nil
    /// where they are not.
    ///
    /// - Parameter parts: of the shape [count, rows, columns].
    mutating func storedTurned(_ parts: [Rows], columns: Int, bias: FloatBuffer) throws(EngineError) -> StoredMatrix? {
        var stored: [StoredMatrix.Part] = []
        for part in parts {
            guard let weight = weights.weight(part.name)?.transpose else { return nil }
            stored.append(try Self.part(try checked(weight, part.name, part.shape), part, columns))
        }
        return StoredMatrix(stored, columns: columns, bias: bias)
    }

    private static func part(_ weight: LogicalWeight, _ rows: Rows, _ columns: Int) throws(EngineError) -> StoredMatrix.Part {
        guard let (tensor, bytes) = weight.plain else {
            let source = StoredMatrix.Part.Source.rows { rows, target in
                do throws(WeightError) { try weight.dequantise(rows: rows, into: target) } catch {
                    preconditionFailure("the loader asked for rows that are there: \(error)")
                }
            }
            return .init(source: source, count: rows.count, rowBytes: 0, firstRow: rows.first, step: rows.step)
        }
        guard columns.isMultiple(of: tensor.type.blockElements), let base = bytes.baseAddress else {
            throw EngineError(.malformedModel, "the tensor \(rows.name): a row of \(columns) is not a whole number of \(tensor.type.name)'s blocks")
        }
        let source: StoredMatrix.Part.Source = if let storage = tensor.type.storage { .packed(storage, base) } else { .blocks(tensor.type, base) }
        return .init(
            source: source, count: rows.count, rowBytes: columns / tensor.type.blockElements * tensor.type.blockBytes, firstRow: rows.first,
            step: rows.step)
    }

    /// One of a stack of matrices that are stored transposed, [count, columns, rows], turned: its rows from `first` on,
    /// `step` apart, as floats.
    mutating func transposed(
        _ name: String, shape: [Int], member: Int, first: Int, step: Int
    ) throws(EngineError) -> FloatBuffer {
        let weight = try weight(name, shape)
        let (columns, rows) = (shape[1], shape[2])
        let taken = (rows - first + step - 1) / step
        let whole = try FloatBuffer(count: rows * columns, budget, for: "an expert's weights")
        try Self.read(weight, (member * columns)..<((member + 1) * columns), into: whole.slice(0, rows * columns))
        let turned = try FloatBuffer(count: taken * columns, budget, for: "an expert's weights")
        withExtendedLifetime(whole) {
            for row in 0..<taken {
                for column in 0..<columns { turned.base[row * columns + column] = whole.base[column * rows + first + row * step] }
            }
        }
        return turned
    }

    private mutating func weight(_ name: String, _ shape: [Int]) throws(EngineError) -> LogicalWeight {
        guard let weight = weights.weight(name) else {
            throw EngineError(.malformedModel, "there is no tensor \(name): this is no complete model of its architecture")
        }
        return try checked(weight, name, shape)
    }

    private mutating func checked(_ weight: LogicalWeight, _ name: String, _ shape: [Int]) throws(EngineError) -> LogicalWeight {
        guard weight.shape == shape else {
            throw EngineError(.malformedModel, "the tensor \(name) has the shape \(weight.shape); the configuration asks for \(shape)")
        }
        if let tensor = weight.plain?.tensor, !tensor.type.holdsWeights {
            throw EngineError(.unsupportedModel, "the tensor \(name) is of type \(tensor.type.name), which holds no weights by itself")
        }
        known.insert(name)
        return weight
    }

    private static func read(
        _ weight: LogicalWeight, _ rows: Range<Int>, into target: UnsafeMutableBufferPointer<Float>
    ) throws(EngineError) {
        do throws(WeightError) { try weight.dequantise(rows: rows, into: target) } catch {
            throw EngineError(.malformedModel, "the tensor \(weight.name): \(error)")
        }
    }

    /// A bias of zeros, as some quantising programs write beside every matrix.
    private func addsNothing(_ tensor: TensorInfo) -> Bool {
        guard tensor.name.hasSuffix(".bias"), known.contains("\(tensor.name.dropLast(4))weight"), tensor.shape.count == 1,
            tensor.elementCount <= 1 << 22, let bias = weights.weight(tensor.name)
        else { return false }
        var values = [Float](repeating: 1, count: tensor.elementCount)
        try? values.withUnsafeMutableBufferPointer { values throws(WeightError) in try bias.dequantise(rows: 0..<1, into: values) }
        return values.allSatisfy { $0 == 0 }
    }

    /// A tensor that is not used would change what other programs compute from the same file.
    func refuseOthers(_ architecture: String) throws(EngineError) {
        guard let other = weights.tensors(besides: known).first(where: { !addsNothing($0) }) else { return }
        throw EngineError(
            .unsupportedModel,
            "the tensor \(EngineError.shown(other.name)) has no place in a model of the architecture \"\(architecture)\", and is not understood here")
    }
}
