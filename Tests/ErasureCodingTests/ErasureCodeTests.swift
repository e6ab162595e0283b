import ErasureCoding
import Testing

@Suite struct ErasureCodeTests {
    /// GF(2¹⁶) from its definition, bit by bit: nothing of ISA-L.
    private enum Plain {
        static func multiply8(_ left: UInt16, _ right: UInt16) -> UInt16 {
            var (left, right, product) = (left, right, UInt16(0))
            while right > 0 {
                if right & 1 == 1 { product ^= left }
                left <<= 1
                if left & 0x100 != 0 { left ^= 0x11d }
                right >>= 1
            }
            return product
        }

        static func multiply(_ left: UInt16, _ right: UInt16) -> UInt16 {
            let (a, b, c, d) = (left >> 8, left & 0xff, right >> 8, right & 0xff)
            let square = multiply8(a, c)
            return (square ^ multiply8(a, d) ^ multiply8(b, c)) << 8 | multiply8(square, 0x20) ^ multiply8(b, d)
        }

        /// x^(2¹⁶ - 2).
        static func inverse(_ value: UInt16) -> UInt16 {
            var (result, square, exponent) = (UInt16(1), value, (1 << 16) - 2)
            while exponent > 0 {
                if exponent & 1 == 1 { result = multiply(result, square) }
                square = multiply(square, square)
                exponent >>= 1
            }
            return result
        }

        /// Element `index` of a shard.
        static func element(_ shard: [UInt8], _ index: Int) -> UInt16 {
            let place = index / 4096 * 8192 + index % 4096
            return UInt16(shard[place]) | UInt16(shard[place + 4096]) << 8
        }
    }

    private static func shards(_ count: Int, bytes: Int, seed: UInt64) -> [[UInt8]] {
        var state = seed
        return (0..<count).map { _ in
            (0..<bytes).map { _ in
                state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                return UInt8(truncatingIfNeeded: state >> 33)
            }
        }
    }

    /// Sums by the library, in memory of their own.
    private static func sums(_ combination: ShardCombination, of shards: [[UInt8]], bytes: Int, threads: Int = 2) -> [[UInt8]] {
        let memory = (0..<combination.rows).map { _ in UnsafeMutableRawBufferPointer.allocate(byteCount: bytes, alignment: 64) }
        defer { for buffer in memory { buffer.deallocate() } }
        for buffer in memory { buffer.initializeMemory(as: UInt8.self, repeating: 0) }
        for (column, shard) in shards.enumerated() {
            shard.withUnsafeBytes { combination.add($0, column: column, to: memory, threads: threads) }
        }
        return memory.map { Array($0) }
    }

    @Test func theFieldIsAsDefined() {
        var state: UInt32 = 1
        for _ in 0..<20_000 {
            state = state &* 1_664_525 &+ 1_013_904_223
            let (left, right) = (UInt16(truncatingIfNeeded: state >> 16), UInt16(truncatingIfNeeded: state))
            #expect((FieldElement(left) * FieldElement(right)).value == Plain.multiply(left, right))
        }
        for value in 1...UInt16.max {
            guard FieldElement(value) * FieldElement(value).inverse == .one else {
                Issue.record("\(value) times its inverse is not 1")
                return
            }
        }
    }

    @Test(arguments: [(1, 1), (5, 2), (17, 9), (300, 3)])
    func parityIsTheSumThatTheFormatSays(data: Int, parity: Int) {
        let shards = Self.shards(data, bytes: 16384, seed: 7)
        let made = Self.sums(ErasureCode(data: data, parity: parity).encoding, of: shards, bytes: 16384)
        for row in 0..<parity {
            for index in stride(from: 0, to: 8192, by: 509) {
                let expected = (0..<data).reduce(UInt16(0)) { sum, column in
                    sum ^ Plain.multiply(Plain.inverse(UInt16(row) ^ UInt16(32768 + column)), Plain.element(shards[column], index))
                }
                #expect(Plain.element(made[row], index) == expected)
            }
        }
    }

    /// Every way to lose as much as parity covers, of a small code: whichever parity shards are left.
    @Test func anyLossThatIsCoveredIsGivenBack() {
        let (data, parity) = (5, 3)
        let code = ErasureCode(data: data, parity: parity)
        let shards = Self.shards(data, bytes: 8192, seed: 3)
        let all = shards + Self.sums(code.encoding, of: shards, bytes: 8192)
        for mask in 0..<1 << (data + parity) where mask.nonzeroBitCount == parity {
            let lost = (0..<data).filter { mask >> $0 & 1 == 1 }
            let left = (0..<parity).filter { mask >> (data + $0) & 1 == 0 }
            guard !lost.isEmpty else { continue }
            for wanted in [0..<lost.count, lost.count - 1..<lost.count] {
                let recovery = code.recovery(of: lost, with: Array(left.prefix(lost.count)), wanted: wanted)
                let back = Self.sums(recovery.combination, of: recovery.sources.map { all[$0] }, bytes: 8192, threads: 1)
                #expect(back == lost[wanted].map { shards[$0] })
            }
        }
    }

    /// More shards than GF(2⁸) could tell apart.
    @Test func manyShards() {
        let (data, parity) = (1216, 64)
        let code = ErasureCode(data: data, parity: parity)
        let shards = Self.shards(data, bytes: 8192, seed: 11)
        let made = Self.sums(code.encoding, of: shards, bytes: 8192)
        let lost = (0..<parity).map { $0 * 19 }
        let recovery = code.recovery(of: lost, with: Array(0..<parity), wanted: 48..<64)
        let back = Self.sums(recovery.combination, of: recovery.sources.map { $0 < data ? shards[$0] : made[$0 - data] }, bytes: 8192)
        #expect(back == lost[48..<64].map { shards[$0] })
    }
}
