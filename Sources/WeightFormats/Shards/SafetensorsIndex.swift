import CanonicalEncoding

/// `model.safetensors.index.json`: which tensor lies in which of a model's files, and how many bytes all tensors have
/// (transformers and huggingface_hub write it). What else its `metadata` says is not read.
package struct SafetensorsIndex: Sendable {
    /// The end of an index's name.
    package static let suffix = ".safetensors.index.json"
    /// Far above the nine megabytes of 160 files with 91,000 tensors.
    package static let maximumBytes = 64 << 20
    private static let maximumFileNameBytes = 255

    package struct Entry: Hashable, Sendable {
        package let tensor: String
        /// A name in the index's own folder.
        package let file: String
    }

    /// In the order of the file.
    package let entries: [Entry]
    /// `metadata.total_size`: the bytes of all tensors together; nil where it is left out.
    package let totalSize: Int64?

    /// - Throws: `indexMalformed`; the file is for the caller to add.
    package init(json bytes: [UInt8]) throws(ShardError) {
        let limits = JSONLimits(maxBytes: Self.maximumBytes, maxDepth: 8, maxValues: 2 * TensorRules.maximumTensors)
        let parsed: JSONValue
        do {
            parsed = try StrictJSON.parse(bytes, limits: limits)
        } catch {
            throw ShardError(.indexMalformed, "the index is not acceptable JSON: \(error.message) [byte \(error.offset)]")
        }
        guard let map = parsed.object?["weight_map"]?.object else {
            throw ShardError(.indexMalformed, "the index has no weight_map, an object of file names by tensor")
        }
        guard map.members.count <= TensorRules.maximumTensors else {
            throw ShardError(
                .tooManyTensors, "the index names \(map.members.count) tensors; at most \(TensorRules.maximumTensors) are read")
        }
        var entries: [Entry] = []
        entries.reserveCapacity(map.members.count)
        for (tensor, value) in map.members {
            // Printable ASCII, as in the files themselves: string equality is byte equality then.
            guard TensorRules.isAcceptableName(tensor.utf8, maximum: SafetensorsFile.maximumNameBytes) else {
                throw ShardError(
                    .indexMalformed, "the index names a tensor \(String(tensor.prefix(64)).debugDescription), which no file can hold")
            }
            guard let file = value.string, Self.isFileName(file) else {
                throw ShardError(
                    .indexMalformed, "the index does not give a file's name in its own folder for this tensor", tensor: tensor)
            }
            entries.append(Entry(tensor: tensor, file: file))
        }
        self.entries = entries
        totalSize = try Self.totalSize(parsed.object?["metadata"]?.object?["total_size"])
    }

    /// huggingface_hub writes an integer, transformers has also written floating-point numbers.
    private static func totalSize(_ value: JSONValue?) throws(ShardError) -> Int64? {
        let size: Int64? =
            switch value {
            case nil, .null?: nil
            case .integer(let integer)?: integer
            case .number(let number)?: Int64(exactly: number) ?? -1
            default: -1
            }
        guard size.map({ $0 >= 0 }) ?? true else {
            throw ShardError(.indexMalformed, "the index's metadata.total_size is no whole number of bytes; correct it, or leave it out")
        }
        return size
    }

    private static func isFileName(_ name: String) -> Bool {
        TensorRules.isAcceptableName(name.utf8, maximum: maximumFileNameBytes) && !name.utf8.contains(UInt8(ascii: "/"))
            && !name.utf8.contains(UInt8(ascii: "\\")) && !name.hasPrefix(".")
    }
}
