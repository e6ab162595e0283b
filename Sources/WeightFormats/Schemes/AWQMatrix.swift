/// An AWQ matrix of four bits (Lin et al. 2023, "AWQ", as AutoAWQ stores it in its version gemm): `qweight` [inputs, outputs packed
/// into words], `qzeros` [groups, outputs packed], `scales` [groups, outputs]. A word's codes, from its lowest bits up, are of the
/// outputs 0, 2, 4, 6, 1, 3, 5, 7 of eight.
///
/// (code − zero) · scale in float32: AutoAWQ's `dequantize_gemm` and GPTQModel 7.7's `convert_awq_file` asked for float32; in half
/// precision they round that product to it.
struct AWQMatrix: WeightScheme {
    private let qweight: StoredTensor
    private let table: GroupScales
    private let inputs: Int
    private let outputs: Int
    private let group: Int

    var shape: [Int] { [outputs, inputs] }
    var parts: [StoredTensor] { [qweight, table.zeros, table.scales.tensor] }

    /// - Parameter group: inputs of a group; nil for all.
    init(qweight: StoredTensor, qzeros: StoredTensor, scales: StoredTensor, group: Int?) throws(WeightError) {
        try qweight.require([.i32], as: "packed codes")
        try qweight.require(shape: [nil, nil], as: "packed codes")
        let (inputs, words) = (qweight.info.shape[0], qweight.info.shape[1])
        let (outputs, overflow) = words.multipliedReportingOverflow(by: 8)
        self.group = group ?? inputs
        guard !overflow, inputs % self.group == 0 else {
            throw WeightError(.badScheme, "\(inputs) inputs are no whole number of groups of \(self.group)", tensor: qweight.info.name)
        }
        (self.qweight, self.inputs, self.outputs) = (qweight, inputs, outputs)
        table = try GroupScales(scales, zeros: qzeros, groups: inputs / self.group, outputs: outputs, zeroWords: words)
    }

    /// Which code of a word is the output's.
    @inline(__always)
    private static func place(_ output: Int) -> Int { 4 &* (output & 1) &+ (output >> 1) & 3 }

    @inline(__always)
    private static func code(_ line: UnsafeRawPointer, _ output: Int) -> UInt8 {
        let word = line.loadUnaligned(fromByteOffset: 4 &* (output >> 3), as: UInt32.self)
        return UInt8(truncatingIfNeeded: word >> UInt32(4 &* place(output & 7))) & 15
    }

    func dequantise(_ rows: Range<Int>, _ output: UnsafeMutablePointer<Float>) {
        let lanes = GroupScales.lanes
        let common = table.makeTable()
        defer { common.free() }
        var first = rows.lowerBound
        while first < rows.upperBound {
            // Sixteen outputs that begin with a word, whole where they can be.
            let base = min(first / 8 * 8, max(0, outputs - lanes))
            let end = min(rows.upperBound, base + lanes)
            table.fill(common, first: base, count: min(lanes, outputs - base), Self.code)
            tile(base, first..<end, output + (first - rows.lowerBound) * inputs, common)
            first = end
        }
    }

    /// - Parameters:
    ///   - base: the output that the table begins with.
    ///   - rows: among the sixteen from there on.
    private func tile(_ base: Int, _ rows: Range<Int>, _ output: UnsafeMutablePointer<Float>, _ common: GroupScales.Table) {
        qweight.withStart { start in
            let line = outputs / 2
            // Of one word only, or with groups that change within sixteen inputs, one number at a time.
            let tiled = outputs >= GroupScales.lanes && group % 16 == 0 ? inputs / 16 * 16 : 0
            for input in stride(from: 0, to: tiled, by: 16) {
                let from = start + (input &* line &+ base / 2)
                var tile = ByteTile(rows: .init(repeating: SIMD16()))
                for row in 0..<16 {
                    let bytes = from.loadUnaligned(fromByteOffset: row &* line, as: SIMD8<UInt8>.self)
                    tile.rows[row] = SIMD16(lowHalf: bytes & 15, highHalf: bytes &>> 4)
                }
                tile = tile.transposed()
                let group = input / group &* common.stride
                for row in rows {
                    let lane = row &- base, place = Self.place(lane & 7)
                    // Low halves of the two words' bytes first, then the high ones.
                    let column = 8 &* (place & 1) &+ 4 &* (lane >> 3) &+ place >> 1
                    let levels = SIMD16<Float>(codes: tile.rows[column])
                    ((levels - common.zeros[group &+ lane]) * common.scales[group &+ lane])
                        .store(to: output + ((row &- rows.lowerBound) &* inputs &+ input))
                }
            }
            for row in rows {
                let lane = row &- base, to = output + (row &- rows.lowerBound) &* inputs
                for input in tiled..<inputs {
                    let place = input / group &* common.stride &+ lane
                    to[input] = (Float(Self.code(start + input &* line, row)) - common.zeros[place]) * common.scales[place]
                }
            }
        }
    }
}
