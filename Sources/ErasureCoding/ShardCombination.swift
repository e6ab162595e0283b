import CISAL
import Dispatch

/// Sums of shards, each times a coefficient: several at once, over shards that are handed over one after the other.
///
/// A shard is a whole number of blocks of 8 KiB, of 4096 elements each: first their low bytes, then their high ones.
package final class ShardCombination: Sendable {
    package static let blockBytes = 2 * halfBytes
    private static let halfBytes = 4096

    /// How many sums, and of how many shards.
    package let rows: Int
    package let columns: Int
    /// ISA-L's tables, of 32 bytes for each coefficient in GF(2⁸), row by row.
    private let tables: [UInt8]

    convenience init(rows: Int, columns: Int, coefficient: (_ row: Int, _ column: Int) -> FieldElement) {
        self.init(rows: rows, columns: columns, bytes: Self.bytes((0..<rows).map { row in (0..<columns).map { coefficient(row, $0) } }))
    }

    /// A matrix over GF(2¹⁶) as one over GF(2⁸), with twice the rows and columns; row by row.
    static func bytes(_ matrix: [[FieldElement]]) -> [UInt8] {
        matrix.flatMap { row in
            let products = row.map(\.matrix)
            return products.flatMap { [$0.lowRow.0, $0.lowRow.1] } + products.flatMap { [$0.highRow.0, $0.highRow.1] }
        }
    }

    /// - Parameter bytes: the matrix over GF(2⁸), 2 · rows by 2 · columns, row by row.
    init(rows: Int, columns: Int, bytes: [UInt8]) {
        precondition(rows > 0 && columns > 0 && bytes.count == 4 * rows * columns, "a matrix has its rows and columns")
        (self.rows, self.columns) = (rows, columns)
        var (bytes, tables) = (bytes, [UInt8](repeating: 0, count: 32 * bytes.count))
        ec_init_tables(Int32(2 * columns), Int32(2 * rows), &bytes, &tables)
        self.tables = tables
    }

    /// Adds a shard, times its coefficients, to the sums, on all processors.
    ///
    /// - Parameters:
    ///   - shard: whole blocks.
    ///   - sums: `rows` of them, each as long as the shard or longer.
    package func add(_ shard: UnsafeRawBufferPointer, column: Int, to sums: [UnsafeMutableRawBufferPointer], threads: Int) {
        precondition(shard.count.isMultiple(of: Self.blockBytes), "shards are whole blocks")
        precondition(sums.count == rows && column < columns && sums.allSatisfy { $0.count >= shard.count }, "sums have room")
        guard let source = shard.bindMemory(to: UInt8.self).baseAddress else { return }
        let targets = sums.map { $0.bindMemory(to: UInt8.self).baseAddress }
        nonisolated(unsafe) let (from, to) = (source, targets)
        let (parts, count, rows) = (min(max(1, threads), rows), shard.count, rows)
        DispatchQueue.concurrentPerform(iterations: parts) { part in
            self.add(from, count: count, column: column, to: to, rows: rows * part / parts..<rows * (part + 1) / parts)
        }
    }

    private func add(
        _ source: UnsafePointer<UInt8>, count: Int, column: Int, to targets: [UnsafeMutablePointer<UInt8>?], rows: Range<Int>
    ) {
        tables.withUnsafeBufferPointer { tables in
            // ISA-L's parameters are not `const`; it reads the tables and the source only.
            let first = UnsafeMutablePointer(mutating: tables.baseAddress.map { $0 + 32 * 2 * rows.lowerBound * 2 * columns })
            var pointers = [UnsafeMutablePointer<UInt8>?](repeating: nil, count: 2 * rows.count)
            for block in stride(from: 0, to: count, by: Self.blockBytes) {
                for (index, row) in rows.enumerated() {
                    pointers[2 * index] = targets[row].map { $0 + block }
                    pointers[2 * index + 1] = targets[row].map { $0 + block + Self.halfBytes }
                }
                for half in 0..<2 {
                    ec_encode_data_update(
                        Int32(Self.halfBytes), Int32(2 * columns), Int32(pointers.count), Int32(2 * column + half), first,
                        UnsafeMutablePointer(mutating: source + block + half * Self.halfBytes), &pointers)
                }
            }
        }
    }
}
