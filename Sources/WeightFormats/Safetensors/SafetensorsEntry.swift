import CanonicalEncoding

/// A tensor's entry in a safetensors header: `{"dtype": …, "shape": […], "data_offsets": [begin, end]}`.
struct SafetensorsEntry {
    let name: String
    let shape: [Int]
    let type: TensorType
    /// Relative to the start of the tensors' bytes.
    let begin: Int
    let end: Int

    init(name: String, value: JSONValue) throws(WeightError) {
        guard TensorRules.isAcceptableName(name.utf8, maximum: SafetensorsFile.maximumNameBytes) else {
            throw WeightError(
                .badString, "a tensor's name must be 1 to \(SafetensorsFile.maximumNameBytes) printable ASCII characters",
                tensor: String(name.prefix(64)).debugDescription)
        }
        self.name = name
        guard let object = value.object else {
            throw WeightError(.badHeader, "the entry must be an object", tensor: name)
        }
        let allowed = ["dtype", "shape", "data_offsets"]
        if let unknown = object.keys.first(where: { key in !allowed.contains { $0.utf8.elementsEqual(key.utf8) } }) {
            let quoted = String(unknown.prefix(64)).debugDescription
            throw WeightError(.badHeader, "the entry has an unknown member \(quoted)", tensor: name)
        }
        type = try Self.type(object["dtype"], tensor: name)
        shape = try Self.counts(object["shape"], "shape", tensor: name)
        guard shape.count <= SafetensorsFile.maximumDimensions else {
            throw WeightError(
                .badShape, "\(shape.count) dimensions; at most \(SafetensorsFile.maximumDimensions) are read", tensor: name)
        }
        guard let elements = TensorRules.elementCount(shape), let bytes = type.byteCount(elements: elements) else {
            throw WeightError(.badShape, "the shape \(shape) overflows", tensor: name)
        }
        let offsets = try Self.counts(object["data_offsets"], "data_offsets", tensor: name)
        guard offsets.count == 2, offsets[0] <= offsets[1] else {
            throw WeightError(.badHeader, "data_offsets must be [begin, end] with begin not after end", tensor: name)
        }
        guard offsets[1] - offsets[0] == bytes else {
            throw WeightError(
                .sizeMismatch,
                "\(type.name) of shape \(shape) takes \(bytes) bytes, but its offsets span \(offsets[1] - offsets[0])",
                tensor: name)
        }
        (begin, end) = (offsets[0], offsets[1])
    }

    func located(dataOffset: Int, fileSize: Int) throws(WeightError) -> TensorInfo {
        guard end <= fileSize - dataOffset else {
            throw WeightError(
                .truncated, "its bytes up to \(end) go past the end of the file; copy the file again",
                offset: dataOffset, tensor: name)
        }
        return TensorInfo(name: name, shape: shape, type: type, byteRange: dataOffset + begin..<dataOffset + end)
    }

    private static let types: [TensorType] = [
        .f32, .f16, .bf16, .f8_e4m3, .f8_e5m2, .f8_e8m0, .f64, .i8, .u8, .i16, .u16, .i32, .u32, .i64, .u64, .bool,
    ]

    private static func type(_ value: JSONValue?, tensor: String) throws(WeightError) -> TensorType {
        guard let name = value?.string else {
            throw WeightError(.badHeader, "the entry needs a dtype", tensor: tensor)
        }
        guard let type = TensorType(named: name), types.contains(type) else {
            throw WeightError(
                .unsupportedTensorType,
                "dtype \(String(name.prefix(32)).debugDescription) is not read, only \(types.map(\.name).joined(separator: ", ")); "
                    + "convert the weights to one of these",
                tensor: tensor)
        }
        return type
    }

    private static func counts(_ value: JSONValue?, _ field: String, tensor: String) throws(WeightError) -> [Int] {
        guard let array = value?.array else {
            throw WeightError(.badHeader, "the entry needs \(field), an array of integers", tensor: tensor)
        }
        var counts: [Int] = []
        for element in array {
            guard let integer = element.integer, let count = Int(exactly: integer), count >= 0 else {
                throw WeightError(.badHeader, "\(field) may only hold integers of at least 0", tensor: tensor)
            }
            counts.append(count)
        }
        return counts
    }
}
