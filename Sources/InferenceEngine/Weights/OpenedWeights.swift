import WeightFormats

/// Weight files parsed and kept for looking into: one, or two to be compared. No model is made of them, so any
/// architecture will do, and memory does not grow with them.
package final class OpenedWeights {
    package let containers: [WeightContainer]
    let splitter: WorkSplitter
    private let tables: [[String: TensorInfo]]

    /// - Parameter threads: that work is spread over. They decide how long a figure takes, not what it is.
    package init(_ files: [MappedFile], threads: Int) throws(WeightError) {
        var containers: [WeightContainer] = []
        for file in files { containers.append(try WeightContainer.open(file)) }
        self.containers = containers
        // Names are printable ASCII, each once in its file: the parsers have checked that.
        tables = containers.map { Dictionary($0.tensors.map { ($0.name, $0) }) { first, _ in first } }
        splitter = WorkSplitter(threads: threads)
    }

    /// A tensor by its name; nil where the file, or the tensor in it, is not there.
    package func tensor(_ name: String, in file: Int) -> TensorInfo? {
        tables.indices.contains(file) ? tables[file][name] : nil
    }

    /// The largest singular values of a matrix of the first file.
    /// - Throws: `invalidRequest` for what is no matrix, or holds what is not finite.
    package func spectrum(of tensor: TensorInfo, count: Int, seed: UInt64) throws(EngineError) -> Spectrum {
        guard let rows = TensorRows(tensor, in: containers[0]) else {
            throw EngineError(.invalidRequest, "a spectrum is of a matrix; this tensor has the shape \(tensor.shape)")
        }
        return try Spectrum(rows, count: count, seed: seed, effort: .full, splitter)
    }
}
