/// Single numbers as they stand in the file, bit for bit.
package enum StoredValues {
    /// Number `index` of a tensor whose stored bytes are `bytes`: all bits of a plain number; of a quantised one its code, for
    /// whose scale see `scale`.
    /// - Precondition: the tensor has such a number.
    package static func stored(_ index: Int, of bytes: UnsafeRawBufferPointer, type: TensorType) -> UInt32 {
        let start = index / type.blockElements * type.blockBytes, place = index % type.blockElements
        guard let layout = type.layout else {
            return (0..<type.blockBytes).reduce(0) { $0 | UInt32(bytes[start + $1]) << UInt32(8 * $1) }
        }
        return UInt32(layout.codes(block(bytes, start), place / 16)[place % 16])
    }

    /// How many numbers have a scale in common; nil for the plain types.
    package static func numbersPerScale(_ type: TensorType) -> Int? { type.layout.map { 16 * $0.partsPerScale } }

    /// What the numbers that `index` is among have in common; nil for the plain types.
    package static func scale(_ index: Int, of bytes: UnsafeRawBufferPointer, type: TensorType) -> BlockScale? {
        type.layout?.scale(block(bytes, index / type.blockElements * type.blockBytes), index % type.blockElements / 16)
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
        if let layout = type.layout {
            let start = first / type.blockElements
            return (0..<values.count / type.blockElements).reduce(0) {
                $0 + layout.squaredSpacings(block(bytes, (start + $1) * type.blockBytes))
            } / 12
        }
        // One unit of the fraction where the exponent is nothing, and the least distance of all.
        let (digits, least): (Double, Double) =
            switch type {
            case .f32: (0x1p-23, 0x1p-149)
            case .f16: (0x1p-10, 0x1p-24)
            case .f8_e4m3: (0x1p-3, 0x1p-9)
            case .f8_e5m2: (0x1p-2, 0x1p-16)
            default: (0x1p-7, 0x1p-133)
            }
        var sum = 0.0
        for value in values where value.isFinite {
            // The power of two at or below the value: its exponent alone.
            let binade = Double(Float(bitPattern: value.bitPattern & 0x7F80_0000))
            let spacing = max(binade * digits, least)
            sum += spacing * spacing
        }
        return sum / 12
    }

    private static func block(_ bytes: UnsafeRawBufferPointer, _ offset: Int) -> UnsafeRawPointer {
        guard let start = bytes.baseAddress else { preconditionFailure("the tensor has numbers") }
        return start + offset
    }
}
