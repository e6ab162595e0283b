/// How a weight lies in the tensors that it is stored as. Made only for tensors that were checked to belong together.
protocol WeightScheme: Sendable {
    /// Of the weight: [rows, columns], or [experts, rows, columns].
    var shape: [Int] { get }
    /// What it is stored as.
    var parts: [StoredTensor] { get }
    /// The same weight with its last two dimensions exchanged, where that is how it is stored.
    var transpose: (any WeightScheme)? { get }

    /// Writes whole rows one after another, those of one expert following those of the one before.
    ///
    /// - Parameters:
    ///   - rows: within the weight, not empty.
    ///   - output: room for exactly these rows.
    func dequantise(_ rows: Range<Int>, _ output: UnsafeMutablePointer<Float>)
}

extension WeightScheme {
    var transpose: (any WeightScheme)? { nil }
}
