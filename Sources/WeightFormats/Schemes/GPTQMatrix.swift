/// A GPTQ matrix (Frantar et al. 2022, "GPTQ", as AutoGPTQ and GPTQModel store it): `qweight` [inputs packed into words, outputs],
/// `qzeros` [groups, outputs packed into words], `scales` [groups, outputs], and `g_idx` [inputs], each input's group.
///
/// (code − zero) · scale in float32: GPTQModel 7.7's `convert_gptq_file` asked for float32, and the product that its
/// `TorchLinear.dequantize_weight` and AutoGPTQ's round to the type of the scales.
struct GPTQMatrix: WeightScheme {
    struct Settings: Sendable {
        let codes: PackedCodes
        /// Inputs of a group where no `g_idx` says which; nil for all.
        let group: Int?
        /// The first version of the format stores zero points less one.
        let zerosLessOne: Bool
    }

    private let settings: Settings
    private let qweight: StoredTensor
    private let table: GroupScales
    private let indices: StoredTensor?
    private let inputGroups: InputGroups
    private let inputs: Int
    private let outputs: Int

    var shape: [Int] { [outputs, inputs] }
    var parts: [StoredTensor] { [qweight, table.zeros, table.scales.tensor] + (indices.map { [$0] } ?? []) }

    init(
        qweight: StoredTensor, qzeros: StoredTensor, scales: StoredTensor, indices: StoredTensor?, _ settings: Settings
    ) throws(WeightError) {
        try qweight.require([.i32], as: "packed codes")
        try qweight.require(shape: [nil, nil], as: "packed codes")
        outputs = qweight.info.shape[1]
        guard let capacity = settings.codes.capacity(words: qweight.info.shape[0]) else {
            throw WeightError(
                .badScheme, "\(qweight.info.shape[0]) rows of words are no whole number of codes of \(settings.codes.bits) bits",
                tensor: qweight.info.name)
        }
        (self.settings, self.qweight, self.indices) = (settings, qweight, indices)
        var inputs = capacity
        if let indices {
            try indices.require([.i32, .i64], as: "groups of inputs")
            try indices.require(shape: [nil], as: "groups of inputs")
            // Words may be filled in part.
            inputs = indices.info.shape[0]
            guard inputs <= capacity, settings.codes.words(inputs) == qweight.info.shape[0] else {
                throw WeightError(.badScheme, "groups of \(inputs) inputs, where \(qweight.info.name) has \(capacity)", tensor: indices.info.name)
            }
        }
        self.inputs = inputs
        let groups = settings.group.map { (inputs - 1) / $0 + 1 } ?? 1
        guard let zeroWords = settings.codes.words(outputs) else {
            throw WeightError(.badScheme, "\(outputs) outputs are more than are counted", tensor: qweight.info.name)
        }
        guard groups <= Int(Int32.max) else { throw WeightError(.badScheme, "\(groups) groups", tensor: qweight.info.name) }
        table = try GroupScales(scales, zeros: qzeros, groups: groups, outputs: outputs, zeroWords: zeroWords)
        inputGroups = InputGroups(try indices.map { indices throws(WeightError) in try Self.groups(of: inputs, indices, groups) }, settings.group)
    }

    private static func groups(of inputs: Int, _ indices: StoredTensor, _ groups: Int) throws(WeightError) -> [Int32] {
        var found: [Int32] = []
        found.reserveCapacity(inputs)
        for input in 0..<inputs {
            let group = index(input, indices)
            guard (0..<groups).contains(group) else {
                throw WeightError(.badScheme, "input \(input) is of group \(group), where there are \(groups)", tensor: indices.info.name)
            }
            found.append(Int32(truncatingIfNeeded: group))
        }
        return found
    }

    private static func index(_ input: Int, _ indices: StoredTensor) -> Int {
        let bytes = indices.bytes
        return indices.info.type == .i32
            ? Int(bytes.loadUnaligned(fromByteOffset: 4 * input, as: Int32.self))
            : Int(bytes.loadUnaligned(fromByteOffset: 8 * input, as: Int64.self))
    }

