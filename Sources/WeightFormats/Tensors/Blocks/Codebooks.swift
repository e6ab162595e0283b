/// Four-bit codes that stand for levels of a table: 16 bytes of them for each 32 numbers, the first half's in the low bits.
protocol Codebook: BlockLayout {
    static var levelTable: LevelTable { get }
}

/// What the sixteen codes stand for.
struct LevelTable {
    let levels: [Float]
    let spacings: [Float]

    init(_ levels: [Float]) {
        self.levels = levels
        spacings = levels.map { level in
            let gaps = [levels.filter { $0 < level }.max(), levels.filter { $0 > level }.min()].compactMap { $0.map { abs($0 - level) } }
            return gaps.reduce(0, +) / Float(gaps.count)
        }
    }

    /// `kvalues_iq4nl`: closer to each other about zero.
    static let nonlinear = LevelTable([-127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113])
    /// E2M1 (OCP Microscaling Formats, revision 1.0), twice each level; −0 is read as 0.
    static let e2m1 = LevelTable([0, 1, 2, 3, 4, 6, 8, 12, 0, -1, -2, -3, -4, -6, -8, -12])
}

extension Codebook {
    static var partsPerScale: Int { 2 }
    static var codeBits: Int { 4 }

    @inline(__always)
    static func levels(_ codes: SIMD16<UInt8>) -> SIMD16<Float> {
        levelTable.levels.withUnsafeBufferPointer { table in
            var levels = SIMD16<Float>()
            for place in 0..<16 { levels[place] = table[Int(codes[place])] }
            return levels
        }
    }

    static var spacings: [Float]? { levelTable.spacings }
}

/// The half scale; 32 codes.
enum IQ4_NL: Codebook {
    static let bytes = 18, parts = 2
    static var levelTable: LevelTable { .nonlinear }
    static func codes(_ block: UnsafeRawPointer, _ part: Int) -> SIMD16<UInt8> { nibbles(sixteen(block, 2), high: part == 1) }
    static func scale(_ block: UnsafeRawPointer, _ part: Int) -> BlockScale { BlockScale(scale: half(block, 0)) }
}

/// The half scale; for each two parts six bits that multiply it, the high two in 2 bytes and the low four in 4; 256 codes.
enum IQ4_XS: Codebook {
    static let bytes = 136, parts = 16
    static var levelTable: LevelTable { .nonlinear }
    static func codes(_ block: UnsafeRawPointer, _ part: Int) -> SIMD16<UInt8> {
        nibbles(sixteen(block, 8 + part / 2 * 16), high: part % 2 == 1)
    }
    static func scale(_ block: UnsafeRawPointer, _ part: Int) -> BlockScale {
        let pair = part / 2
        let low = byte(block, 4 + pair / 2) >> UInt8(pair % 2 * 4) & 15, high = byte(block, 2 + pair / 4) >> UInt8(pair % 4 * 2) & 3
        return BlockScale(scale: half(block, 0) * Float(Int32(low | high << 4) - 32))
    }
}

/// A power of two as scale, by its exponent alone (E8M0); 32 codes (OCP Microscaling Formats, revision 1.0).
enum MXFP4: Codebook {
    static let bytes = 17, parts = 2
    static var levelTable: LevelTable { .e2m1 }
    static func codes(_ block: UnsafeRawPointer, _ part: Int) -> SIMD16<UInt8> { nibbles(sixteen(block, 1), high: part == 1) }
    static func scale(_ block: UnsafeRawPointer, _ part: Int) -> BlockScale {
        // Half of 2^(exponent − 127), since the table has the levels twice; the least two are subnormal.
        let exponent = UInt32(byte(block, 0))
        return BlockScale(scale: Float(bitPattern: exponent < 2 ? 0x0020_0000 << exponent : (exponent - 1) << 23))
    }
}
