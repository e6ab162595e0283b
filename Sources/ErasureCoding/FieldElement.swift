import CISAL

/// An element of GF(2¹⁶), written `high · t + low` over the GF(2⁸) that ISA-L computes in (polynomial 0x11d), where t² = t + 0x20.
///
/// The larger field makes room for more shards than GF(2⁸)'s 255; as its elements are pairs, multiplying by one of them is a matrix
/// of two by two over GF(2⁸), which ISA-L applies to gigabytes a second.
package struct FieldElement: Hashable, Sendable {
    package let value: UInt16

    package init(_ value: UInt16) { self.value = value }

    private init(high: UInt8, low: UInt8) { value = UInt16(high) << 8 | UInt16(low) }

    package static let one = FieldElement(1)
    /// t² + t + 0x20 has no root in GF(2⁸), and 0x20 is the least for which that is so.
    private static let constant: UInt8 = 0x20

    private var high: UInt8 { UInt8(value >> 8) }
    private var low: UInt8 { UInt8(truncatingIfNeeded: value) }

    package static func + (left: Self, right: Self) -> Self { Self(left.value ^ right.value) }

    package static func * (left: Self, right: Self) -> Self {
        let tops = gf_mul(left.high, right.high)
        return Self(
            high: tops ^ gf_mul(left.high, right.low) ^ gf_mul(left.low, right.high),
            low: gf_mul(tops, constant) ^ gf_mul(left.low, right.low))
    }

    /// - Precondition: it is not zero.
    package var inverse: Self {
        precondition(value != 0, "zero has no inverse")
        // The conjugate is high · t + (high + low); an element times its conjugate, its norm, lies in GF(2⁸).
        let conjugate = Self(high: high, low: high ^ low)
        let norm = (self * conjugate).low
        return conjugate * Self(high: 0, low: gf_inv(norm))
    }

    /// What it multiplies (low, high) by: rows give the product's low byte and its high one.
    var matrix: (lowRow: (UInt8, UInt8), highRow: (UInt8, UInt8)) {
        ((low, gf_mul(high, Self.constant)), (high, low ^ high))
    }
}
