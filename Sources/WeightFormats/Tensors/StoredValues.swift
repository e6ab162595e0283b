/// Single numbers as they stand in the file, bit for bit.
package enum StoredValues {
    /// One number's own bits: all of a plain number; of a quantised one its integer, whose scale its block holds.
    package struct Stored: Hashable, Sendable {
        package let bits: UInt32
        /// Bits that the type gives a number: 4, 8, 16 or 32.
        package let width: Int

        package init(bits: UInt32, width: Int) { (self.bits, self.width) = (bits, width) }
    }

    /// What a block of a quantised type has for all of its numbers: IEEE 754 binary16, as bits.
    package struct BlockScale: Hashable, Sendable {
        package let scale: UInt16
        /// Only `q4_1` has one.
        package let minimum: UInt16?

        package init(scale: UInt16, minimum: UInt16?) { (self.scale, self.minimum) = (scale, minimum) }
    }

    /// Number `index` of a tensor whose stored bytes are `bytes`.
    /// - Precondition: the tensor has such a number.
    package static func stored(_ index: Int, of bytes: UnsafeRawBufferPointer, type: TensorType) -> Stored {
        let start = index / type.blockElements * type.blockBytes, place = index % type.blockElements
        switch type {
        case .f32: return Stored(bits: UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: start, as: UInt32.self)), width: 32)
        case .f16, .bf16: return Stored(bits: UInt32(half(bytes, start)), width: 16)
        case .q8_0: return Stored(bits: UInt32(bytes[start + 2 + place]), width: 8)
        case .q4_0, .q4_1:
            // The first half of a block stands in the low four bits of its bytes, the second in the high ones.
            let byte = bytes[start + (type == .q4_0 ? 2 : 4) + place % 16]
            return Stored(bits: UInt32(place < 16 ? byte & 15 : byte >> 4), width: 4)
        }
    }

    /// The scale of block `block`; nil for the plain types.
    package static func blockScale(_ block: Int, of bytes: UnsafeRawBufferPointer, type: TensorType) -> BlockScale? {
        let start = block * type.blockBytes
        switch type {
        case .f32, .f16, .bf16: return nil
        case .q4_0, .q8_0: return BlockScale(scale: half(bytes, start), minimum: nil)
        case .q4_1: return BlockScale(scale: half(bytes, start), minimum: half(bytes, start + 2))
        }
    }

    /// The sum, over the `count` numbers from `first` on, of the variance that rounding to the type gives each: a twelfth
    /// of the square of the distance between neighbouring numbers there. Those that are not finite are left out.
    ///
    /// - Parameters:
    ///   - values: the same numbers, dequantised.
    ///   - first: a multiple of the type's block, as is `count` unless the tensor ends there.
    package static func roundingVariance(
        _ values: UnsafeBufferPointer<Float>, first: Int, of bytes: UnsafeRawBufferPointer, type: TensorType
    ) -> Double {
        var sum = 0.0
        switch type {
        case .f32, .f16, .bf16:
            let (digits, least): (Double, Double) =
                switch type {
                case .f32: (0x1p-23, 0x1p-149)
                case .f16: (0x1p-10, 0x1p-24)
                default: (0x1p-7, 0x1p-133)
                }
            for value in values where value.isFinite {
                // The power of two at or below the value: its exponent alone.
                let binade = Double(Float(bitPattern: value.bitPattern & 0x7F80_0000))
                let spacing = max(binade * digits, least)
                sum += spacing * spacing
            }
        case .q4_0, .q4_1, .q8_0:
            for block in 0..<values.count / type.blockElements {
                guard let scale = blockScale(first / type.blockElements + block, of: bytes, type: type) else { continue }
                let spacing = Double(Dequantize.float(half: scale.scale))
                if spacing.isFinite { sum += spacing * spacing * Double(type.blockElements) }
            }
        }
        return sum / 12
    }

    private static func half(_ bytes: UnsafeRawBufferPointer, _ offset: Int) -> UInt16 {
        UInt16(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt16.self))
    }
}
