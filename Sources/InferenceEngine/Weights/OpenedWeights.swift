import WeightFormats

/// Weight files parsed and kept for looking into: one, or two to be compared. No model is made of them, so any
/// architecture will do, and memory does not grow with them.
///
/// Of a large file only some stretches may be there, the header always: nothing else of it is read.
package final class OpenedWeights {
    package let containers: [WeightContainer]
    let splitter: WorkSplitter
    private let tables: [[String: TensorInfo]]
    private let present: [[Range<Int>]]

    /// - Parameters:
    ///   - present: of each file, the stretches that are there, in order; nil where all of each is.
    ///   - threads: that work is spread over. They decide how long a figure takes, not what it is.
    /// - Throws: `truncated` where a header goes on past what is there.
    package init(_ files: [MappedFile], present: [[Range<Int>]]? = nil, threads: Int) throws(WeightError) {
        var containers: [WeightContainer] = []
        let present = present ?? files.map { [0..<$0.count] }
        for (file, stretches) in zip(files, present) {
            let container = try WeightContainer.open(file)
            // What the parser read lies before the header's end; past it there may have been a hole, and zeros.
            guard Self.covers(stretches, 0..<container.dataOffset) else {
                throw WeightError(.truncated, "the header goes on past the part of the file that was handed over", offset: container.dataOffset)
            }
            containers.append(container)
        }
        self.containers = containers
        self.present = present
        // Names are printable ASCII, each once in its file: the parsers have checked that.
        tables = containers.map { Dictionary($0.tensors.map { ($0.name, $0) }) { first, _ in first } }
        splitter = WorkSplitter(threads: threads)
    }

    /// A tensor by its name; nil where the file, or the tensor in it, is not there.
    package func tensor(_ name: String, in file: Int) -> TensorInfo? {
        tables.indices.contains(file) ? tables[file][name] : nil
    }

    /// Whether the tensor's bytes were handed over.
    package func isPresent(_ tensor: TensorInfo, in file: Int) -> Bool { Self.covers(present[file], tensor.byteRange) }

    private static func covers(_ stretches: [Range<Int>], _ range: Range<Int>) -> Bool {
        var start = range.lowerBound
        for stretch in stretches where start < range.upperBound && stretch.contains(start) { start = stretch.upperBound }
        return start >= range.upperBound
    }

    /// The largest singular values of a matrix of the first file.
    /// - Throws: `invalidRequest` for what is no matrix, or holds what is not finite.
    package func spectrum(of tensor: TensorInfo, count: Int, seed: UInt64) throws(EngineError) -> Spectrum {
        guard tensor.type.holdsWeights else {
            throw EngineError(
                .invalidRequest, "a spectrum is of a model's own numbers; this tensor has the type \(tensor.type.name), and is no weight by itself")
        }
        guard let rows = TensorRows(tensor, in: containers[0]) else {
            throw EngineError(.invalidRequest, "a spectrum is of a matrix; this tensor has the shape \(tensor.shape)")
        }
        return try Spectrum(rows, count: count, seed: seed, effort: .full, splitter)
    }
}
