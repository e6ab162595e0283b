/// An entry of the tensor table, before its place in the file is known.
struct GGUFTensorEntry {
    let name: String
    let shape: [Int]
    let type: TensorType
    let byteCount: Int
    /// Relative to the start of the tensors' bytes.
    let dataOffset: UInt64
    /// Where this entry starts in the file.
    let entryOffset: Int

    init(_ reader: inout GGUFReader) throws(WeightError) {
        entryOffset = reader.offset
        name = try reader.name("a tensor's name", maximum: GGUFFile.maximumNameBytes)
        shape = try Self.readShape(&reader, tensor: name)
        type = try Self.readType(&reader, tensor: name)
        guard (shape.last ?? 1) % type.blockElements == 0 else {
            throw WeightError(
                .badShape,
                "rows of \(shape.last ?? 1) values do not fill whole \(type.name) blocks of \(type.blockElements)",
                offset: entryOffset, tensor: name)
        }
        guard let elements = TensorRules.elementCount(shape), let bytes = type.byteCount(elements: elements) else {
            throw WeightError(.badShape, "the shape \(shape) overflows", offset: entryOffset, tensor: name)
        }
        byteCount = bytes
        dataOffset = try reader.integer(UInt64.self, "a tensor's offset")
    }

    func located(dataOffset start: Int, alignment: Int, fileSize: Int) throws(WeightError) -> TensorInfo {
        guard dataOffset % UInt64(alignment) == 0 else {
            throw WeightError(
                .misalignedTensor, "its offset \(dataOffset) is not a multiple of the alignment \(alignment)",
                offset: entryOffset, tensor: name)
        }
        guard let relative = Int(exactly: dataOffset), start <= fileSize, relative <= fileSize - start,
            byteCount <= fileSize - start - relative
        else {
            throw WeightError(
                .truncated,
                "its \(byteCount) bytes at offset \(dataOffset) go past the end of the file; copy the file again",
                offset: entryOffset, tensor: name)
        }
        let begin = start + relative
        return TensorInfo(name: name, shape: shape, type: type, byteRange: begin..<begin + byteCount)
    }

    private static func readShape(_ reader: inout GGUFReader, tensor: String) throws(WeightError) -> [Int] {
        let start = reader.offset
        let dimensions = try reader.integer(UInt32.self, "a tensor's dimension count")
        guard dimensions <= GGUFFile.maximumDimensions else {
            throw WeightError(
                .badShape, "\(dimensions) dimensions; GGUF allows \(GGUFFile.maximumDimensions)",
                offset: start, tensor: tensor)
        }
        var shape: [Int] = []
        for _ in 0..<dimensions {
            let start = reader.offset
            let raw = try reader.integer(UInt64.self, "a tensor's dimension")
            guard let dimension = Int(exactly: raw), dimension > 0 else {
                throw WeightError(.badShape, "\(raw) is no possible dimension", offset: start, tensor: tensor)
            }
            shape.append(dimension)
        }
        // GGUF writes the innermost dimension first.
        return shape.reversed()
    }

    private static func readType(_ reader: inout GGUFReader, tensor: String) throws(WeightError) -> TensorType {
        let start = reader.offset
        let raw = try reader.integer(UInt32.self, "a tensor's type")
        if let type = TensorType.allCases.first(where: { $0.ggmlNumber == raw }) { return type }
        let name = unreadTypes[raw].map { " (\($0))" } ?? ""
        let read = TensorType.allCases.filter { $0.ggmlNumber != nil }.map(\.name).joined(separator: ", ")
        throw WeightError(
            .unsupportedTensorType, "tensor type \(raw)\(name) is not read, only \(read); convert the weights to one of these", offset: start,
            tensor: tensor)
    }

    /// `enum ggml_type`, to name in an error what was found.
    private static let unreadTypes: [UInt32: String] = [
        9: "Q8_1", 15: "Q8_K", 16: "IQ2_XXS", 17: "IQ2_XS", 18: "IQ3_XXS", 19: "IQ1_S", 21: "IQ3_S", 22: "IQ2_S", 24: "I8", 25: "I16",
        26: "I32", 27: "I64", 28: "F64", 29: "IQ1_M", 34: "TQ1_0", 35: "TQ2_0",
    ]
}
