/// Why a weight file was refused: what was wrong, where, and what to do next.
package struct WeightError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The kind of failure. Stable: tests, reports and exit codes refer to these names.
    package enum Code: String, Sendable, Hashable, CaseIterable {
        /// The file could not be opened, measured or mapped.
        case unreadable
        /// The file holds no bytes.
        case emptyFile
        /// Neither GGUF nor safetensors.
        case unknownFormat
        /// A PyTorch archive or a bare pickle, which can run code when loaded.
        case pickleRefused
        /// The file ends inside a field, a value or a tensor.
        case truncated
        /// A GGUF file written for a big-endian machine.
        case bigEndian
        /// A GGUF version other than 2 or 3.
        case unsupportedVersion
        /// A count or length that the rest of the file cannot hold, or over a fixed limit.
        case excessiveCount
        /// A string that is not UTF-8, or a name with characters or a length that is not allowed.
        case badString
        /// A value with a type that is unknown or not the one its key must have.
        case badValue
        /// Arrays nested too deeply.
        case nestingTooDeep
        /// The same metadata key twice.
        case duplicateKey
        /// The same tensor name twice.
        case duplicateTensor
        /// `general.alignment` is not a power of two from 8 to 65536.
        case badAlignment
        /// A shape with too many or impossible dimensions, or that overflows.
        case badShape
        /// A tensor type that this program does not read.
        case unsupportedTensorType
        /// A tensor that does not start on the file's alignment.
        case misalignedTensor
        /// Two tensors share bytes.
        case overlappingTensors
        /// Bytes that belong to no tensor, beyond alignment padding.
        case uncoveredBytes
        /// A size that does not follow from the type and the shape.
        case sizeMismatch
        /// A safetensors header that is not the JSON object that the format asks for.
        case badHeader
        /// What config.json says of the weights' quantisation is not what it must be.
        case badConfiguration
        /// A quantisation method, or a setting of one, that this program does not read.
        case unsupportedScheme
        /// The tensors that a quantised weight is stored as do not belong together: one is missing, or has another shape or type than
        /// the scheme asks for, or holds indices out of range.
        case badScheme
    }

    package let code: Code
    package let message: String
    /// The byte offset in the file at which the fault lies, if it lies at one.
    package let offset: Int?
    /// The tensor concerned, if there is one.
    package let tensor: String?
    /// The metadata key concerned, if there is one.
    package let key: String?

    package init(_ code: Code, _ message: String, offset: Int? = nil, tensor: String? = nil, key: String? = nil) {
        self.code = code
        self.message = message
        self.offset = offset
        self.tensor = tensor
        self.key = key
    }

    package var description: String {
        var place = ""
        if let tensor { place += " [tensor \(tensor)]" }
        if let key { place += " [key \(key)]" }
        if let offset { place += " [byte \(offset)]" }
        return "\(code.rawValue): \(message)\(place)"
    }
}
