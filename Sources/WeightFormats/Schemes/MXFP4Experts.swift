/// gpt-oss' experts: four-bit numbers (E2M1) in blocks of 32 inputs, each with a power of two (E8M0; both OCP Microscaling Formats,
/// revision 1.0). `_blocks` [experts, outputs, groups, 16] bytes, whose low four bits come before the high ones, and `_scales`
/// [experts, outputs, groups].
///
/// Equal to `transformers` 5.24's `convert_moe_packed_tensors` in float32, which is exact: the model's weight is
/// [experts, inputs, outputs], the other way round than it is stored. −0 stays what it is.
struct MXFP4Experts: WeightScheme {
    private let blocks: StoredTensor
    private let scales: StoredTensor
    private let outputs: Int
    private let groups: Int
    private let inputs: Int
    private let isTransposed: Bool

    var parts: [StoredTensor] { [blocks, scales] }
    var shape: [Int] { [blocks.info.shape[0]] + (isTransposed ? [outputs, inputs] : [inputs, outputs]) }
    var transpose: (any WeightScheme)? { MXFP4Experts(self, isTransposed: !isTransposed) }

    init(blocks: StoredTensor, scales: StoredTensor) throws(WeightError) {
        try blocks.require([.u8], as: "blocks")
        try blocks.require(shape: [nil, nil, nil, 16], as: "blocks")
        let shape = blocks.info.shape
        try scales.require([.u8], as: "scales")
        try scales.require(shape: [shape[0], shape[1], shape[2]], as: "scales")
        (self.blocks, self.scales, outputs, groups, isTransposed) = (blocks, scales, shape[1], shape[2], false)
        // A file holds sixteen bytes for each: twice as many is still a number.
        inputs = 32 * groups
    }

    private init(_ other: MXFP4Experts, isTransposed: Bool) {
        (blocks, scales, outputs, groups, inputs) = (other.blocks, other.scales, other.outputs, other.groups, other.inputs)
        self.isTransposed = isTransposed
    }

    func dequantise(_ rows: Range<Int>, _ output: UnsafeMutablePointer<Float>) {
        blocks.withStart { blocks in
            scales.withStart { scales in
                if isTransposed {
                    stored(rows, output, blocks, scales)
                } else {
                    exchanged(rows, output, blocks, scales)
                }
            }
        }
    }

    /// Rows as they lie in the file.
    private func stored(_ rows: Range<Int>, _ output: UnsafeMutablePointer<Float>, _ blocks: UnsafeRawPointer, _ scales: UnsafeRawPointer) {
        for group in rows.lowerBound &* groups..<rows.upperBound &* groups {
            let bytes = blocks.loadUnaligned(fromByteOffset: 16 &* group, as: SIMD16<UInt8>.self)
            let scale = Self.half(scales.load(fromByteOffset: group, as: UInt8.self))
            let (low, high) = (bytes & 15, bytes &>> 4)
            let to = output + (group &- rows.lowerBound &* groups) &* 32
            Self.values(low.lowHalf.interleaved(with: high.lowHalf), SIMD16(repeating: scale)).store(to: to)
            Self.values(low.highHalf.interleaved(with: high.highHalf), SIMD16(repeating: scale)).store(to: to + 16)
        }
    }

    /// Rows that lie across the file's: sixteen blocks at a time, of as many outputs, are turned.
    private func exchanged(_ rows: Range<Int>, _ output: UnsafeMutablePointer<Float>, _ blocks: UnsafeRawPointer, _ scales: UnsafeRawPointer) {
        var row = rows.lowerBound
        while row < rows.upperBound {
            let (expert, input) = row.quotientAndRemainder(dividingBy: inputs)
            let group = input / 32, end = min(rows.upperBound, row + 32 - input % 32)
            let to = output + (row - rows.lowerBound) * outputs
            let first = expert * outputs * groups + group
            let tiled = outputs / 16 * 16
            for column in stride(from: 0, to: tiled, by: 16) {
                var tile = ByteTile(rows: .init(repeating: SIMD16()))
                var scale = SIMD16<Float>()
                for lane in 0..<16 {
                    let block = first &+ (column &+ lane) &* groups
                    tile.rows[lane] = blocks.loadUnaligned(fromByteOffset: 16 &* block, as: SIMD16<UInt8>.self)
                    scale[lane] = Self.half(scales.load(fromByteOffset: block, as: UInt8.self))
                }
                tile = tile.transposed()
                for place in 0..<end &- row {
                    let code = input % 32 &+ place
                    let bytes = tile.rows[code >> 1]
                    Self.values(code & 1 == 0 ? bytes & 15 : bytes &>> 4, scale).store(to: to + (place &* outputs &+ column))
                }
            }
            for column in tiled..<outputs {
                let block = first &+ column &* groups
                let scale = SIMD16(repeating: Self.half(scales.load(fromByteOffset: block, as: UInt8.self)))
                for place in 0..<end &- row {
                    let code = input % 32 &+ place
                    let byte = blocks.load(fromByteOffset: 16 &* block &+ code >> 1, as: UInt8.self)
                    to[place &* outputs &+ column] = Self.values(SIMD16(repeating: code & 1 == 0 ? byte & 15 : byte >> 4), scale)[0]
                }
            }
            row = end
        }
    }

    /// Half of 2^(exponent − 127). All ones are no NaN here: the conversion adds exponents.
    @inline(__always)
    private static func half(_ exponent: UInt8) -> Float {
        Float(bitPattern: exponent < 2 ? 0x0020_0000 << UInt32(exponent) : UInt32(exponent &- 1) << 23)
    }

    /// E2M1: twice a level is an integer, n, 2n − 4 or 4n − 16 of the low three bits, whichever is the largest; the fourth is the sign.
    @inline(__always)
    private static func values(_ codes: SIMD16<UInt8>, _ scale: SIMD16<Float>) -> SIMD16<Float> {
        let low = codes & 7
        let level = pointwiseMax(pointwiseMax(low &+ 16, low &<< 1 &+ 12), low &<< 2) &- 16
        let magnitude = SIMD16<Float>(codes: level) * scale
        let sign = SIMD16<UInt32>(truncatingIfNeeded: codes & 8) &<< 28
        return unsafeBitCast(unsafeBitCast(magnitude, to: SIMD16<UInt32>.self) | sign, to: SIMD16<Float>.self)
    }
}
