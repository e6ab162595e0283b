import WeightFormats

/// Finds a model's tensors by name, checks their shapes, and keeps account of which have been used.
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

    let table: WeightTable
    private let budget: MemoryBudget
    private var known: Set<String> = []

    init(_ table: WeightTable, _ budget: MemoryBudget) {
        self.table = table
        self.budget = budget
    }

    func has(_ name: String) -> Bool { table.tensor(name) != nil }

    /// Lets `name` be in the file without a use.
    mutating func ignore(_ name: String) { known.insert(name) }

    /// A tensor of `count` elements as floats, `offset` added to each.
    mutating func vector(_ name: String, _ count: Int, offset: Float = 0) throws(EngineError) -> FloatBuffer {
        let tensor = try tensor(name, [count])
        let buffer = try FloatBuffer(count: count, budget, for: "the norms' gains and biases")
        do throws(WeightError) {
            try Dequantize.floats(table.bytes(of: tensor), type: tensor.type, into: buffer.slice(0, count))
        } catch {
            throw EngineError(.malformedModel, "the tensor \(name): \(error)")
        }
        if offset != 0 { for index in 0..<count { buffer.base[index] += offset } }
        return buffer
    }

    /// Vectors one behind the other: the biases of joined matrices.
    mutating func vectors(_ parts: [(name: String, count: Int)]) throws(EngineError) -> FloatBuffer {
        let whole = try FloatBuffer(count: parts.reduce(0) { $0 + $1.count }, budget, for: "the norms' gains and biases")
        var start = 0
        for part in parts {
            (whole.base + start).update(from: try vector(part.name, part.count).base, count: part.count)
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
            let tensor = try tensor(part.name, part.shape)
            guard columns.isMultiple(of: tensor.type.blockElements), let base = table.bytes(of: tensor).baseAddress else {
                throw EngineError(.malformedModel, "the tensor \(part.name): a row of \(columns) is not a whole number of \(tensor.type.name)'s blocks")
            }
            let source: StoredMatrix.Part.Source =
                if let storage = tensor.type.storage { .packed(storage, base) } else { .blocks(tensor.type, base) }
            stored.append(
                .init(
                    source: source, count: part.count, rowBytes: columns / tensor.type.blockElements * tensor.type.blockBytes,
                    firstRow: part.first, step: part.step))
        }
        return StoredMatrix(stored, columns: columns, bias: bias)
    }

    /// One of a stack of matrices that are stored transposed, [count, columns, rows], turned: its rows from `first` on,
    /// `step` apart, as floats.
    mutating func transposed(
        _ name: String, shape: [Int], member: Int, first: Int, step: Int
    ) throws(EngineError) -> FloatBuffer {
        let tensor = try tensor(name, shape)
        let (columns, rows) = (shape[1], shape[2])
        let taken = (rows - first + step - 1) / step
        let whole = try FloatBuffer(count: rows * columns, budget, for: "an expert's weights")
        let bytes = table.bytes(of: tensor)
        guard (rows * columns).isMultiple(of: tensor.type.blockElements) else {
            throw EngineError(.malformedModel, "the tensor \(name): \(rows * columns) elements are not a whole number of blocks")
        }
        let size = rows * columns / tensor.type.blockElements * tensor.type.blockBytes
        do throws(WeightError) {
            try Dequantize.floats(
                UnsafeRawBufferPointer(rebasing: bytes[(member * size)..<((member + 1) * size)]), type: tensor.type,
                into: whole.slice(0, rows * columns))
        } catch {
            throw EngineError(.malformedModel, "the tensor \(name): \(error)")
        }
        let turned = try FloatBuffer(count: taken * columns, budget, for: "an expert's weights")
        for row in 0..<taken {
            for column in 0..<columns { turned.base[row * columns + column] = whole.base[column * rows + first + row * step] }
        }
        return turned
    }

    private mutating func tensor(_ name: String, _ shape: [Int]) throws(EngineError) -> TensorInfo {
        guard let tensor = table.tensor(name) else {
            throw EngineError(.malformedModel, "there is no tensor \(name): this is no complete model of its architecture")
        }
        guard tensor.shape == shape else {
            throw EngineError(.malformedModel, "the tensor \(name) has the shape \(tensor.shape); the configuration asks for \(shape)")
        }
        guard tensor.type.holdsWeights else {
            throw EngineError(.unsupportedModel, "the tensor \(name) is of type \(tensor.type.name), which holds no weights by itself")
        }
        known.insert(name)
        return tensor
    }

    /// A tensor that is not used would change what other programs compute from the same file.
    func refuseOthers(_ architecture: String) throws(EngineError) {
        guard let other = table.tensors.first(where: { !known.contains($0.name) }) else { return }
        throw EngineError(
            .unsupportedModel,
            "the tensor \(EngineError.shown(other.name)) has no place in a model of the architecture \"\(architecture)\", and is not understood here")
    }
}
