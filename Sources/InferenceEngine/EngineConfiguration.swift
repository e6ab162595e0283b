/// How the engine is to work. Nothing here changes a bit of a result: every sum has one order, whatever is computed
/// beside it, on however many threads and by whichever kernels.
package struct EngineConfiguration: Hashable, Sendable {
    /// Threads that work is spread over.
    package var threads: Int
    /// Rows (tokens) that go through the layers together.
    package var tileRows: Int
    /// Sequences that are continued together.
    package var decodeRows: Int
    /// Rows that are projected onto the vocabulary together.
    package var logitRows: Int
    /// Which kernels compute; nil for the fastest that the processor has.
    package var kernels: VectorKernels.Level?
    /// The longest sequence; nil for the model's own.
    package var maximumContextTokens: Int?
    /// Bytes of buffers, unpacked weights and key-value caches that may be taken.
    package var maximumMemoryBytes: Int

    package init(
        threads: Int = 2, tileRows: Int = 512, decodeRows: Int = 32, logitRows: Int = 64, kernels: VectorKernels.Level? = nil,
        maximumContextTokens: Int? = nil, maximumMemoryBytes: Int = 16 << 30
    ) {
        self.threads = threads
        self.tileRows = tileRows
        self.decodeRows = decodeRows
        self.logitRows = logitRows
        self.kernels = kernels
        self.maximumContextTokens = maximumContextTokens
        self.maximumMemoryBytes = maximumMemoryBytes
    }

    /// What decides a result's last bits, by name, as a plan records it. `order` is the version of the order of sums
    /// that `CKernels.h` describes.
    package static let numerics = ["precision": "float32", "order": "sixteen-lanes-1"]

    func check() throws(EngineError) {
        let all = [
            ("threads", threads, 256), ("tileRows", tileRows, 1 << 14),
            ("decodeRows", decodeRows, tileRows), ("logitRows", logitRows, tileRows),
        ]
        for (name, value, maximum) in all where !(1...maximum).contains(value) {
            throw EngineError(.invalidRequest, "\(name) is \(value); 1 to \(maximum) is possible")
        }
    }
}
