/// How a quantised type packs a block of numbers, taken sixteen at a time: each number is a code, which stands for a level, and
/// value = level · scale + minimum, both common to the sixteen.
///
/// Every level, scale and product is exact in single precision (a half has 11 significant bits, what it is multiplied by at most
/// 6 and a level at most 8, or 6 beside 7), so that only adding the minimum rounds, and any order gives ggml's bits.
protocol BlockLayout {
    /// Of a block.
    static var bytes: Int { get }
    /// Of sixteen numbers, in a block.
    static var parts: Int { get }
    /// Consecutive parts that have their scale in common.
    static var partsPerScale: Int { get }
    static var codeBits: Int { get }
    /// Where not, nothing is added: −0 stays what it is.
    static var hasMinimum: Bool { get }

    static func codes(_ block: UnsafeRawPointer, _ part: Int) -> SIMD16<UInt8>
    static func levels(_ codes: SIMD16<UInt8>) -> SIMD16<Float>
    /// The distance of each code's level from its neighbours', on average; nil where it is 1.
    static var spacings: [Float]? { get }
    static func scale(_ block: UnsafeRawPointer, _ part: Int) -> BlockScale

    // Made for each type by what stands below: called through `TensorType.layout`, they run without looking anything up.
    static func dequantize(_ input: UnsafeRawPointer, _ blocks: Int, _ output: UnsafeMutablePointer<Float>)
    /// The sum of the squares of what neighbours of each of a block's numbers are apart; scales that are not finite are left out.
    static func squaredSpacings(_ block: UnsafeRawPointer) -> Double
}

/// What numbers of a quantised type have in common, exactly: value = level · scale + minimum.
package struct BlockScale: Hashable, Sendable {
    package let scale: Float
    /// Nil where the type has none.
    package let minimum: Float?

    package init(scale: Float, minimum: Float? = nil) { (self.scale, self.minimum) = (scale, minimum) }
}

extension BlockLayout {
    static var hasMinimum: Bool { false }
    static var spacings: [Float]? { nil }

    static func dequantize(_ input: UnsafeRawPointer, _ blocks: Int, _ output: UnsafeMutablePointer<Float>) {
        for block in 0..<blocks {
            let from = input + block &* bytes
            let to = output + block &* (16 &* parts)
            for group in 0..<parts / partsPerScale {
                let common = scale(from, group &* partsPerScale)
                for part in group &* partsPerScale..<(group &+ 1) &* partsPerScale {
                    var values = levels(codes(from, part)) * common.scale
                    if hasMinimum { values += common.minimum ?? 0 }
                    // A buffer of floats is aligned to 4 bytes, not to 64.
                    UnsafeMutableRawPointer(to + 16 &* part).storeBytes(of: values, as: SIMD16<Float>.self)
                }
            }
        }
    }

    static func squaredSpacings(_ block: UnsafeRawPointer) -> Double {
        var sum = 0.0
        for part in 0..<parts {
            let scale = Double(scale(block, part).scale)
            guard scale.isFinite else { continue }
            guard let spacings else {
                sum += scale * scale * 16
                continue
            }
            let codes = codes(block, part)
            for place in 0..<16 {
                let spacing = scale * Double(spacings[Int(codes[place])])
                sum += spacing * spacing
            }
        }
        return sum
    }

    /// Codes as unsigned integers, less what stands for zero.
    @inline(__always)
    static func levels(_ codes: SIMD16<UInt8>, lessThan zero: Int32) -> SIMD16<Float> {
        SIMD16<Float>(SIMD16<Int32>(truncatingIfNeeded: codes) &- zero)
    }

    @inline(__always)
    static func half(_ block: UnsafeRawPointer, _ offset: Int) -> Float {
        Dequantize.float(half: UInt16(littleEndian: block.loadUnaligned(fromByteOffset: offset, as: UInt16.self)))
    }

    @inline(__always)
    static func sixteen(_ block: UnsafeRawPointer, _ offset: Int) -> SIMD16<UInt8> {
        block.loadUnaligned(fromByteOffset: offset, as: SIMD16<UInt8>.self)
    }

    /// Four bits of each byte: the low ones, or the high ones.
    @inline(__always)
    static func nibbles(_ bytes: SIMD16<UInt8>, high: Bool) -> SIMD16<UInt8> { high ? bytes &>> 4 : bytes & 0x0f }

    @inline(__always)
    static func byte(_ block: UnsafeRawPointer, _ offset: Int) -> UInt8 { block.load(fromByteOffset: offset, as: UInt8.self) }
}
