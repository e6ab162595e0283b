/// A tensor with the file that it lies in.
struct StoredTensor: Sendable {
    let info: TensorInfo
    private let container: WeightContainer

    init(_ info: TensorInfo, in container: WeightContainer) { (self.info, self.container) = (info, container) }

    /// Valid for as long as this value, or its table, is.
    var bytes: UnsafeRawBufferPointer { container.bytes(of: info) }

    /// Calls `body` with the first byte: of tensors that were checked to have some.
    func withStart(_ body: (UnsafeRawPointer) -> Void) {
        if let start = bytes.baseAddress { body(start) }
        withExtendedLifetime(container) {}
    }

    func require(_ types: [TensorType], as part: String) throws(WeightError) {
        guard types.contains(info.type) else {
            throw WeightError(
                .badScheme, "\(part) of type \(info.type.name); \(types.map(\.name).joined(separator: " or ")) was expected", tensor: info.name)
        }
    }

    /// - Parameter shape: nil for a dimension that may be anything but nothing.
    func require(shape: [Int?], as part: String) throws(WeightError) {
        let fits = info.shape.count == shape.count && zip(info.shape, shape).allSatisfy { $1.map { $0 > 0 } ?? true && $0 == $1 ?? max(1, $0) }
        guard fits else {
            let expected = shape.map { $0.map(String.init) ?? "any" }.joined(separator: ", ")
            throw WeightError(.badScheme, "\(part) of the shape \(info.shape); [\(expected)] was expected", tensor: info.name)
        }
    }
}

/// Numbers that multiply others: in half or single precision, or powers of two.
struct StoredScales: Sendable {
    static let types: [TensorType] = [.f32, .f16, .bf16]

    let tensor: StoredTensor
    private let type: TensorType

    /// - Parameter exponents: whether powers of two are taken too, be they called F8_E8M0 or mere bytes.
    init(_ tensor: StoredTensor, exponents: Bool = false) throws(WeightError) {
        try tensor.require(exponents ? Self.types + [.f8_e8m0, .u8] : Self.types, as: "scales")
        (self.tensor, type) = (tensor, tensor.info.type)
    }

    /// Number `index`, exactly.
    @inline(__always)
    func value(_ index: Int, _ start: UnsafeRawPointer) -> Float {
        switch type {
        case .f32: start.loadUnaligned(fromByteOffset: 4 &* index, as: Float.self)
        case .f16: Dequantize.float(half: start.loadUnaligned(fromByteOffset: 2 &* index, as: UInt16.self))
        case .bf16: Float(bitPattern: UInt32(start.loadUnaligned(fromByteOffset: 2 &* index, as: UInt16.self)) << 16)
        // The conversion that transformers makes of bytes gives 2^128, infinity, where the type's own gives NaN.
        case .u8: start.load(fromByteOffset: index, as: UInt8.self) == 0xff ? .infinity : Dequantize.float(e8m0: start.load(fromByteOffset: index, as: UInt8.self))
        default: Dequantize.float(e8m0: start.load(fromByteOffset: index, as: UInt8.self))
        }
    }
}
