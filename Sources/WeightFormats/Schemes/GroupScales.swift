/// The scales and zero points of a matrix of integer codes: one of each for a group of inputs and an output.
///
/// value = (code − zero) · scale, exact but for the last rounding: a difference has at most 9 bits.
struct GroupScales: Sendable {
    let scales: StoredScales
    let zeros: StoredTensor
    let groups: Int
    let outputs: Int

    /// Outputs that are worked on together.
    static let lanes = 16

    /// - Parameters:
    ///   - scales: [groups, outputs], in half or single precision.
    ///   - zeros: [groups, `zeroWords`], codes packed along the outputs.
    init(_ scales: StoredTensor, zeros: StoredTensor, groups: Int, outputs: Int, zeroWords: Int) throws(WeightError) {
        self.scales = try StoredScales(scales)
        try scales.require(shape: [groups, outputs], as: "scales")
        try zeros.require([.i32], as: "zero points")
        try zeros.require(shape: [groups, zeroWords], as: "zero points")
        (self.zeros, self.groups, self.outputs) = (zeros, groups, outputs)
    }

    /// A scale and a zero point for each group and each of sixteen outputs, group by group.
    struct Table {
        let scales: UnsafeMutablePointer<Float>
        let zeros: UnsafeMutablePointer<Float>
        /// From a group to the next.
        let stride: Int

        func free() { scales.deallocate() }
    }

    /// To be freed. No matrix has it take more than a few times the memory that the file has for the same numbers.
    func makeTable() -> Table {
        let stride = min(Self.lanes, outputs)
        let scales = UnsafeMutablePointer<Float>.allocate(capacity: 2 * groups * stride)
        return Table(scales: scales, zeros: scales + groups * stride, stride: stride)
    }

    /// Fills in `count` outputs from `first` on.
    ///
    /// - Parameter zero: of a group, by the line's words and the output.
    func fill(_ table: Table, first: Int, count: Int, _ zero: (_ line: UnsafeRawPointer, _ output: Int) -> UInt8) {
        let lineBytes = 4 &* zeros.info.shape[1]
        scales.tensor.withStart { scaleStart in
            zeros.withStart { zeroStart in
                for group in 0..<groups {
                    let line = zeroStart + group &* lineBytes
                    for lane in 0..<count {
                        let place = group &* table.stride &+ lane
                        table.scales[place] = scales.value(group &* outputs &+ first &+ lane, scaleStart)
                        table.zeros[place] = Float(zero(line, first &+ lane))
                    }
                }
            }
        }
    }
}

extension SIMD16<Float> {
    @inline(__always)
    init(codes: SIMD16<UInt8>) { self.init(SIMD16<Int32>(truncatingIfNeeded: codes)) }

    /// At any address that a float may have.
    @inline(__always)
    func store(to output: UnsafeMutablePointer<Float>) { UnsafeMutableRawPointer(output).storeBytes(of: self, as: SIMD16<Float>.self) }
}
