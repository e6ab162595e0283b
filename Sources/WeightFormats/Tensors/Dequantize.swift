/// Stored numbers to single precision, equal bit for bit to ggml's reference `dequantize_row_*`, and for FP8 to PyTorch's
/// conversion.
package enum Dequantize {
    /// Expands `source`, a whole number of blocks of `type` at any alignment, into `destination`, which must
    /// have exactly that many values.
    /// - Throws: `sizeMismatch` if the two sizes do not belong together, `unsupportedTensorType` for a type that holds no weights.
    package static func floats(
        _ source: UnsafeRawBufferPointer, type: TensorType, into destination: UnsafeMutableBufferPointer<Float>
    ) throws(WeightError) {
        guard type.holdsWeights else {
            throw WeightError(
                .unsupportedTensorType,
                "a tensor of type \(type.name) does not hold a model's numbers by itself: where it is part of a quantised weight, "
                    + "config.json must say how (quantization_config)")
        }
        guard source.count % type.blockBytes == 0,
            source.count / type.blockBytes == destination.count / type.blockElements,
            destination.count % type.blockElements == 0
        else {
            throw WeightError(
                .sizeMismatch,
                "\(source.count) bytes of \(type.name) do not hold \(destination.count) values")
        }
        guard let input = source.baseAddress, let output = destination.baseAddress, source.count > 0 else { return }
        let blocks = source.count / type.blockBytes
        switch type {
        case .f32: UnsafeMutableRawPointer(output).copyMemory(from: input, byteCount: source.count)
        case .f16: halves(input, blocks, output)
        case .bf16: brainHalves(input, blocks, output)
        case .f8_e4m3: for place in 0..<blocks { output[place] = float(e4m3: source[place]) }
        case .f8_e5m2: for place in 0..<blocks { output[place] = float(e5m2: source[place]) }
        default: type.layout?.dequantize(input, blocks, output)
        }
    }

    /// IEEE 754 binary16 to binary32, by bits: exact, without subnormal operands (slow on some machines) and
    /// without branches, so that loops over it become vector code. NaNs become quiet, as hardware makes them.
    @inline(__always)
    static func float(half: UInt16) -> Float {
        let magnitude = UInt32(half & 0x7fff)
        let sign = UInt32(half & 0x8000) << 16
        // Rebias the exponent from 15 to 127; twice for infinities and NaNs, whose exponent must end all ones.
        let special: UInt32 = magnitude >= 0x7c00 ? 0x3800_0000 : 0
        let quiet: UInt32 = magnitude > 0x7c00 ? 0x0040_0000 : 0
        let normal = ((magnitude << 13) &+ 0x3800_0000 &+ special) | quiet
        let subnormal = (Float(Int32(truncatingIfNeeded: magnitude)) * 0x1p-24).bitPattern
        return Float(bitPattern: sign | (magnitude < 0x0400 ? subnormal : normal))
    }

    /// Exponents biased by 7, three bits of fraction; all ones are NaN, and there are no infinities.
    @inline(__always)
    static func float(e4m3 byte: UInt8) -> Float {
        let magnitude = UInt32(byte & 0x7f), sign = UInt32(byte & 0x80) << 24
        let normal = magnitude == 0x7f ? 0x7fc0_0000 : magnitude << 20 &+ (127 - 7) << 23
        let subnormal = (Float(Int32(truncatingIfNeeded: magnitude)) * 0x1p-9).bitPattern
        return Float(bitPattern: sign | (magnitude < 8 ? subnormal : normal))
    }

    /// The upper half of a binary16.
    @inline(__always)
    static func float(e5m2 byte: UInt8) -> Float { float(half: UInt16(byte) << 8) }

    /// 2^(byte − 127); all ones are NaN (OCP Microscaling Formats, revision 1.0).
    @inline(__always)
    static func float(e8m0 byte: UInt8) -> Float {
        Float(bitPattern: byte == 0 ? 0x0040_0000 : byte == 0xff ? 0x7fc0_0000 : UInt32(byte) << 23)
    }

    private static func halves(_ input: UnsafeRawPointer, _ count: Int, _ output: UnsafeMutablePointer<Float>) {
        for i in 0..<count {
            output[i] = float(half: input.loadUnaligned(fromByteOffset: 2 &* i, as: UInt16.self))
        }
    }

    private static func brainHalves(_ input: UnsafeRawPointer, _ count: Int, _ output: UnsafeMutablePointer<Float>) {
        for i in 0..<count {
            let bits = input.loadUnaligned(fromByteOffset: 2 &* i, as: UInt16.self)
            output[i] = Float(bitPattern: UInt32(bits) << 16)
        }
    }
}
