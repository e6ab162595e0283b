import CanonicalEncoding

/// `model.safetensors.index.json`: which tensor lies in which of a model's files (transformers and huggingface_hub write
/// it). Its `metadata` is not read: published indices round `total_size`, or leave it out.
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
    }

    private static func isFileName(_ name: String) -> Bool {
        TensorRules.isAcceptableName(name.utf8, maximum: maximumFileNameBytes) && !name.utf8.contains(UInt8(ascii: "/"))
            && !name.utf8.contains(UInt8(ascii: "\\")) && !name.hasPrefix(".")
    }
}
