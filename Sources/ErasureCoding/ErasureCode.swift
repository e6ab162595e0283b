import CISAL

/// A systematic Reed–Solomon code over GF(2¹⁶) with a Cauchy matrix (Blömer et al., "An XOR-Based Erasure-Resilient Coding Scheme",
/// 1995, section 3): of `data` shards and `parity` more, any `data` give all others back.
///
/// Parity shard j is the sum of all data shards i, each times 1 / (j + (32768 + i)), the numbers taken as field elements.
package struct ErasureCode: Sendable {
    package static let maximumShards = 1 << 15

    package let data: Int
    package let parity: Int

    /// - Precondition: 1 to 32768 of either.
    package init(data: Int, parity: Int) {
        precondition((1...Self.maximumShards).contains(data) && (1...Self.maximumShards).contains(parity), "a code of 1 to 32768 shards")
        (self.data, self.parity) = (data, parity)
    }

    func coefficient(parity row: Int, data column: Int) -> FieldElement {
        (FieldElement(UInt16(row)) + FieldElement(UInt16(Self.maximumShards + column))).inverse
    }

    /// The parity shards, as sums of the data shards.
    package var encoding: ShardCombination { encoding(of: Array(0..<parity)) }

    /// Some of them.
    package func encoding(of shards: [Int]) -> ShardCombination {
        ShardCombination(rows: shards.count, columns: data) { coefficient(parity: shards[$0], data: $1) }
    }

    /// How lost data shards are sums of what is left.
    package struct Recovery: Sendable {
        /// The shards to be added, in the order of the combination's columns: data shards from 0, then parity shards from `data`.
        package let sources: [Int]
        package let combination: ShardCombination
    }

    /// - Parameters:
    ///   - lost: data shards, each once.
    ///   - parity: as many parity shards, from 0, that are there.
    ///   - wanted: those of `lost` that are to be given back now.
    package func recovery(of lost: [Int], with parity: [Int], wanted: Range<Int>) -> Recovery {
        precondition(lost.count == parity.count && wanted.upperBound <= lost.count && !wanted.isEmpty, "as many parity shards as are lost")
        let gone = Set(lost)
        let left = (0..<data).filter { !gone.contains($0) }
        let inverse = Self.inverted(ShardCombination.bytes(parity.map { row in lost.map { coefficient(parity: row, data: $0) } }))
        // The lost ones are the inverse times (parity + what the shards that are left contribute to it).
        let size = 2 * lost.count, columns = 2 * data
        var matrix = [UInt8](repeating: 0, count: 2 * wanted.count * columns)
        let contribution = ShardCombination.bytes(parity.map { row in left.map { coefficient(parity: row, data: $0) } })
        for row in 0..<2 * wanted.count {
            let from = (2 * wanted.lowerBound + row) * size
            for column in 0..<2 * left.count {
                var sum: UInt8 = 0
                for index in 0..<size { sum ^= gf_mul(inverse[from + index], contribution[index * 2 * left.count + column]) }
                matrix[row * columns + column] = sum
            }
            for index in 0..<size { matrix[row * columns + 2 * left.count + index] = inverse[from + index] }
        }
        return Recovery(
            sources: left + parity.map { data + $0 }, combination: ShardCombination(rows: wanted.count, columns: data, bytes: matrix))
    }

    /// - Parameter matrix: square, over GF(2⁸); every square part of a Cauchy matrix has an inverse.
    private static func inverted(_ matrix: [UInt8]) -> [UInt8] {
        var (matrix, inverse) = (matrix, [UInt8](repeating: 0, count: matrix.count))
        let size = Int(Double(matrix.count).squareRoot())
        let status = gf_invert_matrix(&matrix, &inverse, Int32(size))
        precondition(status == 0, "a Cauchy matrix has an inverse")
        return inverse
    }
}