    func dequantise(_ rows: Range<Int>, _ output: UnsafeMutablePointer<Float>) {
        let common = table.makeTable()
        defer { common.free() }
        var first = rows.lowerBound
        while first < rows.upperBound {
            // So many that each line of words is read once.
            let count = min(GroupScales.lanes, rows.upperBound - first)
            table.fill(common, first: first, count: count, zero)
            let (part, to) = (first..<first + count, output + (first - rows.lowerBound) * inputs)
            switch settings.codes.bits {
            case 4: chunks(part, to, common, inputGroups, PackedCodes(bits: 4))
            case 8: chunks(part, to, common, inputGroups, PackedCodes(bits: 8))
            case 3: chunks(part, to, common, inputGroups, PackedCodes(bits: 3))
            default: chunks(part, to, common, inputGroups, PackedCodes(bits: 2))
            }
            first += count
        }
    }

    @inline(__always)
    private func chunks(
        _ rows: Range<Int>, _ output: UnsafeMutablePointer<Float>, _ common: GroupScales.Table, _ groups: InputGroups, _ codes: PackedCodes
    ) {
        qweight.withStart { start in
            let words = 4 &* outputs
            for input in stride(from: 0, to: inputs / 32 &* 32, by: 32) {
                let (one, other) = (groups.common(input), groups.common(input &+ 16))
                for lane in 0..<rows.count {
                    let from = start + (input / 32 &* codes.bits &* words &+ 4 &* (rows.lowerBound &+ lane))
                    let found = codes.thirtyTwo { from.loadUnaligned(fromByteOffset: $0 &* words, as: UInt32.self) }
                    let to = output + (lane &* inputs &+ input)
                    Self.store(found.0, to, common, groups, input, lane, one)
                    Self.store(found.1, to + 16, common, groups, input &+ 16, lane, other)
                }
            }
            for input in inputs / 32 &* 32..<inputs {
                for lane in 0..<rows.count {
                    let from = start + 4 &* (rows.lowerBound &+ lane)
                    let code = codes.code(input) { from.loadUnaligned(fromByteOffset: $0 &* words, as: UInt32.self) }
                    let place = groups.group(input) &* common.stride &+ lane
                    output[lane &* inputs &+ input] = (Float(code) - common.zeros[place]) * common.scales[place]
                }
            }
        }
    }

    /// - Parameter group: of all sixteen, where they have one.
    @inline(__always)
    private static func store(
        _ codes: SIMD16<UInt8>, _ output: UnsafeMutablePointer<Float>, _ common: GroupScales.Table, _ groups: InputGroups, _ input: Int,
        _ lane: Int, _ group: Int?
    ) {
        let levels = SIMD16<Float>(codes: codes)
        if let group {
            let place = group &* common.stride &+ lane
            ((levels - common.zeros[place]) * common.scales[place]).store(to: output)
        } else {
            for index in 0..<16 {
                let place = groups.group(input &+ index) &* common.stride &+ lane
                output[index] = (levels[index] - common.zeros[place]) * common.scales[place]
            }
        }
    }

    /// The first version's zero points are one less than they are. As GPTQModel, which transformers runs, does it on loading
    /// (`convert_gptq_v1_to_v2_format_module`): codes of 2, 4 and 8 bits by adding to the whole word, so that an overflow carries into
    /// the next code, as it was borrowed from it when the zero point 0 was stored; of 3 bits one by one.
    private func zero(_ line: UnsafeRawPointer, _ output: Int) -> UInt8 {
        let codes = settings.codes
        guard settings.zerosLessOne else {
            return codes.code(output) { line.loadUnaligned(fromByteOffset: 4 &* $0, as: UInt32.self) }
        }
        if codes.bits == 3 { return (codes.code(output) { line.loadUnaligned(fromByteOffset: 4 &* $0, as: UInt32.self) } &+ 1) & 7 }
        let ones = UInt32.max / (UInt32(1) << UInt32(codes.bits) &- 1)
        return codes.code(output) { line.loadUnaligned(fromByteOffset: 4 &* $0, as: UInt32.self) &+ ones }
    }
}

/// Which group each input is of.
private struct InputGroups: Sendable {
    /// Of each; nil where they follow each other.
    private let indices: [Int32]?
    /// Inputs of a group; nil where there is one for all.
    private let size: Int?

    init(_ indices: [Int32]?, _ size: Int?) { (self.indices, self.size) = (indices, size) }

    @inline(__always)
    func group(_ input: Int) -> Int { indices.map { Int($0[input]) } ?? size.map { input / $0 } ?? 0 }

    /// The group of sixteen inputs, where they are of one.
    @inline(__always)
    func common(_ input: Int) -> Int? {
        guard let indices else { return group(input) == group(input &+ 15) ? group(input) : nil }
        let first = indices[input]
        return (1..<16).allSatisfy { indices[input &+ $0] == first } ? Int(first) : nil
    }
}
