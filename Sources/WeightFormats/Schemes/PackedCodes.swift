/// Codes of 2, 3, 4 or 8 bits one after another in 32-bit words, the first in a word's lowest bits; of 3 bits some lie across two.
struct PackedCodes: Sendable {
    /// Of a code.
    let bits: Int

    /// The words that `count` codes take, the last filled in part; nil where that is more than is counted here.
    func words(_ count: Int) -> Int? {
        let (total, overflow) = count.multipliedReportingOverflow(by: bits)
        return overflow ? nil : total / 32 + (total % 32 > 0 ? 1 : 0)
    }

    /// How many codes the words of a whole number of them hold; nil where the last does not end with a word.
    func capacity(words: Int) -> Int? {
        let (total, overflow) = words.multipliedReportingOverflow(by: 32)
        return overflow || total % bits > 0 ? nil : total / bits
    }

    /// Code `index` of a line of words.
    ///
    /// - Parameter word: a word by its place in the line; only those that hold a part of the code are asked for.
    @inline(__always)
    func code(_ index: Int, _ word: (Int) -> UInt32) -> UInt8 {
        let place = index &* bits, shift = place & 31
        var stream = UInt64(word(place >> 5))
        if shift &+ bits > 32 { stream |= UInt64(word(place >> 5 &+ 1)) << 32 }
        return UInt8(truncatingIfNeeded: stream >> UInt64(shift)) & UInt8(truncatingIfNeeded: 1 << bits &- 1)
    }

    /// Thirty-two codes from the start of a word.
    @inline(__always)
    func thirtyTwo(_ word: (Int) -> UInt32) -> (SIMD16<UInt8>, SIMD16<UInt8>) {
        switch bits {
        case 4:
            let bytes = unsafeBitCast(SIMD4(word(0), word(1), word(2), word(3)), to: SIMD16<UInt8>.self)
            let (low, high) = (bytes & 15, bytes &>> 4)
            return (low.lowHalf.interleaved(with: high.lowHalf), low.highHalf.interleaved(with: high.highHalf))
        case 8:
            return (
                unsafeBitCast(SIMD4(word(0), word(1), word(2), word(3)), to: SIMD16<UInt8>.self),
                unsafeBitCast(SIMD4(word(4), word(5), word(6), word(7)), to: SIMD16<UInt8>.self)
            )
        case 2:
            let bytes = unsafeBitCast(SIMD2(word(0), word(1)), to: SIMD8<UInt8>.self)
            let even = (bytes & 3).interleaved(with: bytes &>> 4 & 3), odd = (bytes &>> 2 & 3).interleaved(with: bytes &>> 6)
            return (even.lowHalf.interleaved(with: odd.lowHalf), even.highHalf.interleaved(with: odd.highHalf))
        default:
            // Three words: the first sixteen codes lie in two, the others, from bit 48 on, in the last two.
            let middle = UInt64(word(1))
            let (low, high) = (UInt64(word(0)) | middle << 32, middle >> 16 | UInt64(word(2)) << 16)
            var codes = (SIMD16<UInt8>(), SIMD16<UInt8>())
            for index in 0..<16 {
                codes.0[index] = UInt8(truncatingIfNeeded: low >> UInt64(3 &* index)) & 7
                codes.1[index] = UInt8(truncatingIfNeeded: high >> UInt64(3 &* index)) & 7
            }
            return codes
        }
    }
}

extension SIMD8<UInt8> {
    /// The first of each, the second of each, ...
    @inline(__always)
    func interleaved(with other: Self) -> SIMD16<UInt8> {
        var both = SIMD16<UInt8>()
        (both.evenHalf, both.oddHalf) = (self, other)
        return both
    }
}

/// Sixteen rows of sixteen bytes.
struct ByteTile {
    var rows: InlineArray<16, SIMD16<UInt8>>

    /// Rows for columns. Four times over, row i and row i + 8 are joined byte by byte: each place's four bits turn by one.
    @inline(__always)
    func transposed() -> ByteTile {
        var (from, to) = (rows, rows)
        for _ in 0..<4 {
            for row in 0..<8 {
                to[2 &* row] = from[row].lowHalf.interleaved(with: from[row &+ 8].lowHalf)
                to[2 &* row &+ 1] = from[row].highHalf.interleaved(with: from[row &+ 8].highHalf)
            }
            (from, to) = (to, from)
        }
        return ByteTile(rows: from)
    }
}
