import Testing
import WeightFormats

@Suite struct DequantizeTests {
    /// Compared by bits, so that −0 and the sign of infinities count.
    @Test(arguments: ["every-type.gguf", "every-type.safetensors", "quantised.gguf", "float8.safetensors"])
    func equalsWhatNumpyMakesOfEachTensor(name: String) throws {
        let container = try WeightContainer.open(try MappedFile(path: Fixtures.path(name)))
        let expected = try Fixtures.floats(name + ".f32")
        var position = 0
        for tensor in container.tensors {
            let values = try container.floats(tensor)
            let wanted = expected[position..<position + values.count]
            #expect(values.map(\.bitPattern) == wanted.map(\.bitPattern), "\(tensor.name)")
            position += values.count
        }
        #expect(position == expected.count)
    }

    /// A number's code and what it has in common with others give its value, by the formats' own formulas (`ggml-common.h`).
    @Test(arguments: ["every-type.gguf", "quantised.gguf"])
    func codesAndScalesGiveTheValue(name: String) throws {
        let container = try WeightContainer.open(try MappedFile(path: Fixtures.path(name)))
        let nonlinear: [Float] = [-127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113]
        let e2m1: [Float] = [0, 0.5, 1, 1.5, 2, 3, 4, 6, 0, -0.5, -1, -1.5, -2, -3, -4, -6]
        for tensor in container.tensors {
            let values = try container.floats(tensor), bytes = container.bytes(of: tensor), type = tensor.type
            for (index, value) in values.enumerated() {
                let stored = StoredValues.stored(index, of: bytes, type: type)
                #expect(stored >> (type.numberBits - 1) < 2)
                guard let common = StoredValues.scale(index, of: bytes, type: type) else { continue }
                let code = Float(stored)
                let level: Float =
                    switch type {
                    case .q4_0: code - 8
                    case .q5_0: code - 16
                    case .q8_0: Float(Int8(bitPattern: UInt8(stored)))
                    case .q3_k: code - 4
                    case .q6_k: code - 32
                    case .iq4_nl, .iq4_xs: nonlinear[Int(stored)]
                    case .mxfp4: 2 * e2m1[Int(stored)]
                    default: code
                    }
                let expected = common.minimum.map { level * common.scale + $0 } ?? level * common.scale
                if expected.bitPattern != value.bitPattern { Issue.record("\(tensor.name) \(index): \(expected), \(value)") }
            }
        }
    }

    /// No two numbers side by side are nearer, on average over where a number can fall.
    @Test func spacingsAreWhatRoundingLeaves() throws {
        // The levels of IQ4_NL and MXFP4 with scale 1, each once.
        let nonlinear: [UInt8] = [0x00, 0x3c] + (0..<16).map { $0 | ($0 ^ 15) << 4 }
        let floats = try floats(nonlinear, .iq4_nl)
        let sum = floats.map(Double.init).withUnsafeBufferPointer { values in
            nonlinear.withUnsafeBytes { StoredValues.roundingVariance(values, first: 0, of: $0, type: .iq4_nl) }
        }
        let sorted = floats.sorted()
        var expected = 0.0
        for (place, level) in sorted.enumerated() {
            let others = [sorted[..<place].last { $0 < level }, sorted[place...].first { $0 > level }].compactMap { $0.map { abs($0 - level) } }
            let spacing = Double(others.reduce(0, +)) / Double(others.count)
            expected += spacing * spacing / 12
        }
        #expect(abs(sum - expected) < 1e-9 * expected)
        // E4M3 between 1 and 2 has eight numbers; below 2⁻⁶ they are 2⁻⁹ apart.
        let bytes: [UInt8] = [0x38, 0x3f, 0x01]
        let small = try self.floats(bytes, .f8_e4m3)
        #expect(small == [1, 1.875, 0x1p-9])
        let variance = small.map(Double.init).withUnsafeBufferPointer { values in
            bytes.withUnsafeBytes { StoredValues.roundingVariance(values, first: 0, of: $0, type: .f8_e4m3) }
        }
        #expect(variance == (2 * 0x1p-6 + 0x1p-18) / 12)
    }

    private func floats(_ source: [UInt8], _ type: TensorType) throws -> [Float] {
        var result = [Float](repeating: 0, count: source.count / type.blockBytes * type.blockElements)
        try dequantize(source, type, &result)
        return result
    }

    @Test func everyHalfIsWidenedExactly() throws {
        let source = Array(UInt16.min...UInt16.max)
        var result = [Float](repeating: 0, count: source.count)
        try dequantize(source.flatMap { littleEndian($0) }, .f16, &result)
        for (bits, value) in zip(source, result) {
            let wanted = Float(Float16(bitPattern: bits))
            if wanted.isNaN {
                #expect(value.isNaN && !value.isSignalingNaN && value.sign == Float16(bitPattern: bits).sign)
            } else {
                #expect(value.bitPattern == wanted.bitPattern, "\(bits)")
            }
        }
    }

    @Test func everyBrainHalfKeepsItsBits() throws {
        let source = Array(UInt16.min...UInt16.max)
        var result = [Float](repeating: 0, count: source.count)
        try dequantize(source.flatMap { littleEndian($0) }, .bf16, &result)
        #expect(zip(source, result).allSatisfy { $1.bitPattern == UInt32($0) << 16 })
    }

    @Test(arguments: TensorType.allCases.filter(\.holdsWeights))
    func refusesSizesThatDoNotBelongTogether(type: TensorType) throws {
        for (bytes, values) in [(type.blockBytes + 1, type.blockElements), (type.blockBytes, 2 * type.blockElements), (0, 1)] {
            var result = [Float](repeating: 0, count: values)
            #expect(throws: WeightError.self) {
                try dequantize([UInt8](repeating: 0, count: bytes), type, &result)
            }
        }
        var none: [Float] = []
        try dequantize([], type, &none)
    }

    /// The source need not be aligned: safetensors promises nothing.
    @Test(arguments: TensorType.allCases.filter(\.holdsWeights))
    func readsFromAnyAddress(type: TensorType) throws {
        let block = (0..<3 * type.blockBytes).map { UInt8(truncatingIfNeeded: $0 &* 7) & 0x3b }
        var wanted = [Float](repeating: 0, count: 3 * type.blockElements)
        try dequantize(block, type, &wanted)
        for shift in 1..<4 {
            var result = wanted.map { _ in Float(0) }
            let shifted = [UInt8](repeating: 0, count: shift) + block
            try shifted.withUnsafeBytes { source in
                try result.withUnsafeMutableBufferPointer {
                    try Dequantize.floats(UnsafeRawBufferPointer(rebasing: source[shift...]), type: type, into: $0)
                }
            }
            #expect(result.map(\.bitPattern) == wanted.map(\.bitPattern))
        }
    }

    private func dequantize(_ source: [UInt8], _ type: TensorType, _ result: inout [Float]) throws {
        try source.withUnsafeBytes { source in
            try result.withUnsafeMutableBufferPointer { try Dequantize.floats(source, type: type, into: $0) }
        }
    }
}
