import Synchronization
import WeightFormats

/// Collects which tensors a model is made of, checks them, then dequantises them on several threads.
struct WeightLoader {
    /// One or more tensors to lie below each other in one matrix.
    struct Matrix {
        let number: Int
        let rows: Int
        let columns: Int
    }

    private struct Job: Sendable {
        let tensor: TensorInfo
        let buffer: Int
        let offset: Int
        /// The width of a head, where its rows go from halves to pairs.
        let pairing: Int?
    }

    private let table: WeightTable
    private var known: Set<String> = []
    private var jobs: [Job] = []
    /// Floats of each buffer.
    private var sizes: [Int] = []

    init(_ table: WeightTable) { self.table = table }

    func has(_ name: String) -> Bool { table.tensor(name) != nil }

    /// Lets `name` be in the file without a use.
    mutating func ignore(_ name: String) { known.insert(name) }

    mutating func vector(_ name: String, _ count: Int) throws(EngineError) -> Matrix {
        let tensor = try tensor(name, [count])
        jobs.append(Job(tensor: tensor, buffer: sizes.count, offset: 0, pairing: nil))
        sizes.append(count)
        return Matrix(number: sizes.count - 1, rows: 1, columns: count)
    }

    /// - Parameter pairing: for each part the width of a head, where its rows are to go from halves to pairs.
    mutating func matrix(
        _ parts: [(name: String, rows: Int)], columns: Int, pairing: [Int?] = []
    ) throws(EngineError) -> Matrix {
        var rows = 0
        for (index, part) in parts.enumerated() {
            let tensor = try tensor(part.name, [part.rows, columns])
            jobs.append(
                Job(
                    tensor: tensor, buffer: sizes.count, offset: rows * columns,
                    pairing: index < pairing.count ? pairing[index] : nil))
            rows += part.rows
        }
        sizes.append(rows * columns)
        return Matrix(number: sizes.count - 1, rows: rows, columns: columns)
    }

    private mutating func tensor(_ name: String, _ shape: [Int]) throws(EngineError) -> TensorInfo {
        guard let tensor = table.tensor(name) else {
            throw EngineError(.malformedModel, "there is no tensor \(name): this is no complete model of its architecture")
        }
        guard tensor.shape == shape else {
            throw EngineError(.malformedModel, "the tensor \(name) has the shape \(tensor.shape); the configuration asks for \(shape)")
        }
        known.insert(name)
        return tensor
    }

    /// A tensor that is not used would change what other programs compute from the same file.
    func refuseOthers() throws(EngineError) {
        guard let other = table.tensors.first(where: { !known.contains($0.name) }) else { return }
        throw EngineError(
            .unsupportedModel, "the tensor \(other.name.prefix(64)) has no place in a plain Llama model, and is not understood here")
    }

    /// Takes the memory and fills it.
    func load(threads: Int, _ budget: MemoryBudget) throws(EngineError) -> [FloatBuffer] {
        var buffers: [FloatBuffer] = []
        for size in sizes { buffers.append(try FloatBuffer(count: size, budget, for: "the dequantised weights")) }
        let filled = buffers
        let failed = Atomic(false)
        WorkSplitter(threads: threads).perform(pieces: jobs.count) { number, _ in
            let job = jobs[number]
            let target = filled[job.buffer].slice(job.offset, job.tensor.elementCount)
            do throws(WeightError) {
                try Dequantize.floats(table.bytes(of: job.tensor), type: job.tensor.type, into: target)
            } catch {
                failed.store(true, ordering: .relaxed)
            }
            if let headWidth = job.pairing { Self.pair(target, columns: job.tensor.shape[1], headWidth: headWidth) }
        }
        guard !failed.load(ordering: .relaxed) else {
            throw EngineError(.malformedModel, "a tensor's bytes do not fit its shape")
        }
        return buffers
    }

    /// Reorders each head's rows from (0 … h/2, h/2 … h) to pairs (0, h/2, 1, h/2 + 1 …), so that one RoPE serves both.
    private static func pair(_ matrix: UnsafeMutableBufferPointer<Float>, columns: Int, headWidth: Int) {
        let half = headWidth / 2
        let size = headWidth * columns
        var head = [Float](repeating: 0, count: size)
        for start in stride(from: 0, to: matrix.count, by: size) {
            for index in 0..<size { head[index] = matrix[start + index] }
            for row in 0..<headWidth {
                let source = (row % 2 * half + row / 2) * columns
                for column in 0..<columns { matrix[start + row * columns + column] = head[source + column] }
            }
        }
    }
}
