/// Why several weight files are not one model's: what was wrong, in which file, with which tensor.
package struct ShardError: Error, Hashable, Sendable, CustomStringConvertible {
    /// Stable: tests, refusals on the ledger and messages refer to these words.
    package enum Code: String, Sendable, Hashable, CaseIterable {
        /// The index is not the JSON that it should be.
        case indexMalformed = "index-malformed"
        /// More than one index, or one beside GGUF files.
        case indexMisplaced = "index-misplaced"
        /// GGUF and safetensors in one submission.
        case mixedFormats = "mixed-formats"
        /// A file that the index, a name or a split's count speaks of is not there.
        case shardMissing = "shard-missing"
        /// A file that the index does not name, or that is no part of the split model.
        case shardUnknown = "shard-unknown"
        /// The index names a tensor that no file holds.
        case tensorMissing = "tensor-missing"
        /// The index names a tensor in one file, and it lies in another.
        case tensorMisplaced = "tensor-misplaced"
        /// A file holds a tensor that the index does not name.
        case tensorUnknown = "tensor-unknown"
        /// Two files hold a tensor of one name.
        case tensorTwice = "tensor-twice"
        /// Parts are numbered twice, or disagree on how many there are.
        case partNumbers = "part-numbers"
        /// The parts hold more or fewer tensors than each says that all have.
        case tensorCount = "tensor-count"
        /// The index says that all tensors together have more or fewer bytes than the files hold.
        case totalSize = "total-size"
        /// More tensors than are read.
        case tooManyTensors = "too-many-tensors"
    }

    package let code: Code
    package let message: String
    package var file: String?
    package let tensor: String?

    package init(_ code: Code, _ message: String, file: String? = nil, tensor: String? = nil) {
        (self.code, self.message, self.file, self.tensor) = (code, message, file, tensor)
    }

    /// The same, of this file unless it names one.
    package func of(file: String) -> ShardError {
        var error = self
        error.file = error.file ?? file
        return error
    }

    package var description: String {
        "\(code.rawValue): \(message)" + (file.map { " [file \($0)]" } ?? "") + (tensor.map { " [tensor \($0)]" } ?? "")
    }
}
