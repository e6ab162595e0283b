/// All weight files of one model, parsed, as one table of tensors.
package struct WeightTable: Sendable {
    private struct Entry: Sendable {
        let tensor: TensorInfo
        let file: Int
    }

    /// In the order of the parts. The first has the metadata that a GGUF model comes with.
    package let containers: [WeightContainer]
    private let entries: [String: Entry]

    /// - Parameters:
    ///   - files: at least one, with their paths beside each other.
    ///   - index: of safetensors, where there is one.
    /// - Throws: where they are not one whole model.
    package init(_ files: [(path: String, container: WeightContainer)], index: WeightShards.Index? = nil) throws(ShardError) {
        let order = try WeightShards(files.map { WeightShards.File(path: $0.path, $0.container) }, index: index).order
        containers = order.map { files[$0].container }
        let all = containers.enumerated().flatMap { number, container in container.tensors.map { Entry(tensor: $0, file: number) } }
        // No name is there twice: parsers and shards have been checked for that.
        entries = Dictionary(all.map { ($0.tensor.name, $0) }) { first, _ in first }
    }

    /// A model in one file.
    package init(_ container: WeightContainer) throws(ShardError) { try self.init([("weights", container)]) }

    package var isGGUF: Bool { if case .gguf? = containers.first { true } else { false } }

    /// In the order of the files and of their own tables.
    package var tensors: [TensorInfo] { containers.flatMap(\.tensors) }

    package func tensor(_ name: String) -> TensorInfo? { entries[name]?.tensor }

    /// The file that a tensor lies in.
    package func container(of name: String) -> WeightContainer? { entries[name].map { containers[$0.file] } }

    /// The stored bytes of a tensor of this table, valid for as long as its file is.
    package func bytes(of tensor: TensorInfo) -> UnsafeRawBufferPointer {
        guard let entry = entries[tensor.name] else { preconditionFailure("a tensor of another model") }
        return containers[entry.file].bytes(of: entry.tensor)
    }
}
