/// Single numbers as they stand in the file, bit for bit.
package enum StoredValues {
    /// Number `index` of a tensor whose stored bytes are `bytes`: all bits of a plain number; of a quantised one its code, for
    /// whose scale see `scale`.
    /// - Precondition: the tensor has such a number, of at most 32 bits.
    package static func stored(_ index: Int, of bytes: UnsafeRawBufferPointer, type: TensorType) -> UInt32 {
        let start = index / type.blockElements * type.blockBytes, place = index % type.blockElements
        guard let layout = type.layout else {
            return (0..<type.blockBytes).reduce(0) { $0 | UInt32(bytes[start + $1]) << UInt32(8 * $1) }
        }
        return UInt32(layout.codes(block(bytes, start), place / 16)[place % 16])
    }

    /// The integer that stored bits of an integer type stand for, as digits; nil for other types.
    package static func integer(_ stored: UInt32, type: TensorType) -> String? {
        switch type {
        case .i8: "\(Int8(truncatingIfNeeded: stored))"
        case .i16: "\(Int16(truncatingIfNeeded: stored))"
        case .i32: "\(Int32(bitPattern: stored))"
        case .u8, .u16, .u32, .bool: "\(stored)"
        default: nil
        }
    }

    /// Numbers of any type in double precision: exact, but for integers over 2^53, which are rounded.
    ///
    /// - Parameters:
    ///   - source: a whole number of blocks of `type`.
    ///   - destination: room for exactly their numbers.
    ///   - scratch: room for as many; what is in it afterwards means nothing.
    /// - Throws: `sizeMismatch` if the sizes do not belong together.
    package static func doubles(
        _ source: UnsafeRawBufferPointer, type: TensorType, into destination: UnsafeMutableBufferPointer<Double>,
        scratch: UnsafeMutableBufferPointer<Float>
    ) throws(WeightError) {
        if type.holdsWeights {
            guard scratch.count >= destination.count else { throw WeightError(.sizeMismatch, "too little room to dequantise") }
            let floats = UnsafeMutableBufferPointer(rebasing: scratch[..<destination.count])
            try Dequantize.floats(source, type: type, into: floats)
            for index in 0..<floats.count { destination[index] = Double(floats[index]) }
            return
        }
        guard type.byteCount(elements: destination.count) == source.count else {
            throw WeightError(.sizeMismatch, "\(source.count) bytes of \(type.name) do not hold \(destination.count) values")
        }
        func read<Stored: BitwiseCopyable>(_: Stored.Type, _ value: (Stored) -> Double) {
            for index in 0..<destination.count {
                destination[index] = value(source.loadUnaligned(fromByteOffset: index &* MemoryLayout<Stored>.size, as: Stored.self))
            }
        }
        switch type {
        case .i8: read(Int8.self) { Double($0) }
        case .u8, .bool: read(UInt8.self) { Double($0) }
        case .i16: read(Int16.self) { Double($0) }
        case .u16: read(UInt16.self) { Double($0) }
        case .i32: read(Int32.self) { Double($0) }
        case .u32: read(UInt32.self) { Double($0) }
        case .i64: read(Int64.self) { Double($0) }
        case .u64: read(UInt64.self) { Double($0) }
        case .f8_e8m0: read(UInt8.self) { Double(Dequantize.float(e8m0: $0)) }
        default: read(UInt64.self) { Double(bitPattern: $0) }
        }
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
    ///   - values: the same numbers, as `doubles` gives them. Integers and double precision are taken for exact.
    ///   - first: a multiple of the type's block, as is `count` unless the tensor ends there.
    package static func roundingVariance(
        _ values: UnsafeBufferPointer<Double>, first: Int, of bytes: UnsafeRawBufferPointer, type: TensorType
    ) -> Double {
        if let layout = type.layout {
            let start = first / type.blockElements
            return (0..<values.count / type.blockElements).reduce(0) {
                $0 + layout.squaredSpacings(block(bytes, (start + $1) * type.blockBytes))
            } / 12
        }
        guard type.holdsWeights else { return 0 }
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
            let binade = Double(bitPattern: value.bitPattern & 0x7FF0_0000_0000_0000)
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
