/// Blocks of 32 numbers with one scale, a half.
protocol SimpleBlock: BlockLayout {}

extension SimpleBlock {
    static var parts: Int { 2 }
    static var partsPerScale: Int { 2 }
}

/// The scale; then 16 bytes, whose low four bits are the first half's codes and the high ones the second's.
enum Q4_0: SimpleBlock {
    static let bytes = 18, codeBits = 4
    static func codes(_ block: UnsafeRawPointer, _ part: Int) -> SIMD16<UInt8> { nibbles(sixteen(block, 2), high: part == 1) }
    static func levels(_ codes: SIMD16<UInt8>) -> SIMD16<Float> { levels(codes, lessThan: 8) }
    static func scale(_ block: UnsafeRawPointer, _ part: Int) -> BlockScale { BlockScale(scale: half(block, 0)) }
}

/// The scale and a minimum; then the codes as in Q4_0.
enum Q4_1: SimpleBlock {
    static let bytes = 20, codeBits = 4, hasMinimum = true
    static func codes(_ block: UnsafeRawPointer, _ part: Int) -> SIMD16<UInt8> { nibbles(sixteen(block, 4), high: part == 1) }
    static func levels(_ codes: SIMD16<UInt8>) -> SIMD16<Float> { levels(codes, lessThan: 0) }
    static func scale(_ block: UnsafeRawPointer, _ part: Int) -> BlockScale { BlockScale(scale: half(block, 0), minimum: half(block, 2)) }
}

/// The scale; a bit for each number, its fifth; then the codes' other bits as in Q4_0.
enum Q5_0: SimpleBlock {
    static let bytes = 22, codeBits = 5
    static func codes(_ block: UnsafeRawPointer, _ part: Int) -> SIMD16<UInt8> {
        nibbles(sixteen(block, 6), high: part == 1) | FifthBits.sixteen(block, 2, part)
    }
    static func levels(_ codes: SIMD16<UInt8>) -> SIMD16<Float> { levels(codes, lessThan: 16) }
    static func scale(_ block: UnsafeRawPointer, _ part: Int) -> BlockScale { BlockScale(scale: half(block, 0)) }
}

/// The scale and a minimum; then as in Q5_0.
enum Q5_1: SimpleBlock {
    static let bytes = 24, codeBits = 5, hasMinimum = true
    static func codes(_ block: UnsafeRawPointer, _ part: Int) -> SIMD16<UInt8> {
        nibbles(sixteen(block, 8), high: part == 1) | FifthBits.sixteen(block, 4, part)
    }
    static func levels(_ codes: SIMD16<UInt8>) -> SIMD16<Float> { levels(codes, lessThan: 0) }
    static func scale(_ block: UnsafeRawPointer, _ part: Int) -> BlockScale { BlockScale(scale: half(block, 0), minimum: half(block, 2)) }
}

private enum FifthBits {
    private static let places = SIMD16<UInt16>(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15)

    /// Sixteen of the 32 bits at `offset`, each worth 16.
    @inline(__always)
    static func sixteen(_ block: UnsafeRawPointer, _ offset: Int, _ part: Int) -> SIMD16<UInt8> {
        let bits = UInt16(littleEndian: block.loadUnaligned(fromByteOffset: offset + 2 * part, as: UInt16.self))
        return SIMD16<UInt8>(truncatingIfNeeded: (SIMD16(repeating: bits) &>> places & 1) &<< 4)
    }
}

/// The scale; then 32 signed bytes.
enum Q8_0: SimpleBlock {
    static let bytes = 34, codeBits = 8
    static func codes(_ block: UnsafeRawPointer, _ part: Int) -> SIMD16<UInt8> { sixteen(block, 2 + 16 * part) }
    static func levels(_ codes: SIMD16<UInt8>) -> SIMD16<Float> {
        SIMD16<Float>(SIMD16<Int32>(truncatingIfNeeded: SIMD16<Int8>(truncatingIfNeeded: codes)))
    }
    static func scale(_ block: UnsafeRawPointer, _ part: Int) -> BlockScale { BlockScale(scale: half(block, 0)) }
}
