/// The engine's fixed choices. Together with weights, input and OpenBLAS's kernels they decide every bit of a result.
package struct EngineConfiguration: Hashable, Sendable {
    /// Threads that work is spread over. They decide how long a result takes, not what it is.
    package var threads: Int
    /// Rows (tokens) that go through the layers together.
    package var tileRows: Int
    /// Rows of queries in one block of attention.
    package var attentionRows: Int
    /// Sequences that are continued together; where there are fewer, the rest of the rows is padding, so that what one
    /// prompt gives depends on no other.
    package var decodeRows: Int
    /// Rows that are projected onto the vocabulary together.
    package var logitRows: Int
    /// The longest sequence; nil for the model's own.
    package var maximumContextTokens: Int?
    /// Bytes of dequantised weights, buffers and key-value caches that may be taken.
    package var maximumMemoryBytes: Int

    package init(
        threads: Int = 2, tileRows: Int = 512, attentionRows: Int = 64, decodeRows: Int = 16, logitRows: Int = 128,
        maximumContextTokens: Int? = nil, maximumMemoryBytes: Int = 16 << 30
    ) {
        self.threads = threads
        self.tileRows = tileRows
        self.attentionRows = attentionRows
        self.decodeRows = decodeRows
        self.logitRows = logitRows
        self.maximumContextTokens = maximumContextTokens
        self.maximumMemoryBytes = maximumMemoryBytes
    }

    /// The choices that decide a result's last bits, by name, as a plan records them.
    package var numerics: [String: String] {
        [
            "precision": "float32", "tileRows": "\(tileRows)", "attentionRows": "\(attentionRows)",
            "decodeRows": "\(decodeRows)", "logitRows": "\(logitRows)", "rowPiece": "\(WorkShape.rowPiece)",
            "columnPieces": "\(WorkShape.columnPieces)",
        ]
    }

    func check() throws(EngineError) {
        let all = [
            ("threads", threads, 256), ("tileRows", tileRows, 1 << 14), ("attentionRows", attentionRows, 1 << 14),
            ("decodeRows", decodeRows, tileRows), ("logitRows", logitRows, tileRows),
        ]
        for (name, value, maximum) in all where !(1...maximum).contains(value) {
            throw EngineError(.invalidRequest, "\(name) is \(value); 1 to \(maximum) is possible")
        }
    }
}
