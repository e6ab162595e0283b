/// Numbers that are being learnt, with their gradient and the two moments that AdamW keeps.
///
/// `@unchecked Sendable`: as the buffers.
final class Parameter: @unchecked Sendable {
    /// Unique in a run, printable ASCII.
    let name: String
    let values: FloatBuffer
    let gradient, first, second: FloatBuffer
    /// Whether weight decay draws it to zero: matrices, not gains and biases.
    let decays: Bool

    init(_ name: String, _ values: FloatBuffer, decays: Bool, _ budget: MemoryBudget) throws(EngineError) {
        self.name = name
        self.values = values
        self.decays = decays
        gradient = try FloatBuffer(count: values.count, budget, for: "the gradients")
        first = try FloatBuffer(count: values.count, budget, for: "the optimizer's moments")
        second = try FloatBuffer(count: values.count, budget, for: "the optimizer's moments")
    }
}
