/// Blocks of 256 numbers with a half as scale, which small integers multiply for each 16 or 32 of them.
protocol KQuant: BlockLayout {}

extension KQuant {
    static var parts: Int { 16 }
    /// Of the codes' two bits in Q2_K and Q3_K: four parts stand in the same bytes, above each other.
    @inline(__always)
    static func pairs(_ block: UnsafeRawPointer, _ offset: Int, _ part: Int) -> SIMD16<UInt8> {
        sixteen(block, offset + part / 8 * 32 + part % 2 * 16) &>> UInt8(part % 8 / 2 * 2) & 3
    }
}

/// Four bits of scale and four of minimum for each part; 64 bytes of codes; the half scale and the half minimum.
enum Q2_K: KQuant {
    static let bytes = 84, partsPerScale = 1, codeBits = 2, hasMinimum = true
    static func codes(_ block: UnsafeRawPointer, _ part: Int) -> SIMD16<UInt8> { pairs(block, 16, part) }
    static func levels(_ codes: SIMD16<UInt8>) -> SIMD16<Float> { levels(codes, lessThan: 0) }
    static func scale(_ block: UnsafeRawPointer, _ part: Int) -> BlockScale {
        let both = byte(block, part)
        return BlockScale(scale: half(block, 80) * Float(both & 15), minimum: -(half(block, 82) * Float(both >> 4)))
    }
}

/// The codes' third bits, 32 bytes; their others, 64; six bits of scale for each part, 12; the half scale.
enum Q3_K: KQuant {
    static let bytes = 110, partsPerScale = 1, codeBits = 3
    static func codes(_ block: UnsafeRawPointer, _ part: Int) -> SIMD16<UInt8> {
        let high = sixteen(block, part % 2 * 16) &>> UInt8(part / 2) & 1
        return pairs(block, 32, part) | high &<< 2
    }
    static func levels(_ codes: SIMD16<UInt8>) -> SIMD16<Float> { levels(codes, lessThan: 4) }
    static func scale(_ block: UnsafeRawPointer, _ part: Int) -> BlockScale {
        let low = byte(block, 96 + part % 8) >> UInt8(part / 8 * 4) & 15, high = byte(block, 104 + part % 4) >> UInt8(part / 4 * 2) & 3
        return BlockScale(scale: half(block, 108) * Float(Int32(low | high << 4) - 32))
    }
}

/// What Q4_K and Q5_K begin with: the half scale and the half minimum; then for each two parts six bits of scale and six of
/// minimum, in 12 bytes.
protocol SixBitScales: KQuant {}

extension SixBitScales {
    static var partsPerScale: Int { 2 }
    static var hasMinimum: Bool { true }
    static func levels(_ codes: SIMD16<UInt8>) -> SIMD16<Float> { levels(codes, lessThan: 0) }
    static func scale(_ block: UnsafeRawPointer, _ part: Int) -> BlockScale {
        let pair = part / 2
        let scale: UInt8, minimum: UInt8
        if pair < 4 {
            (scale, minimum) = (byte(block, 4 + pair) & 63, byte(block, 8 + pair) & 63)
        } else {
            // Their low four bits are together, their high two above those of the first four.
            let low = byte(block, 8 + pair)
            scale = low & 15 | (byte(block, pair) >> 6) << 4
            minimum = low >> 4 | (byte(block, 4 + pair) >> 6) << 4
        }
        return BlockScale(scale: half(block, 0) * Float(scale), minimum: -(half(block, 2) * Float(minimum)))
    }
}

/// Then 128 bytes: of each 32, the low four bits are the codes of two parts, and the high ones those of the next two.
enum Q4_K: SixBitScales {
    static let bytes = 144, codeBits = 4
    static func codes(_ block: UnsafeRawPointer, _ part: Int) -> SIMD16<UInt8> {
        nibbles(sixteen(block, 16 + part / 4 * 32 + part % 2 * 16), high: part % 4 > 1)
    }
}

/// Then the codes' fifth bits, 32 bytes; and the others as in Q4_K.
enum Q5_K: SixBitScales {
    static let bytes = 176, codeBits = 5
    static func codes(_ block: UnsafeRawPointer, _ part: Int) -> SIMD16<UInt8> {
        let high = sixteen(block, 16 + part % 2 * 16) &>> UInt8(part / 2) & 1
        return nibbles(sixteen(block, 48 + part / 4 * 32 + part % 2 * 16), high: part % 4 > 1) | high &<< 4
    }
}

/// The codes' low four bits, 128 bytes; their high two, 64; a signed byte of scale for each part; the half scale.
enum Q6_K: KQuant {
    static let bytes = 210, partsPerScale = 1, codeBits = 6
    static func codes(_ block: UnsafeRawPointer, _ part: Int) -> SIMD16<UInt8> {
        let (side, quarter, place) = (part / 8, part % 8 / 2, part % 2 * 16)
        let low = nibbles(sixteen(block, side * 64 + quarter % 2 * 32 + place), high: quarter > 1)
        let high = sixteen(block, 128 + side * 32 + place) &>> UInt8(quarter * 2) & 3
        return low | high &<< 4
    }
    static func levels(_ codes: SIMD16<UInt8>) -> SIMD16<Float> { levels(codes, lessThan: 32) }
    static func scale(_ block: UnsafeRawPointer, _ part: Int) -> BlockScale {
        BlockScale(scale: half(block, 208) * Float(Int8(bitPattern: byte(block, 192 + part))))
    }
}
