/// A weight file of either format, parsed and checked.
package enum WeightContainer: Sendable {
    case gguf(GGUFFile)
    case safetensors(SafetensorsFile)

    /// Recognises the format by its first bytes, and parses it.
    /// - Throws: `pickleRefused` for PyTorch archives and bare pickles; `unknownFormat` for what is none of
    ///   these; otherwise the errors of the format's own parser.
    package static func open(_ file: MappedFile) throws(WeightError) -> WeightContainer {
        let bytes = file.bytes
        guard !bytes.isEmpty else {
            throw WeightError(.emptyFile, "the file is empty; copy it again")
        }
        if bytes.starts(with: GGUFFile.magic) { return .gguf(try GGUFFile(file)) }
        // Asked before pickle: a safetensors header of 640 bytes starts with the same two bytes as a pickle.
        if SafetensorsFile.isPlausible(bytes) { return .safetensors(try SafetensorsFile(file)) }
        if isZip(bytes) || isPickle(bytes) {
            throw WeightError(
                .pickleRefused,
                "this is a PyTorch archive or a pickle, which can run code when it is loaded; "
                    + "export the weights as safetensors or GGUF",
                offset: 0)
        }
        throw WeightError(
            .unknownFormat, "neither GGUF nor safetensors; export the weights as one of these", offset: 0)
    }

    /// Whether a file's name says that it holds weights. In a model's folder that decides; elsewhere only what is in it.
    package static func isNamed(_ name: String) -> Bool { name.hasSuffix(".gguf") || name.hasSuffix(".safetensors") }

    package var file: MappedFile {
        switch self {
        case .gguf(let gguf): gguf.file
        case .safetensors(let safetensors): safetensors.file
        }
    }

    /// Where the header ends and the tensors' bytes start.
    package var dataOffset: Int {
        switch self {
        case .gguf(let gguf): gguf.dataOffset
        case .safetensors(let safetensors): safetensors.dataOffset
        }
    }

    /// In the order of the file's own table.
    package var tensors: [TensorInfo] {
        switch self {
        case .gguf(let gguf): gguf.tensors
        case .safetensors(let safetensors): safetensors.tensors
        }
    }

    /// The stored bytes of one of this container's own tensors, valid for as long as `file` lives.
    package func bytes(of tensor: TensorInfo) -> UnsafeRawBufferPointer {
        precondition(tensor.byteRange.upperBound <= file.count, "a tensor of another file")
        return UnsafeRawBufferPointer(rebasing: file.bytes[tensor.byteRange])
    }

    private static func isZip(_ bytes: UnsafeRawBufferPointer) -> Bool {
        // A local file header, or the end record of an empty archive.
        bytes.starts(with: [0x50, 0x4b, 0x03, 0x04]) || bytes.starts(with: [0x50, 0x4b, 0x05, 0x06])
    }

    /// Protocols 2 to 5 open with PROTO and their number; 0 and 1 have no mark, but what they hold when they
    /// carry tensors opens with a MARK or a GLOBAL and ends with STOP.
    private static func isPickle(_ bytes: UnsafeRawBufferPointer) -> Bool {
        guard bytes.count >= 2 else { return false }
        if bytes[0] == 0x80, (2...5).contains(bytes[1]) { return true }
        let opening: [UInt8] = [0x28, 0x63, 0x5d, 0x7d]  // ( c ] }
        return opening.contains(bytes[0]) && bytes[bytes.count - 1] == 0x2e
    }
}
